internal import AutomatonCore
internal import Engine

/// Says in a sentence what a button will do, and asks for the last word.
struct DeedPage: Sendable {
    let deed: Deed
    /// Ties the form to this browser.
    var seal: String
    var now: Instant
    /// What was wrong with it the last time.
    var problem: HTML?
    /// Open incidents that it is about.
    var reach = 0
    /// Whether anything of that name is known.
    var isKnown = true
    /// Why it may be forgotten.
    var forgets: String?
    /// What is lifted.
    var suspension: Suspension?
    /// What is approved.
    var question: [Change] = []
    /// Names that question: what is confirmed is what was shown.
    var digest = ""
    /// What is taken back.
    var reversal: Reversal?
    /// How long the rule asks before it acts there.
    var objectionTime = Duration.zero
    /// Of a rule that stepped down.
    var efficacy: Efficacy?
    /// What was typed the last time.
    var by = ""
    var why = ""

    var title: String {
        switch deed.name {
        case .silence: "Silence"
        case .pause: "Pause"
        case .lift: "Lift"
        case .approve: "Approve a plan"
        case .resume: "Let a rule act again"
        case .revert: "Take back"
        }
    }

    var content: HTML {
        tag("section", .class("card deed"), .labelledBy("deed-heading")) {
            tag("h1", .id("deed-heading")) { heading }
            if let problem { tag("div", .class("problem"), .role("alert")) { problem } }
            tag("div", .id("deed-says"), .class("says")) { sentences }
            if case .approve = deed { OneIncidentPage.changes(question) }
            if let reversal { OneIncidentPage.changes(reversal.changes) }
            tag("form", .fixed(.method, "post"), .action(deed.name.path), .describedBy("deed-says")) {
                tag("input", .type("hidden"), .name("seal"), .value(seal))
                deed.hidden.map { field in tag("input", .type("hidden"), .name(field.name), .value(field.value)) }
                if case .approve = deed { tag("input", .type("hidden"), .name("plan"), .value(digest)) }
                if isTimed { length }
                tag("label", .forID("by")) { "Your name" }
                tag(
                    "input", .id("by"), .name("by"), .type("text"), .value(by), .flag(.required), .number(.maxlength, 200),
                    .fixed(.autocomplete, "username"), .flag(.autofocus))
                if isTimed {
                    tag("label", .forID("why")) {
                        "Why "
                        tag("span", .class("quiet")) { "(others will ask)" }
                    }
                    tag(
                        "input", .id("why"), .name("why"), .type("text"), .value(why), .number(.maxlength, 1000),
                        .fixed(.autocomplete, "off"))
                }
                tag("div", .class("buttons")) {
                    tag("button", .type("submit"), .class("button primary")) { submit }
                    tag("a", .class("button"), .href(.overview)) { "Leave it as it is" }
                }
            }
        }
    }

    private var isTimed: Bool {
        switch deed.name {
        case .silence, .pause: true
        case .lift, .approve, .resume, .revert: false
        }
    }

    private var length: HTML {
        HTML(joining: [
            tag("label", .forID("for")) { "For how long" },
            tag("select", .id("for"), .name("for")) {
                Deed.lengths.map { value, name, _ in
                    tag("option", .value(value.description), value.description == "1h" ? .flag(.selected) : nil) { name }
                }
                if deed.name == .pause { tag("option", .value("")) { "Until somebody lifts it" } }
            },
        ])
    }

    private var heading: HTML {
        switch deed {
        case .silence(let rule, let subject): HTML(text: "Silence \(Self.scope(rule, subject))?")
        case .pause(let rule, let subject): HTML(text: "Pause \(Self.scope(rule, subject))?")
        case .lift: HTML(text: "Lift this \(suspension?.kind.rawValue ?? "")?")
        case .approve(_, let subject): HTML(text: "Approve this plan for \(subject)?")
        case .resume(let rule): HTML(text: "Let rule \(rule) act again?")
        case .revert: HTML(text: "Take back \(reversal?.attempt.remediation ?? "it") on \(reversal?.record.key.subject.description ?? "")?")
        }
    }

    private static func scope(_ rule: String?, _ subject: SubjectFilter?) -> String {
        switch (rule, subject) {
        case (nil, nil): "everything"
        case (let rule?, nil): "rule \(rule)"
        case (nil, let subject?): subject.description
        case (let rule?, let subject?): "rule \(rule) on \(subject)"
        }
    }

    private var submit: String {
        switch deed.name {
        case .silence: "Silence it"
        case .pause: "Pause it"
        case .lift: "Lift it"
        case .approve: "Approve"
        case .resume: "Let it act"
        case .revert: "Take it back"
        }
    }

    /// What it will do.
    private var sentences: [HTML] {
        var lines: [String]
        let concerns =
            reach == 0
            ? "No open incident is concerned now." : "\(counted(reach, "open incident")) \(reach == 1 ? "is" : "are") concerned now."
        switch deed {
        case .silence(let rule, let subject):
            lines = [
                "For the time you choose, the automaton will begin nothing and tell nobody about \(Self.scope(rule, subject)). It goes on to look and to record; an attempt in flight is finished.",
                concerns,
            ]
        case .pause(let rule, let subject):
            lines = [
                "For the time you choose, the automaton will begin nothing new on \(Self.scope(rule, subject)). It goes on to look, to record and to tell people; an attempt in flight is finished.",
                concerns,
            ]
        case .lift:
            let kind = suspension.map { $0.kind == .pause ? "Paused" : "Silenced" } ?? ""
            let until = suspension?.until.map { " until \(Moments(now: now).clockText($0))" } ?? ""
            let why = suspension.map { $0.why.isEmpty ? "" : ": \($0.why)" } ?? ""
            lines = [
                "\(kind)\(until) by \(suspension?.by ?? "")\(why): \(Self.scope(suspension?.rule, suspension?.subject)).",
                "Once lifted, the automaton acts there as its rules say, at once where something is due.", concerns,
            ]
        case .approve(let rule, let subject):
            lines = [
                "Rule \(rule) will change \(subject) as shown here. Before it writes, the plan is made anew and every limit is asked again; if it would change anything else, you are asked again."
            ]
        case .resume(let rule):
            let counts = efficacy.map { " \($0.healed) of \($0.attempts) attempts helped; the last \($0.ineffectiveInARow) did not." } ?? ""
            lines = ["Rule \(rule) only tells people since its attempts did not help.\(counts) It will act again, with its count at zero."]
        case .revert: lines = []
        }
        if let reversal {
            lines.append(
                "This is written if the fields are still as the automaton left them; what somebody changed since stays, and the incident's story says so. Every limit is asked."
            )
            if reversal.isWatched {
                lines.append("It is still watched whether it helps: taken back, it counts as one that did not, and the rule goes on.")
            }
            lines.append(
                "While the fault lasts, or when it comes back, rule \(reversal.record.key.rule) asks before it changes anything there: for \(objectionTime.readable), or until somebody confirms it."
            )
        }
        if !isKnown { lines.append("Nothing of that name is known now: check how it is written.") }
        if let forgets, reversal == nil { lines.append("Beware: \(forgets).") }
        return lines.map { line in tag("p") { line } }
    }
}

internal import AutomatonCore
internal import Engine

/// The rules: what each looks at, whether it acts, how well it does, and what it decided last.
struct RulesPage: Sendable {
    let glance: Glance
    /// The last word of each rule that said something within a day.
    let last: [String: TrailEntry]
    private let moments: Moments

    init(_ glance: Glance, last: [String: TrailEntry]) {
        self.glance = glance
        self.last = last
        moments = Moments(now: glance.at)
    }

    var content: HTML {
        HTML(joining: [
            tag("div", .class("page-head")) {
                tag("h1") { "Rules" }
                tag("p", .class("quiet")) { "\(counted(glance.rules.count, "rule")) in force, \(glance.idle.count) not" }
            },
            glance.rules.isEmpty
                ? tag("p", .class("card empty")) { "No rule is in force: nothing is judged, and nothing is mended." }
                : tag("div", .class("rules")) { glance.rules.map { rule($0) } },
            idle ?? .nothing,
        ])
    }

    private func rule(_ rule: Rule) -> HTML {
        let (tone, word, why) = state(of: rule)
        return tag("section", .id("rule-\(rule.name)"), .class("card rule", tone), .labelledBy("rule-\(rule.name)-heading")) {
            tag("div", .class("heading")) {
                tag("h2", .id("rule-\(rule.name)-heading")) { rule.name }
                tag("div", .class("aside")) { tone.badge(word) }
            }
            if let why { tag("p", .class("strong")) { why } }
            if !rule.summary.isEmpty { tag("p") { rule.summary } }
            tag("dl", .class("facts")) {
                fact("Looks at", tag("code") { rule.check.description })
                fact(
                    "When",
                    HTML(
                        joining: rule.tiers.map { tier in tag("span", .class("line")) { tier.words } }
                            + (rule.predict.map { predict in
                                [tag("span", .class("line")) { "or foreseen to be so within \(predict.within.readable)" }]
                            } ?? [])))
                fact("Does", rule.remediations.isEmpty ? "tells a person" : rule.remediations.map(\.use).joined(separator: ", then "))
                fact("Mode", rule.remediations.isEmpty ? "tells people" : Self.words(rule.mode))
                fact("Efficacy", efficacy(glance.efficacies[rule.name]))
                fact("Open now", "\(glance.openByRule[rule.name] ?? 0)")
                fact("Last decision", lastWord(last[rule.name]))
            }
            buttons(rule)
        }
    }

    private func state(of rule: Rule) -> (Tone, String, HTML?) {
        if let since = glance.efficacies[rule.name]?.steppedDownAt {
            let row = glance.efficacies[rule.name]?.ineffectiveInARow ?? 0
            return (
                .warn, "Stepped down",
                HTML(joining: [
                    HTML(text: "Only tells since "), moments.clockTime(since),
                    HTML(text: ": \(counted(row, "attempt")) in a row did not help."),
                ])
            )
        }
        if let blind = glance.blind.first(where: { $0.check == rule.check }) { return (.warn, "Cannot see", HTML(text: blind.why)) }
        if let suspension = glance.suspensions.first(where: { ($0.rule == nil || $0.rule == rule.name) && $0.subject == nil }) {
            return (
                .warn, suspension.kind == .pause ? "Paused" : "Silenced",
                HTML(text: "By \(suspension.by)\(suspension.why.isEmpty ? "" : ": \(suspension.why)")")
            )
        }
        if let waiting = glance.waiting.first(where: { $0.check == rule.check }) { return (.idle, "Waits", HTML(text: waiting.why)) }
        if glance.unobserved.contains(rule.check) { return (.idle, "First look", nil) }
        if glance.policy.dryRun { return (.idle, "Dry run", nil) }
        switch rule.mode {
        case .observe: return (.idle, "Observes", nil)
        case .approve: return (.ok, "Asks first", nil)
        case .auto: return (.ok, rule.remediations.isEmpty ? "Tells" : "Acts", nil)
        }
    }

    static func words(_ mode: Rule.Mode) -> String {
        switch mode {
        case .auto: "auto: acts by itself"
        case .approve: "approve: plans, and asks a person"
        case .observe: "observe: plans, changes nothing"
        }
    }

    private func efficacy(_ efficacy: Efficacy?) -> HTML {
        guard let efficacy, efficacy.attempts > 0 else { return tag("span", .class("quiet")) { "not tried yet" } }
        let share = Double(efficacy.healed) / Double(efficacy.attempts) * 100
        return tag("span", .class("efficacy")) {
            tag("svg", .viewBox(100, 10), .fixed(.preserveAspectRatio, "none"), .fixed(.hidden, "true")) {
                tag("rect", .class("track"), .number(.width, 100), .number(.height, 10))
                tag("rect", .class("bar", .ok), .number(.width, share), .number(.height, 10))
            }
            tag("span") { "\(efficacy.healed) of \(efficacy.attempts) helped" }
        }
    }

    private func lastWord(_ entry: TrailEntry?) -> HTML {
        guard let entry else { return tag("span", .class("quiet")) { "none in the last 24 hours" } }
        let detail = entry.text.isEmpty ? "" : ": \(entry.text)"
        return HTML(joining: [
            moments.ago(entry.at), HTML(text: ", \(entry.incident.subject.name): \(entry.decision ?? entry.kind)\(detail)"),
        ])
    }

    private func buttons(_ rule: Rule) -> HTML {
        tag("div", .class("buttons")) {
            if glance.efficacies[rule.name]?.steppedDownAt != nil {
                tag("a", .class("button primary"), .href(.resume(rule: rule.name))) { "Let it act again…" }
            }
            tag("a", .class("button"), .href(.pause(rule: rule.name))) {
                "Pause…"
                tag("span", .class("unseen")) { " rule \(rule.name)" }
            }
            tag("a", .class("button"), .href(.silence(rule: rule.name, subject: nil))) {
                "Silence…"
                tag("span", .class("unseen")) { " rule \(rule.name)" }
            }
        }
    }

    private var idle: HTML? {
        guard !glance.idle.isEmpty else { return nil }
        return section("idle", "Not in force") {
            tag("p", .class("quiet")) { "These were read and wait for the environment to say where what they watch is." }
            tag("ul", .class("plain")) {
                glance.idle.map { idle in
                    tag("li") {
                        tag("strong") { idle.rule }
                        ": needs \(idle.needs.joined(separator: " or "))"
                    }
                }
            }
        }
    }
}

extension TrailEntry {
    /// What was decided, in words; nil for what only happened.
    var decision: String? {
        switch kind {
        case "act": "acts (\(word))"
        case "would_act": "would act (\(word))"
        case "ask_approval": "asks a person (\(word))"
        case "revert": "takes back (\(word))"
        case "restore": "puts back (\(word))"
        case "escalate": "goes on to \(word)"
        case "tell_person": "tells a person"
        case "hold": "holds"
        default: nil
        }
    }
}

extension Tier {
    /// `above 15000: medium priority`.
    var words: String {
        let conditions = conditions.map { condition in
            switch condition {
            case .above(let figure, let bound): "\(figure.map { "\($0) " } ?? "")above \(Sparkline.text(bound))"
            case .below(let figure, let bound): "\(figure.map { "\($0) " } ?? "")below \(Sparkline.text(bound))"
            case .reasons(let codes): codes.joined(separator: " or ")
            }
        }
        return "\(conditions.joined(separator: " and ")): \(priority) priority"
    }
}

internal import Analysis
internal import AutomatonCore
internal import Engine

/// One incident: what it is, what comes next, its story, and what was read around it.
struct OneIncidentPage: Sendable {
    let record: IncidentRecord
    let story: StoryLine
    /// How it stands; nil when it is over, or not known here.
    let open: Glance.Open?
    /// The incidents that it explains.
    var explains: [IncidentID] = []
    /// Whether older lines of the trail were left out.
    var isCut = false
    /// Why the trail cannot be read; nil when it can.
    var trailProblem: String?
    private let moments: Moments

    init(_ record: IncidentRecord, trail: [TrailEntry], open: Glance.Open?, at now: Instant) {
        self.record = record
        story = StoryLine(record, trail)
        self.open = open
        moments = Moments(now: now)
    }

    var title: String { "\(record.key.subject.name): \(record.state)" }

    var content: HTML {
        HTML(joining: [
            tag("p", .class("crumbs")) { tag("a", .href(.incidents)) { "Incidents" } },
            head,
            tag("div", .class("columns-2")) {
                tag("div", .class("main-column")) {
                    storyLine
                    logs
                }
                tag("div", .class("side-column")) {
                    facts
                    summary
                }
            },
        ])
    }

    private var head: HTML {
        tag("section", .class("card incident-head", open.map { Stage($0.standing).tone } ?? record.tone), .label("Incident")) {
            tag("div", .class("what")) {
                (open.map { Stage($0.standing).tone.badge(Stage($0.standing).words) } ?? record.tone.badge(record.state))
                tag("h1") { record.key.subject.html }
                tag("p") { record.cause }
            }
            if let open {
                tag("div", .class("next")) {
                    tag("p", .class("strong")) { OverviewPage.nextStep(open, moments) }
                    tag("p", .class("quiet")) { open.standing.reason }
                }
            } else if let time = record.timeToRecover {
                tag("div", .class("next")) {
                    tag("p", .class("strong")) { "Well again after \(time.readable)" }
                    tag("p", .class("quiet")) { moments.ago(record.closedAt ?? record.detectedAt) }
                }
            }
            if record.isOpen { buttons }
        }
    }

    private var buttons: HTML {
        let subject = record.key.subject.description
        return tag("div", .class("buttons")) {
            if open?.question != nil {
                tag("a", .class("button primary"), .href(.approve(rule: record.key.rule, subject: subject))) { "Approve the plan…" }
            }
            tag("a", .class("button"), .href(.silence(rule: record.key.rule, subject: subject))) { "Silence this incident…" }
            tag("a", .class("button"), .href(.pause(subject: subject))) { "Pause \(record.key.subject.name)…" }
        }
    }

    // MARK: The story

    private var storyLine: HTML {
        section("story", "What happened") {
            if let trailProblem { tag("p", .class("empty")) { trailProblem } }
            if isCut { tag("p", .class("quiet")) { "Its first lines are left out here; the journal has them." } }
            tag("ol", .class("story")) { story.steps.map { step($0) } }
        }
    }

    private func step(_ step: StoryLine.Step) -> HTML {
        tag("li", .class("step", step.tone)) {
            step.tone.icon
            tag("div") {
                tag("p", .class("step-head")) {
                    tag("strong") { step.kind.word }
                    tag("span", .class("quiet")) {
                        moments.second(step.at)
                        if step.last - step.at >= .seconds(1) { " for \((step.last - step.at).readable)" }
                    }
                }
                tag("p") { step.text }
                if let attempt = step.attempt, !attempt.changes.isEmpty { Self.changes(attempt.changes, leftOut: attempt.changesLeftOut) }
                if let attempt = step.attempt, canBeTakenBack(attempt) {
                    tag("p", .class("buttons")) {
                        tag("a", .class("button"), .href(.revert(incident: record.id.text, attempt: attempt.id.text))) {
                            "Take it back…"
                            tag("span", .class("unseen")) { " \(attempt.remediation)" }
                        }
                    }
                }
                if step.lines.count > 1 {
                    tag("details", .id("wait-\(step.at.microseconds)")) {
                        tag("summary") { "\(step.lines.count) reasons in that time" }
                        tag("ul") {
                            step.lines.prefix(50).map { line in
                                tag("li") {
                                    moments.second(line.at)
                                    " \(line.text)"
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The last one of its kind that was written and still stands.
    private func canBeTakenBack(_ attempt: IncidentRecord.Attempt) -> Bool {
        attempt.isReversible == true && attempt.writtenAt != nil && attempt.undoneAt == nil
            && record.attempts.last { $0.remediation == attempt.remediation && $0.writtenAt != nil } == attempt
    }

    /// Each field with its value before and after.
    static func changes(_ changes: [Change], leftOut: Int = 0) -> HTML {
        tag("div", .class("scroll"), .number(.tabindex, 0), .role("group"), .label("Changes")) {
            tag("table", .class("changes")) {
                tag("thead") {
                    tag("tr") {
                        ["Field", "Before", "After"].map { name in tag("th", .scope("col")) { name } }
                    }
                }
                tag("tbody") { changes.prefix(mostUnfolded).map { row($0) } }
            }
            if changes.count > mostUnfolded {
                tag("details") {
                    tag("summary") { counted(changes.count - mostUnfolded, "more change") }
                    tag("table", .class("changes")) { tag("tbody") { changes.dropFirst(mostUnfolded).map { row($0) } } }
                }
            }
            if leftOut > 0 { tag("p", .class("quiet")) { "and \(counted(leftOut, "more change"))" } }
        }
    }

    /// Changes that are shown unasked.
    private static let mostUnfolded = 8

    private static func row(_ change: Change) -> HTML {
        tag("tr") {
            tag("th", .scope("row")) { tag("code") { change.field } }
            tag("td", .class("before")) { change.before ?? "unset" }
            tag("td", .class("after")) {
                tag("span", .class("arrow"), .fixed(.hidden, "true")) { "→ " }
                change.after ?? "unset"
            }
        }
    }

    // MARK: What was read around it

    private var logs: HTML {
        section(
            "logs", "Logs and events",
            record.context.map { HTML(joining: [HTML(text: "read "), moments.ago($0.readAt)]) }
        ) {
            if let context = record.context {
                if context.log.isEmpty {
                    tag("p", .class("empty")) { "No log: \(context.logMissing ?? "the container wrote nothing")." }
                } else {
                    if let of = context.logOf { tag("p", .class("quiet")) { "The last lines of \(of)" } }
                    // It shows its end first.
                    tag("div", .class("log"), .number(.tabindex, 0), .role("region"), .label("Last lines of the log")) {
                        tag("pre") { context.log.joined(separator: "\n") }
                    }
                }
                if context.events.isEmpty {
                    tag("p", .class("quiet")) { "No events: \(context.eventsMissing ?? "the cluster has none of late")." }
                } else {
                    tag("ul", .class("events")) {
                        context.events.suffix(50).map { event in
                            tag("li") {
                                moments.second(event.at)
                                " "
                                tag("strong") { event.reason }
                                event.count > 1 ? " (\(event.count) times)" : ""
                                " \(event.about): \(event.note)"
                            }
                        }
                    }
                }
            } else {
                tag("p", .class("empty")) {
                    "Nothing was read around this incident. 'kubectl logs --previous' and 'kubectl describe' tell what the cluster still has."
                }
            }
        }
    }

    private var summary: HTML {
        let builtIn = BuiltInSummary(record)
        return section("summary", "In short") {
            if let written = record.summary {
                tag("p", .class("written")) { written.text }
                tag("p", .class("quiet")) {
                    "Written by \(written.provider), "
                    moments.ago(written.at)
                    ". Nothing is decided by it."
                }
            }
            tag("p") { builtIn.happened }
            tag("h3") { "Likely cause" }
            tag("p") { Self.sentence(builtIn.cause) }
            tag("h3") { "Next" }
            tag("p") { Self.sentence(builtIn.next) }
        }
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private var facts: HTML {
        section("facts", "Facts") {
            tag("dl", .class("facts")) {
                fact("Rule", tag("a", .href(.rule(record.key.rule))) { record.key.rule })
                fact("Subject", tag("code") { record.key.subject.description })
                fact("Severity, priority", "\(record.severity.rawValue), \(record.priority)")
                fact("Seen", HTML(joining: [moments.ago(record.detectedAt), HTML(text: " (\(moments.clockText(record.detectedAt)))")]))
                if let end = record.closedAt {
                    fact("Over", HTML(joining: [moments.ago(end), HTML(text: " (\(moments.clockText(end)))")]))
                }
                if let time = record.timeToRecover { fact("Time to recover", time.readable) }
                if let reason = record.reason {
                    fact("Reason", reason.code)
                    if !reason.part.isEmpty { fact("On", tag("code") { reason.part }) }
                    if let container = reason.container { fact("Container", tag("code") { container }) }
                    if let code = reason.exitCode { fact("Exit code", "\(code)") }
                    if let restarts = reason.restartCount { fact("Restarts", "\(restarts)") }
                    if !reason.message.isEmpty { fact("Message", reason.message) }
                }
                if let told = record.personTold { fact("For a person", told) }
                if let other = record.explainedBy {
                    fact("Explained by", tag("a", .href(.incident(other.text))) { other.text })
                }
                (record.notified ?? [:]).sorted { $0.key < $1.key }.map { name, at in
                    fact("Told", HTML(joining: [HTML(text: "\(name), "), moments.ago(at)]))
                }
                if !explains.isEmpty {
                    fact(
                        "Explains",
                        HTML(
                            joining: explains.map { id in
                                tag("span", .class("line")) { tag("a", .href(.incident(id.text))) { id.text } }
                            }))
                }
                if let node = record.context?.node { fact("Node", tag("code") { node }) }
                fact("Incident", tag("code") { record.id.text })
            }
        }
    }
}

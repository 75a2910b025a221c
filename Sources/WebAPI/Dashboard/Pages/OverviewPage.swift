internal import AutomatonCore
internal import Engine

/// The first page: four answers, then what they are made of.
struct OverviewPage: Sendable {
    let model: OverviewModel
    private let moments: Moments

    init(_ model: OverviewModel) {
        self.model = model
        moments = Moments(now: model.now)
    }

    var title: String { model.health.word }

    var content: HTML {
        HTML(joining: [
            tag("h1", .class("unseen")) { "Overview" },
            answers,
            open,
            day,
            tag("div", .class("pair")) {
                recovery
                actions
            },
            figures ?? .nothing,
        ])
    }

    // MARK: The answers

    private var answers: HTML {
        let withheld = Withheld(model.glance).lines
        return tag("div", .class("answers")) {
            answer("healthy", "Is it healthy?", model.health, isHeadline: true)
            answer("doing", "What is it doing now?", model.doing)
            answer("did", "What did it do in the last 24 hours?", model.did)
            tag("section", .id("withheld"), .class("answer"), .labelledBy("withheld-question")) {
                tag("h2", .id("withheld-question")) { "What is it not doing, and why?" }
                if withheld.isEmpty {
                    tag("p", .class("word", .ok)) {
                        Tone.ok.icon
                        "Nothing is held back"
                    }
                    tag("p", .class("quiet")) { "Every rule in force may act." }
                } else {
                    let tone = withheld.contains { $0.tone == .bad } ? Tone.bad : withheld.contains { $0.tone == .warn } ? .warn : .idle
                    tag("p", .class("word", tone)) {
                        tone.icon
                        counted(withheld.count, "thing")
                    }
                    tag("ul", .class("reasons")) {
                        withheld.prefix(5).map { line in
                            tag("li", .class("reason", line.tone)) {
                                line.tone.icon
                                tag("span") { line.text }
                            }
                        }
                    }
                    if withheld.count > 5 {
                        tag("details", .id("withheld-more")) {
                            tag("summary") { "\(withheld.count - 5) more" }
                            tag("ul", .class("reasons")) {
                                withheld.dropFirst(5).map { line in
                                    tag("li", .class("reason", line.tone)) {
                                        line.tone.icon
                                        tag("span") { line.text }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func answer(_ id: String, _ question: String, _ answer: OverviewModel.Answer, isHeadline: Bool = false) -> HTML {
        tag("section", .id(id), .class(isHeadline ? "answer headline" : "answer", answer.tone), .labelledBy("\(id)-question")) {
            tag("h2", .id("\(id)-question")) { question }
            tag("p", .class("word", answer.tone), isHeadline ? .role("status") : nil) {
                answer.tone.icon
                answer.word
            }
            answer.lines.map { line in tag("p", .class("quiet")) { line } }
        }
    }

    // MARK: Open incidents

    private var open: HTML {
        let glance = model.glance
        return section(
            "open", "Open incidents",
            tag("a", .href(.incidents)) { "All incidents" }
        ) {
            if glance.incidents.isEmpty {
                tag("p", .class("empty")) {
                    Tone.ok.icon
                    if glance.notLeading == nil {
                        "No incident is open. \(counted(glance.rules.count, "rule")) \(glance.rules.count == 1 ? "watches" : "watch"); the next one would appear here, with what is done about it and when."
                    } else {
                        "Another process leads: it knows what is open."
                    }
                }
            } else {
                tag("ul", .class("incidents")) { glance.incidents.map { row($0) } }
                if glance.open > glance.incidents.count {
                    tag("p", .class("more")) {
                        tag("a", .href(WebPath("/incidents", query: ["show": "open"]))) {
                            "\(glance.open - glance.incidents.count) more are open"
                        }
                    }
                }
            }
        }
    }

    private func row(_ open: Glance.Open) -> HTML {
        let (incident, stage) = (open.incident, Stage(open.standing))
        let id = IncidentID(incident.key, detectedAt: incident.detectedAt).text
        return tag("li", .id("open-\(id)"), .class("incident", stage.tone)) {
            tag("div", .class("what")) {
                tag("h3") { tag("a", .class("subject"), .href(.incident(id))) { subject(incident.key.subject) } }
                tag("p") { incident.cause }
                tag("p", .class("quiet")) {
                    tag("a", .href(.rule(incident.key.rule))) { incident.key.rule }
                    ", \(incident.priority) priority, seen "
                    moments.ago(incident.detectedAt)
                    incident.attempts > 0 ? ", \(counted(incident.attempts, "attempt"))" : ""
                }
            }
            tag("div", .class("next")) {
                stage.tone.badge(stage.words)
                tag("p") { nextStep(open) }
                tag("p", .class("quiet")) { open.standing.reason }
            }
            tag("div", .class("buttons")) {
                if open.question != nil {
                    tag("a", .class("button primary"), .href(.approve(rule: incident.key.rule, subject: incident.key.subject.description)))
                    {
                        "Approve…"
                    }
                }
                tag("a", .class("button"), .href(.silence(rule: incident.key.rule, subject: incident.key.subject.description))) {
                    "Silence…"
                    tag("span", .class("unseen")) { " \(incident.key)" }
                }
            }
        }
    }

    private func nextStep(_ open: Glance.Open) -> HTML { Self.nextStep(open, moments) }

    /// What comes next, and when.
    static func nextStep(_ open: Glance.Open, _ moments: Moments) -> HTML {
        let stage = Stage(open.standing)
        let (text, until): (String, Instant?) =
            switch stage {
            case .mending: open.verifyingUntil == nil ? ("Acts ", nil) : ("Verified or escalated ", open.verifyingUntil)
            case .waiting: (open.mode == .observe ? "Would act " : open.mode == .approve ? "Asks a person " : "Acts ", open.standing.until)
            case .asking: ("Left to a person ", open.standing.until)
            case .held: ("Looked at again ", open.standing.until)
            }
        if let countdown = moments.countdown(to: until) { return HTML(joining: [HTML(text: text), countdown]) }
        return HTML(text: stage == .mending ? "Acting now" : "Until something changes")
    }

    // MARK: The last day

    private var day: HTML {
        let timeline = Timeline(model.records, moments)
        return section(
            "day", "Last 24 hours",
            HTML(
                text: model.dayTotal == 0
                    ? "" : model.isCut ? "drawn: \(model.basis)" : "\(counted(model.dayTotal, "incident"))\(timeline.note)")
        ) {
            if let problem = model.historyProblem {
                tag("p", .class("empty")) { problem }
            } else if model.records.isEmpty {
                tag("p", .class("empty")) { "No incident of the last 24 hours is on record. They will be drawn here, a line a rule." }
            } else {
                timeline.html
                tag("ul", .class("legend")) {
                    [
                        (Tone.ok, "healed (thin)"), (.busy, "being healed"), (.warn, "waiting"), (.idle, "ended unseen"),
                        (.bad, "needs a person (high)"),
                    ].map {
                        tone, word in
                        tag("li") {
                            tag("span", .class("swatch", tone))
                            word
                        }
                    }
                }
                latest
            }
        }
    }

    /// The same as the drawing, in words: the last ones.
    private var latest: HTML {
        tag("ul", .class("latest")) {
            model.records.sorted { ($1.updatedAt, $0.id) < ($0.updatedAt, $1.id) }.prefix(6).map { record in
                tag("li") {
                    record.tone.badge(record.state)
                    tag("a", .class("subject"), .href(.incident(record.id.text))) { subject(record.key.subject) }
                    tag("span", .class("quiet")) {
                        record.attempts.last.map { $0.summary.isEmpty ? $0.remediation : $0.summary } ?? record.cause
                    }
                    tag("span", .class("quiet when")) {
                        record.timeToRecover.map { HTML(text: "after \($0.readable), ") }
                        moments.ago(record.closedAt ?? record.detectedAt)
                    }
                }
            }
        }
    }

    private var recovery: HTML {
        let recovery = model.recovery
        return section("recovery", "Time to recover", HTML(text: recovery.count == 0 ? "" : "\(model.basis), \(recovery.count) recovered"))
        {
            if let median = recovery.quantile(0.5), let slow = recovery.quantile(0.95), let longest = recovery.longest {
                recovery.html
                tag("dl", .class("facts")) {
                    fact("Median", median.readable)
                    fact("95 %", slow.readable)
                    fact("Longest", longest.readable)
                }
            } else {
                tag("p", .class("empty")) { "Nothing has recovered in the last 24 hours, so there is no time to show." }
            }
        }
    }

    private var actions: HTML {
        let actions = ActionsByRule(model.records.filter { $0.detectedAt >= model.now - .hours(24) })
        return section("actions", "Actions by rule", HTML(text: actions.rows.isEmpty ? "" : model.basis)) {
            if actions.rows.isEmpty {
                tag("p", .class("empty")) { "Nothing was changed in the last 24 hours." }
            } else {
                actions.html
            }
        }
    }

    private var figures: HTML? {
        let rules = model.glance.rules
        let charts = model.series.filter { $0.points.count > 1 }.map { series in
            (series, rules.filter { $0.check == series.check }.compactMap { $0.bound(of: series.figure) }.min())
        }.sorted { left, right in
            let share = { (chart: (series: FigureHistory.Series, bound: Double?)) -> Double in
                (chart.series.points.last?.value ?? 0) / max(1, chart.bound ?? 1e9)
            }
            return (share(right), left.0.subject) < (share(left), right.0.subject)
        }
        guard !charts.isEmpty else { return nil }
        return section(
            "figures", "Lag and connections", HTML(text: charts.count > 6 ? "6 of \(charts.count), the nearest to their limit" : "")
        ) {
            tag("ul", .class("sparks")) {
                charts.prefix(6).map { Sparkline(series: $0.0, bound: $0.1, moments: moments).html }
            }
        }
    }

    private func subject(_ subject: Subject) -> HTML { subject.html }
}

func fact(_ name: String, _ value: String) -> HTML { fact(name, HTML(text: value)) }

func fact(_ name: String, _ value: HTML) -> HTML {
    tag("div") {
        tag("dt") { name }
        tag("dd") { value }
    }
}

extension Subject {
    /// The name, and quieter what and where it is.
    var html: HTML {
        HTML(joining: [
            tag("span", .class("name")) { name },
            tag("span", .class("quiet")) { namespace.isEmpty ? " \(kind.rawValue)" : " \(kind.rawValue) in \(namespace)" },
        ])
    }
}

extension Rule {
    /// The lowest bound above which it is unhealthy by this figure, which is its check's main one; nil when it has none.
    func bound(of figure: String) -> Double? {
        tiers.flatMap(\.conditions).compactMap { condition in
            if case .above(let name, let bound) = condition, name == nil || name == figure { bound } else { nil }
        }.min()
    }
}

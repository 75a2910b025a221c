internal import AutomatonCore
internal import Engine

/// What the first page shows, read with a few bounded questions.
struct OverviewModel: Sendable {
    /// Open incidents that are shown.
    static let mostOpen = 20
    /// Incidents of the last day that the charts are made of.
    static let mostOfDay = 500

    var glance: Glance
    /// By how far they are.
    var open: IncidentCounts
    /// Of the last day, by how far they are.
    var day: IncidentCounts
    /// The last ones of the day, and those that are open.
    var records: [IncidentRecord]
    /// How many there were in the day.
    var dayTotal: Int
    var series: [FigureHistory.Series]
    /// Why the history cannot be read now; nil when it can.
    var historyProblem: String?

    var now: Instant { glance.at }

    /// Whether the charts are made of less than the day.
    var isCut: Bool { dayTotal > Self.mostOfDay }

    /// What the charts are made of.
    var basis: String { isCut ? "the latest \(Self.mostOfDay) of \(Sparkline.text(Double(dayTotal)))" : "last 24 h" }

    /// An answer to one of the questions that a person comes with.
    struct Answer: Sendable {
        var tone: Tone
        var word: String
        /// Lines beneath, the first the most telling.
        var lines: [HTML]
    }

    // MARK: Is it healthy?

    var health: Answer {
        var lines: [HTML] = []
        let failed = open[.failed] ?? 0
        let asking = glance.incidents.filter { $0.standing.hold == .approval }.count
        let (tone, word): (Tone, String)
        if glance.notLeading != nil {
            (tone, word) = (.idle, "Standing by")
        } else if glance.standDown != nil {
            (tone, word) = (.warn, "Not acting")
        } else if failed > 0 {
            (tone, word) = (.bad, "Needs a person")
        } else if asking > 0 {
            (tone, word) = (.warn, "Waits for you")
        } else if !glance.storms.isEmpty {
            (tone, word) = (.warn, "Storm")
        } else if glance.policy.isPaused || glance.suspensions.contains(where: { $0.rule == nil && $0.subject == nil }) {
            (tone, word) = (.warn, glance.open == 0 ? "Healthy, and paused" : "Paused")
        } else if !glance.blind.isEmpty {
            (tone, word) = (.warn, "Partly blind")
        } else if !glance.unobserved.isEmpty {
            (tone, word) = (.idle, "First look")
        } else if glance.incidents.contains(where: { Stage($0.standing) == .mending }) {
            (tone, word) = (.busy, "Being healed")
        } else if glance.open > 0 {
            (tone, word) = (.warn, "Unhealthy")
        } else {
            (tone, word) = (.ok, "Healthy")
        }
        if failed > 0 { lines.append(HTML(text: "\(counted(failed, "incident")) that it could not mend")) }
        if asking > 0 { lines.append(HTML(text: "\(counted(asking, "plan")) to be approved by a person")) }
        lines.append(HTML(text: glance.open == 0 ? "No incident is open" : "\(counted(glance.open, "incident")) open"))
        let seeing = glance.checks - Set((glance.blind + glance.waiting).map(\.check)).union(glance.unobserved).count
        lines.append(HTML(text: "Checks that see: \(seeing) of \(glance.checks)"))
        return Answer(tone: tone, word: word, lines: lines)
    }

    // MARK: What is it doing now?

    var doing: Answer {
        let moments = Moments(now: now)
        let mending = glance.incidents.filter { Stage($0.standing) == .mending }
        let next = glance.incidents.filter { Stage($0.standing) == .waiting }.compactMap { open in
            open.standing.until.map { (open, $0) }
        }.min { $0.1 < $1.1 }
        var lines = mending.prefix(3).map { open in
            HTML(joining: [
                subjectLink(open.incident), HTML(text: open.verifyingUntil == nil ? ": being mended" : ": watching whether it helped"),
            ])
        }
        if mending.count > 3 { lines.append(HTML(text: "and \(mending.count - 3) more")) }
        if let (open, until) = next {
            lines.append(
                HTML(joining: [HTML(text: "next: "), subjectLink(open.incident), HTML(text: " "), moments.countdown(to: until) ?? .nothing])
            )
        }
        if lines.isEmpty { lines.append(HTML(text: glance.notLeading.map { $0 } ?? "It looks on: nothing is due.")) }
        let word = mending.isEmpty ? (next == nil ? "Watching" : "Waiting") : "Mending \(mending.count)"
        return Answer(tone: mending.isEmpty ? .idle : .busy, word: word, lines: lines)
    }

    private func subjectLink(_ incident: Incident) -> HTML {
        tag("a", .href(.incident(IncidentID(incident.key, detectedAt: incident.detectedAt).text))) { incident.key.subject.name }
    }

    // MARK: What did it do last night?

    var recovery: RecoveryTimes { RecoveryTimes(records.filter { $0.detectedAt >= now - .hours(24) }) }

    var did: Answer {
        if let historyProblem { return Answer(tone: .warn, word: "Not known", lines: [HTML(text: historyProblem)]) }
        let (healed, failed) = (day[.healed] ?? 0, day[.failed] ?? 0)
        let attempts = records.reduce(0) { $0 + $1.attempts.count { $0.writtenAt.map { $0 >= now - .hours(24) } ?? false } }
        guard dayTotal > 0 || attempts > 0 else {
            return Answer(tone: .ok, word: "Nothing", lines: [HTML(text: "No incident of the last 24 hours is on record.")])
        }
        var lines = [HTML(text: "\(counted(dayTotal, "incident")), \(isCut ? "at least " : "")\(counted(attempts, "change"))")]
        if let median = recovery.quantile(0.5), let slow = recovery.quantile(0.95) {
            lines.append(HTML(text: "well again after \(median.readable) (median), 19 of 20 within \(slow.readable)"))
        }
        if failed > 0 { lines.append(HTML(text: "\(failed) for a person")) }
        return Answer(tone: failed > 0 ? .warn : healed > 0 ? .ok : .idle, word: "\(Sparkline.text(Double(healed))) healed", lines: lines)
    }
}

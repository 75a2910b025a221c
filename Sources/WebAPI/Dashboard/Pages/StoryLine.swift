internal import AutomatonCore

/// An incident told in order: seen, waited, planned, changed, verified, over.
struct StoryLine: Sendable {
    /// One step of it.
    struct Step: Sendable {
        enum Kind: Hashable, Sendable {
            case seen, waited, watched, planned, asked, changed, verified, undoing, undone, escalated, told, ended, more

            var word: String {
                switch self {
                case .seen: "Seen"
                case .waited: "Waited"
                case .watched: "Watched"
                case .planned: "Planned"
                case .asked: "Asked"
                case .changed: "Changed"
                case .verified: "Verified"
                case .undoing: "Taking back"
                case .undone: "Taken back"
                case .escalated: "Went on"
                case .told: "For a person"
                case .ended: "Over"
                case .more: "Noted"
                }
            }
        }

        var kind: Kind
        var tone: Tone
        var at: Instant
        /// When the last of what is joined in it was told.
        var last: Instant
        var text: String
        /// What was said meanwhile, where it is more than the text.
        var lines: [TrailEntry] = []
        /// What was changed.
        var attempt: IncidentRecord.Attempt?
    }

    private(set) var steps: [Step] = []

    /// - Parameter trail: oldest first.
    init(_ record: IncidentRecord, _ trail: [TrailEntry]) {
        var shown: Set<AttemptID> = []
        for entry in trail { take(entry, record, &shown) }
        // Something lasts until the next thing happens.
        for index in steps.indices.dropLast() where steps[index].kind == .waited || steps[index].kind == .watched {
            steps[index].last = max(steps[index].last, steps[index + 1].at)
        }
        if steps.first?.kind != .seen {
            steps.insert(
                Step(kind: .seen, tone: .warn, at: record.detectedAt, last: record.detectedAt, text: record.cause), at: 0)
        }
        // Of a trail that is no longer on record, the record still knows what was changed, and how it ended.
        for attempt in record.attempts where attempt.writtenAt != nil && !shown.contains(attempt.id) { tell(attempt) }
        if let end = record.closedAt, steps.last(where: { $0.kind == .ended }) == nil {
            steps.append(
                Step(kind: .ended, tone: record.tone, at: end, last: end, text: Self.ending(record.ending?.rawValue ?? "", since: end)))
        }
    }

    private mutating func take(_ entry: TrailEntry, _ record: IncidentRecord, _ shown: inout Set<AttemptID>) {
        let (kind, tone): (Step.Kind, Tone)
        var text = entry.text
        switch entry.kind {
        case "opened": (kind, tone) = (.seen, .warn)
        case "hold":
            let isWatching = entry.word == Decision.Guard.inFlight.rawValue
            let kind: Step.Kind = isWatching ? .watched : .waited
            if let index = steps.indices.last, steps[index].kind == kind {
                steps[index].lines.append(entry)
                steps[index].last = entry.at
                return
            }
            steps.append(Step(kind: kind, tone: isWatching ? .busy : .idle, at: entry.at, last: entry.at, text: text, lines: [entry]))
            return
        case "act": (kind, tone, text) = (.planned, .busy, "\(entry.word): \(entry.text)")
        case "would_act": (kind, tone, text) = (.planned, .idle, "\(entry.word), not written (dry run or mode observe): \(entry.text)")
        case "ask_approval": (kind, tone) = (.asked, .warn)
        case "attempted":
            (kind, tone) = (.changed, .busy)
            if let id = entry.attempt, let attempt = record.attempts.first(where: { $0.id == id }), shown.insert(id).inserted {
                steps.append(
                    Step(
                        kind: kind, tone: tone, at: entry.at, last: entry.at, text: text.isEmpty ? attempt.summary : text,
                        attempt: attempt))
                return
            }
        case "verified": (kind, tone) = (.verified, entry.word == IncidentChange.Outcome.helped.rawValue ? .ok : .bad)
        case "revert": (kind, tone) = (.undoing, .warn)
        case "reverted", "restored":
            (kind, tone) = (.undone, .idle)
            text = "\(entry.word): \(entry.text)"
        case "restore": (kind, tone) = (.undoing, .busy)
        case "escalate": (kind, tone) = (.escalated, .warn)
        case "tell_person": (kind, tone) = (.told, .bad)
        case "closed": (kind, tone, text) = (.ended, record.tone, Self.ending(entry.word, since: record.closedAt))
        case "priority": (kind, tone, text) = (.more, .idle, "priority \(entry.word), \(entry.text)")
        default: (kind, tone) = (.more, .idle)
        }
        steps.append(Step(kind: kind, tone: tone, at: entry.at, last: entry.at, text: text))
    }

    private mutating func tell(_ attempt: IncidentRecord.Attempt) {
        let at = attempt.writtenAt ?? attempt.at
        steps.append(
            Step(
                kind: .changed, tone: .busy, at: at, last: at, text: attempt.summary.isEmpty ? attempt.remediation : attempt.summary,
                attempt: attempt))
        let (tone, text): (Tone, String)
        switch attempt.outcome {
        case .helped: (tone, text) = (.ok, "it helped")
        case .noChange: (tone, text) = (.bad, "it did not help")
        case .worse: (tone, text) = (.bad, "it got worse")
        case nil: return
        }
        steps.append(Step(kind: .verified, tone: tone, at: at, last: at, text: "\(attempt.remediation): \(text)"))
    }

    static func ending(_ word: String, since end: Instant?) -> String {
        let sentence =
            switch IncidentChange.Ending(rawValue: word) {
            case .healed?: "It is well again, after what was changed"
            case .recovered?: "It is well again, without an attempt of this rule that helped"
            case .gone?: "It is not there any more"
            case .ruleRemoved?: "Its rule is no longer in force"
            case nil: "It is over"
            }
        return end.map { "\(sentence), clear since \(Moments.exact($0))." } ?? "\(sentence)."
    }
}

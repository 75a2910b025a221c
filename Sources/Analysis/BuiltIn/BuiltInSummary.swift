public import AutomatonCore

/// What happened, what is likely to be behind it, and what to do next: three short paragraphs by what the world reported, for every
/// incident and without asking anybody.
///
/// It is made of names, times and numbers alone: what a process or a server said may hold secrets, and is left out.
public struct BuiltInSummary: Hashable, Sendable {
    /// Where, what, since when, and what the automaton did about it.
    public var happened: String
    /// What is usually behind it.
    public var cause: String
    /// What a person does about it.
    public var next: String

    /// The three, one after another.
    public var text: String { "\(happened)\n\nLikely cause: \(cause)\n\nNext: \(next)" }

    /// Of a record as it is now.
    public init(_ record: IncidentRecord) {
        let advice = Advice.about(record)
        happened = [Self.fault(record, advice.fault), Self.deeds(record), Self.standing(record)].filter { !$0.isEmpty }.joined(
            separator: " ")
        cause = advice.cause
        next = Self.next(record, advice)
    }

    /// Changes of one attempt that are named one by one.
    private static let mostChanges = 4

    private static func fault(_ record: IncidentRecord, _ fault: String) -> String {
        var details: [String] = []
        if let code = record.reason?.exitCode { details.append("exit code \(code)") }
        if let restarts = record.reason?.restartCount, restarts > 0 {
            details.append("\(restarts) restart\(restarts == 1 ? "" : "s") so far")
        }
        let place = record.reason.map { reason in
            if let container = reason.container { return " in container \(container)" + (reason.part.isEmpty ? "" : " of \(reason.part)") }
            return reason.part.isEmpty ? "" : " (\(reason.part))"
        }
        let detail = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
        return
            "\(record.key.subject): \(fault)\(place ?? "")\(detail), detected at \(record.detectedAt.rfc3339) by rule \(record.key.rule)."
    }

    private static func deeds(_ record: IncidentRecord) -> String {
        record.attempts.map { attempt in
            let changes =
                attempt.changes.count > mostChanges
                ? "\(attempt.summary)"
                : attempt.changes.map { "\($0.field) \($0.before ?? "unset") → \($0.after ?? "unset")" }.joined(separator: ", ")
            let done = attempt.writtenAt == nil ? "planned" : "did"
            let outcome: String
            switch attempt.outcome {
            case .helped: outcome = "it helped"
            case .noChange: outcome = "it did not help"
            case .worse: outcome = "it got worse"
            case nil: outcome = attempt.writtenAt == nil ? "it is not known to have been written" : "it is being verified"
            }
            let undone = attempt.undoneAt.map { ", and the change was undone at \($0.timeOfDay)" } ?? ""
            return "The automaton \(done) \(attempt.remediation)\(changes.isEmpty ? "" : " (\(changes))"): \(outcome)\(undone)."
        }.joined(separator: " ")
    }

    private static func standing(_ record: IncidentRecord) -> String {
        switch (record.ending, record.closedAt) {
        case (.healed?, let end?), (.recovered?, let end?):
            let itself = record.attempts.contains { $0.outcome == .helped } ? "" : ", without an attempt of this rule that helped,"
            return "It was well again\(itself) at \(end.rfc3339), after \(max(.zero, end - record.detectedAt).readable)."
        case (.gone?, let end?): return "It was not there any more at \(end.rfc3339): nobody saw it well."
        case (.ruleRemoved?, let end?): return "Its rule was removed at \(end.rfc3339)."
        default:
            return record.personTold == nil
                ? "It goes on." : "It goes on, and needs a person: the automaton has nothing left to try now."
        }
    }

    private static func next(_ record: IncidentRecord, _ advice: Advice) -> String {
        guard !record.isOpen else {
            return record.personTold == nil
                ? "'automaton explain \(subject(record))' says what the automaton does about it, or what it waits for." : advice.repair
        }
        return advice.isInManifest && record.attempts.contains { $0.outcome == .helped && $0.undoneAt == nil }
            ? "what was changed holds until somebody deploys anew: \(advice.lasting)" : advice.lasting
    }

    private static func subject(_ record: IncidentRecord) -> String {
        "\(record.key.subject.kind.rawValue)/\(record.key.subject.name)"
    }
}

internal import AutomatonCore

/// The line that a person reads first.
enum Wording {
    private static let most = 200

    /// `Auto-Heal: my-app-xyz Restarted (OOMKilled)`, or how many there are.
    static func title(_ records: [IncidentRecord]) -> String {
        guard let first = records.first else { return "Auto-Heal" }
        guard records.count > 1 else { return line("\(name(first)) \(state(first)) (\(reason(first)))") }
        let open = records.filter(\.isOpen)
        let people = open.count(where: \.needsPerson)
        let what = common(records.map(reason)).map { " (\($0))" } ?? ""
        let place = common(records.map(\.key.subject.namespace)).flatMap { $0.isEmpty ? nil : " in \($0)" } ?? ""
        let standing =
            open.isEmpty
            ? "all over"
            : [
                people > 0 ? "\(people) need\(people == 1 ? "s" : "") a person" : nil, "\(open.count) open",
                open.count < records.count ? "\(records.count - open.count) over" : nil,
            ].compactMap { $0 }.joined(separator: ", ")
        return line("\(records.count) Incidents\(place)\(what): \(standing)")
    }

    static func line(_ text: String) -> String { "Auto-Heal: \(text)".oneLine(most) }

    private static func common(_ texts: [String]) -> String? {
        guard let first = texts.first, texts.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    /// The pod that was seen, as people look for it; the subject where none was.
    private static func name(_ record: IncidentRecord) -> String {
        let part = record.reason?.part ?? ""
        let name = part.isEmpty ? record.key.subject.name : part
        return name.oneLine(100)
    }

    private static func reason(_ record: IncidentRecord) -> String { (record.reason?.code ?? record.key.rule).oneLine(60) }

    private static func state(_ record: IncidentRecord) -> String {
        switch record.ending {
        case .healed?: return "Healed"
        case .recovered?: return "Recovered"
        case .gone?: return "Gone"
        case .ruleRemoved?: return "Closed"
        case nil: break
        }
        if record.needsPerson { return "Needs a Person" }
        guard let attempt = record.attempts.last(where: { $0.writtenAt != nil }) else { return "Unhealthy" }
        if attempt.undoneAt != nil { return "Change Undone" }
        return switch attempt.remediation {
        case "rollout-restart": "Restarted"
        case "rollout-undo": "Rolled Back"
        case "raise-memory": "Memory Raised"
        case "scale": "Scaled"
        case "clean-logs": "Logs Cleaned"
        case "evict-pods": "Pods Evicted"
        case "terminate-idle-sessions": "Idle Sessions Ended"
        default: "Changed by \(attempt.remediation)"
        }
    }
}

internal import HTTPTypes

/// What a path of the API stands for.
enum APIResource: Hashable {
    case explain
    case decisions
    case suspensions
    case suspension(String)
    case approve
    case heal
    case plan
    case revert
    case resume(rule: String)
    case incidents
    case incident(String)
    case oldIncidents
    case status
    case events
    case alerts
    case fixes
    case applyFixes
    case fix(String)

    static let prefix = "/api/autoheal/"

    /// Reads a path; nil when there is no such thing.
    init?(path: String) {
        guard path.hasPrefix(Self.prefix) else { return nil }
        let parts = path.dropFirst(Self.prefix.count).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.count, parts.first) {
        case (1, "explain"): self = .explain
        case (1, "decisions"): self = .decisions
        case (1, "suspensions"): self = .suspensions
        case (1, "approve"): self = .approve
        case (1, "heal"): self = .heal
        case (1, "plan"): self = .plan
        case (1, "revert"): self = .revert
        case (1, "incidents"): self = .incidents
        case (2, "incidents") where parts[1] == "old": self = .oldIncidents
        case (2, "incidents") where !parts[1].isEmpty: self = .incident(parts[1])
        case (1, "status"): self = .status
        case (1, "events"): self = .events
        case (1, "alerts"): self = .alerts
        case (1, "fixes"): self = .fixes
        case (2, "fixes") where parts[1] == "apply": self = .applyFixes
        case (2, "fixes") where !parts[1].isEmpty: self = .fix(parts[1])
        case (2, "suspensions") where !parts[1].isEmpty: self = .suspension(parts[1])
        case (3, "rules") where parts[2] == "resume" && !parts[1].isEmpty: self = .resume(rule: parts[1])
        default: return nil
        }
    }

    var methods: [HTTPRequest.Method] {
        switch self {
        case .explain, .decisions, .incidents, .incident, .status, .events: [.get, .head]
        case .fix: [.get, .head, .delete]
        case .suspensions, .fixes: [.get, .head, .post]
        case .suspension, .oldIncidents: [.delete]
        case .approve, .heal, .plan, .revert, .resume, .alerts, .applyFixes: [.post]
        }
    }
}

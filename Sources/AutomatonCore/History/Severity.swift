/// How bad an incident looks to people, by what the world itself reported. How long the automaton waits is the rule's ``Priority``.
public enum Severity: String, Hashable, Comparable, Codable, Sendable, CaseIterable {
    /// Anything else.
    case warning
    /// `DeadlineExceeded`, `Evicted`.
    case medium
    /// `Error`, `ContainerCannotRun`, and `StartError`, as containerd calls the latter.
    case high
    /// `OOMKilled`, `CrashLoopBackOff`.
    case critical

    /// The severity of a reason's word.
    public init(reason: String) {
        switch reason {
        case "OOMKilled", "CrashLoopBackOff": self = .critical
        case "Error", "ContainerCannotRun", "StartError": self = .high
        case "DeadlineExceeded", "Evicted": self = .medium
        default: self = .warning
        }
    }

    /// The worst of what was seen.
    public init(_ observation: Observation) {
        guard case .seen(let evidence) = observation else {
            self = .warning
            return
        }
        self = evidence.reasons.map { Severity(reason: $0.code) }.max() ?? .warning
    }

    public static func < (lhs: Severity, rhs: Severity) -> Bool { lhs.rank < rhs.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

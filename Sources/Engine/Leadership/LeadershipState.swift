/// Whether this process is the one that acts.
public enum LeadershipState: Hashable, Sendable {
    /// It leads. The term is the Lease's `leaseTransitions`: two stretches of the same term had no other leader between them.
    case leading(term: Int)
    /// Another leads, or nobody does at the moment (nil): observe, do not act.
    case following(holder: String?)
    /// It cannot be told who leads, and why: observe, do not act.
    case unknown(String)

    /// Whether this process leads. A write still asks ``LeadershipGate/mayWrite()``, which knows before this does.
    public var isLeading: Bool {
        if case .leading = self { true } else { false }
    }
}

extension LeadershipState: CustomStringConvertible {
    public var description: String {
        switch self {
        case .leading(let term): "leading, term \(term)"
        case .following(let holder?): "following \(holder)"
        case .following(nil): "following nobody: no one leads"
        case .unknown(let why): "unknown: \(why)"
        }
    }
}

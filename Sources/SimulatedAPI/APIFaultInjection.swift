public import Simulator
import Synchronization

/// Faults that the simulated API server shows on demand: what a network and an overloaded server do to clients.
public final class APIFaultInjection: Sendable {
    /// What happens to a request.
    public enum Fault: Sendable, Hashable {
        /// No answer comes, until the client gives up or this much time has passed; then the connection is closed.
        case hang(Duration)
        /// The request is carried out, but no answer comes, until the client gives up or this much time has passed.
        case lostAnswer(Duration)
        /// 429 as text with Retry-After: 1, as priority and fairness answers it.
        case throttled
        /// 500 with a Status.
        case internalError
        /// 409 Conflict, as if another writer had been faster.
        case conflict
        /// The connection is closed without an answer.
        case droppedConnection
    }

    private struct Injection {
        let fault: Fault
        let method: String?
        let path: String
        var remaining: Int
    }

    private let injections = Mutex<[Injection]>([])
    private let cluster: Cluster

    /// Makes an injector without faults.
    public init(cluster: Cluster) { self.cluster = cluster }

    /// Lets the next requests fail that match.
    ///
    /// - Parameters:
    ///   - fault: how they fail.
    ///   - count: how many of them.
    ///   - method: only requests of this method; nil for any.
    ///   - path: only requests whose path contains this.
    public func inject(_ fault: Fault, count: Int = 1, method: String? = nil, path: String = "") {
        injections.withLock { $0.append(Injection(fault: fault, method: method, path: path, remaining: count)) }
    }

    /// Forgets the faults that have not happened yet.
    public func clear() { injections.withLock { $0.removeAll() } }

    /// How many requests are still to fail.
    public var pending: Int { injections.withLock { $0.reduce(0) { $0 + $1.remaining } } }

    /// Ends all open watches now, as a restart of the server does.
    public func dropWatches() async { await cluster.endWatches() }

    /// Forgets the history of changes: a watch that resumes from an older version gets 410 (Expired).
    public func expireHistory() async { await cluster.compact() }

    /// The fault of a request, which is then used up.
    func take(method: String, path: String) -> Fault? {
        injections.withLock { injections in
            let index = injections.firstIndex { ($0.method == nil || $0.method == method) && ($0.path.isEmpty || path.contains($0.path)) }
            guard let index else { return nil }
            let fault = injections[index].fault
            injections[index].remaining -= 1
            if injections[index].remaining <= 0 { injections.remove(at: index) }
            return fault
        }
    }
}

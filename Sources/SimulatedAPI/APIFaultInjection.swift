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
        /// The request is carried out, and its answer comes after this much time.
        case late(Duration)
        /// 429 as text with Retry-After: 1, as priority and fairness answers it.
        case throttled
        /// 500 with a Status.
        case internalError
        /// 409 Conflict, as if another writer had been faster.
        case conflict
        /// The connection is closed without an answer.
        case droppedConnection
        /// Of an exec: the command runs, and the connection breaks within its output, before its Status.
        case brokenStream
        /// Of an exec: the protocol is changed, and then nothing comes, until the client gives up or this much time has passed; the
        /// command does not run.
        case silentStream(Duration)

        /// Whether it shows on a WebSocket, rather than on an answer.
        var isOfStream: Bool {
            switch self {
            case .brokenStream, .silentStream: true
            default: false
            }
        }
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
    /// - Parameter ofStream: Whether one for a WebSocket is asked for, or one for an answer.
    func take(method: String, path: String, ofStream: Bool = false) -> Fault? {
        injections.withLock { injections in
            guard let index = Self.index(in: injections, method, path, ofStream) else { return nil }
            let fault = injections[index].fault
            injections[index].remaining -= 1
            if injections[index].remaining <= 0 { injections.remove(at: index) }
            return fault
        }
    }

    /// Whether the answer to such a request is to fail.
    func isDue(method: String, path: String) -> Bool { injections.withLock { Self.index(in: $0, method, path, false) != nil } }

    private static func index(in injections: [Injection], _ method: String, _ path: String, _ ofStream: Bool) -> Int? {
        injections.firstIndex {
            $0.fault.isOfStream == ofStream && ($0.method == nil || $0.method == method) && ($0.path.isEmpty || path.contains($0.path))
        }
    }
}

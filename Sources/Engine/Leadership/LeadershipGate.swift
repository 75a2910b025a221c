internal import Synchronization

/// Whether this process may write to the world at this moment: to be asked directly before each write.
///
/// The answer comes from the clock alone, so that a process that was stopped (SIGSTOP, a suspended machine) is told no as soon as it runs
/// again, whatever it was about to do and before any timer or task of it has run. It cannot help between the question and the write, and
/// not where the clock itself stood still (a virtual machine that its host paused): the write's resourceVersion does there. client-go says
/// the same of its election: it does not fence.
public final class LeadershipGate: Sendable {
    private enum State {
        case closed
        case open(until: Duration)
        case always
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Duration

    /// Makes a gate that is closed.
    /// - Parameter now: the monotonic clock of ``LeadershipClock``.
    public init(now: @escaping @Sendable () -> Duration) {
        self.now = now
        state = Mutex(.closed)
    }

    private init() {
        now = { .zero }
        state = Mutex(.always)
    }

    /// A gate that is always open: for a process that runs alone, without an election.
    public static func withoutElection() -> LeadershipGate { LeadershipGate() }

    /// Whether a write may begin now: less than the renew deadline has passed since the last successful renewal was *begun*.
    public func mayWrite() -> Bool {
        state.withLock { state in
            switch state {
            case .closed: false
            case .open(let until): now() < until
            case .always: true
            }
        }
    }

    /// Opens it, or prolongs the time for which it is open.
    func open(until: Duration) { state.withLock { $0 = .open(until: until) } }

    /// Closes it.
    func close() { state.withLock { $0 = .closed } }
}

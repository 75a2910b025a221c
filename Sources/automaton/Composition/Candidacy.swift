import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Stands for election for an engine, which acts while it leads.
struct Candidacy: Service {
    /// The engine, once there is one: it needs the gate to be made.
    private final class Candidate: Sendable {
        let engine = Mutex<Engine?>(nil)
    }

    private let candidate = Candidate()
    private let leadership: Leadership

    /// Asked right before each write.
    var gate: LeadershipGate { leadership.gate }

    /// Stands for nothing before ``run()``.
    /// - Parameter observers: told of each change.
    init(_ settings: Election.Settings, leases: any Leases, observers: [any EngineObserver], clock: EngineClock) {
        leadership = Leadership(settings, leases: leases) { [candidate] state in
            for observer in observers { observer.observe(.leadership(state), at: clock.now()) }
            let engine = candidate.engine.withLock { $0 }
            await engine?.lead(state.isLeading, state.reason)
        }
    }

    /// Names the engine that leads or follows.
    func stand(for engine: Engine) { candidate.engine.withLock { $0 = engine } }

    func run() async throws { await leadership.run() }
}

extension LeadershipState {
    /// Why nothing is begun, while it does not lead.
    fileprivate var reason: String {
        switch self {
        case .leading: ""
        case .following(let holder?): "\(holder) leads"
        case .following(nil): "no leader is elected yet"
        case .unknown(let why): "nobody knows who leads: \(why)"
        }
    }
}

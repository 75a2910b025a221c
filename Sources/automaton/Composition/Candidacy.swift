import AutomatonCore
import Engine
import ServiceLifecycle

/// Stands for election for an engine, which acts while it leads.
struct Candidacy: Service {
    private let leadership: Leadership

    /// Asked right before each write.
    var gate: LeadershipGate { leadership.gate }

    /// Stands for nothing before ``run()``.
    /// - Parameters:
    ///   - engine: leads or follows.
    ///   - observers: told of each change.
    init(
        _ settings: Election.Settings, of engine: LeadingEngine, leases: any Leases, observers: [any EngineObserver], clock: EngineClock
    ) {
        leadership = Leadership(settings, leases: leases) { state in
            for observer in observers { observer.observe(.leadership(state), at: clock.now()) }
            await engine.engine?.lead(state.isLeading, state.reason)
        }
    }

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

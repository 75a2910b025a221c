import AutomatonCore
import Engine
import Synchronization

/// The engine, for those who observe it, and whether this process leads: only one that does notes, writes and tells.
///
/// Observers are made before their engine, which is attached when it is there. This one has to be told of events before those who ask it:
/// who looks at it with its own state locked then takes nothing more when it has let go of what it had.
final class LeadingEngine: EngineObserver {
    private struct State {
        var leads: Bool
        var engine: Engine?
    }

    private let state: Mutex<State>

    /// - Parameter isElected: whether this process leads only once it is told so.
    init(isElected: Bool) { state = Mutex(State(leads: !isElected)) }

    /// Names the engine, before anything runs.
    func attach(_ engine: Engine) { state.withLock { $0.engine = engine } }

    /// Whether this process leads.
    var leads: Bool { state.withLock { $0.leads } }

    /// The engine, whoever leads; nil before it is attached.
    var engine: Engine? { state.withLock { $0.engine } }

    /// The engine, while this process leads.
    var engineThatLeads: Engine? { state.withLock { $0.leads ? $0.engine : nil } }

    func observe(_ event: EngineEvent, at instant: Instant) {
        guard let leads = event.leads else { return }
        state.withLock { $0.leads = leads }
    }
}

extension EngineEvent {
    /// Whether this process leads from here on; nil where the event says nothing of it.
    var leads: Bool? {
        switch self {
        case .leadership(let state): state.isLeading
        case .deposed: false
        default: nil
        }
    }
}

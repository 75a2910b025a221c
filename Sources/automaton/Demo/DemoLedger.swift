import AutomatonCore
import Engine
import Synchronization

/// What became of each fault of the demo, as the engine told it.
final class DemoLedger: EngineObserver {
    /// The story of a fault.
    struct Entry: Sendable {
        let fault: DemoFault
        var injectedAt: Instant?
        var detectedAt: Instant?
        var healedAt: Instant?
        var attempts = 0

        /// From the fault to the moment from which it stayed clear.
        var timeToRecover: Duration? {
            guard let injectedAt, let healedAt else { return nil }
            return healedAt - injectedAt
        }
    }

    private let entries: Mutex<[Entry]>

    init(_ faults: [DemoFault]) {
        entries = Mutex(faults.map { Entry(fault: $0) })
    }

    var all: [Entry] { entries.withLock { $0 } }

    /// Whether every fault was healed.
    var isDone: Bool { entries.withLock { $0.allSatisfy { $0.healedAt != nil } } }

    func injected(_ index: Int, at instant: Instant) {
        entries.withLock { $0[index].injectedAt = instant }
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        guard case .incident(let change) = event else { return }
        let key = change.incident.key
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.fault.subject == key.subject && $0.fault.rule == key.rule }),
                entries[index].injectedAt != nil
            else { return }
            switch change.kind {
            case .opened:
                if entries[index].detectedAt == nil { entries[index].detectedAt = change.at }
                entries[index].healedAt = nil
            case .attempted: entries[index].attempts += 1
            case .closed(.healed): entries[index].healedAt = change.at
            default: break
            }
        }
    }
}

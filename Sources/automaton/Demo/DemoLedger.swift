import AutomatonCore
import Engine
import Synchronization

/// What became of each fault of the demo, as the engine told it.
final class DemoLedger: EngineObserver {
    /// The story of a fault.
    struct Entry: Sendable {
        let fault: DemoFault
        /// What incidents call it.
        var subject: Subject
        var injectedAt: Instant?
        var detectedAt: Instant?
        var healedAt: Instant?
        /// The rules whose incidents are open on the workload.
        var open: Set<String> = []
        /// The rule that mended it, and what it did.
        var mended: (rule: String, remediation: String)?
        var attempts = 0
        /// What was changed for as long as it was needed has been put back.
        var isRestored = false

        /// Whether an attempt mended it and nothing is wrong with the workload any more.
        var isHealed: Bool { mended != nil && healedAt != nil && open.isEmpty }

        /// From the fault to the moment from which it stayed clear.
        var timeToRecover: Duration? {
            guard let injectedAt, let healedAt, isHealed else { return nil }
            return healedAt - injectedAt
        }
    }

    private let entries: Mutex<[Entry]>

    init(_ faults: [DemoFault]) {
        entries = Mutex(faults.map { Entry(fault: $0, subject: $0.subject) })
    }

    var all: [Entry] { entries.withLock { $0 } }

    /// Whether every fault was healed.
    var isDone: Bool { entries.withLock { $0.allSatisfy(\.isHealed) } }

    /// Whether the replicas that a backlog needed were put back.
    var isRestored: Bool { entries.withLock { $0.contains(where: \.isRestored) } }

    func injected(_ index: Int, at instant: Instant) {
        entries.withLock { $0[index].injectedAt = instant }
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        guard case .incident(let change) = event else { return }
        let key = change.incident.key
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.fault.concerns(key.subject) }), entries[index].injectedAt != nil else {
                return
            }
            entries[index].subject = key.subject
            switch change.kind {
            case .opened:
                entries[index].open.insert(key.rule)
                if entries[index].detectedAt == nil { entries[index].detectedAt = change.at }
            case .attempted: entries[index].attempts += 1
            case .verified(_, let remediation, .helped): entries[index].mended = (key.rule, remediation)
            case .closed(let ending):
                entries[index].open.remove(key.rule)
                if ending == .healed { entries[index].healedAt = change.at }
            case .restored: entries[index].isRestored = true
            default: break
            }
        }
    }
}

public import AutomatonCore
public import Engine
internal import Synchronization

/// What Alertmanager told, kept for the checks: bounded, by fingerprint; as long as this process leads, since a follower is told nothing.
public final class AlertInbox: Alerts, EngineObserver {
    /// Alerts that are kept; further ones are not taken.
    static let most = 2000
    /// Bytes that they may have in all.
    static let mostBytes = 16 << 20
    /// How long it is kept that an alert is over.
    private static let remembered: Duration = .hours(1)
    /// What fires and is not repeated for so long is dropped: its Alertmanager is no more.
    private static let forgotten: Duration = .hours(24 * 7)

    private struct State {
        var version: UInt64 = 0
        private(set) var alerts: [String: Alert] = [:]
        /// Of all alerts.
        private var bytes = 0
        var toldSince: Instant?
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

        init(toldSince instant: Instant?) { toldSince = instant }

        /// Something is new: who waits for that is to be woken.
        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            version += 1
            defer { waiters = [:] }
            return Array(waiters.values)
        }

        /// Makes room by what is over the longest. False when everything fires.
        mutating func forgetOver() -> Bool {
            let over = alerts.values.filter { $0.resolvedAt != nil }.min { ($0.resolvedAt ?? .epoch) < ($1.resolvedAt ?? .epoch) }
            guard let over else { return false }
            set(over.fingerprint, nil)
            return true
        }

        /// Makes room for an alert in the place of the one of its fingerprint. False when there is none.
        mutating func hasRoom(for alert: Alert) -> Bool {
            while true {
                let before = alerts[alert.fingerprint]
                let isFew = before != nil || alerts.count < AlertInbox.most
                if isFew, bytes - (before.map(\.size) ?? 0) + alert.size <= AlertInbox.mostBytes { return true }
                guard forgetOver() else { return false }
            }
        }

        mutating func set(_ fingerprint: String, _ alert: Alert?) {
            bytes += (alert.map(\.size) ?? 0) - (alerts[fingerprint].map(\.size) ?? 0)
            alerts[fingerprint] = alert
        }

        mutating func keep(_ isKept: (Alert) -> Bool) {
            alerts = alerts.filter { isKept($0.value) }
            bytes = alerts.values.reduce(0) { $0 + $1.size }
        }
    }
    private let state: Mutex<State>

    /// Begins with nothing.
    /// - Parameter instant: since when it is told; nil while another process is.
    public init(toldSince instant: Instant?) {
        state = Mutex(State(toldSince: instant))
    }

    public func observe(_ event: EngineEvent, at instant: Instant) {
        guard case .leadership(let leadership) = event else { return }
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard leadership.isLeading != (state.toldSince != nil) else { return [] }
            state.toldSince = leadership.isLeading ? instant : nil
            // What was told before is the other's to know: an end of it would not be heard here.
            state.keep { _ in false }
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What became of a message.
    struct Receipt: Hashable, Sendable {
        var firing = 0
        var resolved = 0
        /// Not taken: there are too many.
        var refused = 0
    }

    /// Takes what a message tells, in its order: of one alert the last word counts. Nil when another process is to be told.
    func take(_ alerts: [Alert], at now: Instant) -> Receipt? {
        let (receipt, waiters) = state.withLock { state -> (Receipt?, [CheckedContinuation<Void, Never>]) in
            guard state.toldSince != nil else { return (nil, []) }
            var receipt = Receipt()
            state.keep { alert in
                now - (alert.resolvedAt ?? alert.heardAt) <= (alert.resolvedAt == nil ? Self.forgotten : Self.remembered)
            }
            for alert in alerts {
                if alert.resolvedAt != nil {
                    receipt.resolved += 1
                    // Nothing is over that was never begun.
                    guard state.alerts[alert.fingerprint] != nil else { continue }
                } else if !state.hasRoom(for: alert) {
                    receipt.refused += 1
                    continue
                } else {
                    receipt.firing += 1
                }
                state.set(alert.fingerprint, alert)
            }
            return (receipt, state.takeWaiters())
        }
        for waiter in waiters { waiter.resume() }
        return receipt
    }

    public func read() async throws(PortError) -> AlertReading {
        state.withLock { state in
            AlertReading(
                version: state.version, alerts: state.alerts.values.sorted { $0.fingerprint < $1.fingerprint }, toldSince: state.toldSince)
        }
    }

    public func news(after reading: AlertReading) async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.version == reading.version, !Task.isCancelled else { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}

extension Alert {
    /// Bytes of its words, and what a word takes besides.
    fileprivate var size: Int {
        labels.reduce(fingerprint.utf8.count + summary.utf8.count + 200) { $0 + $1.key.utf8.count + $1.value.utf8.count + 64 }
    }
}

public import AutomatonCore
internal import Synchronization

/// What Alertmanager told, kept for the checks: bounded, by fingerprint.
public final class AlertInbox: Alerts {
    /// Alerts that are kept; further ones are not taken.
    static let most = 2000
    /// How long it is kept that an alert is over.
    private static let remembered: Duration = .hours(1)
    /// What fires and is not repeated for so long is dropped: its Alertmanager is no more.
    private static let forgotten: Duration = .hours(24 * 7)

    private struct State {
        var version: UInt64 = 0
        var alerts: [String: Alert] = [:]
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]

        /// Makes room by what is over the longest. False when everything fires.
        mutating func forgetOver() -> Bool {
            let over = alerts.values.filter { $0.resolvedAt != nil }.min { ($0.resolvedAt ?? .epoch) < ($1.resolvedAt ?? .epoch) }
            guard let over else { return false }
            alerts[over.fingerprint] = nil
            return true
        }
    }
    private let state = Mutex(State())

    /// Begins with nothing.
    public init() {}

    /// What became of a message.
    struct Receipt: Hashable, Sendable {
        var firing = 0
        var resolved = 0
        /// Not taken: there are too many.
        var refused = 0
    }

    /// Takes what a message tells, in its order: of one alert the last word counts.
    func take(_ alerts: [Alert], at now: Instant) -> Receipt {
        let (receipt, waiters) = state.withLock { state in
            var receipt = Receipt()
            state.alerts = state.alerts.filter { _, alert in
                now - (alert.resolvedAt ?? alert.heardAt) <= (alert.resolvedAt == nil ? Self.forgotten : Self.remembered)
            }
            for alert in alerts {
                if alert.resolvedAt != nil {
                    receipt.resolved += 1
                    // Nothing is over that was never begun.
                    guard state.alerts[alert.fingerprint] != nil else { continue }
                } else if state.alerts[alert.fingerprint] == nil, state.alerts.count >= Self.most, !state.forgetOver() {
                    receipt.refused += 1
                    continue
                } else {
                    receipt.firing += 1
                }
                state.alerts[alert.fingerprint] = alert
            }
            state.version += 1
            defer { state.waiters = [:] }
            return (receipt, Array(state.waiters.values))
        }
        for waiter in waiters { waiter.resume() }
        return receipt
    }

    public func read() async throws(PortError) -> AlertReading {
        state.withLock { state in
            AlertReading(version: state.version, alerts: state.alerts.values.sorted { $0.fingerprint < $1.fingerprint })
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

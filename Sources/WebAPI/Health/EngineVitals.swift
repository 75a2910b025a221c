public import AutomatonCore
public import Engine
internal import Synchronization

/// Tells from the engine's events whether it lives and is ready, without asking it: an engine that hangs cannot answer.
public final class EngineVitals: EngineObserver {
    private let state: Mutex<State>
    private let uptime: @Sendable () -> Duration

    private struct State {
        var lastSign: Duration
        var limit: Duration
        var checks: Set<CheckID>?
        var observed: Set<CheckID> = []
        /// What each check that has not yet observed complained of last.
        var complaints: [CheckID: String] = [:]
    }

    /// Makes vitals; the time to the first event counts from now.
    /// - Parameters:
    ///   - limit: silence of the engine after which it counts as dead. It says something at each iteration: several times
    ///     CHECK_INTERVAL, and at least a minute, is reasonable.
    ///   - uptime: a clock that never jumps.
    public init(limit: Duration, uptime: @escaping @Sendable () -> Duration = EngineVitals.monotonicClock()) {
        self.uptime = uptime
        state = Mutex(State(lastSign: uptime(), limit: limit))
    }

    /// A clock that counts from its making and does not jump when the wall time is set.
    public static func monotonicClock() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// Sets how long the engine may be silent, when its interval changes.
    public func setLimit(_ limit: Duration) { state.withLock { $0.limit = limit } }

    public func observe(_ event: EngineEvent, at instant: Instant) {
        // A follower is as ready as a leader, and an election that goes on is no sign of the engine's life.
        if case .leadership = event { return }
        let now = uptime()
        state.withLock { state in
            state.lastSign = now
            switch event {
            case .configured(_, _, let checks):
                let inForce = Set(checks)
                state.checks = inForce
                state.observed.formIntersection(inForce)
                state.complaints = state.complaints.filter { inForce.contains($0.key) }
            case .checked(let check, .ok, let took):
                // A complete observation takes time; what a watch reports between two of them carries none.
                guard took != nil else { return }
                state.observed.insert(check)
                state.complaints[check] = nil
            // It waits for what is told to a process that is ready.
            case .checked(let check, .waiting, _):
                state.observed.insert(check)
                state.complaints[check] = nil
            case .checked(let check, .failed(let why), _): state.complaints[check] = why
            case .checked(let check, .timedOut(let limit), _): state.complaints[check] = "no answer within \(limit.readable)"
            default: break
            }
        }
    }

    /// Alive, unless the engine has been silent for too long.
    public func health() -> HealthReport {
        let now = uptime()
        return state.withLock { state in
            let silence = now - state.lastSign
            guard silence > state.limit else { return HealthReport() }
            return HealthReport(problems: [
                "the engine's last sign of life was \(silence.readable) ago, more than \(state.limit.readable)"
            ])
        }
    }

    /// Ready once rules and thresholds are in force, and each check has seen everything once or said why it cannot.
    ///
    /// A check that is refused (no metrics API, a missing permission) must not hold up a rollout for ever; one that sees there has to be.
    public func readiness() -> ReadinessReport {
        state.withLock { state in
            guard let checks = state.checks else { return ReadinessReport(missing: ["rules and thresholds are not loaded yet"]) }
            let isBlind = state.observed.isEmpty
            let missing = checks.subtracting(state.observed).sorted().filter { isBlind || state.complaints[$0] == nil }.map { check in
                let complaint = state.complaints[check].map { ": \($0)" } ?? ""
                return "check \(check) has no complete observation yet\(complaint)"
            }
            return ReadinessReport(missing: missing)
        }
    }
}

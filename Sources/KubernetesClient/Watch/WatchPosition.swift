import Synchronization

/// What curl's thread has seen of one watch so far.
final class WatchProgress: Sendable {
    struct State: Sendable {
        var isOpen = false
        var events = 0
        var resourceVersion: String?
    }

    private let mutex = Mutex(State())

    var state: State { mutex.withLock { $0 } }

    func note(_ resourceVersion: String?, isOpening: Bool) {
        mutex.withLock { state in
            state.isOpen = true
            guard !isOpening else { return }
            state.events += 1
            if let resourceVersion, !resourceVersion.isEmpty { state.resourceVersion = resourceVersion }
        }
    }
}

/// Where a watch stands, and what its failures so far ask for: to resume, to list again, to wait.
struct WatchPosition {
    /// Where to resume; nil is to list again.
    private(set) var resourceVersion: String?
    /// Failures since the last progress.
    private(set) var failures = 0
    /// Of these, how many were answers that speak against the position rather than against the connection.
    private var refusals = 0
    private var expiries = 0
    private var askedDelay: Duration = .zero

    /// After so many refusals in a row at one position the history behind it is given up: a server that was restored from a backup,
    /// for example, is silent on a watch from the future.
    static let maximumRefusals = 3
    /// A watch that lasted this long worked, even if nothing happened.
    static let shortWatch: Duration = .seconds(1)

    mutating func restart(at resourceVersion: String) {
        self.resourceVersion = resourceVersion
        refusals = 0
        askedDelay = .zero
    }

    /// Takes over what a watch has seen, however it ended. Comes before `failed`.
    mutating func advance(_ progress: WatchProgress.State, lasted: Duration) {
        askedDelay = .zero
        if let version = progress.resourceVersion { resourceVersion = version }
        if progress.events > 0 {
            (failures, refusals, expiries) = (0, 0, 0)
        } else if progress.isOpen, lasted >= Self.shortWatch {
            failures = 0
        } else {
            failures += 1
        }
    }

    mutating func failed(_ error: any Error) {
        // A watch was counted by `advance`; a list is counted here.
        failures = resourceVersion == nil ? failures + 1 : max(1, failures)
        switch (error as? KubernetesError)?.kind {
        case .expired:
            resourceVersion = nil
            expiries += 1
            // History that ran out is normal, once: list again without delay.
            if expiries == 1 { failures = 0 }
        case .unreachable, .unauthorized, .forbidden, .notFound, .tooManyRequests, .credentials: break
        default:
            refusals += 1
            if refusals >= Self.maximumRefusals { resourceVersion = nil }
        }
        askedDelay = (error as? KubernetesError)?.retryAfter ?? .zero
    }

    /// How long to wait before the next try; nil is not at all.
    func delay(_ backoff: Backoff, jitter: Double) -> Duration? {
        guard failures > 0 else { return nil }
        return max(backoff.delay(before: failures, jitter: jitter), min(askedDelay, backoff.maximum))
    }
}

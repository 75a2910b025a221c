import AutomatonCore

/// How the engine paces itself. Limits on what it may do are in `SafetyPolicy`.
public struct EngineSettings: Hashable, Sendable {
    /// Time between two runs of a polled check, and between two iterations.
    public var checkInterval: Duration
    /// A run of a polled check that takes longer counts as failed.
    public var checkTimeout: Duration
    /// Part of the interval by which runs are spread at random, so that many checks do not start at once: 0 to 1.
    public var jitter: Double
    /// How long a shutdown waits for writes in flight.
    public var shutdownTime: Duration

    /// Makes settings.
    public init(
        checkInterval: Duration = .seconds(60), checkTimeout: Duration = .seconds(30), jitter: Double = 0.1,
        shutdownTime: Duration = .seconds(6)
    ) {
        self.checkInterval = checkInterval
        self.checkTimeout = checkTimeout
        self.jitter = jitter
        self.shutdownTime = shutdownTime
    }
}

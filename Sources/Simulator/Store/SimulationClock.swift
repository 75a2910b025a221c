public import AutomatonCore

/// The time of a simulated cluster.
public protocol SimulationClock: Sendable {
    /// The present instant; it never runs backwards.
    var now: Instant { get }
    /// Returns at that instant or later, or throws `CancellationError`.
    func sleep(until instant: Instant) async throws
}

/// Time that runs at a constant multiple of real time.
public struct ScaledClock: SimulationClock {
    private let origin: ContinuousClock.Instant
    private let start: Instant
    private let scale: Double

    /// Starts a clock.
    ///
    /// - Parameters:
    ///   - start: what it shows now.
    ///   - scale: simulated seconds a real second; 10 is a cluster that lives ten times as fast.
    public init(start: Instant, scale: Double = 1) {
        precondition(scale > 0 && scale.isFinite, "a clock must run forwards")
        self.origin = ContinuousClock.now
        self.start = start
        self.scale = scale
    }

    /// The present instant of the cluster.
    public var now: Instant {
        let elapsed = ContinuousClock.now - origin
        return scale == 1 ? start + elapsed : start + .microseconds(Int64(Double(elapsed.microseconds) * scale))
    }

    /// Sleeps in real time until the clock shows that instant.
    public func sleep(until instant: Instant) async throws {
        let real = Double((instant - start).microseconds) / scale
        try await ContinuousClock().sleep(until: origin + .microseconds(Int64(min(real.rounded(.up), 1e15))), tolerance: .zero)
    }
}

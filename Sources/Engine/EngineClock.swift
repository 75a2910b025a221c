public import AutomatonCore

/// The engine's time: wall time that never runs backwards, waiting, and chance. Tests, the demo and the simulation put their own in.
public struct EngineClock: Sendable {
    /// Wall time.
    public var now: @Sendable () -> Instant
    /// Waits; ends early by throwing when it is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from -1 to 1, drawn at random: by it times are spread.
    public var spread: @Sendable () -> Double

    /// Makes a clock.
    public init(
        now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Duration) async throws -> Void,
        spread: @escaping @Sendable () -> Double = { .random(in: -1...1) }
    ) {
        self.now = now
        self.sleep = sleep
        self.spread = spread
    }

    /// The system's: wall time as it was at the start, and from there by the clock that nobody can set.
    ///
    /// A wall clock that is set forward by an hour while the program runs would otherwise end every cooldown at once.
    public static func system() -> EngineClock {
        let clock = ContinuousClock()
        let (start, wall) = (clock.now, WallClock.read())
        return EngineClock(
            now: { wall + start.duration(to: clock.now) },
            sleep: { try await Task.sleep(for: $0, clock: clock) })
    }
}

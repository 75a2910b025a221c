public import AutomatonCore

/// The time of an election: a clock that nobody can set, wall time for people, waiting and chance. Tests and the simulation put their own in.
public struct LeadershipClock: Sendable {
    /// Monotonic time, from any origin.
    public var now: @Sendable () -> Duration
    /// Wall time, for what people read in the Lease.
    public var wall: @Sendable () -> Instant
    /// Waits; ends early by throwing when it is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// From 0 to 1.
    public var random: @Sendable () -> Double

    /// Makes a clock.
    public init(
        now: @escaping @Sendable () -> Duration, wall: @escaping @Sendable () -> Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.wall = wall
        self.sleep = sleep
        self.random = random
    }

    /// The system's.
    ///
    /// It must go on while the process is stopped and while the machine sleeps, or a leader that wakes would think that no time has passed.
    /// Swift's `ContinuousClock` does: `CLOCK_BOOTTIME` on Linux, `mach_continuous_time` on Darwin. `SuspendingClock` (`CLOCK_MONOTONIC`)
    /// does not count the sleep of the machine.
    public static func system() -> LeadershipClock {
        let clock = ContinuousClock()
        let origin = clock.now
        return LeadershipClock(
            now: { origin.duration(to: clock.now) }, wall: WallClock.read,
            sleep: { try await Task.sleep(for: $0, clock: clock) }, random: { .random(in: 0...1) })
    }

    /// Now, as the election wants it.
    var moment: Election.Moment { Election.Moment(monotonic: now(), wall: wall(), random: random()) }
}

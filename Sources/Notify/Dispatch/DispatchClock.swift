public import AutomatonCore

/// The dispatcher's time: wall time, waiting, and chance. Tests put their own in.
public struct DispatchClock: Sendable {
    /// Wall time.
    public var now: @Sendable () -> Instant
    /// Waits; ends early by throwing when it is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from -1 to 1, drawn at random: by it retries are spread.
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
}

/// How hard a delivery is tried.
public struct DeliveryPolicy: Hashable, Sendable {
    /// Deliveries of one message that are tried.
    public var tries = 12
    /// After this time nobody wants to read it any more.
    public var age: Duration = .hours(2)
    /// The delay after the first failure; it doubles with each in a row.
    public var firstDelay: Duration = .seconds(2)
    /// The longest delay, but for one that the service asks for.
    public var longestDelay: Duration = .minutes(5)
    /// The longest delay that a service may ask for.
    public var longestAsked: Duration = .minutes(30)
    /// One delivery is given up after this time.
    public var limit: Duration = .seconds(45)
    /// Messages that wait for one receiver.
    public var most = 100
    /// At the end of the process, what waits has so long to go out.
    public var lastWords: Duration = .seconds(3)

    /// The policy by default.
    public init() {}

    /// When to try again after so many failures in a row.
    /// - Parameters:
    ///   - asked: what the service asked for: never earlier.
    ///   - spread: from -1 to 1.
    func delay(after failures: Int, asked: Duration?, spread: Double) -> Duration {
        let doubled = min(firstDelay * (1 << min(max(0, failures - 1), 20)), longestDelay)
        // A fifth more or less keeps many processes apart.
        let own = doubled + .microseconds(Int64(Double(doubled.microseconds) * 0.2 * max(-1, min(1, spread))))
        return max(own, min(asked ?? .zero, longestAsked))
    }
}

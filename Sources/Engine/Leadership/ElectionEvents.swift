public import AutomatonCore

extension Election {
    /// When something happens.
    public struct Moment: Hashable, Sendable {
        /// Time by a clock that nobody can set, from any origin. Must go on while the process is stopped.
        public var monotonic: Duration
        /// Wall time, for people who read the Lease.
        public var wall: Instant
        /// From 0 to 1, for the jitter.
        public var random: Double

        /// Makes a moment.
        public init(monotonic: Duration, wall: Instant, random: Double) {
            self.monotonic = monotonic
            self.wall = wall
            self.random = random
        }
    }

    /// What happens.
    public enum Event: Hashable, Sendable {
        /// The election begins.
        case start
        /// Time has passed; due at ``Election/nextDeadline``, harmless at any other time.
        case tick
        /// A request was answered, or failed.
        case answered(Int, Answer)
        /// The program ends: give the Lease back.
        case stop
    }

    /// What came of a request.
    public enum Answer: Hashable, Sendable {
        /// The Lease; nil when there is none.
        case read(Lease?)
        /// The Lease as it was written.
        case written(Lease)
        /// It failed, or may have.
        case failed(PortError)
    }

    /// What is asked of the API server.
    public enum Request: Hashable, Sendable {
        /// Read the Lease.
        case read
        /// Create it.
        case create(Lease)
        /// Write it over the version that it carries.
        case update(Lease)
    }

    /// What is to be done, in this order.
    public enum Action: Hashable, Sendable {
        /// Send a request and answer with its number.
        case request(Int, Request)
        /// Wait no longer for a request; its answer is ignored.
        case abandon(Int)
        /// Writes are allowed before this time of the monotonic clock.
        case openGate(until: Duration)
        /// No more writes.
        case closeGate
        /// The state changed.
        case tell(LeadershipState)
        /// The election is over.
        case finish
    }
}

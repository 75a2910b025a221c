/// Tells people, over one service.
///
/// A notifier does one delivery: how often it is tried again, how many go out and to whom is the dispatcher's. It never blocks the
/// cooperative pool, bounds its time, and shows no secret in what it throws.
public protocol Notifier: Sendable {
    /// Its kind as the configuration has it: `slack`.
    static var kind: String { get }

    /// Whether what it was told of stays open there until it is told that it is over: a page, a ticket.
    static var keepsOpen: Bool { get }

    /// The shortest time between two deliveries that the service allows.
    var pace: Duration { get }

    /// Delivers a message.
    func deliver(_ message: Message) async throws(DeliveryFailure)
}

extension Notifier {
    /// It does not.
    public static var keepsOpen: Bool { false }
    public var pace: Duration { .seconds(1) }
}

/// Why a message was not delivered.
public struct DeliveryFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether it makes sense to try again.
    public enum Retry: Hashable, Sendable {
        /// The service refused it, and would again.
        case never
        /// Later, and where the service said so (429, `Retry-After`) not before that time.
        case later(after: Duration?)
    }

    /// What went wrong, in a line without secrets.
    public let description: String
    /// Whether to try again.
    public let retry: Retry

    /// Makes a failure.
    public init(_ description: String, retry: Retry) {
        self.description = description
        self.retry = retry
    }
}

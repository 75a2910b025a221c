public import AutomatonCore

/// Somebody who is told, over one service, as the configuration names him.
public struct Receiver: Sendable {
    /// The name.
    public let name: String
    /// The service.
    public let notifier: any Notifier

    /// Names a notifier.
    public init(name: String, notifier: any Notifier) {
        self.name = name
        self.notifier = notifier
    }

    /// The notifier's kind: `slack`.
    public var kind: String { type(of: notifier).kind }
}

/// What became of messages, for those who log, count and note it.
public enum DispatchEvent: Sendable {
    /// A message is to go out; empty occasions: again.
    case due(receiver: String, Message, Set<Occasion>)
    /// It was delivered; whether that is the first time after failures.
    case delivered(receiver: String, kind: String, Message, at: Instant, isRecovery: Bool)
    /// It was not, and is tried again after a while; whether it is the first failure in a row.
    case failed(receiver: String, kind: String, Message, why: String, again: Duration, isFirst: Bool)
    /// It is not tried again.
    case gaveUp(receiver: String, kind: String, Message, why: String)
    /// So many wait for the receiver that one was dropped.
    case dropped(receiver: String, kind: String, Message, isFirst: Bool)
    /// There are more open incidents than can be kept: so many so far were told to nobody.
    case overflowed(Int)
}

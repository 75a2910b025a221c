/// What can go wrong behind a port, in the words that the core can act on. Texts are for people: bounded, without secrets.
public enum PortError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The object is not there.
    case notFound(String)
    /// Somebody changed the object since it was read: read again and plan again.
    case conflict(String)
    /// The world refuses this and will refuse it again: a missing permission, an invalid value, a policy. Nothing was changed.
    case refused(String)
    /// It did not work now and may later; nothing was changed. Wait at least this long, where the world said so.
    case unavailable(String, retryAfter: Duration?)
    /// The request was sent and no answer came: it may or may not have happened.
    case outcomeUnknown(String)

    public var description: String {
        switch self {
        case .notFound(let text), .conflict(let text), .refused(let text), .unavailable(let text, _), .outcomeUnknown(let text): text
        }
    }
}

public import AutomatonCore
import Synchronization

/// When a watcher last heard of the API server; any thread may ask.
public final class WatchHealth: Sendable {
    private let state = Mutex<(lastContact: Instant?, isListed: Bool)>((nil, false))

    /// Makes a record of no contact.
    public init() {}

    /// When the last bytes of an accepted list or watch arrived; nil when there were none yet.
    public var lastContact: Instant? { state.withLock { $0.lastContact } }

    /// Whether a first list has been completed.
    public var isListed: Bool { state.withLock { $0.isListed } }

    /// How long ago the last contact was; nil when there was none.
    public func age(at now: Instant) -> Duration? { lastContact.map { max(.zero, now - $0) } }

    func heard(at now: Instant) {
        state.withLock { $0.lastContact = now }
    }

    func listed() {
        state.withLock { $0.isListed = true }
    }
}

public import AutomatonCore

/// A control plane that lives: it owns the store, calls the controllers when something changed or is due, and tells watchers.
public actor Cluster {
    /// What a watcher is told, in order.
    public enum Notice: Sendable {
        /// An object changed.
        case event(StoreEvent)
        /// Every change up to this version has been told.
        case bookmark(UInt64)
    }

    /// A watch: what there was when it began, and what comes.
    public struct Watch: Sendable {
        /// Names the watch in `bookmark(_:)` and `endWatch(_:)`.
        public let id: Int
        /// The objects at the beginning, if they were asked for.
        public let initial: [StoredObject]
        /// The version at the beginning.
        public let resourceVersion: UInt64
        /// What follows. It ends when the watch is dropped or its reader is too slow.
        public let notices: AsyncStream<Notice>
    }

    /// Where a watch begins.
    public enum WatchStart: Sendable {
        /// With all that there is.
        case state
        /// With what comes next.
        case now
        /// After a version that the client has seen.
        case after(UInt64)
    }

    private struct Subscriber {
        let type: ResourceType
        let namespace: String?
        /// Changes up to this version are known to it: a watch may begin at a version of the future.
        let after: UInt64
        let continuation: AsyncStream<Notice>.Continuation
    }

    /// How many changes may wait for one slow reader before its watch is ended, as the API server does.
    private static let bufferedNotices = 20_000

    private var plane: ControlPlane
    private let clock: any SimulationClock
    private var subscribers: [Int: Subscriber] = [:]
    private var nextSubscriber = 1
    private var told: UInt64
    private var isSettling = false
    private var wake: Task<Void, Never>?
    private var wakeInstant: Instant?

    /// Makes a cluster; controllers begin to live with the first change or with `start()`.
    public init(_ plane: ControlPlane, clock: any SimulationClock) {
        self.plane = plane
        self.clock = clock
        self.told = plane.store.resourceVersion
    }

    deinit { wake?.cancel() }

    /// The present instant of the cluster.
    public nonisolated var now: Instant { clock.now }

    /// Lets the controllers look at the store as it is.
    public func start() { settleSoon() }

    /// Ends all watches and lets the controllers rest until the next change.
    public func stop() {
        wake?.cancel()
        wake = nil
        wakeInstant = nil
        endWatches()
    }

    /// Reads the store.
    public func read<Value: Sendable>(_ body: @Sendable (borrowing Store) throws -> Value) rethrows -> Value { try body(plane.store) }

    /// Changes the store. Watchers are told before this returns; the controllers react after it has returned.
    public func write<Value: Sendable>(_ body: @Sendable (inout Store, Instant) throws -> Value) rethrows -> Value {
        defer {
            if plane.store.resourceVersion != told {
                tell()
                settleSoon()
            }
        }
        return try body(&plane.store, clock.now)
    }

    /// Begins a watch of a collection, or of one namespace of it.
    public func watch(_ type: ResourceType, namespace: String?, from start: WatchStart) throws -> Watch {
        let store = plane.store
        var initial: [StoredObject] = []
        var missed: [StoreEvent] = []
        var after = store.resourceVersion
        switch start {
        case .now: break
        case .state: initial = Array(store.list(type, namespace: namespace))
        case .after(let version):
            missed = try store.changes(after: min(version, store.resourceVersion), of: type)
            after = max(after, version)
        }
        let (notices, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .bufferingOldest(Self.bufferedNotices))
        for event in missed where namespace == nil || event.object.namespace == namespace { continuation.yield(.event(event)) }
        let id = nextSubscriber
        nextSubscriber += 1
        subscribers[id] = Subscriber(type: type, namespace: namespace, after: after, continuation: continuation)
        return Watch(id: id, initial: initial, resourceVersion: store.resourceVersion, notices: notices)
    }

    /// Puts a bookmark of the present version into a watch.
    public func bookmark(_ id: Int) {
        guard let subscriber = subscribers[id] else { return }
        subscriber.continuation.yield(.bookmark(max(plane.store.resourceVersion, subscriber.after)))
    }

    /// Ends one watch.
    public func endWatch(_ id: Int) { subscribers.removeValue(forKey: id)?.continuation.finish() }

    /// Ends all watches, as a restart of the API server does.
    public func endWatches() {
        let ended = subscribers.values
        subscribers.removeAll()
        for subscriber in ended { subscriber.continuation.finish() }
    }

    /// The number of open watches.
    public var watchCount: Int { subscribers.count }

    /// Forgets the log of changes, so that what resumes from an older version is told that it has expired.
    public func compact() { plane.store.compact() }

    private func tell() {
        let since = told
        told = plane.store.resourceVersion
        guard !subscribers.isEmpty else { return }
        guard let changes = try? plane.store.changes(after: since) else {
            // More was written at once than the log holds: nobody can be told what happened in between.
            endWatches()
            return
        }
        for event in changes {
            for (id, subscriber) in subscribers
            where subscriber.type == event.object.type && subscriber.after < event.resourceVersion
                && (subscriber.namespace == nil || subscriber.namespace == event.object.namespace)
            {
                if case .dropped = subscriber.continuation.yield(.event(event)) { endWatch(id) }
            }
        }
    }

    /// Runs the controllers in a turn of the actor of their own, so that who wrote has its answer first.
    private func settleSoon() {
        guard !isSettling, !plane.controllers.isEmpty else { return }
        isSettling = true
        Task { self.settle() }
    }

    private func settle() {
        isSettling = false
        let next = plane.settle(at: clock.now)
        if plane.store.resourceVersion != told { tell() }
        guard next != wakeInstant || wake == nil else { return }
        wake?.cancel()
        wake = nil
        wakeInstant = next
        guard let next else { return }
        wake = Task { [clock, weak self] in
            do { try await clock.sleep(until: next) } catch { return }
            await self?.wakeUp(at: next)
        }
    }

    private func wakeUp(at instant: Instant) {
        guard wakeInstant == instant else { return }
        wake = nil
        wakeInstant = nil
        settleSoon()
    }
}

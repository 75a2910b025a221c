import AutomatonCore
import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The one thread that makes every libpq call for one server: a server that hangs, or a name server that does, holds up no other.
///
/// The thread ends, and its connection with it, when nobody has used it for `unusedFor`, or after `stop()`.
final class ConnectionThread: Sendable {
    private struct Inbox {
        var jobs: [any ConnectionJob] = []
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let wakePipe: WakePipe
    private let unusedFor: Duration
    private let makeConnection: @Sendable (WakePipe) -> ServerConnection
    private let end = Job<Void>(deadline: .now) { _, _ in .success(()) }

    /// Starts a thread.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` when the system has no thread or descriptor left.
    static func start(
        unusedFor: Duration, _ makeConnection: @escaping @Sendable (WakePipe) -> ServerConnection
    ) throws(PortError) -> ConnectionThread {
        guard let wakePipe = WakePipe() else {
            throw .unavailable("no descriptor for a connection: \(String(cString: strerror(errno)))", retryAfter: nil)
        }
        let thread = ConnectionThread(wakePipe, unusedFor: unusedFor, makeConnection)
        try thread.begin()
        return thread
    }

    private init(_ wakePipe: WakePipe, unusedFor: Duration, _ makeConnection: @escaping @Sendable (WakePipe) -> ServerConnection) {
        self.wakePipe = wakePipe
        self.unusedFor = unusedFor
        self.makeConnection = makeConnection
    }

    private func begin() throws(PortError) {
        do throws(NoThread) {
            try OwnThread.start { self.run() }
        } catch {
            throw .unavailable("no thread for a connection: \(error.reason)", retryAfter: nil)
        }
    }

    /// Whether it takes no jobs any more.
    var isClosed: Bool { inbox.withLock { $0.isClosed } }

    /// Hands a job to the thread; false when it takes none any more.
    func submit(_ job: any ConnectionJob) -> Bool {
        let isTaken = inbox.withLock { inbox in
            if !inbox.isClosed { inbox.jobs.append(job) }
            return !inbox.isClosed
        }
        if isTaken { wakePipe.wake() }
        return isTaken
    }

    /// Has the thread look whether somebody still waits for what it does.
    func wake() { wakePipe.wake() }

    /// Takes no more jobs, and ends the thread after those that it has.
    func stop() {
        inbox.withLock { $0.isClosed = true }
        wakePipe.wake()
    }

    /// Waits until its connection is closed, but no longer than `limit`: a name server that hangs cannot be interrupted.
    func stopped(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [end] in _ = await end.result() }
            group.addTask { [end] in
                try? await Task.sleep(for: limit)
                end.giveUp { _ in .unavailable("a connection's thread does not end", retryAfter: nil) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func run() {
        let connection = makeConnection(wakePipe)
        var unusedSince = ContinuousClock.now
        while true {
            let (job, isClosed) = inbox.withLock { ($0.jobs.isEmpty ? nil : $0.jobs.removeFirst(), $0.isClosed) }
            if let job {
                job.perform(on: connection)
                unusedSince = .now
            } else if isClosed {
                break
            } else {
                connection.rest(until: unusedSince + unusedFor)
                guard ContinuousClock.now >= unusedSince + unusedFor else { continue }
                inbox.withLock { if $0.jobs.isEmpty { $0.isClosed = true } }
            }
        }
        connection.drop()
        end.giveUp { _ in .unavailable("closed", retryAfter: nil) }
    }
}

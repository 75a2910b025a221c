import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs one program to its end on a thread of its own: without input, with bounded output, killed with its whole process group when its
/// time is over or the task is cancelled.
struct ChildProcess: Sendable {
    /// What a program left behind.
    struct Outcome: Sendable {
        /// The exit code; a signal counts as 128 and its number, as shells have it.
        var code: Int32
        var output: [UInt8]
        var errorOutput: [UInt8]
    }

    enum Failure: Error {
        /// It could not be started, with errno.
        case notStarted(Int32)
        case timedOut
        case tooMuchOutput

        /// What the system says of an errno.
        static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
    }

    /// The program; without a slash it is looked for in `PATH`.
    var command: String
    var arguments: [String]
    var environment: [String: String]
    var timeout: Duration
    var maximumOutputBytes = 1 << 20

    /// Runs it.
    /// - Throws: `Failure` or `CancellationError`.
    func run() async throws -> Outcome {
        let run = Run(self)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                run.start(continuation)
            }
        } onCancel: {
            run.isCancelled.store(true, ordering: .relaxed)
        }
    }

    private final class Run: Sendable {
        let isCancelled = Atomic<Bool>(false)
        private let child: ChildProcess
        private let continuation = Mutex<CheckedContinuation<Outcome, any Error>?>(nil)

        init(_ child: ChildProcess) {
            self.child = child
        }

        func start(_ continuation: CheckedContinuation<Outcome, any Error>) {
            self.continuation.withLock { $0 = continuation }
            do throws(NoThread) {
                try OwnThread.start {
                    self.finish(Result { try self.child.runBlocking { self.isCancelled.load(ordering: .relaxed) } })
                }
            } catch {
                finish(.failure(Failure.notStarted(error.code)))
            }
        }

        private func finish(_ result: Result<Outcome, any Error>) {
            let waiting = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(with: result)
        }
    }

    private func runBlocking(_ isCancelled: () -> Bool) throws -> Outcome {
        let (output, errorOutput) = (try Pipe(), try Pipe())
        defer {
            output.close()
            errorOutput.close()
        }
        let pid = try spawn(output.writing, errorOutput.writing)
        output.closeWriting()
        errorOutput.closeWriting()
        let deadline = ContinuousClock.now + timeout
        var failure: (any Error)?
        var status: Int32?
        while failure == nil, status == nil || output.isOpen || errorOutput.isOpen {
            if isCancelled() { failure = CancellationError() }
            if ContinuousClock.now >= deadline { failure = Failure.timedOut }
            if output.bytes.count > maximumOutputBytes || errorOutput.bytes.count > maximumOutputBytes { failure = Failure.tooMuchOutput }
            // Short waits: to notice a cancel, and an end of the program that left its pipes to others.
            var descriptors = [
                pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorOutput.reading, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&descriptors, 2, status == nil ? 20 : 0)
            let received = [output.receive(), errorOutput.receive()].contains(true)
            if status == nil {
                var raw: Int32 = 0
                if waitpid(pid, &raw, WNOHANG) == pid { status = raw }
            } else if !received {
                break
            }
        }
        guard let status, failure == nil else {
            // The group is the child's own (POSIX_SPAWN_SETPGROUP).
            kill(-pid, SIGKILL)
            var raw: Int32 = 0
            if status == nil { waitpid(pid, &raw, 0) }
            throw failure ?? Failure.timedOut
        }
        let signal = status & 0x7F
        return Outcome(code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: output.bytes, errorOutput: errorOutput.bytes)
    }

    private func spawn(_ output: Int32, _ errorOutput: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errorOutput, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The process ignores SIGPIPE, a program does not expect that.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
        var vector: [UnsafeMutablePointer<CChar>?] = ([command] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in vector + variables { free(pointer) } }
        var pid: pid_t = 0
        var code = posix_spawnp(&pid, command, &actions, &attributes, &vector, &variables)
        // The file is open for writing: it is being installed, or a process that is just being forked still holds it (execve(2)).
        for _ in 0..<10 where code == ETXTBSY {
            usleep(20_000)
            code = posix_spawnp(&pid, command, &actions, &attributes, &vector, &variables)
        }
        guard code == 0 else { throw Failure.notStarted(code) }
        return pid
    }
}

/// A pipe from a program, read without waiting.
private final class Pipe {
    private(set) var reading: Int32 = -1
    private(set) var writing: Int32 = -1
    private(set) var bytes: [UInt8] = []

    var isOpen: Bool { reading >= 0 }

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ChildProcess.Failure.notStarted(errno) }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    /// Reads what is there; true when something was.
    func receive() -> Bool {
        guard isOpen else { return false }
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        let count = read(reading, &chunk, chunk.count)
        if count > 0 {
            bytes += chunk[..<count]
            return true
        }
        if count == 0 || (errno != EAGAIN && errno != EINTR) { closeReading() }
        return false
    }

    func closeWriting() {
        if writing >= 0 { _ = systemClose(writing) }
        writing = -1
    }

    private func closeReading() {
        if reading >= 0 { _ = systemClose(reading) }
        reading = -1
    }

    func close() {
        closeReading()
        closeWriting()
    }
}

private func systemClose(_ descriptor: Int32) -> Int32 {
    close(descriptor)
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Wakes a thread that waits in `poll`. Closed when nobody refers to it any more.
final class WakePipe: Sendable {
    /// What became of a wait.
    enum Waited {
        case ready
        case woken
        case timedOut
    }

    private let reading: Int32
    private let writing: Int32

    /// Nil when the system has no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        (reading, writing) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Ends the wait that is under way, or the next one.
    func wake() {
        var byte: UInt8 = 1
        // A full pipe wakes as well.
        _ = write(writing, &byte, 1)
    }

    /// Waits for the descriptor to be ready for one of `events`, for `wake()` or for the deadline. Blocks.
    func wait(for events: Int16, on descriptor: Int32?, until deadline: ContinuousClock.Instant) -> Waited {
        while true {
            let (seconds, attoseconds) = max(.zero, ContinuousClock.now.duration(to: deadline)).components
            let milliseconds = min(Int64(Int32.max - 1), seconds * 1000 + attoseconds / 1_000_000_000_000_000) + 1
            var descriptors = [
                pollfd(fd: reading, events: Int16(POLLIN), revents: 0), pollfd(fd: descriptor ?? -1, events: events, revents: 0),
            ]
            let count = poll(&descriptors, 2, Int32(milliseconds))
            if count < 0, errno != EINTR { return .timedOut }
            if descriptors[0].revents != 0 {
                drain()
                return .woken
            }
            if descriptors[1].revents != 0 { return .ready }
            if ContinuousClock.now >= deadline { return .timedOut }
        }
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}

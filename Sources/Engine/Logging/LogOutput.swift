internal import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where log lines go: a file descriptor. A line is one write(2), so that lines of several processes on one pipe do not interleave.
///
/// Writing is synchronous: a line that was logged survives a crash right after it. A reader that does not read holds it up for a
/// second a line at most; what it does not take by then is dropped, since the automaton must not stand still for its log.
public final class LogOutput: Sendable {
    private let descriptor: Int32
    private let lock = Mutex(())

    /// Makes an output.
    /// - Parameter descriptor: an open file descriptor, which stays the caller's; 1 is standard output, 2 standard error.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Standard error.
    public static let standardError = LogOutput(descriptor: 2)
    /// Standard output.
    public static let standardOutput = LogOutput(descriptor: 1)

    /// Whether it is a terminal.
    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes a whole line, newline included.
    func write(_ line: [UInt8]) {
        lock.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = send(UnsafeRawBufferPointer(rebasing: rest))
                    if written > 0 {
                        rest = rest.dropFirst(written)
                    } else if written < 0, errno == EAGAIN {
                        guard becomesWritable() else { return }
                    } else if written < 0, errno == EINTR {
                        continue
                    } else {
                        return
                    }
                }
            }
        }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Darwin)
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    /// Waits up to a second for a descriptor that does not block.
    private func becomesWritable() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, 1000) == 1
    }
}

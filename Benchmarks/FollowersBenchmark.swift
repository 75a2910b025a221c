import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// 200 who follow the changes live (server-sent events), 250 changes of a kilobyte a second: 160 read as fast as it comes, 20 take 4 KiB a
/// second, 20 nothing at all. Baseline: one who follows alone.
enum FollowersBenchmark {
    static func run() async throws {
        let server = try ChildServer("serve-web")
        defer { server.stop() }
        guard let port = server.readLine().flatMap({ UInt16($0) }) else { throw WebFailure(text: "the server did not start") }
        func size() -> (memory: Double, descriptors: Int) {
            server.write("size")
            let words = server.readLine()?.split(separator: " ") ?? []
            return (words.first.flatMap { Double($0) } ?? .nan, words.last.flatMap { Int($0) } ?? 0)
        }
        let rate = 250
        server.write("flow \(rate)")
        _ = server.readLine()
        print("followers: \(rate) changes a second of about 1 kB, over HTTP")
        let alone = await onThread { Followers(port: port, fast: 1, slow: 0, still: 0).follow(seconds: 10) }
        let base = size()
        print("  one alone, 10 s: \(alone.perSecond.text(0)) changes/s; the server has \(base.memory.text(1)) MB")
        let all = Followers(port: port, fast: 160, slow: 20, still: 20)
        for part in [10, 20, 30, 30] {
            let seen = await onThread { all.follow(seconds: part) }
            let now = size()
            let others = now.descriptors - base.descriptors - seen.fast
            print(
                "  200 for \(all.seconds) s: \(seen.perSecond.text(0)) changes/s each (\((seen.perSecond / alone.perSecond * 100).text(0)) %) "
                    + "for \(seen.fast) fast ones, \(seen.resets) told to read anew; \(others) of the 40 others not let go yet; "
                    + "\(now.memory.text(1)) MB, \((now.memory / base.memory).text(2)) × alone")
        }
    }

    /// Does what blocks on a thread of its own.
    private static func onThread<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in Thread.detachNewThread { continuation.resume(returning: work()) } }
    }
}

/// Connections to a server of events, read by one thread. Unchecked: it is used by one thread after another, never by two.
private final class Followers: @unchecked Sendable {
    struct Seen: Sendable {
        /// Changes a second that the slowest of the fast ones had.
        var perSecond: Double
        /// Fast ones that missed changes.
        var resets: Int
        /// Those that were not let go.
        var fast: Int
    }

    private enum Kind { case fast, slow, still }

    private struct Connection {
        var descriptor: Int32
        var kind: Kind
        var changes = 0
        var resets = 0
        var isOpen = true
        /// The end of what was read, in which a word may have begun.
        var rest: [UInt8] = []
    }

    private var connections: [Connection] = []
    /// For how long it has followed.
    private(set) var seconds = 0

    init(port: UInt16, fast: Int, slow: Int, still: Int) {
        for (kind, count) in [(Kind.fast, fast), (.slow, slow), (.still, still)] {
            for _ in 0..<count { join(port, kind) }
        }
    }

    deinit { for connection in connections { close(connection.descriptor) } }

    private func join(_ port: UInt16, _ kind: Kind) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if kind != .fast {
            var small: Int32 = 4096
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let request = Array("GET /api/autoheal/events HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        guard connected == 0, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            close(descriptor)
            return
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        connections.append(Connection(descriptor: descriptor, kind: kind))
    }

    func follow(seconds: Int) -> Seen {
        for index in connections.indices { (connections[index].changes, connections[index].resets) = (0, 0) }
        let start = ContinuousClock.now
        var slowRead = start
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while ContinuousClock.now - start < .seconds(seconds) {
            let fast = connections.indices.filter { connections[$0].kind == .fast && connections[$0].isOpen }
            var waiting = fast.map { pollfd(fd: connections[$0].descriptor, events: Int16(POLLIN), revents: 0) }
            poll(&waiting, nfds_t(waiting.count), 100)
            for (place, index) in fast.enumerated() where waiting[place].revents != 0 { read(index, &buffer, buffer.count) }
            guard ContinuousClock.now - slowRead >= .seconds(1) else { continue }
            slowRead = .now
            for index in connections.indices where connections[index].isOpen {
                switch connections[index].kind {
                case .slow: read(index, &buffer, 4096)
                case .fast, .still: break
                }
            }
        }
        self.seconds += seconds
        let fast = connections.filter { $0.kind == .fast && $0.isOpen }
        return Seen(
            perSecond: Double(fast.map(\.changes).min() ?? 0) / Double(seconds), resets: fast.count { $0.resets > 0 }, fast: fast.count)
    }

    private func read(_ index: Int, _ buffer: inout [UInt8], _ most: Int) {
        let count = recv(connections[index].descriptor, &buffer, most, 0)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK) { connections[index].isOpen = false }
            return
        }
        let text = connections[index].rest + buffer.prefix(count)
        connections[index].changes += Self.count("\ndata: {\"", in: text)
        connections[index].resets += Self.count("event: reset\n", in: text)
        // Shorter than the shorter of the two words, so that none is counted twice.
        connections[index].rest = Array(text.suffix(8))
    }

    private static func count(_ word: StaticString, in text: [UInt8]) -> Int {
        text.withUnsafeBytes { text in
            guard let base = text.baseAddress else { return 0 }
            var (found, at) = (0, 0)
            let length = word.utf8CodeUnitCount
            while at + length <= text.count, let next = memchr(base + at, Int32(word.utf8Start[0]), text.count - length - at + 1) {
                at = base.distance(to: UnsafeRawPointer(next))
                if memcmp(base + at, word.utf8Start, length) == 0 { found += 1 }
                at += 1
            }
            return found
        }
    }
}

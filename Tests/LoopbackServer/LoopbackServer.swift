import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server on a free loopback port whose every answer a test scripts byte by byte: one blocking thread a connection.
public final class LoopbackServer: Sendable {
    /// The port that it listens on.
    public let port: Int
    private let listener: Int32
    private let acceptsConnections: Bool
    private let open = Accepted()

    /// Starts a server.
    /// - Parameters:
    ///   - backlog: How many connections may wait to be accepted.
    ///   - acceptsConnections: Whether any are.
    ///   - serve: Called on a thread of its own for each connection, which is closed when it returns.
    public init(backlog: Int32 = 1024, acceptsConnections: Bool = true, _ serve: @escaping @Sendable (Connection) -> Void) throws {
        signal(SIGPIPE, SIG_IGN)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, backlog) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw ServerError.cannotListen(errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        self.acceptsConnections = acceptsConnections
        guard acceptsConnections else { return }
        let open = open
        try OwnThread.start { Self.takeConnections(on: listener, open, serve) }
    }

    deinit {
        stop()
    }

    /// The base of URLs.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Connections accepted so far.
    public var accepted: Int { open.state.withLock { $0.accepted } }

    /// Connections open now.
    public var openConnections: Int { open.state.withLock { $0.connections.count } }

    /// Breaks every connection and listens no more.
    ///
    /// Descriptors are closed by the threads that use them, never here: a number that is free again may be another server's at once.
    public func stop() {
        open.state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            if acceptsConnections {
                // Wakes the thread that accepts; it has closed the listener only if the system gave it no connection.
                if state.isListening { shutdown(listener, Int32(SHUT_RDWR)) }
            } else {
                close(listener)
            }
            for connection in state.connections.values { connection.abort() }
        }
    }

    private static func takeConnections(on listener: Int32, _ open: Accepted, _ serve: @escaping @Sendable (Connection) -> Void) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                open.state.withLock { state in
                    state.isListening = false
                    close(listener)
                }
                return
            }
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            let connection = Connection(descriptor)
            open.state.withLock { state in
                state.accepted += 1
                state.connections[descriptor] = connection
                if state.isStopped { connection.abort() }
            }
            try? OwnThread.start {
                serve(connection)
                open.state.withLock { state in
                    state.connections.removeValue(forKey: descriptor)
                    connection.finish()
                }
            }
        }
    }
}

/// What a server has accepted; outlives it in its threads.
private final class Accepted: Sendable {
    let state = Mutex<(connections: [Int32: Connection], accepted: Int, isListening: Bool, isStopped: Bool)>(([:], 0, true, false))
}

/// Why a server could not start.
public enum ServerError: Error {
    /// No socket; with errno.
    case cannotListen(Int32)
}

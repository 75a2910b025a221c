import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// A relay between a client and a server on loopback that notes when marked bytes pass: on their way to the client just before they are
/// written to its socket, on their way from it as soon as they are read.
final class SocketTap: Sendable {
    /// The port that the client is to use.
    let port: Int
    private let listener: Int32
    private let target: Int
    private let toClient: @Sendable (UnsafeRawBufferPointer) -> Void
    private let fromClient: @Sendable (UnsafeRawBufferPointer) -> Void

    /// Starts the relay on a thread of its own, until the process ends.
    init(
        to target: Int, toClient: @escaping @Sendable (UnsafeRawBufferPointer) -> Void,
        fromClient: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) throws {
        self.target = target
        self.toClient = toClient
        self.fromClient = fromClient
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(0)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0, listen(listener, 128) == 0 else { throw TapError() }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        try OwnThread.start { self.relay() }
    }

    struct TapError: Error {}

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func connectToTarget() -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(target)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        return descriptor
    }

    private func relay() {
        var peers: [Int32: (peer: Int32, isClient: Bool)] = [:]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        var polls: [pollfd] = []
        while true {
            if polls.isEmpty {
                polls = ([listener] + peers.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            }
            guard poll(&polls, nfds_t(polls.count), -1) > 0 else { continue }
            for each in polls where each.revents != 0 {
                if each.fd == listener {
                    let client = accept(listener, nil, nil)
                    let server = connectToTarget()
                    for descriptor in [client, server] {
                        var on: Int32 = 1
                        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                    }
                    peers[client] = (server, true)
                    peers[server] = (client, false)
                    polls = []
                } else if let (peer, isClient) = peers[each.fd] {
                    let count = read(each.fd, buffer.baseAddress, buffer.count)
                    guard count > 0 else {
                        for descriptor in [each.fd, peer] {
                            peers[descriptor] = nil
                            close(descriptor)
                        }
                        polls = []
                        continue
                    }
                    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                    if isClient { fromClient(bytes) } else { toClient(bytes) }
                    var written = 0
                    while written < count {
                        let step = write(peer, bytes.baseAddress.map { $0 + written }, count - written)
                        guard step > 0 else { break }
                        written += step
                    }
                }
            }
        }
    }
}

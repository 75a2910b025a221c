import Foundation

/// A connection to a port of this machine, for bytes as they are; its calls block, so each thread has its own.
final class RawConnection {
    private let descriptor: Int32
    /// What came and was not taken yet.
    private var received: [UInt8] = []

    init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Sends; false when the other side does not take it any more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Nothing more is sent.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Breaks it, with what is under way.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Everything up to the end, or to the head of an answer that has none by its nature; nil when it should have one and does not.
    func readAnswers() -> [UInt8]? {
        while true {
            guard let isMore = receive() else { return nil }
            if !isMore || received.first("\r\nContent-Type: text/event-stream") != nil { return received }
        }
    }

    /// The next answer with a Content-Length; nil when there is none.
    func nextAnswer() -> RawAnswer? {
        while true {
            if let answer = RawAnswer(received) {
                received.removeFirst(answer.size)
                return answer
            }
            guard receive() == true else { return nil }
        }
    }

    /// True when there is more, false at the end or when it is broken; nil when nothing came for too long.
    private func receive() -> Bool? {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK ? nil : false }
        received += chunk.prefix(count)
        return count > 0
    }
}

/// An answer as it came.
struct RawAnswer {
    var status: Int
    /// Names in lower case.
    var headers: [String: String] = [:]
    var body: [UInt8]
    /// Bytes of all of it.
    var size: Int

    /// Nil when it is not whole.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.first("\r\n\r\n") else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let words = lines.first?.split(separator: " "), words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            return nil
        }
        self.status = status
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        size = end + 4 + length
        guard bytes.count >= size else { return nil }
        body = Array(bytes[(end + 4)..<size])
    }
}

extension [UInt8] {
    /// Where some words begin.
    func first(_ words: String) -> Int? {
        let words = Array(words.utf8)
        return withUnsafeBytes { all in
            guard let base = all.baseAddress else { return nil }
            var at = 0
            while at + words.count <= all.count, let found = memchr(base + at, Int32(words[0]), all.count - words.count - at + 1) {
                at = base.distance(to: UnsafeRawPointer(found))
                if memcmp(base + at, words, words.count) == 0 { return at }
                at += 1
            }
            return nil
        }
    }
}

/// Does work that blocks on threads of its own.
func onThreads<Value: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) -> Value) async -> [Value] {
    await withTaskGroup(of: Value.self) { group in
        for number in 0..<count {
            group.addTask {
                await withCheckedContinuation { continuation in
                    let thread = Thread { continuation.resume(returning: work(number)) }
                    thread.stackSize = 1 << 20
                    thread.start()
                }
            }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

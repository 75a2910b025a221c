import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One connection of a `LoopbackServer`. Its calls block.
public final class Connection: Sendable {
    private let received = Mutex<[UInt8]>([])
    private let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor

    }

    /// One request as it came.
    public struct Request: Sendable {
        /// `GET`.
        public var method: String
        /// Path and query, encoded as they came.
        public var target: String
        /// Header fields, names in lower case.
        public var headers: [String: String]
        /// The body.
        public var body: [UInt8]

        /// The path without the query.
        public var path: String { String(target.prefix { $0 != "?" }) }

        /// A parameter of the query, still encoded.
        public func query(_ name: String) -> String? {
            target.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&")
                .first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
        }
    }

    /// Waits for the next request; nil when the client has closed the connection.
    public func nextRequest() -> Request? {
        var buffer = received.withLock { $0 }
        while true {
            if let end = Self.headEnd(buffer) {
                let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
                let first = lines.first?.split(separator: " ") ?? []
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1)
                    headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                while buffer.count < end + 4 + length {
                    guard receive(&buffer) else { return nil }
                }
                let body = Array(buffer[(end + 4)..<(end + 4 + length)])
                let rest = Array(buffer[(end + 4 + length)...])
                received.withLock { $0 = rest }
                guard first.count >= 2 else { return nil }
                return Request(method: String(first[0]), target: String(first[1]), headers: headers, body: body)
            }
            guard receive(&buffer) else { return nil }
        }
    }

    /// Waits for so many bytes; nil when the client has closed the connection before.
    public func read(_ count: Int) -> [UInt8]? {
        var buffer = received.withLock { $0 }
        while buffer.count < count {
            guard receive(&buffer) else { return nil }
        }
        received.withLock { $0 = Array(buffer[count...]) }
        return Array(buffer[..<count])
    }

    /// The bytes that come next; nil when the client is gone.
    public func nextBytes() -> [UInt8]? {
        var buffer: [UInt8] = []
        return receive(&buffer) ? buffer : nil
    }

    /// Waits until the client closes or breaks the connection.
    public func waitForClose() {
        var buffer: [UInt8] = []
        while receive(&buffer) { buffer = [] }
    }

    /// Waits for the next line, without its end; nil when the client has closed the connection.
    public func nextLine() -> String? {
        var buffer = received.withLock { $0 }
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = buffer[..<end].filter { $0 != 0x0D }
                let rest = Array(buffer[(end + 1)...])
                received.withLock { $0 = rest }
                return String(decoding: line, as: UTF8.self)
            }
            guard receive(&buffer) else { return nil }
        }
    }

    /// Writes bytes as they are; false when the client is gone.
    @discardableResult
    public func write(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Writes text as it is.
    @discardableResult
    public func write(_ text: String) -> Bool { write(text.utf8) }

    /// Writes a whole response with a Content-Length.
    @discardableResult
    public func respond(_ status: Int, _ body: some Sequence<UInt8>, headers: [String] = [], type: String = "application/json") -> Bool {
        let body = Array(body)
        let lines = ["HTTP/1.1 \(status) X", "Content-Type: \(type)", "Content-Length: \(body.count)"] + headers
        return write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    /// Writes a whole response of text.
    @discardableResult
    public func respond(_ status: Int, _ body: String = "", headers: [String] = [], type: String = "application/json") -> Bool {
        respond(status, body.utf8, headers: headers, type: type)
    }

    /// Writes the head of a chunked response.
    @discardableResult
    public func beginChunks(_ status: Int = 200) -> Bool {
        write("HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    /// Writes one chunk; an empty one ends the response.
    @discardableResult
    public func chunk(_ bytes: some Collection<UInt8>) -> Bool {
        write(Array((String(bytes.count, radix: 16) + "\r\n").utf8) + Array(bytes) + Array("\r\n".utf8))
    }

    /// Writes one chunk of text.
    @discardableResult
    public func chunk(_ text: String) -> Bool { chunk(Array(text.utf8)) }

    /// Breaks the connection with a reset.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Ends the connection in both directions.
    public func abort() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    func finish() {
        close(descriptor)
    }

    private func receive(_ buffer: inout [UInt8]) -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { chunk in
            let count = recv(descriptor, chunk.baseAddress, chunk.count, 0)
            if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
            return count
        }
        return count > 0
    }

    private static func headEnd(_ buffer: [UInt8]) -> Int? {
        guard buffer.count >= 4 else { return nil }
        for index in 0...(buffer.count - 4)
        where buffer[index] == 13 && buffer[index + 1] == 10 && buffer[index + 2] == 13 && buffer[index + 3] == 10 {
            return index
        }
        return nil
    }
}

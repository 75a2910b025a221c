import NIOCore
import NIOHTTP1
import NIOPosix
import Simulator

/// An answer of the server under test.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    /// The events of a watch.
    var events: [JSON] { text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) } }

    func header(_ name: String) -> String? { headers[name.lowercased()] }
}

/// A plain HTTP/1.1 client: one connection a request, headers just as given.
struct TestClient: Sendable {
    let port: Int

    /// Sends a request and collects the answer; `onHead` runs when its head has arrived, which for a watch is when it is open.
    func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8]? = nil, onHead: (@Sendable () -> Void)? = nil,
        onBytes: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws -> Answer {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
            fields.add(name: "Host", value: "127.0.0.1:\(port)")
            if let body { fields.add(name: "Content-Length", value: String(body.count)) }
            try await outbound.write(
                .head(HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields)))
            if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(.end(nil))
            var status = 0
            var received: [String: String] = [:]
            var bytes: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let head):
                    status = Int(head.status.code)
                    for (name, value) in head.headers { received[name.lowercased()] = value }
                    onHead?()
                case .body(let buffer):
                    let chunk = Array(buffer.readableBytesView)
                    bytes += chunk
                    onBytes?(chunk)
                case .end: return Answer(status: status, headers: received, body: bytes)
                }
            }
            throw ConnectionClosed(status: status, body: bytes)
        }
    }

    func get(_ path: String, accept: String? = nil) async throws -> Answer {
        try await send("GET", path, headers: accept.map { ["Accept": $0] } ?? [:])
    }

    func post(_ path: String, _ json: JSON) async throws -> Answer {
        try await send("POST", path, headers: ["Content-Type": "application/json"], body: json.bytes)
    }

    func patch(_ path: String, _ json: JSON, type: String = "strategic-merge-patch+json") async throws -> Answer {
        try await send("PATCH", path, headers: ["Content-Type": "application/\(type)"], body: json.bytes)
    }
}

/// The server closed the connection before the answer was complete.
struct ConnectionClosed: Error {
    let status: Int
    let body: [UInt8]
}

import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Counts and keeps what arrives; answers as the test says.
private final class Recorder: HTTPBodySink {
    final class Log: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let status = Mutex<Int?>(nil)
        var count: Int { bytes.withLock { $0.count } }
    }

    let log: Log
    let answer: @Sendable (Int) -> HTTPFlow

    init(_ log: Log, answer: @escaping @Sendable (Int) -> HTTPFlow = { _ in .proceed }) {
        self.log = log
        self.answer = answer
    }

    func receive(head: HTTPResponseHead) {
        log.status.withLock { $0 = head.status }
    }

    func receive(_ bytes: Span<UInt8>) -> HTTPFlow {
        let total = log.bytes.withLock { kept in
            for index in 0..<bytes.count { kept.append(bytes[index]) }
            return kept.count
        }
        return answer(total)
    }
}

@Suite(.timeLimit(.minutes(5)))
struct HTTPStreamTests {
    private struct SinkError: Error {}

    @Test func deliversBytesAsTheyArrive() async throws {
        let log = Recorder.Log()
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.beginChunks()
            for number in 1...5 {
                connection.chunk("\(number)")
                // The next byte only leaves when the one before has reached the sink.
                for _ in 0..<50_000 where log.count < number { usleep(200) }
            }
            connection.chunk("")
        }
        let request = HTTPRequest(url: server.url, timeouts: HTTPTimeouts(total: nil, idle: .seconds(20)))
        let response = try await HTTPClient().stream(request, into: Recorder(log))
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        #expect(log.bytes.withLock { $0 } == Array("12345".utf8))
        #expect(log.status.withLock { $0 } == 200)
    }

    @Test func keepsTheBodyOfAnErrorFromTheSink() async throws {
        let log = Recorder.Log()
        let server = try LoopbackServer { connection in
            while connection.nextRequest() != nil { connection.respond(410, "gone") }
        }
        let response = try await HTTPClient().stream(HTTPRequest(url: server.url), into: Recorder(log))
        #expect(response.status == 410)
        #expect(response.body == Array("gone".utf8))
        #expect(log.status.withLock { $0 } == nil)
    }

    @Test func idleStreamTimesOut() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.beginChunks()
            connection.chunk("x")
            connection.waitForClose()
        }
        let log = Recorder.Log()
        let request = HTTPRequest(url: server.url, timeouts: HTTPTimeouts(total: nil, idle: .milliseconds(80)))
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().stream(request, into: Recorder(log)) }
        #expect(error?.kind == .timeout(.idle))
        #expect(log.count == 1)
    }

    /// A paused receiver holds the sender back, its pause is not idleness, and nothing is lost.
    @Test func pauseHoldsTheSenderBack() async throws {
        let total = 32 << 20
        let sent = Atomic<Int>(0)
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 64 << 10)
            while sent.load(ordering: .relaxed) < total, connection.write(piece) { sent.add(piece.count, ordering: .relaxed) }
        }
        let log = Recorder.Log()
        let gate = HTTPGate()
        let client = try HTTPClient()
        let request = HTTPRequest(url: server.url, timeouts: HTTPTimeouts(total: nil, idle: .milliseconds(150)))
        let stream = Task { try await client.stream(request, into: Recorder(log) { _ in .pause }, gate: gate) }
        try await eventually { log.count > 0 }
        let first = log.count
        // Twice the idle time-out, and a busy client meanwhile.
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(300) {
            await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: "http://127.0.0.1:1/")) }
        }
        #expect(log.count == first)
        #expect(sent.load(ordering: .relaxed) < total, "the sender is held back by the socket's buffers")
        while log.count < total {
            try Task.checkCancellation()
            gate.open()
            await Task.yield()
        }
        gate.open()
        #expect(try await stream.value.status == 200)
        #expect(log.count == total)
    }

    @Test func sinkEndsTheStreamWithItsError() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.beginChunks()
            while connection.chunk("more") { usleep(100) }
        }
        let log = Recorder.Log()
        await #expect(throws: SinkError.self) {
            try await HTTPClient().stream(HTTPRequest(url: server.url), into: Recorder(log) { $0 > 10 ? .fail(SinkError()) : .proceed })
        }
        try await eventually { server.openConnections == 0 }
    }

    @Test func cancelEndsAPausedStream() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.beginChunks()
            while connection.chunk("more") { usleep(100) }
        }
        let log = Recorder.Log()
        let client = try HTTPClient()
        let request = HTTPRequest(url: server.url, timeouts: HTTPTimeouts(total: nil))
        let task = Task { try await client.stream(request, into: Recorder(log) { _ in .pause }, gate: HTTPGate()) }
        try await eventually { log.count > 0 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually { server.openConnections == 0 }
    }
}

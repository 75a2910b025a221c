import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct HTTPFailureTests {
    @Test func saysHowFarATimeoutCame() async throws {
        let server = try LoopbackServer { connection in
            guard let request = connection.nextRequest() else { return }
            if request.path == "/body" { connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123") }
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let timeouts = HTTPTimeouts(connect: .seconds(5), total: .milliseconds(100))
        for (path, stage) in [("/response", HTTPError.Stage.response), ("/body", .body)] {
            let error = await #expect(throws: HTTPError.self) {
                try await client.send(HTTPRequest(url: server.url + path, timeouts: timeouts))
            }
            #expect(error?.kind == .timeout(stage))
            #expect(error?.requestSent == true)
            #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        }
        // A server that does not speak TLS and says nothing.
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/", timeouts: timeouts))
        }
        #expect(error?.kind == .timeout(.tls))
        #expect(error?.requestSent == false)
    }

    /// A server whose queue of new connections is full drops whoever else tries.
    @Test func namesAConnectionThatIsNotAccepted() async throws {
        let server = try LoopbackServer(backlog: 0, acceptsConnections: false) { _ in }
        let client = try HTTPClient()
        var kinds: [HTTPError.Kind] = []
        while !kinds.contains(.timeout(.connect)), kinds.count < 10 {
            let error = await #expect(throws: HTTPError.self) {
                try await client.send(
                    HTTPRequest(url: server.url, timeouts: HTTPTimeouts(connect: .milliseconds(100), total: .milliseconds(150))))
            }
            kinds.append(error?.kind ?? .other)
            if let error, error.kind == .timeout(.connect) { #expect(!error.requestSent) }
        }
        #expect(kinds.contains(.timeout(.connect)), "\(kinds)")
    }

    @Test func namesARefusedConnection() async throws {
        let server = try LoopbackServer { _ in }
        let port = server.port
        server.stop()
        let error = await #expect(throws: HTTPError.self) {
            try await HTTPClient().send(HTTPRequest(url: "http://127.0.0.1:\(port)/secret/path?token=x"))
        }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.requestSent == false)
        #expect(error?.description == "127.0.0.1:\(port) refused the connection: check that the server runs and that the port is right")
    }

    @Test(arguments: [("http://", HTTPError.Kind.badRequest), ("ftp://127.0.0.1/x", .badRequest), ("http://no-such-host.invalid/", .dns)])
    func namesAnAddressThatCannotBe(url: String, kind: HTTPError.Kind) async throws {
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(HTTPRequest(url: url)) }
        #expect(error?.kind == kind)
    }

    @Test func boundsTheBody() async throws {
        let server = try LoopbackServer { connection in
            while connection.nextRequest() != nil { connection.respond(200, [UInt8](repeating: 65, count: 1000)) }
        }
        let client = try HTTPClient()
        #expect(try await client.send(HTTPRequest(url: server.url, maximumResponseBytes: 1000)).body.count == 1000)
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: server.url, maximumResponseBytes: 999))
        }
        #expect(error?.kind == .tooLarge(limit: 999))
    }

    @Test(arguments: [true, false])
    func namesADroppedConnection(withReset: Bool) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")
            if withReset { connection.reset() }
        }
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(HTTPRequest(url: server.url)) }
        #expect(error?.kind == .aborted)
        #expect(error?.requestSent == true)
    }

    /// A kept-alive connection that the server closes upon the next request: reads go out again by themselves, a change never does.
    @Test(arguments: [("GET", 3), ("PUT", 3), ("PATCH", 2), ("POST", 2)])
    func sendsAChangeAtMostOnce(method: String, received: Int) async throws {
        let seen = Mutex<[String]>([])
        let server = try LoopbackServer { connection in
            var isFirst = true
            while let request = connection.nextRequest() {
                let count = seen.withLock {
                    $0.append(request.target)
                    return $0.count
                }
                guard isFirst || count > 2 else { return }
                isFirst = false
                connection.respond(200)
            }
        }
        let client = try HTTPClient()
        _ = try await client.send(HTTPRequest(url: server.url + "/first"))
        let body: [UInt8]? = method == "GET" ? nil : Array("{}".utf8)
        let request = HTTPRequest(method: method, url: server.url + "/second", body: body)
        if received == 3 {
            #expect(try await client.send(request).status == 200)
        } else {
            let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
            #expect(error?.kind == .aborted)
            #expect(error?.requestSent == true)
        }
        #expect(seen.withLock { $0.count } == received)
    }

    @Test func cancelAbortsTheTransfer() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let task = Task { try await client.send(HTTPRequest(url: server.url)) }
        try await eventually { server.openConnections == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually { server.openConnections == 0 }
    }

    /// A cancel can overtake the start of its transfer; whichever way they race, the awaiter is answered.
    @Test func cancelRacesWithTheStart() async throws {
        let server = try LoopbackServer { connection in
            while connection.nextRequest() != nil { connection.waitForClose() }
        }
        let client = try HTTPClient()
        for turn in 0..<300 {
            let task = Task { try await client.send(HTTPRequest(url: server.url)) }
            for _ in 0..<(turn % 7) { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        await client.shutdown()
    }
}

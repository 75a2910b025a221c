import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct HTTPClientTests {
    @Test func sendsMethodHeadersAndBody() async throws {
        let seen = Mutex<[Connection.Request]>([])
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                seen.withLock { $0.append(request) }
                connection.respond(201, "{\"ok\":true}", headers: ["X-Answer: 42"])
            }
        }
        let client = try HTTPClient()
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let body: [UInt8]? = method == "GET" ? nil : Array("hello \(method)".utf8)
            let response = try await client.send(
                HTTPRequest(method: method, url: server.url + "/a%20b?q=1", headers: [HTTPField("X-Mine", "yes")], body: body))
            #expect(response.status == 201)
            #expect(response.head["x-answer"] == "42")
            #expect(String(decoding: response.body, as: UTF8.self) == "{\"ok\":true}")
        }
        let requests = seen.withLock { $0 }
        #expect(requests.map(\.method) == ["GET", "POST", "PUT", "PATCH", "DELETE"])
        #expect(requests.allSatisfy { $0.target == "/a%20b?q=1" && $0.headers["x-mine"] == "yes" && $0.headers["expect"] == nil })
        #expect(requests.dropFirst().allSatisfy { String(decoding: $0.body, as: UTF8.self) == "hello \($0.method)" })
        #expect(server.accepted == 1, "the connection is used again")
        await client.shutdown()
    }

    @Test(arguments: [0, 1, 100_000, 3_000_000])
    func carriesLargeBodies(size: Int) async throws {
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() { connection.respond(200, request.body) }
        }
        let client = try HTTPClient()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for method in ["PATCH", "PUT"] {
            let response = try await client.send(HTTPRequest(method: method, url: server.url, body: body))
            #expect(response.body == body)
        }
    }

    @Test func thousandRequestsAtOnceShareTheConnections() async throws {
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() { connection.respond(200, request.target) }
        }
        let client = try HTTPClient(connectionsPerHost: 16)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let response = try await client.send(HTTPRequest(url: "\(server.url)/\(number)"))
                    return String(decoding: response.body, as: UTF8.self) == "/\(number)"
                }
            }
            var right = 0
            for try await isRight in group where isRight { right += 1 }
            #expect(right == 1000)
        }
        #expect(server.accepted <= 16)
        await client.shutdown()
    }

    @Test func skipsInterimAnswers() async throws {
        let server = try LoopbackServer { connection in
            while connection.nextRequest() != nil {
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                connection.respond(204)
            }
        }
        let response = try await HTTPClient().send(HTTPRequest(url: server.url))
        #expect(response.status == 204)
        #expect(response.head["Link"] == nil)
    }

    @Test func reachesUnixSocketsAndDoesNotFollowRedirects() async throws {
        let server = try LoopbackServer { connection in
            while connection.nextRequest() != nil { connection.respond(302, headers: ["Location: http://127.0.0.1:1/"]) }
        }
        let client = try HTTPClient()
        #expect(try await client.send(HTTPRequest(url: server.url)).status == 302)
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: "http://localhost/", unixSocket: "/nonexistent/docker.sock"))
        }
        #expect(error?.endpoint == "/nonexistent/docker.sock")
        #expect(error?.requestSent == false)
    }

    @Test func refusesHeadersThatCarryLineEnds() async throws {
        let client = try HTTPClient()
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(url: "http://127.0.0.1:1/", headers: [HTTPField("X", "a\r\nAuthorization: b")]))
        }
        #expect(error?.kind == .badRequest)
    }

    @Test func shutdownFailsWhatIsUnderWay() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.nextRequest()
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let pending = Task { try await client.send(HTTPRequest(url: server.url)) }
        try await eventually { server.openConnections == 1 }
        await client.shutdown()
        let error = await #expect(throws: HTTPError.self) { try await pending.value }
        #expect(error?.kind == .shutDown)
        let later = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: server.url)) }
        #expect(later?.kind == .shutDown)
        await client.shutdown()
    }

    @Test func secretsArePrintedByNoMeans() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        let field = HTTPField("Authorization", "Bearer hunter2")
        let identity = TLSOptions.Identity.pem(certificate: [], key: secret)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\(field)", "\(identity)", String(reflecting: [secret])] {
            #expect(!text.contains("hunter2") && !text.contains("104"))
        }
    }
}

/// Waits until a condition holds.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}

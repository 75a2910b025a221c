import AutomatonCore
import NIOCore
import Testing

@testable import WebAPI

/// Those who send a body as slowly as they can.
@Suite("API: slow bodies", .timeLimit(.minutes(10)))
struct SlowBodyTests {
    /// Sends the head and a byte of a body, and hears what is said to it.
    private func dribble(_ stage: Stage, _ head: [String]) async throws -> String {
        try await stage.client.connected { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: (head + ["Host: localhost", "Content-Length: 16000", "", "x"]).joined(separator: "\r\n")))
            var text = ""
            for try await buffer in inbound {
                text += String(buffer: buffer)
                if text.contains("\r\n\r\n") { break }
            }
            return text
        }
    }

    private let form = "Content-Type: application/x-www-form-urlencoded"
    private var key: String { "Cookie: \(Cookie.form)=\(String(repeating: "a", count: 32))" }

    @Test("A stranger's form is not waited for")
    func strangers() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        // So long that only who answers before the body has come is in time.
        try await serving(token: token, bodyTime: .hours(1)) { stage in
            #expect(
                try await dribble(stage, ["POST /actions/pause HTTP/1.1", form, key]).hasPrefix("HTTP/1.1 303 "), "to the sign-in page")
            let cookieless = try await dribble(stage, ["POST /sign-in HTTP/1.1", form])
            #expect(cookieless.hasPrefix("HTTP/1.1 403 "))
            #expect(try await dribble(stage, ["POST /sign-in HTTP/1.1", form, key, "Origin: http://evil"]).hasPrefix("HTTP/1.1 403 "))
            #expect(try await dribble(stage, ["POST \(base)/suspensions HTTP/1.1", json]).hasPrefix("HTTP/1.1 401 "))
        }
    }

    @Test("However many forms and bodies arrive slowly, the pages and the API are served")
    func places() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        let right = "Authorization: Bearer 0123456789abcdef"
        try await serving(token: token, bodyTime: .hours(1)) { stage in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for head in [
                    ["POST /sign-in HTTP/1.1", form, key], ["POST /actions/pause HTTP/1.1", form, key, right],
                    ["POST \(base)/suspensions HTTP/1.1", json, right],
                ] {
                    for _ in 0..<18 { group.addTask { _ = try await dribble(stage, head) } }
                }
                try await eventually("they wait for their bodies") { stage.arriving == 18 }
                #expect(try await stage.client.get("/").status == 200)
                #expect(try await stage.client.get("/sign-in").status == 200)
                #expect(try await stage.client.get(base + "/status").status == 200)
                #expect(try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#, headers: [json, right]).0 == 201)
                group.cancelAll()
            }
        }
    }

    @Test("A body has to be whole in time, whatever its bytes do")
    func deadline() async throws {
        try await serving(bodyTime: .milliseconds(50)) { stage in
            for head in [
                ["POST /actions/pause HTTP/1.1", form, key], ["POST \(base)/suspensions HTTP/1.1", json],
                ["POST \(base)/alerts HTTP/1.1", json],
            ] {
                let answer = try await dribble(stage, head)
                #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.lowercased().contains("\r\nconnection: close\r\n"), "\(answer)")
            }
            #expect(try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#).0 == 201)
        }
    }
}

import CurlHTTP
import Foundation
import LoopbackServer
import Synchronization

/// Speaks as Gemini and as a server with chat completions do, and refuses what they refuse.
final class ProviderServer: Sendable {
    /// What it does with a request that is right.
    enum Reply: Sendable {
        /// A text, in the shape of who was asked.
        case text(String)
        /// A whole answer.
        case raw(Int, String, headers: [String] = [])
        /// Nothing, as long as the client waits.
        case silence
        /// A head and a part of the body, then nothing.
        case half
        /// More than anybody reads.
        case endless
        /// The connection is broken.
        case reset
    }

    static let key = "AIza-made-up-key-of-a-test-0123456789"
    let server: LoopbackServer
    private let requests: Requests

    private struct State {
        var replies: [Reply]
        var bodies: [String] = []
        var targets: [String] = []
        var heads: [[String: String]] = []
    }

    /// - Parameter replies: one after another; the last one stays.
    init(_ replies: Reply...) throws {
        let requests = Requests(State(replies: replies))
        self.requests = requests
        server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                let reply = requests.take(request)
                switch (Self.problem(with: request), reply) {
                case (let problem?, _):
                    connection.respond(problem.0, #"{"error":{"code":\#(problem.0),"message":"x","status":"\#(problem.1)"}}"#)
                case (nil, .text(let text)): connection.respond(200, Self.answer(text, to: request))
                case (nil, .raw(let status, let body, let headers)): connection.respond(status, body, headers: headers)
                case (nil, .silence): return connection.waitForClose()
                case (nil, .half):
                    connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"candidates\": [")
                    return connection.waitForClose()
                case (nil, .endless):
                    connection.beginChunks()
                    while connection.chunk(String(repeating: " ", count: 64 << 10)) {}
                    return
                case (nil, .reset): return connection.reset()
                }
            }
        }
    }

    /// What came, and what is to be answered.
    private final class Requests: Sendable {
        let state: Mutex<State>
        init(_ state: State) { self.state = Mutex(state) }

        func take(_ request: Connection.Request) -> Reply {
            state.withLock { state in
                state.bodies.append(String(decoding: request.body, as: UTF8.self))
                state.targets.append(request.target)
                state.heads.append(request.headers)
                return state.replies.count > 1 ? state.replies.removeFirst() : state.replies[0]
            }
        }
    }

    var url: String { server.url }
    var bodies: [String] { requests.state.withLock { $0.bodies } }
    var targets: [String] { requests.state.withLock { $0.targets } }
    var heads: [[String: String]] { requests.state.withLock { $0.heads } }

    /// What the real ones would not take.
    private static func problem(with request: Connection.Request) -> (Int, String)? {
        guard request.method == "POST" else { return (405, "METHOD") }
        guard request.headers["content-type"] == "application/json",
            let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any]
        else { return (400, "INVALID_ARGUMENT") }
        if request.target.hasPrefix("/v1beta/models/") {
            guard request.target.hasSuffix(":generateContent"), !request.target.contains("?") else { return (404, "NOT_FOUND") }
            guard request.headers["x-goog-api-key"] == key else { return (403, "PERMISSION_DENIED") }
            guard let contents = body["contents"] as? [[String: Any]], contents.count == 1, contents[0]["role"] as? String == "user",
                let parts = contents[0]["parts"] as? [[String: Any]], parts.allSatisfy({ $0["text"] is String && $0.count == 1 }),
                let system = body["systemInstruction"] as? [String: Any], system["parts"] is [[String: Any]],
                let generation = body["generationConfig"] as? [String: Any], generation["maxOutputTokens"] is Int,
                Set(body.keys) == ["contents", "systemInstruction", "generationConfig"]
            else { return (400, "INVALID_ARGUMENT") }
            return nil
        }
        guard request.target == "/v1/chat/completions" else { return (404, "not_found") }
        guard request.headers["authorization"] ?? "Bearer \(key)" == "Bearer \(key)" else { return (401, "invalid_api_key") }
        guard body["model"] is String, body["max_tokens"] is Int, body["stream"] as? Bool == false,
            let messages = body["messages"] as? [[String: Any]], messages.map({ $0["role"] as? String }) == ["system", "user"],
            messages.allSatisfy({ $0["content"] is String })
        else { return (400, "invalid_request_error") }
        return nil
    }

    private static func answer(_ text: String, to request: Connection.Request) -> String {
        let quoted = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
        if request.target.hasPrefix("/v1beta/") {
            return #"""
                {"candidates":[{"content":{"parts":[{"text":\#(quoted)}],"role":"model"},"finishReason":"STOP","index":0}],
                "usageMetadata":{"promptTokenCount":812,"candidatesTokenCount":120,"totalTokenCount":932},"modelVersion":"gemini-2.5-flash"}
                """#
        }
        return #"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1767268800,"model":"llama3.1:8b","system_fingerprint":"fp_ollama",
            "choices":[{"index":0,"message":{"role":"assistant","content":\#(quoted)},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":812,"completion_tokens":120,"total_tokens":932}}
            """#
    }
}

/// Runs with a client that is ended afterwards.
func withClient<Value>(_ body: (HTTPClient) async throws -> Value) async throws -> Value {
    let http = try HTTPClient()
    do {
        let value = try await body(http)
        await http.shutdown()
        return value
    } catch {
        await http.shutdown()
        throw error
    }
}

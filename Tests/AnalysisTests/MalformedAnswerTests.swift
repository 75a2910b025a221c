import CurlHTTP
import Foundation
import LoopbackServer
import Malformed
import SeededRandom
import Synchronization
import Testing

@testable import Analysis

/// What a provider, or somebody in its place, may answer. In processes of their own, so that what is held afterwards is theirs, and a
/// crash is one of them.
@Suite("Summaries: malformed answers", .serialized, .timeLimit(.minutes(10)))
struct MalformedAnswerTests {
    /// Answers of the real services.
    static let gemini = #"""
        {"candidates":[{"content":{"parts":[{"text":"thinking about it","thought":true},{"text":"The container of **email-service** was killed: it used more than its limit of 1Gi. Raise the limit, or find the leak.\n\nSee https://example.com/x"}],
        "role":"model"},"finishReason":"STOP","index":0,"avgLogprobs":-0.21,"safetyRatings":[{"category":"HARM_CATEGORY_HARASSMENT","probability":"NEGLIGIBLE"}]}],
        "promptFeedback":{"safetyRatings":[]},"usageMetadata":{"promptTokenCount":812,"candidatesTokenCount":120,"totalTokenCount":932},"modelVersion":"gemini-2.5-flash"}
        """#
    static let chat = #"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1767268800,"model":"llama3.1:8b","system_fingerprint":"fp_ollama",
        "choices":[{"index":0,"message":{"role":"assistant","content":"<think>hm</think>The container of email-service was killed: it used more than its limit of 1Gi.","refusal":null,"tool_calls":[]},"logprobs":null,"finish_reason":"stop"}],
        "usage":{"prompt_tokens":812,"completion_tokens":120,"total_tokens":932}}
        """#
    static let errors = [
        #"{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"},{"reason":"API_KEY_INVALID"}]}}"#,
        #"{"error":{"message":"Incorrect API key provided: sk-ab","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
    ]

    /// Answers with one mutation after another, one in five as an error.
    static func server(_ good: String, seed: UInt64) throws -> LoopbackServer {
        let bodies = Mutex((JSONMutation(good, seed: seed), errors.map { JSONMutation($0, seed: seed) }, SplitMix64(seed)))
        return try LoopbackServer { connection in
            while connection.nextRequest() != nil {
                let (status, body, headers) = bodies.withLock { bodies -> (Int, [UInt8], [String]) in
                    guard bodies.2.below(5) == 0 else { return (200, bodies.0.next(), []) }
                    let status = bodies.2.pick([400, 401, 403, 404, 408, 418, 429, 500, 503])
                    let after = bodies.2.pick([[], ["Retry-After: 99999999999999999999"], ["Retry-After: -1"], ["Retry-After: soon"]])
                    return (status, bodies.1[bodies.2.below(2)].next(), after)
                }
                connection.respond(status, body, headers: headers)
            }
        }
    }

    /// What became of many answers.
    struct Tally: Sendable {
        var texts = 0
        var failures: [String: Int] = [:]
        var wrong: [String] = []
        var slowest = Duration.zero

        static func + (one: Tally, other: Tally) -> Tally {
            Tally(
                texts: one.texts + other.texts, failures: one.failures.merging(other.failures, uniquingKeysWith: +),
                wrong: one.wrong + other.wrong, slowest: max(one.slowest, other.slowest))
        }
    }

    /// Asks one time after another.
    static func ask(_ provider: any SummaryProvider, _ count: Int) async -> Tally {
        var tally = Tally()
        let prompt = Prompt(Incidents.told())
        for _ in 0..<count {
            let start = ContinuousClock.now
            do throws(SummaryFailure) {
                let text = try SummaryText.taken(from: await provider.summary(of: prompt), fence: prompt.fence)
                tally.texts += 1
                let scalars = text.unicodeScalars
                if scalars.count > SummaryText.longest + 1 { tally.wrong.append("\(scalars.count) characters") }
                if text.contains("://") || scalars.contains(where: { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x202E }) {
                    tally.wrong.append("shown as it came: \(text.debugDescription)")
                }
            } catch {
                tally.failures[String(String(describing: error.kind).prefix { $0 != "(" }), default: 0] += 1
                let told = error.description
                if told.contains("sk-ab") || told.unicodeScalars.contains(where: { $0.value < 0x20 }) {
                    tally.wrong.append("told as it came: \(told.debugDescription)")
                }
                if error.kind == .unreachable || (error.kind == .timeout && !told.hasPrefix("408")) { tally.wrong.append(told) }
            }
            tally.slowest = max(tally.slowest, .now - start)
        }
        return tally
    }

    static func hold(_ good: String, _ provider: (HTTPClient, String) -> any SummaryProvider) async throws {
        let server = try server(good, seed: 7)
        defer { server.stop() }
        try await withClient { http in
            let provider = provider(http, server.url)
            func ask(_ count: Int) async -> Tally {
                async let one = Self.ask(provider, count / 2)
                return await Self.ask(provider, count / 2) + one
            }
            var tally = await ask(2000)
            let warm = ProcessSize.now()
            tally = tally + (await ask(8000))
            let after = ProcessSize.now()
            #expect(tally.wrong.isEmpty, "\(tally.wrong.count): \(tally.wrong.prefix(5))")
            #expect(tally.texts > 500)
            #expect(tally.failures["invalid", default: 0] > 2000)
            #expect(["quota", "denied", "rejected", "failing", "empty"].allSatisfy { tally.failures[$0] != nil }, "\(tally.failures)")
            #expect(tally.slowest < .seconds(60))
            #expect(after.memory - warm.memory < 32, "\(after.memory - warm.memory) MiB more")
            #expect(after.descriptors <= warm.descriptors + 8, "\(warm.descriptors) descriptors, then \(after.descriptors)")
        }
    }

    @Test("10,000 answers that Gemini would not give are summaries or failures, and nothing of them stays")
    func gemini() async throws {
        await #expect(processExitsWith: .success) {
            try await MalformedAnswerTests.hold(MalformedAnswerTests.gemini) {
                GeminiProvider(http: $0, url: $1, key: Secret(ProviderServer.key), timeout: .seconds(10))
            }
        }
    }

    @Test("10,000 answers that no server of chat completions would give are summaries or failures, and nothing of them stays")
    func chatCompletions() async throws {
        await #expect(processExitsWith: .success) {
            try await MalformedAnswerTests.hold(MalformedAnswerTests.chat) {
                ChatCompletionsProvider(http: $0, url: $1, model: "llama3.1:8b", key: Secret(ProviderServer.key), timeout: .seconds(10))
            }
        }
    }
}

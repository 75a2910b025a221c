import AutomatonCore
import CurlHTTP
import Foundation
import LoopbackServer
import Testing

@testable import Analysis

/// Both providers, against a server that speaks as theirs do.
@Suite(.timeLimit(.minutes(5))) struct ProviderTests {
    enum Provider: String, CaseIterable, Sendable {
        case gemini
        case openai

        func make(_ http: HTTPClient, _ url: String, key: String = ProviderServer.key, timeout: Duration = .seconds(10))
            -> any SummaryProvider
        {
            switch self {
            case .gemini: GeminiProvider(http: http, url: url, key: Secret(key), timeout: timeout)
            case .openai: ChatCompletionsProvider(http: http, url: url, model: "llama3.1:8b", key: Secret(key), timeout: timeout)
            }
        }
    }

    private static let prompt = Prompt(Incidents.told())

    private func failure(_ provider: Provider, _ reply: ProviderServer.Reply, timeout: Duration = .seconds(10)) async throws
        -> SummaryFailure?
    {
        let server = try ProviderServer(reply)
        defer { server.server.stop() }
        return try await withClient { http in
            do throws(SummaryFailure) {
                let text = try await provider.make(http, server.url, timeout: timeout).summary(of: Self.prompt)
                Issue.record("answered with \(text)")
                return nil
            } catch {
                #expect(!error.description.contains(ProviderServer.key))
                return error
            }
        }
    }

    @Test(arguments: Provider.allCases) func anAnswerIsItsText(_ provider: Provider) async throws {
        let server = try ProviderServer(.text("What happened: it was \"killed\".\n\nNext: 内存."))
        defer { server.server.stop() }
        let written = try await withClient { try await provider.make($0, server.url).summary(of: Self.prompt) }
        #expect(written == WrittenText("What happened: it was \"killed\".\n\nNext: 内存."))
        let body = try #require(server.bodies.first)
        #expect(body.contains("production\\/deployment\\/email-service") || body.contains("production/deployment/email-service"))
        #expect(server.bodies.count == 1)
        #expect(server.targets == [provider == .gemini ? "/v1beta/models/gemini-2.5-flash:generateContent" : "/v1/chat/completions"])
    }

    /// The key is in its header, and nowhere else.
    @Test(arguments: Provider.allCases) func theKeyIsInOneHeaderAlone(_ provider: Provider) async throws {
        let server = try ProviderServer(.text("It was killed."))
        defer { server.server.stop() }
        _ = try await withClient { try await provider.make($0, server.url).summary(of: Self.prompt) }
        #expect(!server.targets.contains { $0.contains(ProviderServer.key) } && !server.bodies.contains { $0.contains(ProviderServer.key) })
        let head = try #require(server.heads.first)
        #expect(
            head.filter { $0.value.contains(ProviderServer.key) }.map(\.key) == [provider == .gemini ? "x-goog-api-key" : "authorization"])
    }

    @Test(arguments: Provider.allCases) func aWrongKeyIsDenied(_ provider: Provider) async throws {
        let server = try ProviderServer(.text("It was killed."))
        defer { server.server.stop() }
        try await withClient { http in
            do throws(SummaryFailure) {
                _ = try await provider.make(http, server.url, key: "another-key").summary(of: Self.prompt)
                Issue.record("answered")
            } catch { #expect(error.kind == .denied) }
        }
        #expect(server.bodies.count == 1)
    }

    @Test(arguments: [
        (
            400,
            #"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#,
            SummaryFailure.Kind.denied
        ),
        (
            401,
            #"{"error":{"message":"Incorrect API key provided: sk-ab***yz","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
            .denied
        ),
        (403, #"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#, .denied),
        (404, #"{"error":{"code":404,"message":"models/gemini-9 is not found","status":"NOT_FOUND"}}"#, .rejected),
        (404, #"{"error":"model 'llama9' not found"}"#, .rejected),
        (400, #"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#, .rejected),
        (302, "", .rejected),
        (
            429,
            #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}"#,
            .quota(retryAfter: .milliseconds(34_500))
        ),
        (429, #"{"error":{"details":[{"retryDelay":"nan s"},{"retryDelay":"nans"}]}}"#, .quota(retryAfter: nil)),
        (429, "slow down", .quota(retryAfter: nil)),
        (500, "", .failing(retryAfter: nil)),
        (503, #"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#, .failing(retryAfter: nil)),
        (502, "<html>Bad gateway</html>", .failing(retryAfter: nil)),
        (408, "", .timeout),
    ]) func errorsAreKnownForWhatTheyAre(_ status: Int, _ body: String, _ kind: SummaryFailure.Kind) async throws {
        for provider in Provider.allCases {
            let failure = try await failure(provider, .raw(status, body))
            #expect(failure?.kind == kind)
            for text in ["sk-ab", "Incorrect", "<html>", "slow down"] { #expect(failure?.description.contains(text) == false) }
        }
    }

    @Test(arguments: Provider.allCases) func retryAfterIsHeard(_ provider: Provider) async throws {
        #expect(try await failure(provider, .raw(429, "", headers: ["Retry-After: 90"]))?.kind == .quota(retryAfter: .seconds(90)))
        #expect(try await failure(provider, .raw(503, "", headers: ["retry-after: 7"]))?.kind == .failing(retryAfter: .seconds(7)))
        #expect(try await failure(provider, .raw(429, "", headers: ["Retry-After: 99999999999"]))?.kind == .quota(retryAfter: .hours(24)))
        #expect(try await failure(provider, .raw(429, "", headers: ["Retry-After: -5"]))?.kind == .quota(retryAfter: .seconds(1)))
    }

    @Test(arguments: Provider.allCases) func whatIsNoAnswerIsInvalid(_ provider: Provider) async throws {
        for body in [
            "", "null", "[]", "hello", "{", #"{"candidates":7,"choices":7}"#, #"{"candidates":[7],"choices":[7]}"#, "<html></html>",
            "\u{0}",
        ] {
            #expect(try await failure(provider, .raw(200, body))?.kind == .invalid, "\(body)")
        }
    }

    @Test(arguments: Provider.allCases) func theNetworkMayDoAnything(_ provider: Provider) async throws {
        #expect(try await failure(provider, .silence, timeout: .milliseconds(300))?.kind == .timeout)
        #expect(try await failure(provider, .half, timeout: .milliseconds(300))?.kind == .timeout)
        #expect(try await failure(provider, .endless)?.kind == .invalid)
        #expect(try await failure(provider, .reset)?.kind == .unreachable)
    }

    @Test(arguments: Provider.allCases) func nobodyListens(_ provider: Provider) async throws {
        let server = try ProviderServer(.silence)
        server.server.stop()
        try await withClient { http in
            do throws(SummaryFailure) {
                _ = try await provider.make(http, server.url).summary(of: Self.prompt)
                Issue.record("answered")
            } catch { #expect(error.kind == .unreachable) }
        }
    }

    @Test(arguments: Provider.allCases) func aCancelledQuestionEndsAtOnce(_ provider: Provider) async throws {
        let server = try ProviderServer(.silence)
        defer { server.server.stop() }
        try await withClient { http in
            let task = Task { () -> SummaryFailure? in
                do throws(SummaryFailure) {
                    _ = try await provider.make(http, server.url, timeout: .seconds(60)).summary(of: Self.prompt)
                    return nil
                } catch { return error }
            }
            while server.bodies.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
        }
    }

    @Test(arguments: Provider.allCases) func aServerThatRepeatsTheKeyIsNotShown(_ provider: Provider) async throws {
        let failure = try await failure(provider, .text("Your key is \(ProviderServer.key), thank you."))
        #expect(failure?.kind == .invalid)
    }
}

/// What Gemini alone says.
@Suite(.timeLimit(.minutes(5))) struct GeminiTests {
    private func outcome(_ body: String, model: String = GeminiProvider.defaultModel) async throws -> Result<WrittenText, SummaryFailure> {
        let server = try ProviderServer(.raw(200, body))
        defer { server.server.stop() }
        return try await withClient { http in
            let provider = GeminiProvider(http: http, url: server.url, model: model, key: Secret(ProviderServer.key))
            do throws(SummaryFailure) {
                return .success(try await provider.summary(of: Prompt(Incidents.told())))
            } catch { return .failure(error) }
        }
    }

    private func kind(_ body: String) async throws -> SummaryFailure.Kind? {
        if case .failure(let failure) = try await outcome(body) { return failure.kind }
        return nil
    }

    @Test func blockedEmptyAndCut() async throws {
        #expect(
            try await kind(#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9}}"#) == .blocked)
        for reason in ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"] {
            #expect(try await kind(#"{"candidates":[{"finishReason":"\#(reason)","index":0}]}"#) == .blocked)
            #expect(try await kind(#"{"candidates":[{"content":{"parts":[{"text":"half"}]},"finishReason":"\#(reason)"}]}"#) == .blocked)
        }
        #expect(try await kind(#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#) == .invalid)
        #expect(try await kind(#"{"candidates":[]}"#) == .empty)
        #expect(try await kind("{}") == .empty)
        #expect(try await kind(#"{"candidates":[{"content":{"role":"model"},"finishReason":"STOP"}]}"#) == .empty)
        // All of it went into thinking.
        #expect(
            try await kind(
                #"{"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"thoughtsTokenCount":1024}}"#)
                == .empty)
        #expect(try await kind(#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]},"finishReason":"STOP"}]}"#) == .empty)
        let cut = try await outcome(
            #"{"candidates":[{"content":{"parts":[{"text":"It was "},{"text":"kil"}]},"finishReason":"MAX_TOKENS"}]}"#)
        #expect(cut == .success(WrittenText("It was kil", isCut: true)))
        let thought = try await outcome(
            #"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"It was killed."}]},"finishReason":"STOP"}]}"#)
        #expect(thought == .success(WrittenText("It was killed.")))
    }

    /// Reasons of the service are words of its own list; nothing else of it is repeated.
    @Test func aReasonIsAWord() async throws {
        guard case .failure(let failure) = try await outcome(#"{"promptFeedback":{"blockReason":"call http://evil"}}"#) else {
            Issue.record("not refused")
            return
        }
        #expect(failure.kind == .blocked && !failure.description.contains("evil"))
    }

    @Test func onlyFlashIsToldNotToThink() async throws {
        for (model, isTold) in [
            ("gemini-2.5-flash", true), ("gemini-2.5-flash-lite", true), ("gemini-2.5-pro", false), ("gemini-2.0-flash", false),
        ] {
            let server = try ProviderServer(.text("It was killed."))
            defer { server.server.stop() }
            _ = try await withClient {
                try await GeminiProvider(http: $0, url: server.url, model: model, key: Secret(ProviderServer.key)).summary(
                    of: Prompt(Incidents.told()))
            }
            #expect(server.bodies.first?.contains("thinkingBudget") == isTold, "\(model)")
            #expect(server.targets == ["/v1beta/models/\(model):generateContent"])
        }
    }
}

/// What servers with chat completions alone say.
@Suite(.timeLimit(.minutes(5))) struct ChatCompletionsTests {
    private func outcome(_ body: String) async throws -> Result<WrittenText, SummaryFailure> {
        let server = try ProviderServer(.raw(200, body))
        defer { server.server.stop() }
        return try await withClient { http in
            let provider = ChatCompletionsProvider(http: http, url: server.url, model: "m", key: nil)
            do throws(SummaryFailure) {
                return .success(try await provider.summary(of: Prompt(Incidents.told())))
            } catch { return .failure(error) }
        }
    }

    private func kind(_ body: String) async throws -> SummaryFailure.Kind? {
        if case .failure(let failure) = try await outcome(body) { return failure.kind }
        return nil
    }

    @Test func blockedEmptyAndCut() async throws {
        #expect(
            try await kind(#"{"choices":[{"message":{"role":"assistant","content":null,"refusal":"I cannot."},"finish_reason":"stop"}]}"#)
                == .blocked)
        #expect(try await kind(#"{"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]}"#) == .blocked)
        #expect(
            try await kind(
                #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"delete_pod","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#
            ) == .invalid)
        #expect(try await kind(#"{"choices":[]}"#) == .empty)
        #expect(try await kind(#"{"error":{"message":"x"}}"#) == .invalid)
        for content in ["null", "\"\"", "\" \\n\"", "[]", "\"<think>so many thoughts\"", "\"<think>x</think>  \""] {
            #expect(try await kind(#"{"choices":[{"message":{"content":\#(content)},"finish_reason":"length"}]}"#) == .empty, "\(content)")
        }
        #expect(
            try await outcome(#"{"choices":[{"message":{"content":"It was kil"},"finish_reason":"length"}]}"#)
                == .success(WrittenText("It was kil", isCut: true)))
        #expect(
            try await outcome(
                #"{"choices":[{"message":{"content":"<think>a < b</think>It was killed.","reasoning_content":"x"},"finish_reason":null}]}"#)
                == .success(WrittenText("It was killed.")))
        #expect(
            try await outcome(#"{"choices":[{"message":{"content":[{"type":"text","text":"It was "},{"type":"text","text":"killed."}]}}]}"#)
                == .success(WrittenText("It was killed.")))
    }

    @Test(arguments: [
        ("http://ollama:11434", "http://ollama:11434/v1/chat/completions"),
        ("http://ollama:11434/", "http://ollama:11434/v1/chat/completions"),
        ("https://x.example.com/v1", "https://x.example.com/v1/chat/completions"),
        ("https://x.example.com/openai/v1/", "https://x.example.com/openai/v1/chat/completions"),
        ("https://x.example.com/v1/chat/completions", "https://x.example.com/v1/chat/completions"),
        ("http://[::1]:8000", "http://[::1]:8000/v1/chat/completions"),
    ]) func addresses(_ written: String, _ whole: String) {
        #expect(ChatCompletionsProvider.address(written) == whole)
    }

    @Test func withoutAKeyNoneIsSent() async throws {
        let server = try ProviderServer(.text("It was killed."))
        defer { server.server.stop() }
        _ = try await withClient {
            try await ChatCompletionsProvider(http: $0, url: server.url, model: "m", key: nil).summary(of: Prompt(Incidents.told()))
        }
        #expect(server.heads.first?["authorization"] == nil)
    }
}

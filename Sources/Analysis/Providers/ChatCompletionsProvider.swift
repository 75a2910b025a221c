public import CurlHTTP

/// Any server that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, OpenAI itself.
public struct ChatCompletionsProvider: SummaryProvider {
    public let name = "openai"
    private let call: SummaryCall
    private let model: String

    /// Makes a provider.
    /// - Parameters:
    ///   - url: `http://ollama:11434`, `https://vllm.example.com/v1`, or the whole address that ends with `/chat/completions`.
    ///   - model: as the server calls it.
    ///   - key: nil where the server asks for none.
    public init(http: HTTPClient, url: String, model: String, key: Secret?, timeout: Duration = .seconds(10)) {
        call = SummaryCall(
            http: http, url: Self.address(url), credential: key.map { ("Authorization", "Bearer ", $0) }, timeout: timeout)
        self.model = model
    }

    /// The whole address.
    static func address(_ url: String) -> String {
        var base = url[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        if base.hasSuffix("/chat/completions") { return String(base) }
        // A path says where the API is; without one it is where everybody has it.
        let hasPath = base.drop { $0 != ":" }.dropFirst(3).contains("/")
        return base + (hasPath ? "/chat/completions" : "/v1/chat/completions")
    }

    public func summary(of prompt: Prompt) async throws(SummaryFailure) -> WrittenText {
        let answer = try await call.send(
            Question(
                model: model,
                messages: [
                    Question.Message(role: "system", content: prompt.instruction), Question.Message(role: "user", content: prompt.data),
                ],
                max_tokens: 2048, temperature: 0.2, stream: false),
            for: Answer.self)
        guard let choice = answer.choices?.first, let message = choice.message else {
            throw SummaryFailure(answer.choices == nil ? .invalid : .empty, "there is no choice in the answer")
        }
        if message.refusal?.isEmpty == false { throw SummaryFailure(.blocked, "the model refused to answer") }
        switch choice.finish_reason {
        case "content_filter": throw SummaryFailure(.blocked, "the answer was ended by the service's filter")
        case "tool_calls", "function_call": throw SummaryFailure(.invalid, "the model asked for a tool: it has none")
        default: break
        }
        let text = Self.withoutThoughts(message.content?.text ?? "")
        guard text.contains(where: { !$0.isWhitespace }) else { throw SummaryFailure(.empty, "there is no text in the answer") }
        return WrittenText(text, isCut: choice.finish_reason == "length")
    }

    /// What stands after the thoughts of a model that thinks aloud; one that was cut within them has said nothing.
    static func withoutThoughts(_ text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        guard start.hasPrefix("<think>") else { return text }
        var rest = start
        while let bracket = rest.firstIndex(of: "<") {
            rest = rest[bracket...]
            if rest.hasPrefix("</think>") { return String(rest.dropFirst(8)) }
            rest = rest.dropFirst()
        }
        return ""
    }

    private struct Question: Encodable {
        struct Message: Encodable {
            var role: String
            var content: String
        }

        var model: String
        var messages: [Message]
        var max_tokens: Int
        var temperature: Double
        var stream: Bool
    }

    private struct Answer: Decodable {
        struct Choice: Decodable {
            var message: Message?
            var finish_reason: String?
        }

        struct Message: Decodable {
            var content: Content?
            var refusal: String?
        }

        /// A text, or a list of parts.
        struct Content: Decodable {
            var text: String

            private struct Part: Decodable {
                var text: String?
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                text = try (try? container.decode(String.self)) ?? container.decode([Part].self).compactMap(\.text).joined()
            }
        }

        var choices: [Choice]?
    }
}

public import CurlHTTP

/// Google's Gemini, by `generateContent`.
public struct GeminiProvider: SummaryProvider {
    /// What is asked where nobody says otherwise.
    public static let defaultModel = "gemini-2.5-flash"
    /// Where it is asked where nobody says otherwise.
    public static let defaultURL = "https://generativelanguage.googleapis.com"

    public let name = "gemini"
    private let call: SummaryCall
    private let thinks: Bool

    /// Makes a provider.
    /// - Parameters:
    ///   - url: `https://generativelanguage.googleapis.com`, without a path.
    ///   - model: `gemini-2.5-flash`; letters, digits, `.`, `_` and `-`.
    public init(
        http: HTTPClient, url: String = Self.defaultURL, model: String = Self.defaultModel, key: Secret, timeout: Duration = .seconds(10)
    ) {
        call = SummaryCall(
            http: http, url: "\(url)/v1beta/models/\(model):generateContent", credential: ("x-goog-api-key", "", key), timeout: timeout)
        // Only the flash models of this generation may be told not to think; others do not know the field, or refuse a budget of 0.
        thinks = !model.hasPrefix("gemini-2.5-flash")
    }

    public func summary(of prompt: Prompt) async throws(SummaryFailure) -> WrittenText {
        let answer = try await call.send(
            Question(
                systemInstruction: Content(role: nil, parts: [Part(text: prompt.instruction)]),
                contents: [Content(role: "user", parts: [Part(text: prompt.data)])],
                generationConfig: Generation(
                    temperature: 0.2, maxOutputTokens: thinks ? 4096 : 1024, thinkingConfig: thinks ? nil : Thinking(thinkingBudget: 0))),
            for: Answer.self)
        if let reason = answer.promptFeedback?.blockReason {
            throw SummaryFailure(.blocked, "the question was blocked: \(Self.word(reason))")
        }
        guard let candidate = answer.candidates?.first else { throw SummaryFailure(.empty, "there is no candidate in the answer") }
        let reason = candidate.finishReason ?? "STOP"
        guard ["STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED"].contains(reason) else {
            let isBlocked = ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"].contains(reason)
            throw SummaryFailure(isBlocked ? .blocked : .invalid, "the answer was ended: \(Self.word(reason))")
        }
        let text = (candidate.content?.parts ?? []).filter { $0.thought != true }.compactMap(\.text).joined()
        guard !text.isEmpty else { throw SummaryFailure(.empty, "there is no text in the answer (\(Self.word(reason)))") }
        return WrittenText(text, isCut: reason == "MAX_TOKENS")
    }

    /// A word of the service's own list, or what it is not.
    private static func word(_ text: String) -> String {
        text.utf8.count <= 40 && text.utf8.allSatisfy { ($0 >= 0x41 && $0 <= 0x5A) || $0 == 0x5F } ? text : "of an unknown kind"
    }

    private struct Question: Encodable {
        var systemInstruction: Content
        var contents: [Content]
        var generationConfig: Generation
    }

    private struct Generation: Encodable {
        var temperature: Double
        var maxOutputTokens: Int
        var thinkingConfig: Thinking?
    }

    private struct Thinking: Encodable {
        var thinkingBudget: Int
    }

    private struct Content: Codable {
        var role: String?
        var parts: [Part]?
    }

    private struct Part: Codable {
        var text: String?
        /// Whether it is what the model thought, not what it says.
        var thought: Bool?
    }

    private struct Answer: Decodable {
        struct Candidate: Decodable {
            var content: Content?
            var finishReason: String?
        }

        struct Feedback: Decodable {
            var blockReason: String?
        }

        var candidates: [Candidate]?
        var promptFeedback: Feedback?
    }
}

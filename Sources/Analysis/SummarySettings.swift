public import CurlHTTP

/// Who is asked for summaries, as the environment says it.
public struct SummarySettings: Sendable {
    /// A provider.
    public enum Choice: Hashable, Sendable {
        /// Nobody: the built-in text alone.
        case none
        /// Gemini, and its address.
        case gemini(url: String, model: String, key: Secret)
        /// A server with OpenAI's chat completions.
        case chatCompletions(url: String, model: String, key: Secret?)
    }

    /// Why settings cannot be used: which variable, what is wrong with it, and what would be right.
    public struct Unusable: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// Who is asked.
    public let choice: Choice
    /// Calls in any 24 hours.
    public let budget: Int
    /// What an operator may not expect; nil when all is as it was asked for.
    public let remark: String?

    /// Reads `SUMMARY_PROVIDER`, `SUMMARY_URL`, `SUMMARY_MODEL`, `SUMMARY_BUDGET`, and the key: `SUMMARY_API_KEY_FILE`,
    /// `SUMMARY_API_KEY`, and for Gemini `GEMINI_API_KEY`. What is empty counts as not set.
    /// - Parameter file: The bytes of a file; nil when it cannot be read.
    public init(environment: [String: String], file: (String) -> [UInt8]?) throws(Unusable) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        budget = try Self.budget(value("SUMMARY_BUDGET"))
        let provider = value("SUMMARY_PROVIDER") ?? (value("GEMINI_API_KEY") == nil ? "none" : "gemini")
        let url = try value("SUMMARY_URL").map { text throws(Unusable) in try Self.url(text) }
        let model = value("SUMMARY_MODEL")
        switch provider {
        case "none":
            (choice, remark) = (.none, nil)
        case "gemini":
            let model = try Self.modelName(model ?? GeminiProvider.defaultModel)
            guard let key = try Self.key(value, file, also: "GEMINI_API_KEY") else {
                choice = .none
                remark =
                    "SUMMARY_PROVIDER=gemini without a key: summaries are the built-in ones; set GEMINI_API_KEY or SUMMARY_API_KEY_FILE"
                return
            }
            (choice, remark) = (.gemini(url: url ?? GeminiProvider.defaultURL, model: model, key: key), nil)
        case "openai":
            guard let url else {
                throw Unusable("SUMMARY_PROVIDER=openai needs SUMMARY_URL: where the server is, such as http://ollama:11434")
            }
            guard let model else {
                throw Unusable("SUMMARY_PROVIDER=openai needs SUMMARY_MODEL: the model as the server calls it, such as llama3.1:8b")
            }
            guard model.utf8.count <= 200, model.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Unusable("SUMMARY_MODEL: not the name of a model; write it as the server calls it, such as llama3.1:8b")
            }
            (choice, remark) = (.chatCompletions(url: url, model: model, key: try Self.key(value, file, also: nil)), nil)
        default:
            throw Unusable("SUMMARY_PROVIDER: '\(provider.prefix(40))' is none; write gemini, openai or none")
        }
    }

    private static func budget(_ text: String?) throws(Unusable) -> Int {
        guard let text else { return 50 }
        guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let budget = Int(text), (0...10_000).contains(budget) else {
            throw Unusable("SUMMARY_BUDGET: '\(text.prefix(40))' is not a whole number of calls a day from 0 to 10000")
        }
        return budget
    }

    /// It may hold a secret by mistake, so it is not repeated.
    private static func url(_ text: String) throws(Unusable) -> String {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://"), text.utf8.count <= 500, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Unusable("SUMMARY_URL: not an address; write one such as https://vllm.example.com/v1 or http://ollama:11434")
        }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, !rest.contains("@"), !rest.contains("?"), !rest.contains("#") else {
            throw Unusable(
                "SUMMARY_URL: holds a user, a query or no host; write the address alone, and the key into SUMMARY_API_KEY or "
                    + "SUMMARY_API_KEY_FILE")
        }
        var url = text[...]
        while url.hasSuffix("/") { url = url.dropLast() }
        return String(url)
    }

    /// It becomes a part of the address.
    private static func modelName(_ text: String) throws(Unusable) -> String {
        let name = text.hasPrefix("models/") ? text.dropFirst(7) : text[...]
        let isName = name.utf8.allSatisfy {
            ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
        }
        guard (1...100).contains(name.utf8.count), isName, !name.hasPrefix(".") else {
            throw Unusable("SUMMARY_MODEL: not the name of a Gemini model; write one such as \(GeminiProvider.defaultModel)")
        }
        return String(name)
    }

    private static func key(
        _ value: (String) -> String?, _ file: (String) -> [UInt8]?, also name: String?
    ) throws(Unusable) -> Secret? {
        if let path = value("SUMMARY_API_KEY_FILE") {
            guard let bytes = file(path) else { throw Unusable("SUMMARY_API_KEY_FILE: \(path): the file cannot be read") }
            return try key(bytes, from: "SUMMARY_API_KEY_FILE: \(path)")
        }
        for name in ["SUMMARY_API_KEY", name].compactMap({ $0 }) {
            if let text = value(name) { return try key(Array(text.utf8), from: name) }
        }
        return nil
    }

    /// A key is one word; the line end of a file is no part of it.
    private static func key(_ bytes: [UInt8], from origin: String) throws(Unusable) -> Secret {
        var bytes = bytes[...]
        while let last = bytes.last, last <= 0x20 { bytes = bytes.dropLast() }
        while let first = bytes.first, first <= 0x20 { bytes = bytes.dropFirst() }
        guard (8...1000).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Unusable("\(origin): not a key; it must be one word of 8 to 1000 printable characters")
        }
        return Secret(bytes: Array(bytes))
    }

    /// The provider; nil where nobody is asked.
    public func provider(over http: HTTPClient) -> (any SummaryProvider)? {
        switch choice {
        case .none: nil
        case .gemini(let url, let model, let key): GeminiProvider(http: http, url: url, model: model, key: key)
        case .chatCompletions(let url, let model, let key): ChatCompletionsProvider(http: http, url: url, model: model, key: key)
        }
    }
}

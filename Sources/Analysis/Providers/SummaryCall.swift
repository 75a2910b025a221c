internal import CurlHTTP

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// One call to a provider over HTTP: JSON there, JSON back, within its time and size.
struct SummaryCall: Sendable {
    let http: HTTPClient
    let url: String
    /// The header that holds the key; nil where none is asked for.
    let credential: (field: String, scheme: String, key: Secret)?
    let timeout: Duration

    /// An answer is a few kilobytes; with what models think aloud, some tens.
    static let largestAnswer = 256 << 10

    /// Sends a question and reads the answer.
    func send<Question: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ question: Question, for type: Answer.Type
    ) async throws(SummaryFailure) -> Answer {
        let response: HTTPResponse
        do {
            let body = try [UInt8](JSONEncoder().encode(question))
            let headers = credential.map { [HTTPField($0.field, $0.scheme + $0.key.text)] } ?? []
            response = try await http.send(
                HTTPRequest(
                    method: "POST", url: url,
                    headers: headers + [HTTPField("Content-Type", "application/json"), HTTPField("Accept", "application/json")], body: body,
                    timeouts: HTTPTimeouts(connect: timeout, total: timeout), maximumResponseBytes: Self.largestAnswer))
        } catch let error as HTTPError {
            throw SummaryFailure(error)
        } catch is CancellationError {
            throw SummaryFailure(.cancelled, "shutting down")
        } catch {
            throw SummaryFailure(.invalid, "the question cannot be written as JSON")
        }
        guard response.status == 200 else { throw SummaryFailure(response) }
        // A server that repeats what it was sent must not have it shown to people.
        if let key = credential?.key, !key.isEmpty, Self.contains(response.body, key.bytes) {
            throw SummaryFailure(.invalid, "the answer repeats the key")
        }
        guard let answer = try? JSONDecoder().decode(type, from: Data(response.body)) else {
            throw SummaryFailure(.invalid, "the answer is not the JSON that was expected")
        }
        return answer
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return (0...bytes.count - wanted.count).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}

extension SummaryFailure {
    /// No answer came.
    fileprivate init(_ error: HTTPError) {
        switch error.kind {
        case .timeout: self.init(.timeout, error.description)
        case .tooLarge: self.init(.invalid, error.description)
        case .badRequest: self.init(.rejected, error.description)
        case .shutDown: self.init(.cancelled, error.description)
        default: self.init(.unreachable, error.description)
        }
    }

    /// The answer is an error. Of its text, words that are names alone are kept: free text may quote the key.
    fileprivate init(_ response: HTTPResponse) {
        let detail = (try? JSONDecoder().decode(ErrorAnswer.self, from: Data(response.body)))?.error
        let names = [detail?.status, detail?.code?.text, detail?.type].compactMap { $0 }.filter(Self.isName)
        let status = names.first.map { "\(response.status) \($0)" } ?? "\(response.status)"
        let header = response.head["Retry-After"].flatMap { Int($0) }.map { Duration.seconds($0) }
        let retryAfter = (header ?? detail?.retryDelay).map { min(max($0, .seconds(1)), .seconds(86_400)) }
        switch response.status {
        case 401, 403: self.init(.denied, "\(status): the key is wrong, or may not use this model")
        case 400 where detail?.isAboutKey == true: self.init(.denied, "\(status): the key is wrong")
        case 404: self.init(.rejected, "\(status): no such model or address; check SUMMARY_MODEL and SUMMARY_URL")
        case 408: self.init(.timeout, status)
        case 429: self.init(.quota(retryAfter: retryAfter), "\(status): too many calls, or nothing is left of the quota")
        case 500...: self.init(.failing(retryAfter: retryAfter), "\(status): the service is in trouble")
        case 300..<400: self.init(.rejected, "\(status): redirects are not followed; write the address that it leads to into SUMMARY_URL")
        default: self.init(.rejected, "\(status): the request is not as the service wants it; check SUMMARY_MODEL and SUMMARY_URL")
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 == 0x5F }
    }
}

/// Errors as Google and OpenAI write them, of which nearly all others write one or the other.
private struct ErrorAnswer: Decodable {
    struct Detail: Decodable {
        var status: String?
        var code: Code?
        var type: String?
        var details: [Info]?

        /// `RetryInfo`: `"34s"`, `"0.5s"`.
        var retryDelay: Duration? {
            guard let text = details?.lazy.compactMap(\.retryDelay).first, text.hasSuffix("s"), let seconds = Double(text.dropLast()),
                seconds.isFinite, (0...86_400).contains(seconds)
            else { return nil }
            return .seconds(seconds)
        }

        var isAboutKey: Bool { details?.contains { $0.reason?.hasPrefix("API_KEY_") == true } == true }
    }

    struct Info: Decodable {
        var retryDelay: String?
        var reason: String?
    }

    /// A word for OpenAI, a number for Google.
    struct Code: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    var error: Detail?

    init(from decoder: any Decoder) throws {
        // vLLM wrote the error at the top once; Ollama has a string in its place.
        let container = try decoder.container(keyedBy: CodingKeys.self)
        error = (try? container.decode(Detail.self, forKey: .error)) ?? (try? Detail(from: decoder))
    }

    enum CodingKeys: String, CodingKey { case error }
}

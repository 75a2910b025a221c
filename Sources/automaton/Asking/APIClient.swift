import CurlHTTP
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks a running automaton over its API.
struct APIClient {
    private let base: String
    private let token: APIToken?
    private let http: HTTPClient

    init(url: String, token: APIToken?, http: HTTPClient) {
        base = (url.last == "/" ? String(url.dropLast()) : url) + "/api/autoheal/"
        self.token = token
        self.http = http
    }

    func get<Answer: Decodable>(_ path: String, _ query: [(String, String?)] = []) async throws(AskFailure) -> Answer {
        try await send(HTTPRequest(url: url(path, query)))
    }

    private func url(_ path: String, _ query: [(String, String?)]) -> String {
        let pairs = query.compactMap { key, value in value.map { "\(key)=\(Self.encoded($0))" } }
        return base + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    func post<Answer: Decodable>(_ path: String, _ fields: [(String, String?)]) async throws(AskFailure) -> Answer {
        let body: [UInt8]
        do {
            body = Array(
                try JSONEncoder().encode(Dictionary(fields.compactMap { key, value in value.map { (key, $0) } }) { first, _ in first }))
        } catch {
            throw AskFailure("\(error)", exit: .usage)
        }
        return try await send(
            HTTPRequest(method: "POST", url: base + path, headers: [HTTPField("Content-Type", "application/json")], body: body))
    }

    func delete<Answer: Decodable>(_ path: String, _ query: [(String, String?)] = []) async throws(AskFailure) -> Answer {
        try await send(HTTPRequest(method: "DELETE", url: url(path, query)))
    }

    private func send<Answer: Decodable>(_ request: HTTPRequest) async throws(AskFailure) -> Answer {
        var request = request
        request.maximumResponseBytes = 256 << 20
        // Nobody but the automaton gets the token: for changes, and for reading where it is asked for.
        var response = try await exchange(request, withToken: request.method != "GET")
        if response.status == 401, token != nil, request.method == "GET" { response = try await exchange(request, withToken: true) }
        guard response.head.isSuccess else { throw Self.failure(response, request) }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(response.body))
        } catch {
            throw AskFailure("what answers at \(base) is no automaton of this version", exit: .unreachable)
        }
    }

    private func exchange(_ request: HTTPRequest, withToken: Bool) async throws(AskFailure) -> HTTPResponse {
        var request = request
        if withToken, let token { request.headers.append(HTTPField("Authorization", "Bearer \(token.text)")) }
        do {
            return try await http.send(request)
        } catch {
            throw AskFailure("cannot ask the automaton: \(error); name it with --api or AUTOMATON_API", exit: .unreachable)
        }
    }

    private static func failure(_ response: HTTPResponse, _ request: HTTPRequest) -> AskFailure {
        guard let report = try? JSONDecoder().decode(ErrorReport.self, from: Data(response.body)) else {
            return AskFailure("what answers there is no automaton of this version: status \(response.status)", exit: .unreachable)
        }
        let exit: AskFailure.Exit =
            switch response.status {
            case 404: .nothing
            case 400, 405, 413, 415: .usage
            default: .unreachable
            }
        return AskFailure(report.detail + (report.expected.map { ". Expected: \($0)" } ?? ""), exit: exit)
    }

    /// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return encoded
    }
}

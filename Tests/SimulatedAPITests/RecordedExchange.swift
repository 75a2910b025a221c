import Foundation
import Simulator
import Testing

/// One exchange with a real API server.
struct RecordedExchange: Sendable {
    let name: String
    let method: String
    let path: String
    let headers: [String: String]
    let body: JSON?
    let status: Int
    let responseHeaders: [String: String]
    let responseBody: JSON
    /// Milliseconds since the recording began.
    let time: Int?
    /// The watches that were open meanwhile.
    let during: [String]

    init(_ json: JSON) {
        name = json["name"]?.string ?? ""
        method = json["request", "method"]?.string ?? ""
        path = json["request", "path"]?.string ?? ""
        headers = json["request", "headers"]?.strings ?? [:]
        body = json["request", "body"].flatMap { $0.isNull ? nil : $0 }
        status = json["response", "status"]?.int ?? 0
        responseHeaders = json["response", "headers"]?.strings ?? [:]
        responseBody = json["response", "body"] ?? .null
        time = json["meta", "at_ms"]?.int
        during = json["meta", "during"]?.array?.compactMap(\.string) ?? []
    }

    /// The exchanges of a scenario under `Corpus`.
    static func load(_ scenario: String) throws -> [RecordedExchange] {
        let url = try #require(Bundle.module.url(forResource: scenario, withExtension: "jsonl", subdirectory: "Corpus"))
        let lines = try Data(contentsOf: url).split(separator: 0x0A)
        return try lines.map { RecordedExchange(try JSON(parsing: $0)) }.filter { $0.name != "_scenario" }
    }
}

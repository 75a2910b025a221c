import Foundation
import Testing

/// What Python's email package makes of a message: somebody else's reading of RFC 5322 and MIME.
struct ReadMail: Decodable {
    struct Part: Decodable {
        var type: String
        var text: String
    }

    /// The names of the fields, in order.
    var fields: [String]
    var subject: String
    var from: [[String]]
    var to: [[String]]
    var date: String
    var identifier: String
    var references: String
    var parts: [Part]
    var partFields: [[String]]
    /// What is not as the standards want it.
    var defects: [String]
    var longestLine: Int
    /// Whether a CR or LF stands alone, or a byte is no ASCII.
    var hasStrayBytes: Bool

    /// Reads messages, all at once.
    static func of(_ messages: [[UInt8]]) async throws -> [ReadMail] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("mails-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try JSONEncoder().encode(messages.map { Data($0) }).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script, file.path, file.path + ".out"]
        defer { try? FileManager.default.removeItem(atPath: file.path + ".out") }
        let code: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(code == 0, "python3 cannot read the messages")
        return try JSONDecoder().decode([ReadMail].self, from: Data(contentsOf: URL(fileURLWithPath: file.path + ".out")))
    }

    private static let script = #"""
        import base64, email, email.policy, json, re, sys
        read = []
        for text in json.load(open(sys.argv[1])):
            raw = base64.b64decode(text)
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            parts = list(mail.walk())
            addresses = lambda name: [[a.display_name, a.addr_spec] for a in mail[name].addresses]
            defects = [str(d) for part in parts for d in part.defects] + [str(d) for value in mail.values() for d in getattr(value, "defects", [])]
            read.append({
                "fields": mail.keys(), "subject": mail["subject"], "from": addresses("from"), "to": addresses("to"),
                "date": mail["date"].datetime.isoformat(), "identifier": mail["message-id"], "references": mail["references"] or "",
                "parts": [{"type": p.get_content_type(), "text": "" if p.is_multipart() else p.get_content().replace("\r\n", "\n")} for p in parts],
                "partFields": [p.keys() for p in parts[1:]], "defects": defects,
                "longestLine": max(len(line) for line in raw.split(b"\r\n")),
                "hasStrayBytes": bool(re.search(rb"\r(?!\n)|(?<!\r)\n|[^\x01-\x7f]", raw))})
        json.dump(read, open(sys.argv[2], "w"))
        """#
}

internal import AutomatonCore
internal import Hummingbird
internal import HummingbirdCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The fields of a query or of a body: texts by name. What nobody reads is an error.
struct RequestFields {
    private let values: [String: String]
    private let known: [String]

    /// Reads a query strictly.
    init(query uri: URI, known: [String]) throws(APIProblem) {
        var pairs: [(String, String)] = []
        for (key, value) in uri.queryParameters where !(key.isEmpty && value.isEmpty) { pairs.append((String(key), String(value))) }
        try self.init(pairs, known)
    }

    /// Reads a JSON object of texts strictly; no bytes are an empty one.
    init(json body: [UInt8], known: [String]) throws(APIProblem) {
        let right = "a JSON object of texts; fields: \(known.joined(separator: ", "))"
        guard !body.isEmpty else {
            try self.init([], known)
            return
        }
        let object: [String: Value]
        do {
            object = try JSONDecoder().decode([String: Value].self, from: Data(body))
        } catch {
            throw APIProblem(.badRequest, "the body is no JSON object", expected: right)
        }
        var pairs: [(String, String)] = []
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            guard case .text(let text) = value else { throw .field(key, "is no text", expected: "a text: \"\(key)\": \"…\"") }
            pairs.append((key, text))
        }
        try self.init(pairs, known)
    }

    init(_ pairs: [(String, String)], _ known: [String]) throws(APIProblem) {
        var values: [String: String] = [:]
        for (key, value) in pairs {
            guard known.contains(key) else {
                let name = key.count > 60 ? key.prefix(60) + "…" : key
                let near = NearestName.of(key, among: known).map { "; did you mean '\($0)'?" } ?? ""
                throw .field(
                    name, "unknown\(near)", expected: known.isEmpty ? "no field at all" : "one of \(known.joined(separator: ", "))")
            }
            guard values.updateValue(value, forKey: key) == nil else { throw .field(key, "given twice", expected: "it once") }
        }
        (self.values, self.known) = (values, known)
    }

    private enum Value: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            guard let text = try? decoder.singleValueContainer().decode(String.self) else {
                self = .other
                return
            }
            self = .text(text)
        }
    }

    /// A field as it came; nil when it did not.
    subscript(_ name: String) -> String? { values[name] }

    /// A text for people, in one line; nil when it did not come.
    func line(_ name: String, most: Int) throws(APIProblem) -> String? {
        guard let text = values[name] else { return nil }
        guard text.count <= most, !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) else {
            throw .field(name, "is too long, or holds control characters", expected: "one line of at most \(most) characters")
        }
        return text
    }

    /// A text that has to be there.
    func required(_ name: String, _ expected: String, most: Int = 200) throws(APIProblem) -> String {
        guard let text = try line(name, most: most), !text.allSatisfy(\.isWhitespace) else {
            throw .field(name, "is missing", expected: expected)
        }
        return text
    }

    func subject(_ name: String) throws(APIProblem) -> SubjectFilter? {
        guard let text = try line(name, most: 600) else { return nil }
        guard let subject = SubjectFilter(text) else {
            let kinds = Subject.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .field(name, "'\(text)' names no subject", expected: "KIND/NAME or NAMESPACE/KIND/NAME; kinds: \(kinds)")
        }
        return subject
    }

    func flag(_ name: String) throws(APIProblem) -> Bool? {
        switch values[name] {
        case nil: nil
        case "true": true
        case "false": false
        default: throw .field(name, "'\(try line(name, most: 100) ?? "")' is neither true nor false", expected: "true or false")
        }
    }

    func count(_ name: String, _ range: ClosedRange<Int>) throws(APIProblem) -> Int? {
        guard let text = try line(name, most: 100) else { return nil }
        guard let count = Int(text), range.contains(count) else {
            throw .field(name, "'\(text)' is no such number", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    /// A time, or how long ago.
    func past(_ name: String, from now: Instant) throws(APIProblem) -> Instant? {
        guard let text = try line(name, most: 100) else { return nil }
        if let length = Duration(configured: text) { return now - length }
        guard let instant = Instant(rfc3339: text) else {
            throw .field(name, "'\(text)' is no time", expected: "a time (\(now.rfc3339)) or how long ago (30m, 1h, 2d)")
        }
        return instant
    }

    /// When something ends: `for` or `until`; nil when neither came.
    func end(from now: Instant, within longest: Duration) throws(APIProblem) -> Instant? {
        let expected = "a time span of at most \(longest.readable) (30m, 2h, 1d)"
        if let text = try line("for", most: 100) {
            guard values["until"] == nil else { throw .field("until", "comes with 'for'", expected: "one of the two") }
            guard let length = Duration(configured: text), length > .zero, length <= longest else {
                throw .field("for", "'\(text)' is no such time span", expected: expected)
            }
            return now + length
        }
        guard let text = try line("until", most: 100) else { return nil }
        let right = "a time between now and in \(longest.readable) (\((now + .hours(1)).rfc3339))"
        guard let instant = Instant(rfc3339: text) else { throw .field("until", "'\(text)' is no time", expected: right) }
        guard instant > now, instant - now <= longest else { throw .field("until", "'\(text)' is past or too far off", expected: right) }
        return instant
    }
}

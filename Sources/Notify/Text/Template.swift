internal import AutomatonCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A text with named places: `{"summary": "{{title}}"}`. What is put in is escaped for what the text is.
public struct Template: Hashable, Sendable {
    /// What can be put in.
    public enum Name: String, Hashable, Sendable, CaseIterable {
        case title, text, kind, severity, priority, key, digest, link, at, rule, namespace, subject, count, incidents
    }

    /// What the text is.
    public enum Form: Hashable, Sendable {
        /// Places stand between the quotes of strings; `incidents` alone stands for a list.
        case json
        /// `application/x-www-form-urlencoded`, or an address.
        case form
        /// Nothing has a meaning in it.
        case plain
    }

    /// Why a text is no template.
    public struct Flaw: Error, Hashable, Sendable {
        /// What is wrong.
        public var text: String
        /// The name that is not known, if that is wrong.
        public var unknown: String?
    }

    private enum Piece: Hashable, Sendable {
        case text(String)
        case name(Name)
    }

    private let pieces: [Piece]

    /// Reads a template.
    public init(_ text: String) throws(Flaw) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            pieces.append(.text(String(rest[..<start.lowerBound])))
            guard let end = rest[start.upperBound...].firstRange(of: "}}") else {
                throw Flaw(text: "'{{' without '}}' after it")
            }
            let name = rest[start.upperBound..<end.lowerBound].filter { $0 != " " }
            guard let known = Name(rawValue: name) else { throw Flaw(text: "unknown name", unknown: name) }
            pieces.append(.name(known))
            rest = rest[end.upperBound...]
        }
        self.pieces = pieces + [.text(String(rest))]
    }

    /// The text about a message.
    public func filled(_ message: Message, as form: Form) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .text(let fixed): text += fixed
            case .name(.incidents) where form == .json:
                text += String(decoding: JSON.list(message.entries.map(\.json)).bytes, as: UTF8.self)
            case .name(let name):
                let value = message.value(of: name)
                switch form {
                case .json: text += JSON.escaped(value)
                case .form: text += Self.encoded(value)
                case .plain: text += value
                }
            }
        }
    }

    /// Whether what comes out is JSON, whatever is put in.
    public var isJSON: Bool {
        /// The decoder has read everything before it asks for a value.
        struct Anything: Decodable { init(from decoder: any Decoder) {} }
        let at = Instant.epoch
        let hostile = "\" \\ \n } ] { [ , : \u{1} 😀"
        let message = Message(key: hostile, kind: .test, severity: .warning, title: hostile, text: hostile, link: hostile, at: at)
        return (try? JSONDecoder().decode(Anything.self, from: Data(filled(message, as: .json).utf8))) != nil
    }

    /// Percent-encodes all but unreserved characters (RFC 3986, section 2.3).
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { text, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}

extension Message {
    fileprivate func value(of name: Template.Name) -> String {
        switch name {
        case .title: title
        case .text: body
        case .kind: kind.rawValue
        case .severity: severity.rawValue
        case .priority: first?.priority.description ?? ""
        case .key: key
        case .digest: digest
        case .link: link ?? ""
        case .at: at.rfc3339
        case .rule: first?.key.rule ?? ""
        case .namespace: first?.key.subject.namespace ?? ""
        case .subject: first?.key.subject.description ?? ""
        case .count: String(entries.count + more)
        case .incidents: entries.map(\.record.key.description).joined(separator: ", ")
        }
    }

    /// What a webhook without a template sends.
    var json: JSON {
        .keys([
            "version": "1", "kind": .text(kind.rawValue), "key": .text(key), "severity": .text(severity.rawValue), "title": .text(title),
            "text": .text(body), "at": .text(at.rfc3339Milli), "link": link.map { .text($0) }, "more": .whole(more),
            "incidents": .list(entries.map(\.json)),
        ])
    }
}

extension Message.Entry {
    var json: JSON {
        .keys([
            "id": .text(record.id.text), "rule": .text(record.key.rule), "kind": .text(record.key.subject.kind.rawValue),
            "namespace": .text(record.key.subject.namespace), "name": .text(record.key.subject.name),
            "status": .text(record.status.rawValue), "severity": .text(record.severity.rawValue),
            "priority": .text(record.priority.description), "reason": record.reason.map { .text($0.code) },
            "pod": record.reason.flatMap { $0.part.isEmpty ? nil : .text($0.part) }, "cause": .text(record.cause.lines),
            "detectedAt": .text(record.detectedAt.rfc3339Milli), "closedAt": record.closedAt.map { .text($0.rfc3339Milli) },
            "personNeeded": record.personTold.map { .text($0.lines) },
            "attempts": .list(record.attempts.map(\.json)), "summary": .text(summary.lines),
        ])
    }
}

extension IncidentRecord.Attempt {
    fileprivate var json: JSON {
        .keys([
            "remediation": .text(remediation), "summary": .text(summary.lines), "writtenAt": writtenAt.map { .text($0.rfc3339Milli) },
            "outcome": outcome.map { .text($0.rawValue) },
        ])
    }
}

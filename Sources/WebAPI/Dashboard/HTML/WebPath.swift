/// An address on this server: a path that stands in the source, with parts and fields from anywhere, percent-encoded (RFC 3986).
struct WebPath: Hashable, Sendable {
    let text: String

    /// - Parameters:
    ///   - segment: one more part of the path.
    ///   - query: fields; those without a value are left out.
    init(_ base: StaticString, _ segment: String? = nil, query: KeyValuePairs<StaticString, String?> = [:], fragment: String? = nil) {
        var text = base.description
        if let segment { text += "/" + Self.encoded(segment) }
        let fields = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        if !fields.isEmpty { text += "?" + fields.joined(separator: "&") }
        if let fragment { text += "#" + Self.encoded(fragment) }
        self.text = text
    }

    /// A path that came from elsewhere; nil when it is not one of this server, as it stands, in plain characters.
    init?(local text: String) {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/?&=%".utf8)
        guard text.hasPrefix("/"), !text.hasPrefix("//"), text.utf8.count <= 2000, text.utf8.allSatisfy({ allowed.contains($0) }) else {
            return nil
        }
        self.text = text
    }

    /// Everything but the unreserved characters as `%XX`.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension WebPath {
    static let overview = WebPath("/")
    static let incidents = WebPath("/incidents")
    static let rules = WebPath("/rules")
    static let settings = WebPath("/settings")
    static let style = WebPath("/assets/app.css", query: ["v": Asset.style.version])
    static let script = WebPath("/assets/app.js", query: ["v": Asset.script.version])
    static let icon = WebPath("/assets/icon.svg", query: ["v": Asset.icon.version])

    static func incident(_ id: String) -> WebPath { WebPath("/incidents", id) }
    static func rule(_ name: String) -> WebPath { WebPath("/rules", fragment: "rule-\(name)") }
    static func silence(rule: String?, subject: String?) -> WebPath {
        WebPath("/actions/silence", query: ["rule": rule, "subject": subject])
    }
    static func pause(rule: String? = nil, subject: String? = nil) -> WebPath {
        WebPath("/actions/pause", query: ["rule": rule, "subject": subject])
    }
    static func lift(_ id: String) -> WebPath { WebPath("/actions/lift", query: ["id": id]) }
    static func approve(rule: String, subject: String) -> WebPath {
        WebPath("/actions/approve", query: ["rule": rule, "subject": subject])
    }
    static func revert(incident: String, attempt: String) -> WebPath {
        WebPath("/actions/revert", query: ["incident": incident, "attempt": attempt])
    }
    static func resume(rule: String) -> WebPath { WebPath("/actions/resume", query: ["rule": rule]) }
    static func signIn(next: WebPath? = nil) -> WebPath { WebPath("/sign-in", query: ["next": next?.text]) }
    static let signOut = WebPath("/sign-out")
}

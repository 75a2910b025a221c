internal import AutomatonCore
internal import CurlHTTP
package import Rules

/// Reads one entry of `receivers`: `name`, `kind`, what all have (`timeout`, `proxy`, `caFile`), and what its kind has.
struct ReceiverReader {
    private static let common = ["name", "kind", "timeout", "proxy", "caFile"]

    private let context: ReceiverContext
    private let kinds: [ReceiverKind]
    private let kind: ReceiverKind?
    private var fields: MappingReader
    /// The name, also when the rest is wrong.
    private(set) var name: String?
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, context: ReceiverContext, kinds: [ReceiverKind]) {
        self.context = context
        self.kinds = kinds
        var written: String?
        if case .mapping(let pairs) = node.content, let value = pairs.first(where: { $0.key == "kind" })?.value,
            case .scalar(let text, _) = value.content
        {
            written = text
        }
        kind = kinds.first { $0.name == written }
        // Beside a kind that is not known, nobody knows which keys are right.
        var known = Self.common + (kind?.keys ?? [])
        if kind == nil, case .mapping(let pairs) = node.content { known += pairs.map(\.key) }
        fields = MappingReader(node, file: file, noun: "a receiver", known: known)
    }

    mutating func read() -> Receiver? {
        guard fields.isMapping else { return nil }
        if let value = fields.required("name", "by which routes call it"), let text = fields.read(value, "name", ScalarReading.text) {
            name = text
            if !Self.isName(text) {
                fields.report(
                    value, "name: \(text.quoted) must be 1 to 63 of a-z, 0-9, '-' and '_': it is a label's value in metrics")
            }
        }
        if let value = fields.required("kind", kinds.map(\.name).sorted().joined(separator: ", ")), kind == nil,
            let text = fields.read(value, "kind", ScalarReading.text)
        {
            fields.report(value, NearestName.unknown("kind", text, known: kinds.map(\.name)))
        }
        var service = HTTPService(context.http, now: context.now)
        if let value = fields.value("timeout"), let span = fields.read(value, "timeout", ScalarReading.duration) {
            if span < .seconds(1) || span > .seconds(40) { fields.report(value, "timeout: \(span.readable) is not from 1 s to 40 s") }
            service.timeout = span
        }
        if let value = fields.value("proxy"), let text = fields.read(value, "proxy", ScalarReading.text) {
            if !["http://", "https://", "socks5://", "socks5h://"].contains(where: { text.hasPrefix($0) }) || text.contains("@") {
                fields.report(value, "proxy: must be http://HOST:PORT, https://… or socks5://…, without a password")
            }
            service.proxy = text
        }
        service.authorities = fields.read("caFile", ScalarReading.text)
        guard let kind else { return nil }
        var inner = ReceiverFields(fields, context: context, service: service)
        let notifier = kind.make(&inner)
        fields = inner.fields
        guard problems.isEmpty, let name, let notifier else { return nil }
        return Receiver(name: name, notifier: notifier)
    }

    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }
}

/// The keys of one receiver, for its kind to read.
public struct ReceiverFields {
    package var fields: MappingReader
    /// What it is made with.
    public let context: ReceiverContext
    /// How it is reached.
    let service: HTTPService

    init(_ fields: MappingReader, context: ReceiverContext, service: HTTPService) {
        self.fields = fields
        self.context = context
        self.service = service
    }

    /// A text that has to be there.
    package mutating func text(_ key: String, _ hint: String, where isRight: (String) -> Bool = { _ in true }) -> String? {
        guard let value = fields.required(key, hint) else { return nil }
        return text(value, key, hint, isRight)
    }

    /// A text that may be there.
    package mutating func optional(_ key: String, _ hint: String, where isRight: (String) -> Bool = { _ in true }) -> String? {
        fields.value(key).flatMap { text($0, key, hint, isRight) }
    }

    private mutating func text(_ value: YAMLNode, _ key: String, _ hint: String, _ isRight: (String) -> Bool) -> String? {
        guard let text = fields.read(value, key, ScalarReading.text) else { return nil }
        if text.isEmpty || !isRight(text) { fields.report(value, "\(key): \(text.quoted) is not right; it is \(hint)") }
        return text
    }

    /// The base of a service's addresses, without a slash at its end.
    package mutating func base(_ key: String, _ hint: String) -> String? {
        guard let value = fields.required(key, hint) else { return nil }
        return base(value, key)
    }

    /// The base of a service's addresses, if it is not the usual one.
    package mutating func optionalBase(_ key: String) -> String? { fields.value(key).flatMap { base($0, key) } }

    private mutating func base(_ value: YAMLNode, _ key: String) -> String? {
        guard let text = fields.read(value, key, ScalarReading.text) else { return nil }
        if let why = WebAddress.flaw(text, allowsPlain: false) { fields.report(value, "\(key): \(why)") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// A secret that has to be there: `{ env: NAME }` or `{ file: /path }`.
    package mutating func secret(_ key: String, _ hint: String) -> SecretSource? {
        guard let value = fields.required(key, "\(hint): { env: NAME } or { file: /path }") else { return nil }
        return secret(value, key)
    }

    /// A secret that may be there.
    package mutating func optionalSecret(_ key: String) -> SecretSource? { fields.value(key).flatMap { secret($0, key) } }

    /// A secret; nil with a problem when it is written in clear, not there, or nothing that can be sent.
    package mutating func secret(_ value: YAMLNode, _ key: String) -> SecretSource? {
        guard case .mapping = value.content else {
            // What is written is not shown: it may be the secret.
            fields.report(
                value.isNull ? fields.place(of: key) : value.position,
                "\(key): a secret is not written here; write { env: NAME } for an environment variable or { file: /path } for a mounted file"
            )
            return nil
        }
        var reader = MappingReader(value, file: fields.file, noun: "'\(key)'", known: ["env", "file"])
        let name = reader.read("env", ScalarReading.text)
        let path = reader.read("file", ScalarReading.text)
        if reader.has("env") == reader.has("file") { reader.report(value, "\(key): needs one of 'env' and 'file'") }
        fields.adopt(reader.problems)
        guard reader.problems.isEmpty else { return nil }
        do throws(DeliveryFailure) {
            if let path {
                _ = try SecretSource.blockingRead(path)
                return .file(path)
            }
            guard let name else { return nil }
            guard let text = context.environment[name] else {
                throw DeliveryFailure("the environment variable \(name.quoted) is not set", retry: .never)
            }
            return .environment(name, try SecretSource.checked(Array(text.utf8), from: "$\(name)"))
        } catch {
            fields.report(value, "\(key): \(error.description)")
            return nil
        }
    }
}

/// Addresses that people write.
enum WebAddress {
    /// What is wrong with an address; nil when nothing is.
    /// - Parameter allowsPlain: whether it may go over http to anywhere: only people follow it.
    static func flaw(_ text: String, allowsPlain: Bool) -> String? {
        let expected = "an address like https://example.org/path"
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`|".utf8.contains($0) }) else {
            return "\(text.quoted) holds a character that no address has; it is \(expected)"
        }
        let isPlain = text.hasPrefix("http://")
        guard isPlain || text.hasPrefix("https://") else { return "\(text.quoted) is not \(expected)" }
        let rest = text.dropFirst(isPlain ? 7 : 8)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else {
            return "an address here has no user and password: secrets come from { env: … } or { file: … }"
        }
        var host = authority[...]
        if host.hasPrefix("[") {
            host = host.prefix { $0 != "]" }.dropFirst()
        } else {
            host = host.prefix { $0 != ":" }
        }
        guard !host.isEmpty else { return "\(text.quoted) names no host; it is \(expected)" }
        if isPlain, !allowsPlain, !isInside(host) {
            return
                "http:// sends what is secret in clear to \(String(host).quoted); write https:// (http is for this machine and the cluster)"
        }
        return nil
    }

    /// This machine, or a service of the cluster.
    private static func isInside(_ host: Substring) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.") || !host.contains(".") && !host.contains(":")
            || host.hasSuffix(".svc") || host.hasSuffix(".cluster.local") || host.hasSuffix(".internal")
    }
}

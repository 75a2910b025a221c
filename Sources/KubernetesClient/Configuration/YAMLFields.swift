import CurlHTTP
import Yams

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A mapping of a YAML file, read field by field with errors that name the line. Values are never part of an error.
struct YAMLFields {
    let node: Node
    /// The file's path.
    let file: String
    /// What the mapping is: `user "admin"`.
    let what: String

    init(_ node: Node, file: String, what: String) throws {
        guard case .mapping = node else {
            throw ConfigurationError(Self.place(file, node), "\(what) must be a mapping of fields")
        }
        self.node = node
        self.file = file
        self.what = what
    }

    /// Parses a file, YAML or JSON. Nil when it is empty.
    static func parse(_ bytes: [UInt8], file: String, what: String) throws -> YAMLFields? {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ConfigurationError(file, "is not UTF-8 text") }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            // The description would quote the line, which may hold a key.
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
                throw ConfigurationError("\(file):\(mark.line)", "is not YAML: \(problem)")
            case .duplicatedKeysInMapping(_, let context):
                throw ConfigurationError("\(file):\(context.mark.line)", "has the same key twice in one mapping")
            default: throw ConfigurationError(file, "is not YAML")
            }
        }
        guard let node, !Self.isNull(node) else { return nil }
        return try YAMLFields(node, file: file, what: what)
    }

    /// Where a field stands: `/root/.kube/config:12`.
    func place(_ key: String? = nil) -> String {
        Self.place(file, key.flatMap { value($0) } ?? node)
    }

    func error(_ key: String?, _ problem: String) -> ConfigurationError {
        ConfigurationError(place(key), key.map { "\($0) of \(what) \(problem)" } ?? "\(what) \(problem)")
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    func string(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.scalar?.string else { throw error(key, "must be text") }
        return text.isEmpty ? nil : text
    }

    func required(_ key: String) throws -> String {
        guard let text = try string(key) else { throw error(nil, "needs the field \(key)") }
        return text
    }

    func bool(_ key: String) throws -> Bool {
        guard let text = try string(key) else { return false }
        switch text {
        case "true": return true
        case "false": return false
        default: throw error(key, "must be true or false")
        }
    }

    func strings(_ key: String) throws -> [String] {
        guard let value = value(key) else { return [] }
        guard case .sequence(let sequence) = value else { throw error(key, "must be a list") }
        return try sequence.map {
            guard let text = $0.scalar?.string else { throw error(key, "must be a list of texts") }
            return text
        }
    }

    func mapping(_ key: String, what: String) throws -> YAMLFields? {
        try value(key).map { try YAMLFields($0, file: file, what: what) }
    }

    func mappings(_ key: String, what: String) throws -> [YAMLFields] {
        guard let value = value(key) else { return [] }
        guard case .sequence(let sequence) = value else { throw error(key, "must be a list") }
        return try sequence.map { try YAMLFields($0, file: file, what: what) }
    }

    /// Bytes that are written in base64, as `…-data` fields are, and that must be PEM of one of these kinds.
    func pem(_ key: String, containing kind: String) throws -> [UInt8]? {
        guard let text = try string(key) else { return nil }
        let packed = String(text.filter { !$0.isWhitespace })
        guard let data = Data(base64Encoded: packed), !data.isEmpty else { throw error(key, "is not base64") }
        guard data.firstRange(of: Data(kind.utf8)) != nil else {
            throw error(key, "does not hold PEM: after base64 decoding it must contain \"-----BEGIN … \(kind)-----\"")
        }
        return Array(data)
    }

    private func value(_ key: String) -> Node? {
        guard let value = node.mapping?.first(where: { $0.key.scalar?.string == key })?.value, !Self.isNull(value) else { return nil }
        return value
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func place(_ file: String, _ node: Node) -> String {
        node.mark.map { "\(file):\($0.line)" } ?? file
    }
}

public import AutomatonCore

extension KubernetesWorkloads {
    /// The workloads of a kind that carry a label with a value, by name. Those that are being deleted are not among them.
    /// - Throws: `PortError.refused` when the key or the value cannot be a label's, or the kind is none of the Kubernetes API.
    public func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] {
        guard !namespace.isEmpty else { throw .refused("workloads are looked for in one namespace, and none is named") }
        guard LabelSyntax.isKey(label) else {
            throw .refused("'\(label.prefix(300))' is no label key: write a name such as app, or a prefix and a name: example.com/app")
        }
        guard LabelSyntax.isValue(value) else {
            throw .refused(
                "'\(value.prefix(300))' is no value of a label, so no \(kind.rawValue) has \(label) set to it: a label holds at most 63 "
                    + "letters, digits, '-', '_' and '.', with a letter or digit at both ends")
        }
        let query: APIQuery = ["labelSelector": "\(label)=\(value)"]
        do {
            let path = try Subject(kind, namespace: namespace, name: "").collectionPath
            let objects = try await api.listAll(path, query: query, as: LabelledObject.self)
            return objects.filter { $0.metadata.deletionTimestamp == nil }.map {
                Subject(kind, namespace: namespace, name: $0.metadata.name)
            }
            .sorted()
        } catch {
            throw PortError(error, isChange: false)
        }
    }
}

private struct LabelledObject: Decodable {
    struct Metadata: Decodable {
        var name: String
        var deletionTimestamp: String?
    }
    var metadata: Metadata
}

/// What the API server takes as a label (apimachinery's `IsQualifiedName` and `IsValidLabelValue`). Nothing else goes into a selector,
/// where a comma or `!` would ask for something else.
enum LabelSyntax {
    static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0])
        case 2: return isSubdomain(parts[0]) && isName(parts[1])
        default: return false
        }
    }

    static func isValue(_ text: String) -> Bool { text.isEmpty || isName(text) }

    private static func isName(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.suffix(1).first, bytes.count <= 63, isAlphanumeric(first), isAlphanumeric(last)
        else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
    }

    private static func isSubdomain(_ text: Substring) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            isName(part) && part.utf8.allSatisfy { $0 != UInt8(ascii: "_") && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

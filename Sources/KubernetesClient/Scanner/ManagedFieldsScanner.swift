internal import AutomatonCore

/// Reads `metadata.managedFields` for who owns the fields that the automaton writes: replicas, containers' memory, images.
///
/// The format is FieldsV1 of structured-merge-diff: `f:NAME` for a member, `k:{"name":"email"}` for an element of a keyed list, an empty
/// object for a leaf. What has another shape is passed over: the fields are another version's, and nothing that is known here.
enum ManagedFieldsScanner {
    /// An entry: what a manager owns.
    private struct Entry {
        var manager = ""
        var subresource = ""
        var fields: [WorkloadField] = []
    }

    /// How deep in the fields of a workload.
    private enum Level {
        case root, spec, template, templateSpec, containers
        case container(String)
        case resources(String)
        case quantities(WorkloadField)
    }

    /// The owners, in the order of the entries, each once.
    /// - Parameter offset: Where the array begins in the object's bytes.
    static func owners(_ bytes: Span<UInt8>, at offset: Int) throws(ScanError) -> [FieldOwner] {
        var cursor = JSONCursor(at: offset)
        var owners: [FieldOwner] = []
        guard try cursor.enterArray(bytes) else { return [] }
        while try cursor.nextElement(bytes) {
            let entry = try entry(&cursor, bytes)
            guard !entry.fields.isEmpty, let kind = FieldManager.kind(of: entry.manager, subresource: entry.subresource) else { continue }
            for field in entry.fields {
                let owner = FieldOwner(kind: kind, name: entry.manager, field: field)
                if !owners.contains(owner) { owners.append(owner) }
            }
        }
        return owners
    }

    private static func entry(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Entry {
        var entry = Entry()
        guard try enter(&cursor, bytes) else { return entry }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "manager", bytes) {
                entry.manager = try text(&cursor, bytes)
            } else if cursor.matches(key, "subresource", bytes) {
                entry.subresource = try text(&cursor, bytes)
            } else if cursor.matches(key, "fieldsV1", bytes) {
                try walk(.root, &cursor, bytes, into: &entry.fields)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return entry
    }

    private static func walk(
        _ level: Level, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into fields: inout [WorkloadField]
    ) throws(ScanError) {
        guard try enter(&cursor, bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            switch level {
            case .root where cursor.matches(key, "f:spec", bytes): try walk(.spec, &cursor, bytes, into: &fields)
            case .spec where cursor.matches(key, "f:template", bytes): try walk(.template, &cursor, bytes, into: &fields)
            case .template where cursor.matches(key, "f:spec", bytes): try walk(.templateSpec, &cursor, bytes, into: &fields)
            case .templateSpec where cursor.matches(key, "f:containers", bytes): try walk(.containers, &cursor, bytes, into: &fields)
            case .container(let name) where cursor.matches(key, "f:resources", bytes):
                try walk(.resources(name), &cursor, bytes, into: &fields)
            case .resources(let name) where cursor.matches(key, "f:limits", bytes):
                try walk(.quantities(.memoryLimit(container: name)), &cursor, bytes, into: &fields)
            case .resources(let name) where cursor.matches(key, "f:requests", bytes):
                try walk(.quantities(.memoryRequest(container: name)), &cursor, bytes, into: &fields)
            case .containers:
                if let name = containerName(key, bytes) {
                    try walk(.container(name), &cursor, bytes, into: &fields)
                } else {
                    try cursor.skipValue(bytes)
                }
            default:
                if let field = leaf(level, key, cursor, bytes) { fields.append(field) }
                try cursor.skipValue(bytes)
            }
        }
    }

    /// The field that a key of this level stands for; nil when it is of no interest.
    private static func leaf(_ level: Level, _ key: JSONCursor.Key, _ cursor: JSONCursor, _ bytes: Span<UInt8>) -> WorkloadField? {
        switch level {
        case .spec where cursor.matches(key, "f:replicas", bytes): .replicas
        case .container where cursor.matches(key, "f:image", bytes): .template
        case .quantities(let field) where cursor.matches(key, "f:memory", bytes): field
        default: nil
        }
    }

    /// The name in a key such as `k:{"name":"email"}`.
    private static func containerName(_ key: JSONCursor.Key, _ bytes: Span<UInt8>) -> String? {
        guard key.isEscaped, let text = try? JSONCursor.unescape(bytes, from: key.start, to: key.end), text.hasPrefix("k:") else {
            return nil
        }
        let identity = Array(text.utf8.dropFirst(2))
        var cursor = JSONCursor()
        return try? WorkloadScanner.member("name", &cursor, identity.span)
    }

    /// Steps into an object; jumps over what is none.
    private static func enter(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        if try cursor.peek(bytes) == 0x7B { return try cursor.enterObject(bytes) }
        try cursor.skipValue(bytes)
        return false
    }

    /// Reads a string; jumps over what is none.
    private static func text(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> String {
        if try cursor.peek(bytes) == 0x22 { return try cursor.string(bytes) ?? "" }
        try cursor.skipValue(bytes)
        return ""
    }
}

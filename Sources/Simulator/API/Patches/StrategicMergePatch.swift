/// A strategic merge patch (k8s.io/apimachinery/pkg/util/strategicpatch): a merge patch that knows which lists are keyed.
struct StrategicMergePatch {
    /// Why it cannot be applied. The API server answers 500 without a reason for these.
    struct Failure: Error {
        let message: String
    }

    private let schema = Schema.shared

    func apply(_ patch: JSON, to original: JSON, kind: String) throws(Failure) -> JSON {
        try merge(original, patch, .object(kind))
    }

    private func merge(_ original: JSON?, _ patch: JSON, _ type: SchemaType) throws(Failure) -> JSON {
        guard case .object(let members) = patch else { return patch }
        switch patch["$patch"]?.string {
        case "replace":
            var replacement = patch
            replacement["$patch"] = nil
            return replacement
        case "delete": return .emptyObject
        case "merge", nil: break
        case let other?: throw Failure(message: "unknown patch type found: \(other)")
        }
        var result = original?.object != nil ? original ?? .emptyObject : .emptyObject
        if let retained = patch["$retainKeys"]?.array?.compactMap(\.string), let present = result.object {
            for key in present.keys where !retained.contains(key) { result[key] = nil }
        }
        for (key, value) in members {
            if key == "$patch" || key == "$retainKeys" || key.hasPrefix("$setElementOrder/") { continue }
            if key.hasPrefix("$deleteFromPrimitiveList/") {
                let name = String(key.dropFirst("$deleteFromPrimitiveList/".count))
                let gone = Set(value.array ?? [])
                if let elements = result[name]?.array { result[name] = .array(elements.filter { !gone.contains($0) }) }
                continue
            }
            if value.isNull {
                result[key] = nil
                continue
            }
            let expected = fieldType(key, in: type)
            if case .array(let items) = value, case .list(let element, let keys, let isSet) = expected {
                let order = patch["$setElementOrder/\(key)"]?.array
                result[key] = .array(
                    try mergeList(result[key]?.array ?? [], items, element, key: keys.first, isSet: isSet, order: order))
            } else {
                result[key] = try merge(result[key], value, expected)
            }
        }
        for (key, order) in members where key.hasPrefix("$setElementOrder/") {
            let name = String(key.dropFirst("$setElementOrder/".count))
            guard members[name] == nil, case .list(_, let keys, _) = fieldType(name, in: type), let elements = result[name]?.array else {
                continue
            }
            result[name] = .array(Self.sorted(elements, by: order.array ?? [], original: elements, key: keys.first))
        }
        return result
    }

    private func fieldType(_ field: String, in type: SchemaType) -> SchemaType {
        switch type {
        case .object(let name): schema.fields(name)?[field]?.type ?? .any
        case .map(let element): element
        default: .any
        }
    }

    private func mergeList(
        _ original: [JSON], _ patch: [JSON], _ element: SchemaType, key: String?, isSet: Bool, order: [JSON]?
    ) throws(Failure) -> [JSON] {
        if isSet {
            var result = original
            for item in patch where !result.contains(item) { result.append(item) }
            return Self.sorted(result, by: order ?? patch, original: original, key: nil)
        }
        guard let key else { return patch.filter { $0["$patch"] == nil } }
        if patch.contains(where: { $0["$patch"] == "replace" && $0[key] == nil }) { return patch.filter { $0["$patch"] == nil } }
        var result = original
        for item in patch {
            guard let identity = item[key] else {
                throw Failure(message: "map: \(item.goMap) does not contain declared merge key: \(key)")
            }
            let index = result.firstIndex { $0[key] == identity }
            if item["$patch"] == "delete" {
                result.removeAll { $0[key] == identity }
            } else if let index {
                result[index] = try merge(result[index], item, element)
            } else {
                result.append(try merge(nil, item, element))
            }
        }
        return Self.sorted(result, by: order ?? patch.filter { $0["$patch"] == nil }, original: original, key: key)
    }

    /// Puts merged elements in order: those of the patch (or of `$setElementOrder`) as they stand there, and the others among them
    /// by their place in the original, as far as that goes (mergeSortedSlice).
    private static func sorted(_ elements: [JSON], by order: [JSON], original: [JSON], key: String?) -> [JSON] {
        func identity(_ value: JSON) -> JSON { key.flatMap { value[$0] } ?? value }
        func ranks(_ values: [JSON]) -> [JSON: Int] {
            Dictionary(values.enumerated().map { (identity($0.element), $0.offset) }, uniquingKeysWith: { first, _ in first })
        }
        let asked = ranks(order)
        let place = ranks(original)
        var others = elements.filter { asked[identity($0)] == nil }[...]
        var patched = elements.filter { asked[identity($0)] != nil }.sorted { (asked[identity($0)] ?? 0) < (asked[identity($1)] ?? 0) }[...]
        var result: [JSON] = []
        while let other = others.first, let patch = patched.first {
            if let left = place[identity(other)], let right = place[identity(patch)], left < right {
                result.append(other)
                others.removeFirst()
            } else {
                result.append(patch)
                patched.removeFirst()
            }
        }
        return result + others + patched
    }
}

extension JSON {
    /// The value as Go's `%v` prints it: `map[a:1 b:[x y]]`.
    var goMap: String {
        switch self {
        case .null: "<nil>"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .double(let value): value.description
        case .string(let value): value
        case .array(let elements): "[" + elements.map(\.goMap).joined(separator: " ") + "]"
        case .object(let members): "map[" + members.map { "\($0.key):\($0.value.goMap)" }.joined(separator: " ") + "]"
        }
    }
}

import AutomatonCore

/// Who owns which field: `metadata.managedFields` (structured-merge-diff's FieldsV1 as JSON).
struct ManagedFields {
    /// Who writes.
    struct Writer {
        let manager: String
        let apiVersion: String
        let subresource: String
    }

    private let schema = Schema.shared

    /// The entries after a write by update: the fields that it changed belong to the writer alone, the rest stays as it was.
    func afterUpdate(_ old: JSON?, _ new: JSON, kind: String, writer: Writer, at now: Instant) -> JSON? {
        let entries = old?["metadata"]?["managedFields"]?.array ?? []
        let before = old.map { fields($0, kind) } ?? .emptyObject
        let after = fields(new, kind)
        let changed = self.changed(old ?? .emptyObject, new, .object(kind), isRoot: true)
        let removed = Self.subtract(before, after)
        var result: [JSON] = []
        var isFound = false
        for var entry in entries {
            let isOwn =
                entry["manager"]?.string == writer.manager && entry["operation"] == "Update"
                && entry["subresource"]?.string ?? "" == writer.subresource && entry["apiVersion"]?.string == writer.apiVersion
            var owned = Self.subtract(entry["fieldsV1"] ?? .emptyObject, removed)
            if isOwn {
                isFound = true
                let union = Self.union(owned, changed)
                if union != entry["fieldsV1"] { entry["time"] = .string(now.rfc3339) }
                owned = union
            } else if entry["operation"] != "Apply" || !changed.isEmpty {
                owned = Self.subtract(owned, changed)
            }
            guard !owned.isEmpty else { continue }
            entry["fieldsV1"] = owned
            result.append(entry)
        }
        if !isFound, !changed.isEmpty {
            var entry: JSON = [
                "manager": .string(writer.manager), "operation": "Update", "apiVersion": .string(writer.apiVersion),
                "time": .string(now.rfc3339), "fieldsType": "FieldsV1", "fieldsV1": changed,
            ]
            if !writer.subresource.isEmpty { entry["subresource"] = .string(writer.subresource) }
            result.append(entry)
        }
        return result.isEmpty ? nil : .array(result)
    }

    // MARK: Sets of fields

    /// All the fields of an object.
    private func fields(_ object: JSON, _ kind: String) -> JSON { changed(.emptyObject, object, .object(kind), isRoot: true) }

    /// The fields of `new` that are not in `old`, or otherwise there.
    private func changed(_ old: JSON, _ new: JSON, _ type: SchemaType, isRoot: Bool = false) -> JSON {
        var result = JSONObject()
        switch type {
        case .object, .map:
            for (key, value) in new.object ?? JSONObject() {
                if isRoot, key == "apiVersion" || key == "kind" { continue }
                if isRoot, key == "metadata" {
                    let metadata = changedMetadata(old[key] ?? .emptyObject, value)
                    if !metadata.isEmpty { result["f:metadata"] = metadata }
                    continue
                }
                if let change = change(old[key], value, fieldType(key, in: type)) { result["f:\(key)"] = change }
            }
        case .list(let element, let keys, _):
            let before = old.array ?? []
            for item in new.array ?? [] {
                guard let name = Self.name(of: item, keys) else { continue }
                let previous = before.first { Self.name(of: $0, keys) == name }
                if previous == item { continue }
                var members = JSONObject()
                if previous == nil { members["."] = .emptyObject }
                for (key, value) in item.object ?? JSONObject() {
                    if let change = change(previous?[key], value, fieldType(key, in: element)) { members["f:\(key)"] = change }
                }
                result[name] = .object(members)
            }
        default: break
        }
        return .object(result)
    }

    private func changedMetadata(_ old: JSON, _ new: JSON) -> JSON {
        var result = JSONObject()
        for key in ["labels", "annotations", "ownerReferences", "finalizers", "generateName"] {
            guard let value = new[key], let type = schema.fields("ObjectMeta")?[key]?.type else { continue }
            if let change = change(old[key], value, type) { result["f:\(key)"] = change }
        }
        return .object(result)
    }

    private func change(_ old: JSON?, _ new: JSON, _ type: SchemaType) -> JSON? {
        if old == new || new.isNull { return nil }
        if isGranular(type, new) {
            var inner = changed(old ?? .emptyObject, new, type).object ?? JSONObject()
            if old == nil { inner["."] = .emptyObject }
            return inner.isEmpty ? nil : .object(inner)
        }
        return .emptyObject
    }

    /// Whether the fields inside are owned one by one. Selectors are not.
    private func isGranular(_ type: SchemaType, _ value: JSON) -> Bool {
        switch (type, value) {
        case (.object("LabelSelector"), _), (.object("ObjectReference"), _): false
        case (.object(let name), .object): schema.fields(name) != nil
        case (.map, .object): true
        case (.list(_, let keys, let isSet), .array(let items)):
            (!keys.isEmpty || isSet) && items.allSatisfy { Self.name(of: $0, keys) != nil }
        default: false
        }
    }

    private func fieldType(_ field: String, in type: SchemaType) -> SchemaType {
        switch type {
        case .object(let name): schema.fields(name)?[field]?.type ?? .any
        case .map(let element): element
        default: .any
        }
    }

    private static func name(of item: JSON, _ keys: [String]) -> String? {
        if keys.isEmpty { return item.string.map { "v:\(JSON.string($0).text)" } }
        var identity = JSONObject()
        for key in keys { if let value = item[key] { identity[key] = value } }
        return identity.isEmpty ? nil : "k:\(JSON.object(identity).text)"
    }

    static func union(_ left: JSON, _ right: JSON) -> JSON {
        guard case .object(var result) = left, case .object(let additions) = right else { return left }
        for (key, value) in additions { result[key] = result[key].map { union($0, value) } ?? value }
        return .object(result)
    }

    /// The fields of `left` without those of `right`; a parent goes with its last child.
    static func subtract(_ left: JSON, _ right: JSON) -> JSON {
        guard case .object(let members) = left, case .object(let removed) = right, !removed.isEmpty else { return left }
        var result = JSONObject()
        for (key, value) in members {
            guard let other = removed[key] else {
                result[key] = value
                continue
            }
            if value.isEmpty || other.isEmpty { continue }
            let rest = subtract(value, other)
            if !rest.isEmpty { result[key] = rest }
        }
        return .object(result)
    }
}

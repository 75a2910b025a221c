/// A JSON Patch (RFC 6902).
struct JSONPatch {
    /// The patch cannot be applied to this document: the API server answers 422.
    struct NotApplicable: Error {}
    /// The patch is no patch: the API server answers 400 with the decoder's words.
    struct Malformed: Error {
        let message: String
    }

    private struct Operation {
        let name: String
        let path: String
        let from: String?
        let value: JSON?
    }

    private let operations: [Operation]

    /// The API server refuses longer ones (413).
    static let maximumOperations = 10_000

    init(_ patch: JSON) throws(Malformed) {
        guard case .array(let items) = patch else {
            let kind = patch.object != nil ? "object" : patch.string != nil ? "string" : "number"
            throw Malformed(message: "json: cannot unmarshal \(kind) into Go value of type []handlers.jsonPatchOp")
        }
        var operations: [Operation] = []
        for item in items {
            guard item.object != nil else {
                throw Malformed(message: "json: cannot unmarshal string into Go value of type handlers.jsonPatchOp")
            }
            operations.append(
                Operation(
                    name: item["op"]?.string ?? "", path: item["path"]?.string ?? "", from: item["from"]?.string,
                    value: item["value"]))
        }
        self.operations = operations
    }

    var count: Int { operations.count }

    func apply(to document: JSON) throws(NotApplicable) -> JSON {
        var document = document
        for operation in operations {
            let path = try Self.pointer(operation.path)
            switch operation.name {
            case "add": document = try Self.edit(document, path[...], .add(operation.value ?? .null))
            case "replace": document = try Self.edit(document, path[...], .replace(operation.value ?? .null))
            case "remove": document = try Self.edit(document, path[...], .remove)
            case "test":
                let found = Self.get(document, path)
                guard found == operation.value || (found == nil && (operation.value?.isNull ?? true)) else { throw NotApplicable() }
            case "move", "copy":
                let from = try Self.pointer(operation.from ?? "")
                guard let value = Self.get(document, from) else { throw NotApplicable() }
                if operation.name == "move" { document = try Self.edit(document, from[...], .remove) }
                document = try Self.edit(document, path[...], .add(value))
            default: throw NotApplicable()
            }
        }
        return document
    }

    private enum Edit {
        case add(JSON), replace(JSON), remove
    }

    private static func pointer(_ text: String) throws(NotApplicable) -> [String] {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { throw NotApplicable() }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    private static func get(_ document: JSON, _ path: [String]) -> JSON? {
        var value = document
        for step in path {
            let next = value.object != nil ? value[step] : Int(step).flatMap { value[$0] }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    private static func edit(_ document: JSON, _ path: ArraySlice<String>, _ edit: Edit) throws(NotApplicable) -> JSON {
        guard let step = path.first else {
            switch edit {
            case .add(let value), .replace(let value): return value
            case .remove: throw NotApplicable()
            }
        }
        let rest = path.dropFirst()
        var document = document
        switch document {
        case .object:
            if rest.isEmpty {
                switch edit {
                case .add(let value): document[step] = value
                case .replace(let value):
                    guard document[step] != nil else { throw NotApplicable() }
                    document[step] = value
                case .remove:
                    guard document[step] != nil else { throw NotApplicable() }
                    document[step] = nil
                }
            } else {
                guard let next = document[step] else { throw NotApplicable() }
                document[step] = try Self.edit(next, rest, edit)
            }
        case .array(var elements):
            let index = step == "-" ? elements.count : Int(step) ?? -1
            guard index >= 0 else { throw NotApplicable() }
            if rest.isEmpty, case .add(let value) = edit {
                guard index <= elements.count else { throw NotApplicable() }
                elements.insert(value, at: index)
            } else {
                guard index < elements.count else { throw NotApplicable() }
                if !rest.isEmpty {
                    elements[index] = try Self.edit(elements[index], rest, edit)
                } else if case .replace(let value) = edit {
                    elements[index] = value
                } else {
                    elements.remove(at: index)
                }
            }
            document = .array(elements)
        default: throw NotApplicable()
        }
        return document
    }
}

extension JSON {
    /// The value after a JSON merge patch (RFC 7396).
    func merged(with patch: JSON) -> JSON {
        guard case .object(let members) = patch else { return patch }
        var result = object != nil ? self : .emptyObject
        for (key, value) in members { result[key] = value.isNull ? nil : (result[key] ?? .null).merged(with: value) }
        return result
    }
}

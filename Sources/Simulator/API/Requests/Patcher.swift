/// Applies the body of a PATCH to an object, and decodes what comes of it.
struct Patcher {
    /// The patch formats by Content-Type.
    private enum Patch {
        case json(JSONPatch), merge(JSON), strategic(JSON)
    }

    private let patch: Patch
    private let validation: WriteOptions.FieldValidation
    private let duplicates: [String]

    init(_ request: APIRequest, validation: WriteOptions.FieldValidation) throws(APIError) {
        self.validation = validation
        switch request.contentType {
        case "application/json-patch+json", "application/merge-patch+json": break
        // A custom resource has no merge keys that the server would know of.
        case "application/strategic-merge-patch+json" where request.info.group != ResourceType.scaledObjects.group: break
        default:
            throw APIError(code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: .emptyObject)
        }
        let body: JSON
        do { body = try JSON(parsing: request.body) } catch { throw .badRequest("error decoding patch: \(error.reason)") }
        duplicates = JSON.duplicateKeys(in: request.body).map { "duplicate field \"\($0)\"" }
        switch request.contentType {
        case "application/json-patch+json":
            let operations: JSONPatch
            do { operations = try JSONPatch(body) } catch { throw .badRequest("error decoding patch: \(error.message)") }
            guard operations.count <= JSONPatch.maximumOperations else {
                throw APIError(
                    code: 413, reason: "RequestEntityTooLarge",
                    message: "The allowed maximum operations in a JSON patch is \(JSONPatch.maximumOperations), got \(operations.count)")
            }
            patch = .json(operations)
        case "application/merge-patch+json":
            guard body.object != nil else { throw Self.notAnObject(body) }
            patch = .merge(body)
        default:
            guard body.object != nil else { throw Self.notAnObject(body) }
            patch = .strategic(body)
        }
    }

    private static func notAnObject(_ body: JSON) -> APIError {
        let found = body.array != nil ? "array" : body.string != nil ? "string" : "number"
        return .badRequest("error decoding patch: json: cannot unmarshal \(found) into Go value of type map[string]interface {}")
    }

    /// - Parameter view: under what names the patch has the fields, where they are not the type's own.
    func apply(to stored: JSON, kind: String, view: EventView? = nil) throws(APIError) -> DecodedBody {
        let original = view?.shown(stored) ?? stored
        let schema = view == nil ? kind : EventView.schema
        let patched: JSON
        var shown = ""
        switch patch {
        case .json(let operations):
            do { patched = try operations.apply(to: original) } catch { throw .patchNotApplicable }
            shown = patched.text
        case .merge(let body):
            patched = original.merged(with: body)
            shown = patched.text
        case .strategic(let body):
            do { patched = try StrategicMergePatch().apply(body, to: original, kind: schema) } catch {
                throw .internalError(error.message)
            }
            shown = body.goMap
        }
        if patched["kind"] != original["kind"] || patched["apiVersion"] != original["apiVersion"] {
            let found = patched["kind"]?.string ?? ""
            throw .badRequest("\(found) in version \"\(patched["apiVersion"]?.string ?? "")\" cannot be handled as a \(kind)")
        }
        var decoder = SchemaDecoder()
        let object: JSON
        do {
            let decoded = try decoder.decode(patched, kind: schema)
            object = view?.kept(decoded) ?? decoded
        } catch { throw .undecodablePatch(shown, error.message) }
        let complaints = duplicates + decoder.unknownFields
        if validation == .strict, !complaints.isEmpty {
            throw .undecodablePatch(shown, "strict decoding error: \(complaints.joined(separator: ", "))")
        }
        return DecodedBody(object: object, warnings: validation == .warn ? complaints : [])
    }
}

extension ObjectWriter {
    /// PATCH of an object or its status.
    func patch(_ patcher: Patcher, name: String, in store: inout Store) throws(APIError) -> WriteResult {
        guard let old = store.get(type, namespace: namespace, name: name) else { throw .notFound(type, name) }
        let decoded = try patcher.apply(to: old.json, kind: type.kind, view: resource.view)
        try checkName(decoded.object, name)
        try checkVersion(decoded.object["metadata", "resourceVersion"]?.string ?? "", old)
        return try write(decoded.object, over: old, in: &store, warnings: decoded.warnings)
    }
}

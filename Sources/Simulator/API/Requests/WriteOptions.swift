/// `CreateOptions`, `UpdateOptions`, `PatchOptions` and `DeleteOptions` as far as they are alike.
struct WriteOptions {
    /// What becomes of unknown and duplicate fields.
    enum FieldValidation: String {
        case ignore = "Ignore"
        case warn = "Warn"
        case strict = "Strict"
    }

    let isDryRun: Bool
    let fieldManager: String
    let fieldValidation: FieldValidation

    init(_ request: APIRequest, kind: String) throws(APIError) {
        var errors: [FieldError] = []
        let dryRun = request.query.filter { $0.name == "dryRun" && !$0.value.isEmpty }.map(\.value)
        if dryRun.contains(where: { $0 != "All" }) {
            errors.append(.notSupported("dryRun", .array(dryRun.map(JSON.string)), ["All"]))
        }
        isDryRun = !dryRun.isEmpty
        let manager = request.parameter("fieldManager") ?? ""
        if manager.utf8.count > 128 { errors.append(.tooLong("fieldManager", 128)) }
        if request.contentType == "application/apply-patch+yaml", manager.isEmpty {
            errors.append(.required("fieldManager", "is required for apply patch"))
        }
        let agent = request.userAgent.prefix { $0 != "/" && $0 != " " }
        fieldManager = manager.isEmpty ? (agent.isEmpty ? "unknown" : String(agent.prefix(128))) : manager
        let validation = request.parameter("fieldValidation") ?? ""
        let known = FieldValidation(rawValue: validation)
        if known == nil, !validation.isEmpty {
            errors.append(.notSupported("fieldValidation", .string(validation), ["", "Ignore", "Strict", "Warn"]))
        }
        fieldValidation = known ?? .warn
        if !errors.isEmpty { throw .invalid(kind: kind, group: "meta.k8s.io", name: "", errors) }
    }
}

/// A body decoded as one kind.
struct DecodedBody {
    let object: JSON
    let warnings: [String]

    /// Reads the body of a POST or PUT.
    /// - Parameter view: under what names the body has its fields, where they are not the type's own.
    init(
        _ request: APIRequest, kind: String, apiVersion: String, options: WriteOptions, view: EventView? = nil
    ) throws(APIError) {
        guard ["", "application/json"].contains(request.contentType) else {
            // YAML and protobuf are real formats, which this server does not read; it says so instead of naming them.
            if ["application/yaml", "application/vnd.kubernetes.protobuf"].contains(request.contentType) {
                throw APIError(
                    code: 415, reason: "UnsupportedMediaType", message: "the simulated API server reads application/json only")
            }
            throw APIError(
                code: 415, reason: "UnsupportedMediaType",
                message: "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json, application/yaml, application/vnd.kubernetes.protobuf")
        }
        let unrecognised = "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; json parse error: "
        let json: JSON
        do { json = try JSON(parsing: request.body) } catch {
            throw .badRequest("\(unrecognised)\(error.reason) (\(Self.excerpt(request.body)))")
        }
        guard json.object != nil else {
            let found = json.array != nil ? "array" : json.string != nil ? "string" : "number"
            throw .badRequest(
                "\(unrecognised)json: cannot unmarshal \(found) into Go value of type struct "
                    + "{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" } "
                    + "(\(request.body.prefix(30).map { Self.hexadecimal($0) }.joined()))")
        }
        let actualKind = json["kind"]?.string ?? ""
        let actualVersion = json["apiVersion"]?.string ?? ""
        if (!actualKind.isEmpty && actualKind != kind) || (!actualVersion.isEmpty && actualVersion != apiVersion) {
            let shownKind = actualKind.isEmpty ? kind : actualKind
            let shownVersion = actualVersion.isEmpty ? apiVersion : actualVersion
            let short = shownVersion.split(separator: "/").last.map(String.init) ?? ""
            if Catalog.isKnown(kind: shownKind, apiVersion: shownVersion) {
                throw .badRequest(
                    "\(shownKind) in version \"\(short)\" cannot be handled as a \(kind): converting (\(short).\(shownKind)) to "
                        + "(\(apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" && $0 != "." }) : "core").\(kind)): unknown conversion"
                )
            }
            throw .badRequest(
                "\(shownKind) in version \"\(short)\" cannot be handled as a \(kind): no kind \"\(shownKind)\" is registered for "
                    + "version \"\(shownVersion)\" in scheme \"k8s/pkg/api/legacyscheme/scheme.go:30\"")
        }
        let short = apiVersion.split(separator: "/").last.map(String.init) ?? apiVersion
        let unhandled = "\(kind) in version \"\(short)\" cannot be handled as a \(kind): "
        var decoder = SchemaDecoder()
        do {
            let decoded = try decoder.decode(json, kind: view == nil ? kind : EventView.schema)
            object = view?.kept(decoded) ?? decoded
        } catch { throw .badRequest(unhandled + error.message) }
        let complaints = JSON.duplicateKeys(in: request.body).map { "duplicate field \"\($0)\"" } + decoder.unknownFields
        switch options.fieldValidation {
        case .strict where !complaints.isEmpty:
            throw .badRequest("\(unhandled)strict decoding error: \(complaints.joined(separator: ", "))")
        case .warn: warnings = complaints
        default: warnings = []
        }
    }

    private static func excerpt(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "<empty>" }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.count <= 30 ? text : text.prefix(30) + " ..."
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.count < 2 ? "0" + text : text
    }
}

/// The form in which a client wants objects: whole, only their metadata, or as rows of a table.
public struct Representation: Sendable, Hashable {
    /// The form.
    public enum Form: Sendable, Hashable {
        /// The objects.
        case whole
        /// `PartialObjectMetadata`.
        case metadata
        /// `Table`.
        case table
    }

    /// The form.
    public let form: Form
    /// `meta.k8s.io/v1` or `v1beta1`.
    public let metaVersion: String
    /// What a table's rows carry: `None`, `Metadata` or `Object`.
    public let includeObject: String

    /// Under what names objects are shown, where they are not their own.
    public var view: EventView?

    /// The objects as they are.
    public static let whole = Representation(form: .whole, metaVersion: "meta.k8s.io/v1", includeObject: "Metadata")

    private init(form: Form, metaVersion: String, includeObject: String) {
        self.form = form
        self.metaVersion = metaVersion
        self.includeObject = includeObject
    }

    /// The best form that an Accept header asks for and the server has; nil if there is none (406).
    public init?(accept: String, includeObject: String) {
        let clauses = Self.clauses(accept)
        if clauses.isEmpty {
            self = .whole
            return
        }
        for clause in clauses where ["application/json", "application/*", "*/*"].contains(clause.media) {
            let version = clause.parameters["v"] ?? "v1"
            let isMeta = clause.parameters["g"] == "meta.k8s.io" && ["v1", "v1beta1"].contains(version)
            let form: Form
            switch clause.parameters["as"] {
            case nil: form = .whole
            case "Table" where isMeta: form = .table
            case "PartialObjectMetadata" where isMeta, "PartialObjectMetadataList" where isMeta: form = .metadata
            default: continue
            }
            self.init(form: form, metaVersion: "meta.k8s.io/\(version)", includeObject: includeObject)
            return
        }
        return nil
    }

    /// The clauses of an Accept header, best quality first.
    public static func clauses(_ accept: String) -> [(media: String, parameters: [String: String])] {
        let clauses = accept.split(separator: ",").enumerated().map { index, clause in
            let parts = clause.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            var parameters: [String: String] = [:]
            for part in parts.dropFirst() {
                let pair = part.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { parameters[String(pair[0])] = String(pair[1]) }
            }
            return (index: index, quality: parameters["q"].flatMap(Double.init) ?? 1, media: parts.first ?? "", parameters: parameters)
        }
        return clauses.filter { !$0.media.isEmpty }.sorted { ($1.quality, $0.index) < ($0.quality, $1.index) }.map {
            ($0.media, $0.parameters)
        }
    }

    /// What the server answers if it has no acceptable form.
    public static let notAcceptable = APIError(
        code: 406, reason: "NotAcceptable",
        message:
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        details: .emptyObject)

    /// One object, as the answer to a get.
    public func bytes(of object: StoredObject, at now: TableClock) -> [UInt8] {
        switch form {
        case .whole: view?.shown(object.json).bytes ?? object.bytes
        case .metadata: partial(object.json).bytes
        case .table: table([object], resourceVersion: String(object.resourceVersion), now: now).bytes
        }
    }

    /// An object that is not in the store: the answer to a write.
    public func bytes(of object: JSON, type: ResourceType, at now: TableClock) -> [UInt8] {
        let isObject = object["kind"]?.string == type.kind
        switch form {
        case .whole: return (isObject ? view?.shown(object) ?? object : object).bytes
        case .metadata: return (isObject ? partial(object) : object).bytes
        case .table:
            guard isObject else { return object.bytes }
            let name = object["metadata", "name"]?.string ?? ""
            let stored = StoredObject(
                type: type, namespace: object["metadata", "namespace"]?.string ?? "", name: name, resourceVersion: 0, json: object)
            return table([stored], resourceVersion: object["metadata", "resourceVersion"]?.string ?? "", now: now).bytes
        }
    }

    /// A page, as the answer to a list.
    public func bytes(of page: ObjectPage, type: ResourceType, at now: TableClock) -> [UInt8] {
        var metadata: JSON = ["resourceVersion": .string(String(page.resourceVersion))]
        if let next = page.next { metadata["continue"] = .string(next.text) }
        if let remaining = page.remaining { metadata["remainingItemCount"] = JSON(remaining) }
        switch form {
        case .whole:
            let apiVersion = view == nil ? type.apiVersion : EventView.apiVersion
            var output = Array("{\"kind\":\"\(type.kind)List\",\"apiVersion\":\"\(apiVersion)\",\"metadata\":".utf8)
            output.reserveCapacity(page.objects.reduce(256) { $0 + $1.itemBytes.count + 1 })
            metadata.write(into: &output)
            output.append(contentsOf: ",\"items\":[".utf8)
            for (index, object) in page.objects.enumerated() {
                if index > 0 { output.append(0x2C) }
                output.append(contentsOf: view.map { item(object, $0) } ?? object.itemBytes)
            }
            output.append(contentsOf: "]}".utf8)
            return output
        case .metadata:
            let list: JSON = [
                "kind": "PartialObjectMetadataList", "apiVersion": .string(metaVersion), "metadata": metadata,
                "items": page.objects.isEmpty ? .null : .array(page.objects.map { partial($0.json) }),
            ]
            return list.bytes
        case .table:
            var table = table(page.objects, type: type, resourceVersion: String(page.resourceVersion), now: now)
            table["metadata"] = metadata
            return table.bytes
        }
    }

    /// An object inside a watch event.
    public func eventBytes(of object: StoredObject, isFirst: Bool, at now: TableClock) -> [UInt8] {
        switch form {
        case .whole: return view?.shown(object.json).bytes ?? object.bytes
        case .metadata: return partial(object.json).bytes
        case .table:
            var table = table([object], resourceVersion: String(object.resourceVersion), now: now)
            if !isFirst { table["columnDefinitions"] = .null }
            return table.bytes
        }
    }

    /// The object of a bookmark: one that has nothing but its version.
    public func bookmark(type: ResourceType, resourceVersion: UInt64, endsInitialEvents: Bool) -> JSON {
        var metadata: JSON = ["resourceVersion": .string(String(resourceVersion))]
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        switch form {
        case .whole:
            var object = SchemaDecoder().zero(kind: view == nil ? type.kind : EventView.schema)
            object["kind"] = .string(type.kind)
            object["apiVersion"] = .string(view == nil ? type.apiVersion : EventView.apiVersion)
            object["metadata"] = metadata
            return object
        case .metadata: return ["kind": "PartialObjectMetadata", "apiVersion": .string(metaVersion), "metadata": metadata]
        case .table:
            return [
                "kind": "Table", "apiVersion": .string(metaVersion), "metadata": ["resourceVersion": .string(String(resourceVersion))],
                "columnDefinitions": .null, "rows": [],
            ]
        }
    }

    private func item(_ object: StoredObject, _ view: EventView) -> [UInt8] {
        var item = view.shown(object.json)
        item["apiVersion"] = nil
        item["kind"] = nil
        return item.bytes
    }

    private func partial(_ object: JSON) -> JSON {
        ["kind": "PartialObjectMetadata", "apiVersion": .string(metaVersion), "metadata": object["metadata"] ?? .emptyObject]
    }

    private func table(_ objects: [StoredObject], type: ResourceType? = nil, resourceVersion: String, now: TableClock) -> JSON {
        let printer = TablePrinter(type: type ?? objects.first?.type ?? .pods)
        return [
            "kind": "Table", "apiVersion": .string(metaVersion), "metadata": ["resourceVersion": .string(resourceVersion)],
            "columnDefinitions": printer.columnDefinitions,
            "rows": .array(
                objects.map { object in
                    var row: JSON = ["cells": .array(printer.cells(object, now: now.instant))]
                    switch includeObject {
                    case "Object": row["object"] = object.json
                    case "None": break
                    default: row["object"] = partial(object.json)
                    }
                    return row
                }),
        ]
    }
}

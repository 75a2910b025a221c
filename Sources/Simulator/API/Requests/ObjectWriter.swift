import AutomatonCore

/// Creates and changes objects as the API server's registry does: defaults, admission, validation, preconditions, field ownership.
struct ObjectWriter {
    let resource: ServedResource
    let namespace: String
    let options: WriteOptions
    let now: Instant
    /// `status` or `scale` if only that part is written.
    var subresource = ""

    var type: ResourceType { resource.type }

    // MARK: Create

    func create(_ decoded: DecodedBody, in store: inout Store) throws(APIError) -> WriteResult {
        var object = decoded.object
        if type.isNamespaced {
            let given = object["metadata", "namespace"]?.string ?? ""
            guard given.isEmpty || given == namespace else {
                throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
            }
            object["metadata", "namespace"] = .string(namespace)
        } else {
            object["metadata", "namespace"] = nil
        }
        if !(object["metadata", "resourceVersion"]?.isEmpty ?? true) {
            throw .internalError("resourceVersion should not be set on objects to be created")
        }
        try Admission.namespace(of: type, object, namespace, in: store)
        // A dry run writes as well, and takes it back.
        let before = options.isDryRun ? store : nil
        defer { if let before { store = before } }
        let metadata = object["metadata"] ?? .emptyObject
        if metadata["name"] == nil, metadata["generateName"] == nil {
            throw .invalid(type, "", [.required("metadata.name", "name or generateName is required")])
        }
        object["metadata", "managedFields"] = nil
        object["metadata", "deletionTimestamp"] = nil
        object["metadata", "deletionGracePeriodSeconds"] = nil
        object = store.prepared(type, object, at: now)
        let asked = object
        Self.resetStatus(&object, type: type)
        Self.generate(&object, type: type)
        Defaults.apply(to: &object, type: type)
        let warnings = decoded.warnings + Admission.warnings(object, type: type)
        if type == .pods { object = try Admission.pod(object, in: &store) }
        let name = object["metadata", "name"]?.string ?? ""
        let errors = Validation.create(object, type: type, view: resource.view)
        guard errors.isEmpty else { throw .invalid(type, asked["metadata", "name"]?.string ?? name, errors) }
        object["metadata", "managedFields"] = managedFields(of: object, over: nil)
        let stored: StoredObject
        do { stored = try store.insert(type, object) } catch { throw Self.translated(error) }
        var answer = stored.json
        if options.isDryRun { answer["metadata", "resourceVersion"] = nil }
        return WriteResult(code: 201, object: answer, warnings: warnings)
    }

    private var writer: ManagedFields.Writer {
        ManagedFields.Writer(
            manager: options.fieldManager, apiVersion: resource.apiVersion, subresource: subresource)
    }

    /// Who owns the fields, under the names by which they were written.
    private func managedFields(of object: JSON, over old: JSON?) -> JSON? {
        let view = resource.view
        return ManagedFields().afterUpdate(
            old.map { view?.shown($0) ?? $0 }, view?.shown(object) ?? object, kind: resource.schema, writer: writer, at: now)
    }

    /// What clients may not set when they create, and what an object has instead.
    private static func resetStatus(_ object: inout JSON, type: ResourceType) {
        switch type {
        case .deployments: object["status"] = .emptyObject
        case .replicaSets: object["status"] = ["replicas": 0]
        case .statefulSets: object["status"] = ["replicas": 0, "availableReplicas": 0]
        case .daemonSets:
            object["status"] = ["currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0]
            object["metadata", "annotations", "deprecated.daemonset.template.generation"] = "1"
        case .jobs: object["status"] = .emptyObject
        case .pods: object["status"] = nil
        case .services: object["status"] = ["loadBalancer": .emptyObject]
        case .podDisruptionBudgets:
            object["status"] = ["disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0]
        default: break
        }
    }

    private static func generate(_ object: inout JSON, type: ResourceType) {
        switch type {
        case .jobs where object["spec", "manualSelector"] != true:
            guard let uid = object["metadata", "uid"], let name = object["metadata", "name"] else { return }
            if object["metadata", "labels"] == nil { object["metadata", "labels"] = object["spec", "template", "metadata", "labels"] }
            for path in [["metadata", "labels"], ["spec", "template", "metadata", "labels"]] as [[JSON.Step]] {
                for (key, value) in [
                    ("batch.kubernetes.io/controller-uid", uid), ("controller-uid", uid), ("batch.kubernetes.io/job-name", name),
                    ("job-name", name),
                ] { object[path: path + [.member(key)]] = value }
            }
            object["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"] = uid
        case .services where object["spec", "clusterIP"] == nil && object["spec", "type"] != "ExternalName":
            // Any address of the service network will do: nothing routes to it. Taken from the uid, so that it stays the same.
            let digits = (object["metadata", "uid"]?.string ?? "").utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
            object["spec", "clusterIP"] = .string("10.96.\(digits >> 8).\(digits & 0xFF)")
        case .secrets:
            for (key, value) in object["stringData"]?.object ?? JSONObject() {
                object["data", .member(key)] = .string(Base64.encode((value.string ?? "").utf8))
            }
            object["stringData"] = nil
        default: break
        }
    }

    // MARK: Update

    func replace(_ decoded: DecodedBody, name: String, in store: inout Store) throws(APIError) -> WriteResult {
        let object = decoded.object
        try checkName(object, name)
        guard let old = store.get(type, namespace: namespace, name: name) else {
            guard Self.createsOnUpdate.contains(type), subresource.isEmpty else { throw .notFound(type, name) }
            var fresh = decoded.object
            fresh["metadata", "resourceVersion"] = nil
            return try create(DecodedBody(object: fresh, warnings: decoded.warnings), in: &store)
        }
        let metadata = object["metadata"] ?? .emptyObject
        if let uid = metadata["uid"]?.string, !uid.isEmpty, uid != old.uid {
            throw .conflict(
                type, name,
                "StorageError: invalid object, Code: 4, Key: /registry/\(type == .leases ? "leases" : type.plural)/"
                    + "\(old.path), ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
                    + "UID in precondition: \(uid), UID in object meta: \(old.uid)")
        }
        let version = metadata["resourceVersion"]?.string ?? ""
        if version.isEmpty, Self.needsVersion.contains(type) {
            throw .invalid(
                kind: type.plural, group: type.group, name: name,
                [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
        }
        try checkVersion(version, old)
        return try write(object, over: old, in: &store, warnings: decoded.warnings)
    }

    private static let createsOnUpdate: Set<ResourceType> = [.leases, .events, .limitRanges]
    private static let needsVersion: Set<ResourceType> = [.leases, .podDisruptionBudgets]

    func checkName(_ object: JSON, _ name: String) throws(APIError) {
        let given = object["metadata", "name"]?.string ?? ""
        guard !given.isEmpty else {
            throw .badRequest("the name of the object (\(name) based on URL) was undeterminable: name must be provided")
        }
        guard given == name else { throw .badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))") }
        let space = object["metadata", "namespace"]?.string ?? ""
        guard space.isEmpty || space == namespace || !type.isNamespaced else {
            throw .badRequest("the namespace of the object (\(space)) does not match the namespace on the request (\(namespace))")
        }
    }

    func checkVersion(_ version: String, _ old: StoredObject) throws(APIError) {
        guard !version.isEmpty, version != "0" else { return }
        guard let number = UInt64(version) else {
            throw .badRequest("invalid resource version: \(Self.unparsable(version))")
        }
        guard number == old.resourceVersion else { throw .conflict(type, old.name) }
    }

    static func unparsable(_ version: String) -> String {
        "resourceVersion: Invalid value: \(JSON.string(version).text): strconv.ParseUint: parsing \(JSON.string(version).text): invalid syntax"
    }

    /// Puts a decoded object in the place of an old one, after all checks of names and versions.
    func write(_ object: JSON, over old: StoredObject, in store: inout Store, warnings: [String]) throws(APIError) -> WriteResult {
        var object = object
        var metadata = object["metadata"] ?? .emptyObject
        for key in ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"] {
            metadata[key] = old["metadata"]?[key]
        }
        let clearsManagers = metadata["managedFields"]?.array?.isEmpty ?? false
        metadata["managedFields"] = clearsManagers ? nil : old["metadata", "managedFields"]
        if metadata["uid"]?.isEmpty ?? true { metadata["uid"] = .string(old.uid) }
        if type.isNamespaced { metadata["namespace"] = .string(old.namespace) }
        object["metadata"] = metadata
        object["apiVersion"] = .string(type.apiVersion)
        object["kind"] = .string(type.kind)
        if subresource == "status" {
            for (key, value) in old.json.object ?? JSONObject() where key != "status" && key != "metadata" { object[key] = value }
            if type != .pods { object["metadata", "labels"] = old["metadata", "labels"] }
            object["metadata", "ownerReferences"] = old["metadata", "ownerReferences"]
        } else {
            if resource.hasStatus { object["status"] = old["status"] }
            Self.keepGenerated(&object, old, type: type)
            Defaults.apply(to: &object, type: type)
        }
        let errors = Validation.update(object, from: old.json, type: type, view: resource.view)
        guard errors.isEmpty else { throw .invalid(type, old.name, errors) }
        object["metadata", "resourceVersion"] = .string(String(old.resourceVersion))
        let isChanged = object != old.json
        if isChanged {
            object["metadata", "managedFields"] = managedFields(of: object, over: old.json)
        }
        let before = options.isDryRun ? store : nil
        defer { if let before { store = before } }
        let stored: StoredObject
        let final = object
        do {
            stored = try store.update(type, namespace: old.namespace, name: old.name) { $0 = final }
        } catch { throw Self.translated(error) }
        var answer = stored.json
        // An object that went with its last finalizer is shown as it was last, and so is what a dry run did not write.
        let isGone = store.get(type, namespace: old.namespace, name: old.name) == nil
        if options.isDryRun || isGone { answer["metadata", "resourceVersion"] = .string(String(old.resourceVersion)) }
        let more = subresource.isEmpty ? Admission.warnings(object, type: type) : []
        return WriteResult(object: answer, warnings: warnings + more)
    }

    /// What the server set when the object was made and a client may leave out.
    private static func keepGenerated(_ object: inout JSON, _ old: StoredObject, type: ResourceType) {
        switch type {
        case .namespaces: object["spec"] = old["spec"]
        case .services:
            for key in ["clusterIP", "clusterIPs"] where object["spec"]?[key] == nil {
                object["spec", .member(key)] = old["spec"]?[key]
            }
        case .daemonSets:
            let key: JSON.Step = "deprecated.daemonset.template.generation"
            let count = Int(old["metadata", "annotations", key]?.string ?? "1") ?? 1
            let isSame = object["spec", "template"] == old["spec", "template"]
            object["metadata", "annotations", key] = .string(String(isSame ? count : count + 1))
        case .secrets: generate(&object, type: type)
        default: break
        }
    }

    static func translated(_ error: StoreError) -> APIError {
        switch error {
        case .notFound(let type, let name): .notFound(type, name)
        case .alreadyExists(let type, let name): .alreadyExists(type, name)
        case .conflict(let type, let name): .conflict(type, name)
        case .unnamed(let type): .invalid(type, "", [.required("metadata.name", "name or generateName is required")])
        case .expired: .expired("The resourceVersion for the provided list is too old.")
        }
    }
}

extension DecodedBody {
    init(object: JSON, warnings: [String]) {
        self.object = object
        self.warnings = warnings
    }
}

import AutomatonCore

/// Deletes objects as the API server's registry does: preconditions, grace, finalizers, propagation.
struct ObjectDeleter {
    /// `DeleteOptions`, from the body and the query.
    struct Options {
        var gracePeriod: Int?
        var propagation = ""
        var uid = ""
        var resourceVersion = ""
        var isDryRun = false

        init(_ request: APIRequest) throws(APIError) {
            var body = JSON.emptyObject
            if !request.body.isEmpty {
                do { body = try JSON(parsing: request.body) } catch {
                    throw .badRequest("couldn't get version/kind; json parse error: \(error.reason)")
                }
            }
            try self.init(body)
            isDryRun = try WriteOptions(request, kind: "DeleteOptions").isDryRun || isDryRun
            if let text = request.parameter("gracePeriodSeconds") {
                guard let seconds = Int(text) else {
                    throw .badRequest("strconv.ParseInt: parsing \(JSON.string(text).text): invalid syntax")
                }
                gracePeriod = seconds
            }
            if let policy = request.parameter("propagationPolicy") { propagation = policy }
            try validate()
        }

        init(_ body: JSON) throws(APIError) {
            gracePeriod = body["gracePeriodSeconds"]?.int
            propagation = body["propagationPolicy"]?.string ?? (body["orphanDependents"] == true ? "Orphan" : "")
            uid = body["preconditions", "uid"]?.string ?? ""
            resourceVersion = body["preconditions", "resourceVersion"]?.string ?? ""
            let dryRun = body["dryRun"]?.array ?? []
            if dryRun.contains(where: { $0 != "All" }) {
                throw .invalid(
                    kind: "DeleteOptions", group: "meta.k8s.io", name: "", [.notSupported("dryRun", .array(dryRun), ["All"])])
            }
            isDryRun = !dryRun.isEmpty
            try validate()
        }

        private func validate() throws(APIError) {
            guard !["", "Orphan", "Background", "Foreground"].contains(propagation) else { return }
            throw .invalid(
                kind: "DeleteOptions", group: "meta.k8s.io", name: "",
                [.notSupported("propagationPolicy", .string(propagation), ["Background", "Foreground", "Orphan"])])
        }
    }

    let type: ResourceType
    let namespace: String
    let options: Options
    let now: Instant

    /// Types whose deletion answers the object and not a Status.
    private static let answersObject: Set<ResourceType> = [.pods, .services, .serviceAccounts, .resourceQuotas]

    func delete(_ name: String, in store: inout Store) throws(APIError) -> WriteResult {
        guard let old = store.get(type, namespace: namespace, name: name) else { throw .notFound(type, name) }
        if !options.uid.isEmpty, options.uid != old.uid {
            throw .precondition(
                type, name,
                "the UID in the precondition (\(options.uid)) does not match the UID in record (\(old.uid)). "
                    + "The object might have been deleted and then recreated")
        }
        if !options.resourceVersion.isEmpty, options.resourceVersion != String(old.resourceVersion) {
            throw .precondition(
                type, name,
                "the ResourceVersion in the precondition (\(options.resourceVersion)) does not match the ResourceVersion in record "
                    + "(\(old.resourceVersion)). The object might have been modified")
        }
        if type == .namespaces, ["default", "kube-system", "kube-public"].contains(name) {
            throw .forbidden(type, name, "this namespace may not be deleted")
        }
        let before = options.isDryRun ? store : nil
        defer { if let before { store = before } }
        do { return try perform(old, in: &store) } catch { throw ObjectWriter.translated(error) }
    }

    private func perform(_ old: StoredObject, in store: inout Store) throws(StoreError) -> WriteResult {
        let isGraceful = type == .pods
        let finalizers = self.finalizers(old)
        let isHeld = !finalizers.isEmpty || !(old["spec", "finalizers"]?.isEmpty ?? true)
        var stored = old
        if isGraceful || isHeld {
            let grace = isGraceful ? self.grace(old) : 0
            let (until, period) = deadline(old, grace)
            stored = try store.update(type, namespace: old.namespace, name: old.name, keepsFinished: true) { object in
                object["metadata", "deletionTimestamp"] = .string(until.rfc3339)
                if type == .namespaces {
                    object["status", "phase"] = "Terminating"
                } else {
                    object["metadata", "deletionGracePeriodSeconds"] = JSON(period)
                }
                object["metadata", "finalizers"] = finalizers.isEmpty ? nil : .array(finalizers.map(JSON.string))
            }
            if isHeld || period > 0 { return answer(stored, old) }
        }
        let last = try store.remove(type, namespace: old.namespace, name: old.name)
        if Self.answersObject.contains(type) { return answer(last, old) }
        var details = APIError.details(type, old.name, kind: type.plural)
        details["uid"] = .string(old.uid)
        return .success(details: details)
    }

    private func answer(_ object: StoredObject, _ old: StoredObject) -> WriteResult {
        var json = object.json
        if options.isDryRun { json["metadata", "resourceVersion"] = .string(String(old.resourceVersion)) }
        return WriteResult(object: json)
    }

    /// The seconds that a pod gets, if it still needs any.
    private func grace(_ pod: StoredObject) -> Int {
        var seconds = options.gracePeriod ?? pod["spec", "terminationGracePeriodSeconds"]?.int ?? 30
        if pod["spec", "nodeName"]?.isEmpty ?? true { seconds = 0 }
        if let phase = pod["status", "phase"]?.string, phase == "Succeeded" || phase == "Failed" { seconds = 0 }
        return seconds < 0 ? 1 : seconds
    }

    /// A deletion under way is never lengthened, only shortened.
    private func deadline(_ old: StoredObject, _ grace: Int) -> (Instant, Int) {
        guard let text = old["metadata", "deletionTimestamp"]?.string, let until = Instant(rfc3339: text) else {
            return (now + .seconds(grace), grace)
        }
        let period = old["metadata", "deletionGracePeriodSeconds"]?.int ?? 0
        let isShorter = options.gracePeriod != nil && grace < period
        return isShorter ? (until - .seconds(period - grace), grace) : (until, period)
    }

    private func finalizers(_ old: StoredObject) -> [String] {
        var finalizers = old["metadata", "finalizers"]?.array?.compactMap(\.string) ?? []
        guard !old.isBeingDeleted else { return finalizers }
        for (policy, finalizer) in [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
        where options.propagation == policy && !finalizers.contains(finalizer) {
            finalizers.append(finalizer)
        }
        return finalizers
    }
}

public import AutomatonCore

/// Every request that may change objects, from its verb to the write. Runs inside the cluster, in one turn.
public struct WriteHandler: Sendable {
    private let request: APIRequest
    private let resource: ServedResource
    private let user: Access.User
    private let isUpgrade: Bool

    /// Prepares a request; `isUpgrade` says whether the client asked to change protocols.
    public init(_ request: APIRequest, resource: ServedResource, user: Access.User, isUpgrade: Bool) {
        self.request = request
        self.resource = resource
        self.user = user
        self.isUpgrade = isUpgrade
    }

    private var info: RequestInfo { request.info }
    private var namespace: String { resource.type.isNamespaced ? info.namespace : "" }

    /// Does what is asked.
    public func perform(in store: inout Store, at now: Instant) throws(APIError) -> WriteResult {
        switch (info.verb, info.subresource) {
        case ("create", ""):
            // The collection of all namespaces and a single object cannot be posted to.
            guard info.name.isEmpty, !resource.type.isNamespaced || !namespace.isEmpty else { throw .methodNotAllowed }
            let options = try WriteOptions(request, kind: "CreateOptions")
            let body = try DecodedBody(
                request, kind: resource.type.kind, apiVersion: resource.apiVersion, options: options, view: resource.view)
            return try writer(options, now).create(body, in: &store)
        case ("create", _): return try createSubresource(in: &store, at: now)
        case ("update", ""), ("update", "status"):
            guard !info.name.isEmpty else { throw .methodNotAllowed }
            let options = try WriteOptions(request, kind: "UpdateOptions")
            let body = try DecodedBody(
                request, kind: resource.type.kind, apiVersion: resource.apiVersion, options: options, view: resource.view)
            return try writer(options, now).replace(body, name: info.name, in: &store)
        case ("update", "scale"):
            let options = try WriteOptions(request, kind: "UpdateOptions")
            let body = try DecodedBody(request, kind: "Scale", apiVersion: ScaleSubresource.apiVersion, options: options)
            return try ScaleSubresource(writer: writer(options, now)).replace(body, name: info.name, in: &store)
        case ("patch", _):
            guard !info.name.isEmpty else { throw .methodNotAllowed }
            return try patch(in: &store, at: now)
        case ("delete", ""):
            let deleter = ObjectDeleter(
                type: resource.type, namespace: namespace, options: try ObjectDeleter.Options(request), now: now)
            return try deleter.delete(info.name, in: &store)
        default: throw .methodNotAllowed
        }
    }

    private func writer(_ options: WriteOptions, _ now: Instant) -> ObjectWriter {
        ObjectWriter(resource: resource, namespace: namespace, options: options, now: now, subresource: info.subresource)
    }

    private func patch(in store: inout Store, at now: Instant) throws(APIError) -> WriteResult {
        let options = try WriteOptions(request, kind: "PatchOptions")
        if request.contentType == "application/apply-patch+yaml" {
            throw APIError(
                code: 415, reason: "UnsupportedMediaType",
                message: "the simulated API server does not apply on the server side; send a merge, strategic merge or JSON patch")
        }
        let patcher = try Patcher(request, validation: options.fieldValidation)
        let writer = writer(options, now)
        switch info.subresource {
        case "", "status": return try writer.patch(patcher, name: info.name, in: &store)
        case "scale": return try ScaleSubresource(writer: writer).patch(patcher, name: info.name, in: &store)
        default: throw .methodNotAllowed
        }
    }

    private func createSubresource(in store: inout Store, at now: Instant) throws(APIError) -> WriteResult {
        let pods = PodSubresources(namespace: namespace, now: now)
        switch info.subresource {
        case "binding":
            let options = try WriteOptions(request, kind: "CreateOptions")
            let body = try DecodedBody(request, kind: "Binding", apiVersion: "v1", options: options)
            return try pods.bind(info.name, body.object, isDryRun: options.isDryRun, in: &store)
        case "eviction":
            let options = try WriteOptions(request, kind: "CreateOptions")
            let body = try DecodedBody(request, kind: "Eviction", apiVersion: "policy/v1", options: options)
            return try pods.evict(info.name, body.object, in: &store)
        case "exec", "attach", "portforward": throw pods.connect(info.name, request, isUpgrade: isUpgrade, in: store)
        default: throw .methodNotAllowed
        }
    }

    /// DELETE of a collection: each selected object as DELETE would; the answer is the list of them.
    public func deleteCollection(in store: inout Store, at now: Instant) throws(APIError) -> ObjectPage {
        guard resource.type != .namespaces, !resource.type.isNamespaced || !namespace.isEmpty else { throw .methodNotAllowed }
        let options = try ListOptions(request, for: resource, isWatch: false)
        let deletion = try ObjectDeleter.Options(request)
        let page = try store.page(resource.type, namespace: resource.type.isNamespaced ? namespace : nil, options: options)
        for object in page.objects {
            let deleter = ObjectDeleter(type: resource.type, namespace: object.namespace, options: deletion, now: now)
            _ = try deleter.delete(object.name, in: &store)
        }
        return page
    }

    /// POST of a review; nil if the collection is none of reviews.
    public static func review(_ request: APIRequest, user: Access.User, access: Access) throws(APIError) -> JSON? {
        let kind: String
        switch (request.info.group, request.info.resource) {
        case ("authorization.k8s.io", "selfsubjectaccessreviews"): kind = "SelfSubjectAccessReview"
        case ("authorization.k8s.io", "selfsubjectrulesreviews"): kind = "SelfSubjectRulesReview"
        case ("authentication.k8s.io", "selfsubjectreviews"): kind = "SelfSubjectReview"
        case ("authorization.k8s.io", "subjectaccessreviews"): kind = "SubjectAccessReview"
        case ("authentication.k8s.io", "tokenreviews"): kind = "TokenReview"
        default: return nil
        }
        guard request.info.verb == "create", request.info.version == "v1" else { throw .methodNotAllowed }
        let options = try WriteOptions(request, kind: "CreateOptions")
        let body = try DecodedBody(request, kind: kind, apiVersion: "\(request.info.group)/v1", options: options)
        let reviews = Reviews(user: user, access: access)
        switch kind {
        case "SelfSubjectReview": return reviews.identity()
        case "SelfSubjectRulesReview": return try reviews.rules(body.object)
        case "SubjectAccessReview": return try reviews.access(of: body.object)
        case "TokenReview": return try reviews.token(body.object)
        default: return try reviews.access(body.object)
        }
    }

    /// GET of the log of a pod; nil: nothing, and no error (204).
    public static func podLog(
        _ request: APIRequest, hasKubelet: Bool, in store: borrowing Store, at now: Instant
    ) throws(APIError) -> [UInt8]? {
        let pods = PodSubresources(namespace: request.info.namespace, now: now)
        return try pods.log(request.info.name, request, hasKubelet: hasKubelet, in: store)
    }

    /// GET of a subresource of a pod that is no log and needs a kubelet: the error that it ends in.
    public static func podSubresource(
        _ request: APIRequest, isUpgrade: Bool, in store: borrowing Store, at now: Instant
    ) -> APIError {
        PodSubresources(namespace: request.info.namespace, now: now).connect(request.info.name, request, isUpgrade: isUpgrade, in: store)
    }

    /// The Scale of a workload.
    public static func scale(of object: StoredObject) -> JSON { ScaleSubresource.scale(of: object) }
}

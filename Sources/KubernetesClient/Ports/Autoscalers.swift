public import AutomatonCore

extension KubernetesWorkloads {
    /// The autoscalers that name the workload as their target and set one of these fields.
    ///
    /// For replicas a KEDA ScaledObject comes alone: the HorizontalPodAutoscaler that it makes is only its tool. For memory a
    /// VerticalPodAutoscaler that is not off for the container. An API that the cluster does not have is no error: nothing can act on its
    /// objects.
    /// - Throws: `PortError.refused` also when one of them may not be read: an autoscaler that is not known is not none.
    public func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] {
        guard let kind = Self.targetKind(subject.kind) else { return [] }
        var owners: [FieldOwner] = []
        if fields.contains(.replicas) { owners += try await horizontal(of: [subject], inNamespace: subject.namespace)[subject] ?? [] }
        if fields.contains(where: \.isMemory) { owners += try await vertical(of: kind, subject, setting: fields) }
        return owners
    }

    /// The first autoscaler that sets the replicas, of each workload that has one: two lists, however many workloads are asked for.
    public func replicaScalers(
        of subjects: Set<Subject>, inNamespace namespace: String
    ) async throws(PortError) -> [Subject: FieldOwner] {
        try await horizontal(of: subjects.filter { $0.namespace == namespace }, inNamespace: namespace).compactMapValues(\.first)
    }

    private static func targetKind(_ kind: Subject.Kind) -> String? {
        switch kind {
        case .deployment: "Deployment"
        case .statefulSet: "StatefulSet"
        case .replicaSet: "ReplicaSet"
        case .daemonSet: "DaemonSet"
        case .job, .pod, .consumerGroup, .database, .volume, .host, .alert: nil
        }
    }

    private func horizontal(
        of subjects: Set<Subject>, inNamespace namespace: String
    ) async throws(PortError) -> [Subject: [FieldOwner]] {
        let targets = subjects.filter { $0.kind != .daemonSet }.compactMap { subject in Self.targetKind(subject.kind).map { (subject, $0) }
        }
        guard !targets.isEmpty else { return [:] }
        let kinds: [AutoscalerKind] = [.scaledObject, .horizontalPodAutoscaler]
        var results: [AutoscalerKind: Result<[AutoscalerObject], PortError>] = [:]
        await withTaskGroup(of: (AutoscalerKind, Result<[AutoscalerObject], PortError>).self) { reads in
            for kind in kinds { reads.addImmediateTask { (kind, await objects(kind, inNamespace: namespace)) } }
            for await (kind, result) in reads { results[kind] = result }
        }
        var owners: [Subject: [FieldOwner]] = [:]
        for kind in kinds {
            guard case .success(let objects)? = results[kind] else { continue }
            for (subject, targetKind) in targets where owners[subject] == nil {
                let names = objects.filter { $0.isAbout(targetKind, subject.name) }.map(\.name).sorted()
                guard !names.isEmpty else { continue }
                owners[subject] = names.map { FieldOwner(kind: .autoscaler, name: "\(kind.rawValue) \($0)", field: .replicas) }
            }
        }
        // Where none was found, each must have been looked for.
        if owners.count < targets.count { for kind in kinds { _ = try results[kind]?.get() } }
        return owners
    }

    private func vertical(
        of targetKind: String, _ subject: Subject, setting fields: [WorkloadField]
    ) async throws(PortError) -> [FieldOwner] {
        var objects = ahead.takeVerticalAutoscalers(inNamespace: subject.namespace)
        if objects == nil { objects = try await self.objects(.verticalPodAutoscaler, inNamespace: subject.namespace).get() }
        let own = (objects ?? []).filter { $0.isAbout(targetKind, subject.name) }.sorted { $0.name < $1.name }
        return own.flatMap { object in
            fields.filter { object.sets($0) }.map {
                FieldOwner(kind: .autoscaler, name: "\(AutoscalerKind.verticalPodAutoscaler.rawValue) \(object.name)", field: $0)
            }
        }
    }

    /// Reads what a plan for more memory would ask for next. What fails is read again when it is asked for.
    func readVerticalAutoscalersAhead(inNamespace namespace: String) async {
        guard ahead.areVerticalAutoscalersAsked else { return }
        if case .success(let objects) = await objects(.verticalPodAutoscaler, inNamespace: namespace) {
            ahead.keep(objects, inNamespace: namespace)
        }
    }

    /// The objects of the newest version that the cluster has; none when it has none.
    private func objects(
        _ kind: AutoscalerKind, inNamespace namespace: String
    ) async -> Result<[AutoscalerObject], PortError> {
        for version in kind.versions {
            do {
                let path = APIPath(group: kind.group, version: version, namespace: namespace, resource: kind.resource)
                return .success(try await api.listAll(path, as: AutoscalerObject.self))
            } catch let error as KubernetesError where error.kind == .notFound {
                continue
            } catch {
                return .failure(PortError(error, isChange: false))
            }
        }
        return .success([])
    }
}

/// The objects that scale a workload.
private enum AutoscalerKind: String {
    case scaledObject = "ScaledObject"
    case horizontalPodAutoscaler = "HorizontalPodAutoscaler"
    case verticalPodAutoscaler = "VerticalPodAutoscaler"

    var group: String {
        switch self {
        case .scaledObject: "keda.sh"
        case .horizontalPodAutoscaler: "autoscaling"
        case .verticalPodAutoscaler: "autoscaling.k8s.io"
        }
    }

    var resource: String { rawValue.lowercased() + "s" }

    /// Newest first.
    var versions: [String] {
        switch self {
        case .scaledObject: ["v1alpha1"]
        case .horizontalPodAutoscaler: ["v2", "v1"]
        case .verticalPodAutoscaler: ["v1"]
        }
    }
}

/// What is read of an autoscaler: `spec.scaleTargetRef` of a ScaledObject and a HorizontalPodAutoscaler, `spec.targetRef` and the policies
/// of a VerticalPodAutoscaler.
struct AutoscalerObject: Decodable, Sendable {
    struct Target: Decodable {
        /// KEDA's default is Deployment.
        var kind: String?
        var name: String
    }
    struct UpdatePolicy: Decodable { var updateMode: String? }
    struct ResourcePolicy: Decodable { var containerPolicies: [ContainerPolicy]? }
    struct ContainerPolicy: Decodable {
        var containerName: String?
        var mode: String?
        var controlledResources: [String]?
        var controlledValues: String?
    }

    let name: String
    let target: Target?
    let updateMode: String?
    let policies: [ContainerPolicy]

    private enum Keys: CodingKey { case metadata, spec, name, scaleTargetRef, targetRef, updatePolicy, resourcePolicy }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Keys.self)
        name = try object.nestedContainer(keyedBy: Keys.self, forKey: .metadata).decode(String.self, forKey: .name)
        let spec = try object.nestedContainer(keyedBy: Keys.self, forKey: .spec)
        target =
            try spec.decodeIfPresent(Target.self, forKey: .scaleTargetRef) ?? spec.decodeIfPresent(Target.self, forKey: .targetRef)
        updateMode = try spec.decodeIfPresent(UpdatePolicy.self, forKey: .updatePolicy)?.updateMode
        policies = try spec.decodeIfPresent(ResourcePolicy.self, forKey: .resourcePolicy)?.containerPolicies ?? []
    }

    func isAbout(_ kind: String, _ name: String) -> Bool { target?.name == name && (target?.kind ?? "Deployment") == kind }

    /// Whether a VerticalPodAutoscaler sets this field of the pods. Source: its API, `autoscaling.k8s.io/v1`.
    func sets(_ field: WorkloadField) -> Bool {
        guard updateMode != "Off" else { return false }
        let container: String
        switch field {
        case .memoryLimit(let name), .memoryRequest(let name): container = name
        case .replicas, .template: return false
        }
        guard let policy = policies.first(where: { $0.containerName == container }) ?? policies.first(where: { $0.containerName == "*" })
        else { return true }
        if policy.mode == "Off" || policy.controlledResources.map({ !$0.contains("memory") }) ?? false { return false }
        if case .memoryLimit = field { return policy.controlledValues != "RequestsOnly" }
        return true
    }
}

extension WorkloadField {
    /// Whether it is a container's memory.
    fileprivate var isMemory: Bool {
        switch self {
        case .memoryLimit, .memoryRequest: true
        case .replicas, .template: false
        }
    }
}

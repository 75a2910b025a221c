public import AutomatonCore

extension KubernetesWorkloads {
    /// The autoscaler that sets the workload's replicas.
    ///
    /// A KEDA ScaledObject comes first: the HorizontalPodAutoscaler that it makes is only its tool. Then a HorizontalPodAutoscaler, then a
    /// GitOps controller that applies `spec.replicas` again and again.
    /// - Throws: `PortError.refused` also when one of them may not be read: an autoscaler that is not known is not none.
    public func autoscaler(of subject: Subject) async throws(PortError) -> Autoscaler? {
        let kind: String
        switch subject.kind {
        case .deployment: kind = "Deployment"
        case .statefulSet: kind = "StatefulSet"
        case .replicaSet: kind = "ReplicaSet"
        case .daemonSet, .job, .pod, .consumerGroup, .database, .volume, .host: return nil
        }
        var found: [Int: Result<Autoscaler?, PortError>] = [:]
        await withTaskGroup(of: (Int, Result<Autoscaler?, PortError>).self) { reads in
            reads.addImmediateTask { (0, await scaler(.scaledObject, of: kind, subject)) }
            reads.addImmediateTask { (1, await scaler(.horizontalPodAutoscaler, of: kind, subject)) }
            reads.addImmediateTask { (2, await applier(of: subject)) }
            for await (place, result) in reads { found[place] = result }
        }
        let results = found.sorted { $0.key < $1.key }.map(\.value)
        for case .success(let autoscaler?) in results { return autoscaler }
        // None was found, so each must have been looked for.
        for result in results { _ = try result.get() }
        return nil
    }

    private func scaler(
        _ kind: AutoscalerKind, of targetKind: String, _ subject: Subject
    ) async -> Result<Autoscaler?, PortError> {
        do {
            let objects = try await list(kind, inNamespace: subject.namespace)
            let names = objects.filter { $0.target?.name == subject.name && ($0.target?.kind ?? "Deployment") == targetKind }.map(\.name)
            return .success(names.min().map { Autoscaler(kind: kind.rawValue, name: $0) })
        } catch {
            return .failure(PortError(error, isChange: false))
        }
    }

    /// The objects of the newest version that the cluster has; none when it has none, since then nothing can act on them.
    private func list(_ kind: AutoscalerKind, inNamespace namespace: String) async throws -> [AutoscalerObject] {
        for version in kind.versions {
            do {
                let path = APIPath(group: kind.group, version: version, namespace: namespace, resource: kind.resource)
                return try await api.listAll(path, as: AutoscalerObject.self)
            } catch let error as KubernetesError where error.kind == .notFound {
                continue
            }
        }
        return []
    }

    /// The GitOps controller that owns `spec.replicas`. Read past the scanner of workloads, which everything else goes through.
    private func applier(of subject: Subject) async -> Result<Autoscaler?, PortError> {
        do {
            let managers = try await api.get(try subject.path, as: ManagedObject.self).replicasManagers
            let applier = managers.first { Self.appliers.contains($0) }
            return .success(applier.map { Autoscaler(kind: "field manager", name: $0) })
        } catch {
            return .failure(PortError(error, isChange: false))
        }
    }

    /// Field managers that write their manifest again when it was changed: Argo CD (server-side and client-side apply), Flux, Fleet, Config
    /// Sync. A person's `kubectl`, Helm's command line and this program write once.
    private static let appliers: Set<String> = [
        "argocd-controller", "argocd-application-controller", "kustomize-controller", "helm-controller", "fleetagent", "fleet-agent",
        "configsync",
    ]
}

/// The objects that scale a workload.
private enum AutoscalerKind: String {
    case scaledObject = "ScaledObject"
    case horizontalPodAutoscaler = "HorizontalPodAutoscaler"

    var group: String { self == .scaledObject ? "keda.sh" : "autoscaling" }
    var resource: String { self == .scaledObject ? "scaledobjects" : "horizontalpodautoscalers" }
    /// Newest first.
    var versions: [String] { self == .scaledObject ? ["v1alpha1"] : ["v2", "v1"] }
}

/// What is read of a ScaledObject or HorizontalPodAutoscaler: `spec.scaleTargetRef` is alike in both.
private struct AutoscalerObject: Decodable {
    struct Target: Decodable {
        /// KEDA's default is Deployment.
        var kind: String?
        var name: String
    }

    let name: String
    let target: Target?

    private enum Keys: CodingKey { case metadata, spec, name, scaleTargetRef }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Keys.self)
        name = try object.nestedContainer(keyedBy: Keys.self, forKey: .metadata).decode(String.self, forKey: .name)
        target = try object.nestedContainer(keyedBy: Keys.self, forKey: .spec).decodeIfPresent(Target.self, forKey: .scaleTargetRef)
    }
}

/// What is read of managedFields.
private struct ManagedObject: Decodable {
    /// The managers that own `spec.replicas`.
    let replicasManagers: [String]

    private struct Entry: Decodable {
        struct Fields: Decodable {
            struct Spec: Decodable {
                struct Leaf: Decodable {}
                var replicas: Leaf?
                private enum CodingKeys: String, CodingKey { case replicas = "f:replicas" }
            }
            var spec: Spec?
            private enum CodingKeys: String, CodingKey { case spec = "f:spec" }
        }
        var manager: String?
        var fieldsV1: Fields?
    }

    private enum Keys: CodingKey { case metadata, managedFields }

    init(from decoder: any Decoder) throws {
        let metadata = try decoder.container(keyedBy: Keys.self).nestedContainer(keyedBy: Keys.self, forKey: .metadata)
        let entries = try metadata.decodeIfPresent([Entry].self, forKey: .managedFields) ?? []
        replicasManagers = entries.filter { $0.fieldsV1?.spec?.replicas != nil }.compactMap(\.manager)
    }
}

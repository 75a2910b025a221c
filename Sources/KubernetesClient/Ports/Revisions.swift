public import AutomatonCore

extension KubernetesWorkloads {
    /// The revisions of a Deployment that its ReplicaSets keep, newest first.
    ///
    /// As `kubectl rollout undo` finds them: the ReplicaSets that the selector finds and the Deployment controls, numbered by
    /// `deployment.kubernetes.io/revision`. Of those whose pods are like the present ones the pods are read as well, 500 at most.
    public func revisions(of subject: Subject) async throws(PortError) -> [Revision] {
        guard subject.kind == .deployment else { return [] }
        do {
            let deployment = try await api.get(try subject.path, as: RollingDeployment.self)
            guard let selector = SelectorText.text(deployment.spec.selector) else {
                throw PortError.refused("the selector of \(subject) cannot be read, so its ReplicaSets are not known")
            }
            let path = try Subject(.replicaSet, namespace: subject.namespace, name: "").collectionPath
            let sets = try await api.listAll(path, query: ["labelSelector": selector], as: KeptReplicaSet.self)
            let template = deployment.template
            var revisions: [Revision] = []
            for set in sets where set.isKept(byDeployment: deployment.metadata.uid) {
                guard let revision = try await revision(set, of: template, in: subject.namespace) else { continue }
                revisions.append(revision)
            }
            return revisions.sorted { ($1.number, $1.createdAt, $1.replicaSet) < ($0.number, $0.createdAt, $0.replicaSet) }
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    /// Nil for a ReplicaSet without a number or a time.
    private func revision(_ set: KeptReplicaSet, of present: PodTemplate, in namespace: String) async throws -> Revision? {
        guard let number = set.number, let createdAt = set.metadata.creationTimestamp.flatMap({ Instant(rfc3339: $0) }) else { return nil }
        let template = set.template
        var revision = Revision(
            number: number, replicaSet: set.metadata.name, uid: set.metadata.uid, createdAt: createdAt, isCurrent: template == present,
            isAlike: template.withoutRestart == present.withoutRestart, readyReplicas: set.status?.readyReplicas ?? 0,
            images: template.images, memoryLimits: template.memoryLimits)
        if revision.isAlike, set.status?.replicas ?? 0 > 0, let selector = SelectorText.text(set.spec.selector) {
            let path = APIPath(namespace: namespace, resource: "pods")
            let pods = try await api.get(path, query: ["labelSelector": selector, "limit": "500"], as: RevisionPod.List.self)
            for pod in pods.items ?? [] where pod.isControlled(by: set.metadata.uid) {
                revision.readySince = [revision.readySince, pod.readySince].compactMap { $0 }.min()
                revision.firstRun = [revision.firstRun, pod.firstRun].compactMap { $0 }.max()
            }
        }
        return revision
    }

    /// The ReplicaSet that a write names; nil when the write names none.
    func keptTemplate(_ edits: [WorkloadWrite.Edit], of subject: Subject, uid: String) async throws(PortError) -> KeptReplicaSet? {
        for case .template(let name, let setUID) in edits { return try await replicaSet(name, setUID, of: subject, uid: uid) }
        return nil
    }

    private func replicaSet(_ name: String, _ setUID: String, of subject: Subject, uid: String) async throws(PortError) -> KeptReplicaSet {
        let replicaSet = Subject(.replicaSet, namespace: subject.namespace, name: name)
        let set: KeptReplicaSet
        do {
            set = try await api.get(try replicaSet.path, as: KeptReplicaSet.self)
        } catch let error as KubernetesError where error.kind == .notFound {
            throw .conflict("ReplicaSet \(name), which kept the pod template, is gone")
        } catch {
            throw PortError(error, isChange: false)
        }
        guard set.metadata.uid == setUID, set.isKept(byDeployment: uid) else {
            throw .conflict("ReplicaSet \(name) is another one now, or no longer that of \(subject)")
        }
        return set
    }

    /// What is no longer the template that one of the values names, for people; nil when all are.
    func templateDifference(
        _ deployment: [UInt8], _ subject: Subject, uid: String, _ values: [WorkloadWrite.Edit]
    ) async throws(PortError) -> String? {
        guard let set = try await keptTemplate(values, of: subject, uid: uid) else { return nil }
        let present: PodTemplate
        do {
            present = try RollingDeployment.decoded(deployment).template
        } catch {
            throw .refused("\(subject) cannot be read: \(KubernetesAPI.place(of: error))")
        }
        if present == set.template { return nil }
        return "its pod template is no longer that of ReplicaSet \(set.metadata.name), but has the images "
            + present.images.joined(separator: ", ").prefix(utf8Bytes: 300)
    }
}

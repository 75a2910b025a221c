public import AutomatonCore

/// The workloads of a Kubernetes cluster.
public struct KubernetesWorkloads: Workloads {
    /// The annotation on a workload that carries the stamps of the attempts made on it.
    public static let attemptsAnnotation = WorkloadScanner.attemptsAnnotation.description
    /// The annotation on a workload that says what may be done about it: `ignore`, `observe` or `auto`.
    public static let modeAnnotation = WorkloadScanner.modeAnnotation.description
    /// The annotation on a workload that says until when nothing is begun: a time as in RFC 3339, or `true`.
    public static let pausedUntilAnnotation = WorkloadScanner.pausedUntilAnnotation.description
    /// Who the fields that are written belong to, in managedFields.
    public static let fieldManager = "self-healing-automaton"

    private static let writeTries = 4
    let api: KubernetesAPI
    private let owners: OwnerCache
    private let stamps = StampMemory()
    let ahead = ReadAhead()

    /// Makes the port.
    public init(_ api: KubernetesAPI) {
        self.api = api
        self.owners = OwnerCache()
    }

    /// Finds the workload that a pod belongs to.
    ///
    /// A ReplicaSet is looked up for its controller, and the answer remembered by uid for 10 minutes. A pod of a ReplicaSet that is gone
    /// is on its way out itself (the garbage collector takes it): its subject is the pod. The Deployment after which the ReplicaSet is
    /// named is read at the same time, since a plan may ask for it next; it is never taken for the owner on its name alone.
    public func workload(of pod: PodRow) async throws(PortError) -> Subject {
        let bare = Subject(.pod, namespace: pod.namespace, name: pod.name)
        guard let owner = pod.controller else { return bare }
        switch owner.kind {
        case "StatefulSet": return Subject(.statefulSet, namespace: pod.namespace, name: owner.name)
        case "DaemonSet": return Subject(.daemonSet, namespace: pod.namespace, name: owner.name)
        case "Job": return Subject(.job, namespace: pod.namespace, name: owner.name)
        case "ReplicaSet": break
        default: return bare
        }
        do {
            return try await owners.subject(ofUID: owner.uid) {
                try await withThrowingTaskGroup(of: Void.self) { reads in
                    // Begun at once rather than queued: all requests leave together.
                    reads.addImmediateTask { await readAhead(of: owner, in: pod.namespace) }
                    reads.addImmediateTask { await readBoundsAhead(inNamespace: pod.namespace) }
                    reads.addImmediateTask { await readVerticalAutoscalersAhead(inNamespace: pod.namespace) }
                    let subject = try await controller(of: owner, in: pod.namespace)
                    try await reads.waitForAll()
                    return subject
                }
            } ?? bare
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    /// What controls a ReplicaSet; the ReplicaSet itself when nothing does; nil when it is gone or controlled by a kind not known here.
    private func controller(of owner: PodRow.Owner, in namespace: String) async throws -> Subject? {
        let replicaSet = Subject(.replicaSet, namespace: namespace, name: owner.name)
        let scanned: ScannedWorkload
        do {
            let bytes = try await api.get(try replicaSet.path)
            scanned = try Self.readable(bytes, replicaSet)
        } catch let error as KubernetesError where error.kind == .notFound {
            return nil
        }
        // Another ReplicaSet of the same name is not the pod's owner.
        guard scanned.uid == owner.uid else { return nil }
        guard let controller = scanned.controller else { return replicaSet }
        return controller.kind == "Deployment" ? Subject(.deployment, namespace: namespace, name: controller.name) : nil
    }

    /// Reads what a plan for the Deployment of that ReplicaSet would ask for. What fails is read again when it is asked for.
    private func readAhead(of owner: PodRow.Owner, in namespace: String) async {
        guard let dash = owner.name.lastIndex(of: "-") else { return }
        let guess = Subject(.deployment, namespace: namespace, name: String(owner.name[..<dash]))
        if let workload = try? await readNow(guess) { ahead.keep(workload) }
    }

    private func readBoundsAhead(inNamespace namespace: String) async {
        guard ahead.areBoundsAsked else { return }
        do {
            ahead.keep(try await readBoundsNow(inNamespace: namespace), inNamespace: namespace)
        } catch {
            // Nobody has asked yet; who does reads it then, and is told why it fails.
        }
    }

    /// Reads a workload as it is observed now, or was a moment ago when its pod's owner was looked up. One that is being deleted counts
    /// as gone.
    public func read(_ subject: Subject) async throws(PortError) -> Workload {
        if let workload = ahead.takeWorkload(subject) { return workload }
        return try await readNow(subject)
    }

    private func readNow(_ subject: Subject) async throws(PortError) -> Workload { try await readObject(subject).workload }

    /// The workload with the object as the API has it.
    private func readObject(_ subject: Subject) async throws(PortError) -> (workload: Workload, object: [UInt8]) {
        let bytes: [UInt8]
        do {
            bytes = try await api.get(try subject.path)
        } catch {
            throw PortError(error, isChange: false)
        }
        let workload = try Self.workload(bytes, subject)
        stamps.note(workload)
        return (workload, bytes)
    }

    /// The bounds that the namespace's LimitRanges put on a container's memory, all of them together.
    public func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? {
        if let bounds = ahead.takeBounds(inNamespace: namespace) { return bounds }
        return try await readBoundsNow(inNamespace: namespace)
    }

    private func readBoundsNow(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? {
        let path = APIPath(namespace: namespace, resource: "limitranges")
        do {
            let bytes = try await api.get(path)
            return try LimitRangeScanner.memoryBounds(bytes.span)
        } catch let error as ScanError {
            throw .refused("the LimitRanges of namespace \(namespace) cannot be read: \(error)")
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    /// Writes a change, and the stamp if one is given, in one request under the write's precondition.
    public func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        guard [.deployment, .statefulSet, .daemonSet].contains(subject.kind) else {
            throw .refused("\(subject) is never written to: only Deployments, StatefulSets and DaemonSets are")
        }
        if subject.kind == .daemonSet, write.edits.contains(where: \.isReplicas) {
            throw .refused("\(subject) has no number of replicas: a DaemonSet runs one pod on each node")
        }
        if subject.kind != .deployment, write.edits.contains(where: \.isTemplate) {
            throw .refused("\(subject) keeps no templates in ReplicaSets: only a Deployment does")
        }
        try Self.check(write.edits)
        switch write.precondition {
        case .version(let uid, let resourceVersion):
            let kept = try await keptTemplate(write.edits, of: subject, uid: uid)
            var attempts: String?
            if let stamp {
                attempts = AttemptStamps.encode(try await known(subject, uid, resourceVersion), adding: stamp)
            }
            return try await patch(
                subject, WorkloadPatch.body(uid: uid, resourceVersion: resourceVersion, attempts: attempts, edits: write.edits, kept: kept))
        case .values(let uid, let values):
            return try await self.write(write.edits, to: subject, stamp: stamp, uid: uid, whileHolding: values)
        }
    }

    /// Writes while the fields hold the values, whatever else changes: reads, compares, writes under the version read.
    private func write(
        _ edits: [WorkloadWrite.Edit], to subject: Subject, stamp: Stamp?, uid: String, whileHolding values: [WorkloadWrite.Edit]
    ) async throws(PortError) -> Workload {
        var last = PortError.conflict("\(subject) keeps changing")
        for _ in 0..<Self.writeTries {
            let (now, object) = try await readObject(subject)
            guard now.uid == uid else { throw .conflict("\(subject) was replaced by another of the same name") }
            var difference = Self.difference(between: now, and: values)
            if difference == nil { difference = try await templateDifference(object, subject, uid: uid, values) }
            if let difference { throw .conflict("\(subject) is no longer as the attempt left it: \(difference)") }
            let kept = try await keptTemplate(edits, of: subject, uid: uid)
            let attempts = stamp.map { AttemptStamps.encode(now.stamps, adding: $0) }
            let body = WorkloadPatch.body(
                uid: uid, resourceVersion: now.resourceVersion, attempts: attempts, edits: edits, kept: kept)
            do {
                return try await patch(subject, body)
            } catch {
                guard case .conflict = error else { throw error }
                last = error
            }
        }
        throw last
    }

    private func patch(_ subject: Subject, _ body: [UInt8]) async throws(PortError) -> Workload {
        if Task.isCancelled { throw .unavailable("given up because the program is ending", retryAfter: nil) }
        let bytes: [UInt8]
        do {
            bytes = try await api.patch(try subject.path, .strategicMerge, body: body, fieldManager: Self.fieldManager)
        } catch {
            throw PortError(error, isChange: true)
        }
        do {
            let workload = try Self.workload(bytes, subject)
            stamps.note(workload)
            return workload
        } catch {
            throw .outcomeUnknown("PATCH \(subject): answered 200, but the answer cannot be used: \(error)")
        }
    }

    /// The stamps on the object at that version: as it was just read, or read again.
    private func known(_ subject: Subject, _ uid: String, _ resourceVersion: String) async throws(PortError) -> [Stamp] {
        if let stamps = stamps.stamps(uid: uid, resourceVersion: resourceVersion) { return stamps }
        let now = try await read(subject)
        guard now.uid == uid, now.resourceVersion == resourceVersion else {
            throw .conflict("\(subject) has changed since it was read")
        }
        return now.stamps
    }
}

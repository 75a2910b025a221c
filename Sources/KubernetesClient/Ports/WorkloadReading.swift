internal import AutomatonCore

extension KubernetesWorkloads {
    /// Makes a workload of the API's object.
    static func workload(_ bytes: [UInt8], _ subject: Subject) throws(PortError) -> Workload {
        let scanned = try readable(bytes, subject)
        guard !scanned.isTerminating else { throw .notFound("\(subject) is being deleted") }
        let stamps: [Stamp]
        do {
            stamps = try AttemptStamps.decode(scanned.annotations.attempts)
        } catch {
            throw .refused(
                "annotation \(attemptsAnnotation) on \(subject) cannot be read (\(error)), so it is not known when the last attempt was: "
                    + "remove the annotation to go on")
        }
        var workload = Workload(
            subject: subject, uid: scanned.uid, resourceVersion: scanned.resourceVersion, replicas: scanned.replicas,
            paused: scanned.paused, rollsOut: rollsOut(scanned.strategy, subject.kind), containers: scanned.containers,
            restartedAt: scanned.restartedAt, stamps: stamps)
        workload.desired = subject.kind == .daemonSet ? scanned.desiredNumberScheduled.map { Int($0) } : scanned.replicas
        workload.readyReplicas = scanned.readyReplicas.map { Int($0) } ?? (scanned.isObserved ? 0 : nil)
        // Unset replicas mean one.
        workload.takesDown = scanned.strategy.takesDown(subject.kind, of: workload.desired ?? 1)
        workload.wish = ObjectWish(mode: scanned.annotations.mode, pausedUntil: scanned.annotations.pausedUntil)
        workload.revision = scanned.annotations.revision.flatMap { Int($0) }
        if let managedFields = scanned.managedFields {
            do {
                workload.owners = try ManagedFieldsScanner.owners(bytes.span, at: managedFields)
            } catch {
                throw .refused("\(subject) cannot be read: metadata.managedFields: \(error)")
            }
        }
        return workload
    }

    static func readable(_ bytes: [UInt8], _ subject: Subject) throws(PortError) -> ScannedWorkload {
        do {
            return try WorkloadScanner.workload(bytes.span)
        } catch {
            throw .refused("\(subject) cannot be read: \(error)")
        }
    }

    /// Whether changed pods come by themselves. Not with `OnDelete`, and not with a partition, which holds back the pods below it: a
    /// person is in the middle of a rollout there. ReplicaSets, Jobs and pods never replace what runs.
    private static func rollsOut(_ strategy: UpdateStrategy, _ kind: Subject.Kind) -> Bool {
        switch kind {
        case .deployment: true
        case .statefulSet: strategy.type != "OnDelete" && strategy.partition == 0
        case .daemonSet: strategy.type != "OnDelete"
        case .replicaSet, .job, .pod, .consumerGroup, .database, .volume, .host, .alert: false
        }
    }

    /// Refuses edits that make no sense together.
    static func check(_ edits: [WorkloadWrite.Edit]) throws(PortError) {
        guard !edits.isEmpty else { throw .refused("a write without a change") }
        var containers: Set<String> = []
        guard edits.count(where: \.isReplicas) <= 1 else { throw .refused("two numbers of replicas in one write") }
        for case .replicas(let count) in edits where count < 0 || count > Int(Int32.max) {
            throw .refused("\(count) replicas cannot be: write 0 or more")
        }
        if edits.contains(where: \.isTemplate), edits.count(where: { !$0.isReplicas }) > 1 {
            throw .refused("a whole template and another change of it in one write")
        }
        for case .memory(let container, let limit, let request) in edits {
            guard containers.insert(container).inserted else { throw .refused("two changes of container \(container) in one write") }
            if let limit, let request, request > limit {
                throw .refused("container \(container): memory request \(request) above the limit \(limit)")
            }
        }
    }

    /// The first field that does not hold its value, for people; nil when all do. Templates are held against the ReplicaSets elsewhere.
    static func difference(between workload: Workload, and values: [WorkloadWrite.Edit]) -> String? {
        func text(_ quantity: ByteQuantity?) -> String { quantity?.description ?? "unset" }
        for value in values {
            switch value {
            case .memory(let name, let limit, let request):
                guard let container = workload.containers.first(where: { $0.name == name }) else {
                    return "it has no container \(name) any more"
                }
                if container.memoryLimit != limit {
                    return "the memory limit of container \(name) is \(text(container.memoryLimit)), not \(text(limit))"
                }
                if container.memoryRequest != request {
                    return "the memory request of container \(name) is \(text(container.memoryRequest)), not \(text(request))"
                }
            case .restart(let at):
                if workload.restartedAt != at.rfc3339 {
                    return "it was restarted at \(workload.restartedAt ?? "no time"), not at \(at.rfc3339)"
                }
            case .replicas(let count):
                if workload.replicas != count {
                    return "it has \(workload.replicas.map(String.init) ?? "no") replicas, not \(count)"
                }
            // Held against the template itself, which a workload does not carry.
            case .template: continue
            }
        }
        return nil
    }
}

extension WorkloadWrite.Edit {
    /// Whether it sets the number of replicas.
    var isReplicas: Bool { if case .replicas = self { true } else { false } }
    /// Whether it sets the whole template.
    var isTemplate: Bool { if case .template = self { true } else { false } }
}

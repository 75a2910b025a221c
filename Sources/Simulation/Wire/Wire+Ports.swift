import AutomatonCore

extension Wire: Pods {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        if isCut { throw CancellationError() }
        let feed = PodFeed(self, selection)
        add(feed)
        world.watchers.append(feed)
        defer {
            feed.end()
            remove(feed)
        }
        feed.begin()
        while let change = await feed.next() { await receive(change) }
        throw CancellationError()
    }
}

extension Wire: Workloads {
    func workload(of pod: PodRow) async throws(PortError) -> Subject {
        guard let controller = pod.controller else { return Subject(.pod, namespace: pod.namespace, name: pod.name) }
        switch controller.kind {
        case "StatefulSet": return Subject(.statefulSet, namespace: pod.namespace, name: controller.name)
        case "DaemonSet": return Subject(.daemonSet, namespace: pod.namespace, name: controller.name)
        default: break
        }
        // As the real one does, it asks once for each.
        if let owner = owners[controller.uid] { return owner }
        let world = world
        let owner: Subject = try await ask {
            .success(world.owners[controller.uid] ?? Subject(.replicaSet, namespace: pod.namespace, name: controller.name))
        }
        owners[controller.uid] = owner
        return owner
    }

    func read(_ subject: Subject) async throws(PortError) -> Workload {
        let isStale = strikes(.staleReads)
        return try await ask { [self] in
            guard let object = world.workload(subject) else { return .failure(.notFound("\(subject) is not there")) }
            let past = isStale ? object.past.first { world.time.now - $0.until < .minutes(2) }?.workload : nil
            let workload = past ?? object.workload
            world.heed(.read(run, workload))
            return .success(distortion.workload(workload))
        }
    }

    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { try await ask { .success(nil) } }

    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] {
        try await ask { [self] in
            let isScaled = !distortion.hidesAutoscalers && world.workload(subject)?.shape.isScaledByAutoscaler ?? false
            guard isScaled, fields.contains(.replicas) else { return .success([]) }
            return .success([FieldOwner(kind: .autoscaler, name: "HorizontalPodAutoscaler \(subject.name)", field: .replicas)])
        }
    }

    func workloads(_ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String) async throws(PortError) -> [Subject] {
        try await ask { [self] in
            .success(world.workloads.map(\.subject).filter { $0.kind == kind && $0.namespace == namespace && $0.name == value })
        }
    }

    func revisions(of subject: Subject) async throws(PortError) -> [Revision] {
        try await ask { [self] in
            guard subject.kind == .deployment else { return .success([]) }
            guard let object = world.workload(subject) else { return .failure(.notFound("\(subject) is not there")) }
            return .success(object.sets.reversed().map { object.revision($0) })
        }
    }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        try await tell("a write to \(subject)\(stamp.map { " by \($0.attempt)" } ?? "")") { [self] in
            guard let object = world.workload(subject) else { return .failure(.notFound("\(subject) is not there")) }
            let result = object.write(
                distortion.write(write, object.workload), stamp: distortion.stamp(stamp), by: .automaton(run))
            if distortion.deletesPods, case .success = result, let pod = object.pods.first { pod.terminate(by: .automaton(run)) }
            return result.map { distortion.workload($0) }
        }
    }
}

extension Wire: ConsumerGroups {
    func read(_ selection: ConsumerGroupSelection, in cluster: KafkaCluster) async throws(PortError) -> [ConsumerGroupReading] {
        let unknown = strikes(.unknownData) ? draw(0...3) : nil
        return try await ask { [self] in
            .success(
                world.groups.filter { group in selection.groups.contains { NamePattern($0).matches(group.name) } }
                    .map { $0.reading(selection, unknown: unknown) })
        }
    }
}

extension Wire: Volumes {
    func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] {
        let isUnknown = strikes(.unknownData)
        return try await ask { [self] in
            .success(
                world.disks.flatMap { disk in
                    disk.workload.pods.filter { $0.isLive }.prefix(2).map { pod in
                        VolumeReading(
                            pod: pod.row, name: "ephemeral-storage", kind: .ephemeral,
                            usage: isUnknown
                                ? .unknown("the kubelet does not answer") : .known(.init(used: disk.used, capacity: DiskObject.capacity)))
                    }
                })
        }
    }
}

extension Wire: ContainerMemories {
    func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] {
        let isUnknown = strikes(.unknownData)
        return try await ask { [self] in
            let now = world.time.now
            var readings: [ContainerMemoryReading] = []
            for workload in world.workloads {
                for pod in workload.pods where pod.isLive {
                    let limit = pod.set.template.limit
                    let isNew = pod.startedAt.map { now - $0 < .seconds(60) } ?? true
                    let working: Reading<ContainerMemoryReading.Measurement> =
                        isUnknown || isNew || !pod.isReady
                        ? .unknown("not measured yet") : .known(.init(bytes: min(workload.need, limit).bytes, at: now - .seconds(20)))
                    readings.append(
                        ContainerMemoryReading(pod: pod.row, container: Template.container, workingSet: working, limit: limit.bytes))
                }
            }
            return .success(readings)
        }
    }
}

extension Wire: Leases {
    func read(_ name: String, inNamespace namespace: String) async throws(PortError) -> Lease? {
        let sentAt = world.time.now
        let lease = try await ask { [self] in .success(world.leases.read(name)) }
        return see(lease, sentAt, isOwnRenewal: false)
    }

    func create(_ lease: Lease) async throws(PortError) -> Lease {
        try await renew(lease) { [world] in world.leases.create(lease, version: world.newVersion()) }
    }

    func update(_ lease: Lease) async throws(PortError) -> Lease {
        try await renew(lease) { [world] in world.leases.update(lease, version: world.newVersion()) }
    }

    private func renew(_ lease: Lease, _ work: @escaping () -> Result<Lease, PortError>) async throws(PortError) -> Lease {
        let sentAt = world.time.now
        let answer = try await tell("lease \(lease.holder ?? "released")", work)
        return see(answer, sentAt, isOwnRenewal: answer.holder?.isEmpty == false) ?? answer
    }

    private func see(_ lease: Lease?, _ sentAt: Instant, isOwnRenewal: Bool) -> Lease? {
        world.heed(.leaseSeen(run, holder: lease?.holder, isOwnRenewal: isOwnRenewal, sentAt: sentAt))
        return lease
    }
}

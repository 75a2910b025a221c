public import AutomatonCore

/// How full the volumes of a cluster's pods are, by kubelet's figures or by `df` in the pods.
///
/// A pod's ephemeral storage counts against what it can have: what it uses and what its node's disk has left, or its limit where that is
/// less. A pod that uses less than its even share counts against the whole disk: so the pod that fills a disk is told from those that live
/// beside it.
public struct KubernetesVolumes: Volumes {
    /// Kubelet measures each minute; figures older than this are of a volume that hangs.
    private static let staleAfter: Duration = .minutes(10)
    private static let nodesAtOnce = 8
    private static let podsAtOnce = 4

    private let api: KubernetesAPI
    private let clock: @Sendable () -> Instant
    private let commandTimeout: Duration

    /// Makes the port.
    /// - Parameters:
    ///   - commandTimeout: Of `df` in one pod.
    ///   - clock: Wall time.
    public init(_ api: KubernetesAPI, commandTimeout: Duration = .seconds(15), clock: @escaping @Sendable () -> Instant) {
        self.api = api
        self.commandTimeout = commandTimeout
        self.clock = clock
    }

    public func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] {
        do {
            switch source {
            case .kubelet(let namespace, let labelSelector):
                return try await kubelet(try await api.runningPods(inNamespace: namespace, labelSelector: labelSelector))
            case .pods(let namespace, let labelSelector, let container, let paths):
                let pods = try await api.runningPods(inNamespace: namespace, labelSelector: labelSelector).map(\.row)
                return try await inside(pods, container, paths)
            case .local: throw PortError.refused("paths on this machine are not read through Kubernetes")
            }
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    /// What lacks a permission will lack it everywhere: it is said once, and not of each volume.
    private static func isPermission(_ error: any Error) -> Bool {
        guard let error = error as? KubernetesError else { return false }
        switch error.kind {
        case .forbidden, .unauthorized, .credentials: return true
        default: return false
        }
    }

    // MARK: By kubelet

    private func kubelet(_ pods: [PlacedPod]) async throws -> [VolumeReading] {
        let nodes = Dictionary(grouping: pods, by: \.node)
        let answers = try await withThrowingTaskGroup(of: NodeAnswer.self) { group in
            var answers: [NodeAnswer] = []
            for (index, (node, pods)) in nodes.enumerated() {
                if index >= Self.nodesAtOnce, let answer = try await group.next() { answers.append(answer) }
                group.addTask { try await self.node(node, pods) }
            }
            for try await answer in group { answers.append(answer) }
            // In the order of nodes, whichever answered first: what is said of them must not change from one reading to the next.
            return answers.sorted { $0.node < $1.node }
        }
        if let missing = answers.lazy.compactMap(\.missing).first { throw missing }
        // Where no kubelet can be reached that is one thing to say, not one of each volume.
        if let why = answers.first?.failure, answers.allSatisfy({ $0.failure != nil }) { throw PortError.unavailable(why, retryAfter: nil) }
        return answers.flatMap(\.readings)
    }

    /// What a node's kubelet answered, or why it did not.
    private struct NodeAnswer: Sendable {
        var node: String
        var readings: [VolumeReading]
        var failure: String?
        /// What lacks a permission, which it will lack everywhere.
        var missing: KubernetesError?
    }

    private func node(_ node: String, _ pods: [PlacedPod]) async throws -> NodeAnswer {
        var path = APIPath(resource: "nodes", name: node, subresource: "proxy").encoded
        path += "/stats/summary"
        let summary: StatsSummary
        do {
            summary = try await api.get(APIPath(raw: path), as: StatsSummary.self)
        } catch let error where Self.isPermission(error) {
            return NodeAnswer(node: node, readings: [], missing: error as? KubernetesError)
        } catch let error where !(error is CancellationError) {
            let why = "kubelet of node \(node) gives no figures: \(error)"
            return NodeAnswer(
                node: node, readings: pods.flatMap { pod in self.readings(pod, of: nil, among: 0, orElse: why) }, failure: why)
        }
        let byUID = Dictionary((summary.pods ?? []).map { ($0.podRef.uid, $0) }, uniquingKeysWith: { first, _ in first })
        let count = summary.pods?.count ?? 0
        let readings = pods.flatMap { pod in
            let found =
                byUID[pod.row.uid]
                // A static pod goes by another uid at its kubelet than at the API server.
                ?? (pod.row.controller?.kind == "Node"
                    ? summary.pods?.first { $0.podRef.name == pod.row.name && $0.podRef.namespace == pod.row.namespace } : nil)
            return self.readings(pod, of: found, among: count, orElse: "kubelet of node \(node) does not know pod \(pod.row.name) yet")
        }
        return NodeAnswer(node: node, readings: readings)
    }

    private func readings(_ pod: PlacedPod, of stats: StatsSummary.Pod?, among count: Int, orElse why: String) -> [VolumeReading] {
        var readings: [VolumeReading] = []
        func add(_ name: String, _ kind: VolumeReading.Kind, _ usage: Reading<VolumeReading.Usage>) {
            readings.append(VolumeReading(pod: pod.row, name: name, kind: kind, usage: usage))
        }
        let storage = stats?.ephemeralStorage
        add(
            "ephemeral-storage", .ephemeral,
            stats == nil
                ? .unknown(why)
                : usage(
                    "ephemeral storage of pod \(pod.row.name)", storage?.usedBytes, storage.flatMap { Self.room($0, among: count) },
                    storage?.time, limit: pod.ephemeralLimit))
        for claim in pod.claims {
            guard let stats else {
                add(claim, .claim, .unknown(why))
                continue
            }
            let volume = stats.volume?.first { $0.pvcRef?.name == claim && $0.pvcRef?.namespace == pod.row.namespace }
            add(claim, .claim, usage("claim \(claim)", volume?.usedBytes, volume?.availableBytes, volume?.time))
        }
        return readings
    }

    /// What a pod can still have of its node's disk. For one that uses less than its even share of what is used, that counts as what the
    /// disk has beside it: where another pod, or images, fill the disk, cleaning up after this one helps nobody.
    private static func room(_ storage: StatsSummary.FileSystem, among count: Int) -> UInt64? {
        guard let used = storage.usedBytes, let available = storage.availableBytes, let capacity = storage.capacityBytes,
            capacity > available, capacity > used
        else { return storage.availableBytes }
        let isAboveItsShare = used >= (capacity - available) / UInt64(max(1, count))
        return isAboveItsShare ? available : capacity - used
    }

    private func usage(
        _ what: String, _ used: UInt64?, _ available: UInt64?, _ time: String?, limit: Int64? = nil
    ) -> Reading<VolumeReading.Usage> {
        guard let used, let available else {
            return .unknown("kubelet has no figures of \(what): it measures each minute, and not every storage driver tells")
        }
        if let time, let at = Instant(rfc3339: time), clock() - at > Self.staleAfter {
            return .unknown("kubelet's figures of \(what) are \((clock() - at).readable) old: the volume may hang")
        }
        let (sum, overflow) = used.addingReportingOverflow(available)
        guard !overflow, let all = Int64(exactly: sum), all > 0 else { return .unknown("kubelet's figures of \(what) make no sense") }
        let capacity = limit.map { $0 > 0 ? min($0, all) : all } ?? all
        return .known(.init(used: Int64(used), capacity: capacity))
    }

    // MARK: By df

    private func inside(_ pods: [PodRow], _ container: String?, _ paths: [String]) async throws -> [VolumeReading] {
        let reached = pods.filter { pod in container.map { name in pod.containers.contains { $0.name == name } } ?? true }
        return try await withThrowingTaskGroup(of: [VolumeReading].self) { group in
            var readings: [VolumeReading] = []
            for (index, pod) in reached.enumerated() {
                if index >= Self.podsAtOnce, let more = try await group.next() { readings += more }
                group.addTask { try await self.inside(pod, container, paths) }
            }
            for try await more in group { readings += more }
            return readings
        }
    }

    private func inside(_ pod: PodRow, _ container: String?, _ paths: [String]) async throws -> [VolumeReading] {
        // One df for all paths; when one of them is amiss, its lines cannot be told apart, and each path gets its own.
        if paths.count > 1, case .known(let usages) = try await usages(pod, container, paths) {
            return zip(paths, usages).map { reading(pod, container, $0, .known($1)) }
        }
        var readings: [VolumeReading] = []
        for path in paths {
            switch try await usages(pod, container, [path]) {
            case .known(let usages): readings.append(reading(pod, container, path, .known(usages[0])))
            case .unknown(let why): readings.append(reading(pod, container, path, .unknown(why)))
            }
        }
        return readings
    }

    private func reading(
        _ pod: PodRow, _ container: String?, _ path: String, _ usage: Reading<VolumeReading.Usage>
    ) -> VolumeReading {
        VolumeReading(pod: pod, container: container, name: path, kind: .path, usage: usage)
    }

    /// One usage a path, each with a capacity above zero; or why not.
    private func usages(_ pod: PodRow, _ container: String?, _ paths: [String]) async throws -> Reading<[VolumeReading.Usage]> {
        let place = "\(paths.joined(separator: ", ")) in pod \(pod.name)"
        let command = PodCommand(
            namespace: pod.namespace, pod: pod.name, container: container, arguments: DiskFree.command(paths), timeout: commandTimeout,
            maximumOutputBytes: 64 << 10)
        let result: PodCommandResult
        do {
            result = try await api.run(command)
        } catch let error where !(error is CancellationError) && !Self.isPermission(error) {
            return .unknown("\(place): \(error)")
        }
        guard result.exitCode == 0 else {
            return .unknown("\(place): \(result.complaint.isEmpty ? "df ended in error" : result.complaint)")
        }
        guard let usages = DiskFree.usages(result.output), usages.count == paths.count, usages.allSatisfy({ $0.capacity > 0 }) else {
            return .unknown("\(place): the output of df is not understood, or the file system has no size")
        }
        return .known(usages)
    }
}

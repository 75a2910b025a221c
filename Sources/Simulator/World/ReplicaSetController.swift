import AutomatonCore

/// Keeps as many pods as a ReplicaSet asks for.
///
/// Source: `pkg/controller/replicaset`.
struct ReplicaSetController: Sendable {
    private static let burst = 500
    /// Attempts in a row that admission refused.
    private var refusals: [ObjectName: Int] = [:]

    mutating func sync(_ name: ObjectName, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let set = store.get(.replicaSets, namespace: name.namespace, name: name.name) else {
            refusals[name] = nil
            return
        }
        let pods = scene.dependents.objects(.pods, controlledBy: set, in: store)
        var failure: String?
        if !set.isBeingDeleted {
            let active = pods.filter(\.isActivePod)
            let missing = set.desiredReplicas - active.count
            if missing > 0 {
                failure = create(min(missing, Self.burst), set, &store, &scene, at: now)
            } else if missing < 0 {
                let control = PodControl(owner: set, source: .replicaSets)
                for pod in Self.toDelete(-missing, of: active) { control.delete(pod, &store, &scene, at: now) }
            }
            retry(name, failure, &scene, at: now)
        }
        report(name, failure, &store, &scene, at: now)
    }

    /// - Returns: why it could not, if it could not.
    private func create(
        _ missing: Int, _ set: StoredObject, _ store: inout Store, _ scene: inout Scene, at now: Instant
    ) -> String? {
        let control = PodControl(owner: set, source: .replicaSets)
        for _ in 0..<missing {
            do throws(PodControl.Refusal) {
                try control.create(set["spec", "template"] ?? .emptyObject, &store, &scene, at: now)
            } catch {
                switch error {
                case .forbidden(let message): return message
                case .nameTaken: return "pods \"\(set.name)\" already exists"
                }
            }
        }
        return nil
    }

    /// After a refusal it tries again: 5 ms later, then after twice as long each time, up to 1000 s (client-go's rate limiter).
    private mutating func retry(_ name: ObjectName, _ failure: String?, _ scene: inout Scene, at now: Instant) {
        guard failure != nil else {
            refusals[name] = nil
            return
        }
        let attempt = refusals[name, default: 0]
        refusals[name] = attempt + 1
        scene.agenda.add(.replicaSet(name), at: now + min(.seconds(1000), .milliseconds(5) * (1 << min(18, attempt))))
    }

    /// Which pods go first when there are too many: unbound, pending, unready, crowded on a node, ready for the shortest time,
    /// restarted most often, youngest (`ActivePodsWithRanks` in `pkg/controller`).
    static func toDelete(_ count: Int, of pods: [StoredObject]) -> [StoredObject] {
        var crowd: [String: Int] = [:]
        for pod in pods { crowd[pod["spec", "nodeName"]?.string ?? "", default: 0] += 1 }
        func key(_ pod: StoredObject) -> [Int64] {
            let node = pod["spec", "nodeName"]?.string ?? ""
            let phases: [String: Int64] = ["Pending": 0, "Unknown": 1]
            let phase = phases[pod["status", "phase"]?.string ?? ""] ?? 2
            let restarts = (pod["status", "containerStatuses"]?.array ?? []).map { $0["restartCount"]?.int ?? 0 }.max() ?? 0
            let ready = pod.readySince
            let readySince: Int64 = ready?.microseconds ?? 0
            let together = Int64(crowd[node] ?? 0)
            return [
                node.isEmpty ? 0 : 1, phase, ready == nil ? 0 : 1, -together, -readySince, -Int64(restarts), -pod.createdAt.microseconds,
            ]
        }
        let ranked = pods.map { (key($0), $0) }.sorted { $0.0 != $1.0 ? $0.0.lexicographicallyPrecedes($1.0) : $0.1.name < $1.1.name }
        return ranked.prefix(count).map(\.1)
    }

    private func report(_ name: ObjectName, _ failure: String?, _ store: inout Store, _ scene: inout Scene, at now: Instant) {
        guard let set = store.get(.replicaSets, namespace: name.namespace, name: name.name) else { return }
        // The index follows the log, so pods made or deleted a moment ago are counted at the next look, as with an informer.
        let pods = scene.dependents.objects(.pods, controlledBy: set, in: store)
        let minReady = set["spec", "minReadySeconds"]?.int ?? 0
        let count = PodCount(pods, minReadySeconds: minReady, at: now)
        if let next = count.nextAvailable { scene.agenda.add(.replicaSet(name), at: next) }
        var conditions = StatusConditions(of: set)
        if let failure {
            conditions.set("ReplicaFailure", true, "FailedCreate", failure, at: now)
        } else {
            conditions.remove("ReplicaFailure")
        }
        var status: JSON = [
            "replicas": JSON(count.active), "terminatingReplicas": JSON(count.terminating), "observedGeneration": JSON(set.generation),
        ]
        // Counters that are zero are left out, as the API's `omitempty` has it.
        for (key, value) in [
            ("fullyLabeledReplicas", count.active), ("readyReplicas", count.ready), ("availableReplicas", count.available),
        ] where value > 0 { status[key] = JSON(value) }
        if let json = conditions.json { status["conditions"] = json }
        _ = try? store.update(.replicaSets, namespace: name.namespace, name: name.name) { $0["status"] = status }
    }
}

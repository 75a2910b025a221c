import AutomatonCore

/// The memory that a container of the simulated world uses.
///
/// A container without a fault uses a part of what it requests. One that needs more grows to that as long as its behaviour says, and never
/// beyond its limit: there it is killed.
struct ContainerMemory: Sendable, Hashable {
    /// The container.
    let container: String
    /// When it began to run; nil when it does not.
    let runningSince: Instant?
    /// Bytes that it uses from the beginning.
    let base: Int64
    /// Bytes that it comes to need; nil when it stays as it is.
    let need: Int64?
    /// How long it takes to.
    let growth: Duration
    /// Its limit in bytes.
    let limit: Int64?

    /// What a container uses whose specification says nothing: 48 MiB.
    private static let unspecified: Int64 = 48 << 20

    var isRunning: Bool { runningSince != nil }

    /// The working set in bytes at an instant; nil when it did not run yet.
    func workingSet(at instant: Instant) -> Int64? {
        guard let runningSince, runningSince <= instant else { return nil }
        var used = base
        if let need, need > base {
            let share = growth <= .zero ? 1 : min(1, (instant - runningSince).inSeconds / growth.inSeconds)
            used += Int64(Double(need - base) * share)
        }
        return min(used, limit ?? used)
    }

    /// The containers of a pod, in the order of its specification.
    static func all(of pod: StoredObject, in store: borrowing Store) -> [ContainerMemory] {
        let injected = injected(into: pod, in: store)
        let annotated = pod["metadata", "annotations"]?.object.flatMap { try? BehaviourAnnotations.behaviour(in: $0).get() }
        let statuses = pod["status", "containerStatuses"]?.array ?? []
        return (pod["spec", "containers"]?.array ?? []).enumerated().map { index, spec in
            let name = spec["name"]?.string ?? ""
            let limit = spec["resources"]?["limits"]?["memory"].flatMap(PodRequests.bytes)
            let request = spec["resources"]?["requests"]?["memory"].flatMap(PodRequests.bytes) ?? limit
            let behaviour =
                injected.first { $0.behaviour.container.map { $0 == name } ?? (index == 0) }?.behaviour ?? (index == 0 ? annotated : nil)
            var need: Int64?
            if case .needsMemory(let quantity) = behaviour?.fault { need = quantity.bytes }
            let state = statuses.first { $0["name"]?.string == name }?["state"]?["running"]?["startedAt"]?.string
            return ContainerMemory(
                container: name, runningSince: state.flatMap { Instant(rfc3339: $0) }, base: (request ?? unspecified) * 6 / 10, need: need,
                growth: behaviour?.after ?? .zero, limit: limit)
        }
    }

    /// The faults that apply to a pod, the newest first.
    private static func injected(into pod: StoredObject, in store: borrowing Store) -> [InjectedBehaviour] {
        let faults = store.list(.faults, namespace: pod.namespace)
        guard !faults.isEmpty else { return [] }
        let workload = WorkloadName(of: pod, in: store)
        return faults.compactMap(InjectedBehaviour.init)
            .filter { $0.workload == workload && ($0.pod == nil || $0.pod == pod.name) && $0.behaviour.cure == .specification }
            .sorted { $0.version > $1.version }
    }
}

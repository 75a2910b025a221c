import AutomatonCore
import Synchronization

/// One workload that can be read and written under preconditions, as the API server keeps them.
final class FakeWorkloads: Workloads {
    private struct State {
        var workload: Workload
        var bounds: MemoryBounds?
        var revisions: [Revision] = []
        var reads = 0
        var stamps: [Stamp?] = []
    }

    private let state: Mutex<State>
    private let autoscalers: [FieldOwner]
    private let failure: PortError?

    init(
        _ workload: Workload, bounds: MemoryBounds? = nil, autoscalers: [FieldOwner] = [], revisions: [Revision] = [],
        failure: PortError? = nil
    ) {
        state = Mutex(State(workload: workload, bounds: bounds, revisions: revisions))
        self.autoscalers = autoscalers
        self.failure = failure
    }

    /// The workload as it is now.
    var workload: Workload {
        get { state.withLock { $0.workload } }
        set { state.withLock { $0.workload = newValue } }
    }

    /// The stamps that were written, nil for a write without.
    var stamps: [Stamp?] { state.withLock { $0.stamps } }

    /// The workload's pods are those that a controller of its name made.
    func workload(of pod: PodRow) async throws(PortError) -> Subject {
        let subject = workload.subject
        guard let owner = pod.controller, owner.name.hasPrefix(subject.name) else {
            return Subject(.pod, namespace: pod.namespace, name: pod.name)
        }
        return subject
    }

    func read(_ subject: Subject) async throws(PortError) -> Workload {
        if let failure { throw failure }
        let workload = workload
        guard workload.subject == subject else { throw .notFound("no \(subject)") }
        return workload
    }

    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] {
        autoscalers.filter { owner in fields.contains { $0.description == owner.field } }
    }

    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { state.withLock { $0.revisions } }

    /// The ReplicaSet whose template is in force.
    var present: String? { state.withLock { $0.revisions.first(where: \.isCurrent)?.replicaSet } }

    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }

    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { state.withLock { $0.bounds } }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        let outcome: Result<Workload, PortError> = state.withLock { state in
            guard Self.holds(write.precondition, state) else { return .failure(.conflict("\(subject) changed")) }
            for edit in write.edits {
                Self.apply(edit, to: &state.workload)
                guard case .template(_, let uid) = edit else { continue }
                for index in state.revisions.indices { state.revisions[index].isCurrent = state.revisions[index].uid == uid }
            }
            state.workload.resourceVersion += "0"
            if let stamp { state.workload.stamps.append(stamp) }
            state.stamps.append(stamp)
            return .success(state.workload)
        }
        return try outcome.get()
    }

    private static func holds(_ precondition: WorkloadWrite.Precondition, _ state: State) -> Bool {
        let workload = state.workload
        switch precondition {
        case .version(let uid, let version): return workload.uid == uid && workload.resourceVersion == version
        case .values(let uid, let edits):
            return workload.uid == uid
                && edits.allSatisfy { edit in
                    if case .template(_, let uid) = edit { return state.revisions.contains { $0.uid == uid && $0.isCurrent } }
                    var copy = workload
                    apply(edit, to: &copy)
                    return copy == workload
                }
        }
    }

    private static func apply(_ edit: WorkloadWrite.Edit, to workload: inout Workload) {
        switch edit {
        case .memory(let name, let limit, let request):
            guard let index = workload.containers.firstIndex(where: { $0.name == name }) else { return }
            workload.containers[index].memoryLimit = limit
            workload.containers[index].memoryRequest = request
        case .restart(let at): workload.restartedAt = at.rfc3339
        case .replicas(let count): workload.replicas = count
        case .template: break
        }
    }
}

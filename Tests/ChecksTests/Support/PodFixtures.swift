import AutomatonCore

/// The wall time at which every test begins: 2027-01-15T08:00:00Z.
let start = Instant(seconds: 1_800_000_000)

/// A uid as the API server makes them, from a number.
func uid(_ number: Int) -> String {
    let digits = String(number)
    return "13bd1af0-77f2-4754-af0e-" + String(repeating: "0", count: 12 - digits.count) + digits
}

/// A pod of the Deployment `email`, in its ReplicaSet `email-7d9c5`, unless told otherwise.
func pod(
    _ number: Int, set: String = "email-7d9c5", kind: String? = "ReplicaSet", namespace: String = "production",
    phase: PodRow.Phase = .running, reason: String = "", message: String = "", terminating: Bool = false, ready: Bool? = nil,
    _ containers: ContainerRow...
) -> PodRow {
    PodRow(
        uid: uid(number), namespace: namespace, name: "\(set)-\(number)",
        controller: kind.map { .init(kind: $0, name: set, uid: "uid of \(namespace)/\($0)/\(set)") }, phase: phase, reason: reason,
        message: message, isTerminating: terminating, isReady: ready ?? containers.allSatisfy(\.isReady), containers: containers)
}

/// The first pod of a controller, with one container; without one it has not been started.
func pod(
    set: String = "email-7d9c5", kind: String? = "ReplicaSet", phase: PodRow.Phase = .running, reason: String = "", message: String = "",
    terminating: Bool = false, ready: Bool = true, _ first: ContainerRow? = nil, _ second: ContainerRow? = nil
) -> PodRow {
    var row = pod(
        1, set: set, kind: kind, phase: phase, reason: reason, message: message, terminating: terminating)
    row.containers = [first, second].compactMap { $0 }
    row.isReady = ready && row.containers.allSatisfy(\.isReady)
    return row
}

/// How a container ended, `at` seconds after the start.
func end(_ reason: String, exit: Int32 = 137, at seconds: Int64 = 0, message: String = "") -> ContainerRow.Termination {
    .init(reason: reason, exitCode: exit, finishedAt: start + .seconds(seconds), message: message)
}

func running(_ restarts: Int32 = 0, last: ContainerRow.Termination? = nil, ready: Bool = true, name: String = "main") -> ContainerRow {
    ContainerRow(name: name, restartCount: restarts, isReady: ready, state: .running(since: nil), lastTermination: last)
}

func ended(
    _ how: ContainerRow.Termination, restarts: Int32 = 0, last: ContainerRow.Termination? = nil, name: String = "main"
) -> ContainerRow {
    ContainerRow(name: name, restartCount: restarts, state: .terminated(how), lastTermination: last)
}

func waiting(
    _ reason: String, restarts: Int32 = 0, last: ContainerRow.Termination? = nil, message: String = "", name: String = "main"
) -> ContainerRow {
    ContainerRow(name: name, restartCount: restarts, state: .waiting(reason: reason, message: message), lastTermination: last)
}

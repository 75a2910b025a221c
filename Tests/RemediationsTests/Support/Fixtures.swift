import AutomatonCore

/// When every test takes place.
let now = Instant(seconds: 1_800_000_000)

let email = Subject(.deployment, namespace: "production", name: "email")

func container(_ name: String = "email", limit: String? = "1Gi", request: String? = "512Mi") -> Workload.Container {
    .init(name: name, memoryLimit: limit.flatMap { ByteQuantity($0) }, memoryRequest: request.flatMap { ByteQuantity($0) })
}

func workload(
    _ subject: Subject = email, replicas: Int? = 3, paused: Bool = false, rollsOut: Bool = true, _ containers: Workload.Container...
) -> Workload {
    Workload(
        subject: subject, uid: "u1", resourceVersion: "7", replicas: replicas, paused: paused, rollsOut: rollsOut,
        containers: containers.isEmpty ? [container()] : containers, stamps: [stamp(1)])
}

/// A finding with an OOM of each container named.
func oom(_ subject: Subject = email, _ containers: String...) -> Finding {
    let names = containers.isEmpty ? ["email"] : containers
    let reasons = names.map { Reason("OOMKilled", part: "email-1", container: $0, exitCode: 137, restartCount: 1, since: now) }
    return Finding(subject, observedAt: now, .seen(Evidence(figures: [Figure("restarts", 1)], reasons: reasons)))
}

/// A finding of memory-usage that names a container.
func fullest(_ container: String) -> Finding {
    let reason = Reason("MemoryUsage", part: "email-1", container: container, message: "93.1 % of 1Gi")
    return Finding(email, observedAt: now, .seen(Evidence(figures: [Figure("used", 93.1, unit: "%")], reasons: [reason])))
}

func finding(_ codes: String...) -> Finding {
    Finding(email, observedAt: now, .seen(Evidence(reasons: codes.map { Reason($0, part: "email-1", container: "email") })))
}

func stamp(_ number: Int) -> Stamp {
    Stamp(attempt: AttemptID("run-\(number)"), rule: "oom-killed", remediation: "raise-memory", at: now - .hours(1))
}

func world(_ workloads: FakeWorkloads, maximum: String = "8Gi") -> Environment {
    var policy = SafetyPolicy()
    if let maximum = ByteQuantity(maximum) { policy.maximumMemory = maximum }
    return Environment(pods: NoPods(), workloads: workloads, limits: { [policy] in policy }, now: { now })
}

/// A remediation does not look at pods.
struct NoPods: Pods {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        throw PortError.refused("a remediation does not watch pods")
    }
}

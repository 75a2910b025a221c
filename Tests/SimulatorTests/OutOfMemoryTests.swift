import AutomatonCore
import Simulator
import Testing

/// A container that needs more memory than its limit, in the order in which a real kubelet reports it.
@Suite struct OutOfMemoryTests {
    /// A world with one Deployment of one pod, all well.
    static func start(
        _ blueprint: WorkloadBlueprint = WorkloadBlueprint(
            "email-service", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30), memoryRequest: ByteQuantity(bytes: 512 << 20)),
        timeScale: Double = 1, seed: UInt64 = 1
    ) throws -> (Simulation, WorkloadName) {
        var simulation = Simulation(timeScale: timeScale, seed: seed)
        let workload = blueprint.workload(in: "production")
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        let isUp = simulation.run(for: .seconds(30)) {
            $0.get(blueprint.type, namespace: "production", name: blueprint.name)?.isRolledOut ?? false
        }
        try #require(isUp)
        return (simulation, workload)
    }

    @Test func deathsComeInTheRecordedOrder() throws {
        var (simulation, workload) = try Self.start()
        let pod = try #require(simulation.pods(of: workload).first).name
        try simulation.write { try $0.oom(workload, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        simulation.run(for: .seconds(25))
        #expect(
            simulation.history(ofPod: pod, in: "production").prefix(9) == [
                "waiting ContainerCreating, restarts 0",
                "running, restarts 0, ready",
                "terminated OOMKilled 137, restarts 0",
                "running, restarts 1, last OOMKilled, ready",
                "terminated OOMKilled 137, restarts 1, last OOMKilled",
                "waiting CrashLoopBackOff, restarts 1, last OOMKilled",
                "running, restarts 2, last OOMKilled, ready",
                "terminated OOMKilled 137, restarts 2, last OOMKilled",
                "waiting CrashLoopBackOff, restarts 2, last OOMKilled",
            ])
        for event in try simulation.store.changes(after: 1000, of: .pods)
        where event.object.name == pod && event.object["status", "containerStatuses", 0, "containerID"] != nil {
            #expect(event.object["status", "phase"]?.string == "Running")
        }
    }

    @Test func messagesAndReadinessAreThoseOfAKubelet() throws {
        var (simulation, workload) = try Self.start()
        try simulation.write { try $0.oom(workload, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        let isWaiting = simulation.run(for: .minutes(1)) { store in
            store.list(.pods).contains { $0["status", "containerStatuses", 0, "state", "waiting", "reason"]?.string == "CrashLoopBackOff" }
        }
        try #require(isWaiting)
        let pod = try #require(simulation.pods(of: workload).first)
        #expect(
            pod["status", "containerStatuses", 0, "state", "waiting", "message"]?.string
                == "back-off 10s restarting failed container=email-service pod=\(pod.name)_production(\(pod.uid))")
        let ready = try #require(pod["status", "conditions"]?.array?.first { $0["type"]?.string == "Ready" })
        #expect(ready["status"]?.string == "False")
        #expect(ready["reason"]?.string == "ContainersNotReady")
        #expect(ready["message"]?.string == "containers with unready status: [email-service]")
        #expect(pod["status", "qosClass"]?.string == "Burstable")
        #expect(pod["status", "containerStatuses", 0, "allocatedResources", "memory"]?.string == "512Mi")
    }

    @Test func healsWhenTheLimitSuffices() throws {
        var (simulation, workload) = try Self.start()
        try simulation.write { try $0.oom(workload, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        simulation.run(for: .seconds(40))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: workload.name) { deployment in
                deployment["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"] = "2Gi"
                deployment["spec", "template", "spec", "containers", 0, "resources", "requests", "memory"] = "1Gi"
            }
        }
        #expect(
            simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: workload.name)?.isRolledOut ?? false })
        simulation.run(for: .minutes(10))
        let pods = simulation.pods(of: workload)
        #expect(pods.count == 1)
        #expect(pods.first?["status", "containerStatuses", 0, "restartCount"]?.int == 0)
        #expect(pods.first?["status", "containerStatuses", 0, "ready"]?.bool == true)
    }

    @Test func doesNotHealByARestartAlone() throws {
        var (simulation, workload) = try Self.start()
        try simulation.write { try $0.oom(workload, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        simulation.run(for: .seconds(10))
        try simulation.write { store, now in
            try store.update(.deployments, namespace: "production", name: workload.name) { deployment in
                deployment["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"] = .string(now.rfc3339)
            }
        }
        simulation.run(for: .minutes(2))
        let pod = try #require(simulation.pods(of: workload).first { !$0.isBeingDeleted })
        #expect((pod["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) > 1)
    }

    @Test func anAnnotationDoesItToo() throws {
        var (simulation, workload) = try Self.start(
            WorkloadBlueprint(
                "catalog", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30), podAnnotations: ["simulator/needs-memory": "1536Mi"]))
        simulation.run(for: .minutes(1))
        let pod = try #require(simulation.pods(of: workload).first)
        #expect(pod["status", "containerStatuses", 0, "lastState", "terminated", "reason"]?.string == "OOMKilled")
        #expect(pod["status", "containerStatuses", 0, "lastState", "terminated", "exitCode"]?.int == 137)
    }

    @Test func aWrongAnnotationIsReported() throws {
        var (simulation, _) = try Self.start(WorkloadBlueprint("catalog", replicas: 1, podAnnotations: ["simulator/needs-memory": "lots"]))
        simulation.run(for: .minutes(1))
        let event = simulation.store.list(.events).first { $0["reason"]?.string == "InvalidAnnotation" }
        #expect(event?["message"]?.string == "simulator/needs-memory: \"lots\" is no quantity such as 1536Mi")
    }
}

import AutomatonCore
import Simulator
import Testing

/// Pods that end: evicted, over their deadline, deleted, done.
@Suite struct PodEndTests {
    @Test func anEvictedPodFailsAndIsReplaced() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        let name = try #require(simulation.pods(of: workload).first).name
        try simulation.write { try $0.evict(pod: name, in: "production", at: $1) }
        let pod = try #require(simulation.store.get(.pods, namespace: "production", name: name))
        #expect(pod["status", "phase"]?.string == "Failed")
        #expect(pod["status", "reason"]?.string == "Evicted")
        #expect(pod["status", "message"]?.string?.hasPrefix("The node was low on resource: memory. Threshold quantity: 100Mi") == true)
        // Exit code 137, and yet no OOM.
        #expect(pod["status", "containerStatuses", 0, "state", "terminated", "exitCode"]?.int == 137)
        #expect(pod["status", "containerStatuses", 0, "state", "terminated", "reason"]?.string == "Error")
        #expect(pod["status", "conditions", 0, "type"]?.string == "DisruptionTarget")
        #expect(pod["status", "conditions", 0, "reason"]?.string == "TerminationByKubelet")
        #expect(
            simulation.run(for: .seconds(10)) { $0.get(.deployments, namespace: "production", name: workload.name)?.isRolledOut ?? false })
        #expect(simulation.pods(of: workload).count == 2)
        #expect(simulation.store.list(.faults).isEmpty)
    }

    @Test func aPodOverItsDeadlineFails() throws {
        var simulation = Simulation()
        try simulation.write { store, now in
            let pod: JSON = [
                "metadata": ["name": "report", "namespace": "default"],
                "spec": [
                    "activeDeadlineSeconds": 20, "restartPolicy": "Never",
                    "containers": [["name": "report", "image": "registry.example.com/report:1"]],
                ],
            ]
            try store.create(.pods, PodAdmission.admit(pod, in: &store), at: now)
        }
        #expect(
            simulation.run(for: .seconds(30)) {
                $0.get(.pods, namespace: "default", name: "report")?["status", "phase"]?.string == "Failed"
            })
        let pod = try #require(simulation.store.get(.pods, namespace: "default", name: "report"))
        #expect(pod["status", "reason"]?.string == "DeadlineExceeded")
        #expect(pod["status", "message"]?.string == "Pod was active on the node longer than the specified deadline")
        #expect((simulation.now - Simulation.beginning).inSeconds >= 20)
    }

    @Test func aDeletedPodGetsItsGraceAndIsReplaced() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        let name = try #require(simulation.pods(of: workload).first).name
        let version = simulation.store.resourceVersion
        try simulation.write { store, now in
            try store.update(.pods, namespace: "production", name: name) { pod in
                pod["metadata", "deletionTimestamp"] = .string((now + .seconds(30)).rfc3339)
                pod["metadata", "deletionGracePeriodSeconds"] = 30
            }
        }
        #expect(simulation.store.get(.pods, namespace: "production", name: name) != nil)
        #expect(simulation.run(for: .seconds(5)) { $0.get(.pods, namespace: "production", name: name) == nil })
        let events = try simulation.store.changes(after: version, of: .pods).filter { $0.object.name == name }
        #expect(events.map(\.change) == [.modified, .modified, .deleted])
        #expect(events.last?.object["status", "phase"]?.string == "Succeeded")
        #expect(
            simulation.run(for: .seconds(5)) { $0.get(.deployments, namespace: "production", name: workload.name)?.isRolledOut ?? false })
        #expect(simulation.store.list(.events).contains { $0["reason"]?.string == "Killing" })
    }

    @Test func aJobCompletes() throws {
        var simulation = Simulation()
        let blueprint = WorkloadBlueprint("migrate", .job(backoffLimit: 2), replicas: 1)
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        simulation.run(for: .seconds(20))
        let job = try #require(simulation.store.get(.jobs, namespace: "production", name: "migrate"))
        #expect(job["status", "conditions"]?.array?.map { $0["type"]?.string ?? "" } == ["SuccessCriteriaMet", "Complete"])
        #expect(job["status", "succeeded"]?.int == 1)
        #expect(job["status", "completionTime"] != nil)
        #expect(simulation.store.list(.pods).map { $0["status", "phase"]?.string ?? "" } == ["Succeeded"])
    }

    @Test func aJobFailsAtItsBackoffLimit() throws {
        var simulation = Simulation()
        let blueprint = WorkloadBlueprint("migrate", .job(backoffLimit: 2), replicas: 1, podAnnotations: ["simulator/exit-code": "3"])
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        simulation.run(for: .minutes(5))
        let job = try #require(simulation.store.get(.jobs, namespace: "production", name: "migrate"))
        #expect(job["status", "conditions"]?.array?.last?["reason"]?.string == "BackoffLimitExceeded")
        #expect(job["status", "failed"]?.int == 3)
        #expect(simulation.store.list(.pods).count == 3)
    }

    @Test func aJobEndsAtItsDeadline() throws {
        var simulation = Simulation()
        let blueprint = WorkloadBlueprint(
            "migrate", .job(activeDeadlineSeconds: 10), replicas: 1, podAnnotations: ["simulator/exit-code": "0", "simulator/after": "10m"])
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        simulation.run(for: .seconds(30))
        let job = try #require(simulation.store.get(.jobs, namespace: "production", name: "migrate"))
        #expect(job["status", "conditions"]?.array?.map { $0["type"]?.string ?? "" } == ["FailureTarget", "Failed"])
        #expect(job["status", "conditions"]?.array?.last?["reason"]?.string == "DeadlineExceeded")
        #expect(job["status", "failed"]?.int == 1)
        #expect(simulation.store.list(.pods).isEmpty)
    }

    @Test func whatBelongedToADeletedDeploymentGoes() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { store, _ in try store.remove(.deployments, namespace: "production", name: workload.name) }
        simulation.run(for: .seconds(10))
        #expect(simulation.store.list(.replicaSets).isEmpty)
        #expect(simulation.store.list(.pods).isEmpty)
    }

    @Test func foregroundDeletionWaitsForThePods() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { store, now in
            try store.update(.deployments, namespace: "production", name: workload.name) { deployment in
                deployment["metadata", "deletionTimestamp"] = .string(now.rfc3339)
                deployment["metadata", "finalizers"] = ["foregroundDeletion"]
            }
        }
        #expect(simulation.deployment(workload) != nil)
        #expect(simulation.run(for: .seconds(10)) { $0.get(.deployments, namespace: "production", name: workload.name) == nil })
        #expect(simulation.store.list(.pods).isEmpty)
    }
}

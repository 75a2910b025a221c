import AutomatonCore
import Simulator
import Testing

/// What a namespace forbids, and what a Deployment says of it.
@Suite struct AdmissionTests {
    private static func patch(_ simulation: inout Simulation, limit: String) throws {
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "email-service") {
                $0["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"] = .string(limit)
            }
        }
    }

    @Test func aLimitRangeShowsAsReplicaFailure() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { store, now in
            let range: JSON = [
                "metadata": ["name": "ceiling", "namespace": "production"],
                "spec": ["limits": [["type": "Container", "max": ["memory": "4Gi"]]]],
            ]
            try store.create(.limitRanges, range, at: now)
        }
        try Self.patch(&simulation, limit: "8Gi")
        simulation.run(for: .seconds(10))
        let status = try #require(simulation.deployment(workload)?["status"])
        let failure = try #require(status["conditions"]?.array?.first { $0["type"]?.string == "ReplicaFailure" })
        #expect(failure["status"]?.string == "True")
        #expect(failure["reason"]?.string == "FailedCreate")
        let message = try #require(failure["message"]?.string)
        #expect(message.hasPrefix("pods \"email-service-"))
        #expect(message.hasSuffix("\" is forbidden: maximum memory usage per Container is 4Gi, but limit is 8Gi"))
        // The old pod serves on, and an Event says why.
        #expect(status["availableReplicas"]?.int == 1)
        let events = simulation.store.list(.events).filter { $0["reason"]?.string == "FailedCreate" }
        #expect((2...20).contains(events.count))
        #expect(events.allSatisfy { $0["involvedObject", "kind"]?.string == "ReplicaSet" })
        try Self.patch(&simulation, limit: "2Gi")
        #expect(
            simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "email-service")?.isRolledOut ?? false })
        let conditions = simulation.deployment(workload)?["status", "conditions"]?.array ?? []
        #expect(!conditions.contains { $0["type"]?.string == "ReplicaFailure" })
    }

    /// A LimitRange, what a container asks for, and the words of the refusal (nil: it is admitted).
    @Test(
        arguments: [
            (["max": ["memory": "1Gi"]], ["limits": ["memory": "1Gi"]], nil),
            (
                ["max": ["memory": "1Gi"]], ["limits": ["memory": "1025Mi"]],
                "[maximum memory usage per Container is 1Gi, but limit is 1025Mi, maximum memory usage per Container is 1Gi, but request is 1025Mi]"
            ),
            (["max": ["memory": "1Gi"]], .emptyObject, "maximum memory usage per Container is 1Gi.  No limit is specified"),
            (["max": ["memory": "1Gi"], "default": ["memory": "512Mi"]], .emptyObject, nil),
            (
                ["min": ["memory": "64Mi"]], ["requests": ["memory": "32Mi"]],
                "minimum memory usage per Container is 64Mi, but request is 32Mi"
            ),
            (
                ["maxLimitRequestRatio": ["memory": "2"]], ["limits": ["memory": "3Gi"], "requests": ["memory": "1Gi"]],
                "memory max limit to request ratio per Container is 2, but provided ratio is 3.000000"
            ),
        ] as [(JSON, JSON, String?)])
    func limitRanges(_ limit: JSON, _ resources: JSON, _ refusal: String?) throws {
        var store = Store()
        var limit = limit
        limit["type"] = "Container"
        let range: JSON = ["metadata": ["name": "range", "namespace": "a"], "spec": ["limits": [limit]]]
        try store.create(.limitRanges, range, at: .epoch)
        let pod: JSON = [
            "metadata": ["name": "p", "namespace": "a"],
            "spec": ["containers": [["name": "c", "image": "c:1", "resources": resources]]],
        ]
        do {
            let admitted = try PodAdmission.admit(pod, in: &store)
            #expect(refusal == nil)
            #expect(admitted["status", "phase"] == "Pending")
            #expect(admitted["spec", "serviceAccountName"] == "default")
        } catch {
            #expect(error.message == "pods \"p\" is forbidden: \(refusal ?? "")")
        }
    }

    @Test(
        arguments: [
            (["limits": ["memory": "1Gi", "cpu": "1"]], "Guaranteed"), (["requests": ["memory": "1Gi"]], "Burstable"),
            (["limits": ["memory": "1Gi"]], "Burstable"), (.emptyObject, "BestEffort"),
            (["limits": ["memory": "1Gi", "cpu": "1"], "requests": ["memory": "1024Mi", "cpu": "1000m"]], "Guaranteed"),
        ] as [(JSON, String)])
    func qualityOfService(_ resources: JSON, _ expected: String) throws {
        var store = Store()
        let pod: JSON = [
            "metadata": ["name": "p", "namespace": "a"],
            "spec": ["containers": [["name": "c", "image": "c:1", "resources": resources]]],
        ]
        #expect(try PodAdmission.admit(pod, in: &store)["status", "qosClass"]?.string == expected)
    }

    @Test func aQuotaHoldsPodsBackUntilThereIsRoom() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { store, now in
            let quota: JSON = [
                "metadata": ["name": "memory", "namespace": "production"], "spec": ["hard": ["requests.memory": "1Gi", "pods": "10"]],
            ]
            try store.create(.resourceQuotas, quota, at: now)
            try store.update(.deployments, namespace: "production", name: workload.name) { $0["spec", "replicas"] = 3 }
        }
        simulation.run(for: .seconds(10))
        #expect(simulation.pods(of: workload).count == 2)
        let failure = simulation.deployment(workload)?["status", "conditions"]?.array?.first { $0["type"]?.string == "ReplicaFailure" }
        #expect(
            failure?["message"]?.string?.hasSuffix(
                "is forbidden: exceeded quota: memory, requested: requests.memory=512Mi, used: requests.memory=1Gi, limited: requests.memory=1Gi"
            )
                == true)
        try simulation.write { store, _ in try store.remove(.resourceQuotas, namespace: "production", name: "memory") }
        #expect(
            simulation.run(for: .minutes(20)) { $0.get(.deployments, namespace: "production", name: workload.name)?.isRolledOut ?? false })
    }

    @Test func podsWithoutRoomWaitForIt() throws {
        var simulation = Simulation(nodes: SimulatedNode.several(2, memory: ByteQuantity(bytes: 1 << 30)))
        let blueprint = WorkloadBlueprint("web", replicas: 3, memoryRequest: ByteQuantity(bytes: 700 << 20))
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        simulation.run(for: .seconds(30))
        let pending = simulation.pods(of: blueprint.workload(in: "production")).filter { $0["spec", "nodeName"] == nil }
        #expect(pending.count == 1)
        let condition = pending.first?["status", "conditions", 0]
        #expect(condition?["reason"]?.string == "Unschedulable")
        #expect(condition?["message"]?.string?.hasPrefix("0/2 nodes are available: 2 Insufficient memory.") == true)
        #expect(simulation.store.list(.events).contains { $0["reason"]?.string == "FailedScheduling" })
        let bound = try #require(simulation.pods(of: blueprint.workload(in: "production")).first { $0["spec", "nodeName"] != nil })
        try simulation.write { try $0.evict(pod: bound.name, in: "production", at: $1) }
        simulation.run(for: .seconds(10))
        #expect(simulation.store.get(.pods, namespace: "production", name: pending[0].name)?["spec", "nodeName"] != nil)
    }

    @Test func aCordonedNodeGetsNothingNew() throws {
        var simulation = Simulation(nodes: SimulatedNode.several(2))
        try simulation.write { store, _ in try store.update(.nodes, name: "sim-1") { $0["spec", "unschedulable"] = true } }
        try simulation.write { try $0.deploy(WorkloadBlueprint("web", replicas: 4), in: "production", at: $1) }
        simulation.run(for: .seconds(10))
        #expect(Set(simulation.store.list(.pods).map { $0["spec", "nodeName"]?.string ?? "" }) == ["sim-2"])
    }
}

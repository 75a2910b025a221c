import AutomatonCore
import Simulator
import Testing

/// The same seed and the same writes at the same instants give the same history; and nothing that is not the world's own is touched.
@Suite struct DeterminismTests {
    private static func history(seed: UInt64) throws -> [String] {
        var simulation = Simulation(seed: seed)
        var shop = Shop()
        try simulation.write { shop = try $0.deployShop(at: $1) }
        simulation.run(for: .seconds(20))
        try simulation.write { try $0.oom(shop.emailService, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }
        try simulation.write { try $0.crashLoop(shop.checkout, at: $1) }
        simulation.run(for: .minutes(2))
        return try simulation.store.changes(after: 1000).map { "\($0.change) \($0.object.type.plural) \($0.object.json.text)" }
    }

    @Test func theSameSeedGivesTheSameHistory() throws {
        let first = try Self.history(seed: 7)
        #expect(first.count > 300)
        #expect(try Self.history(seed: 7) == first)
        #expect(try Self.history(seed: 8) != first)
    }

    @Test func podsFromElsewhereAreLeftAloneAndCostNothing() throws {
        var simulation = Simulation()
        var shop = Shop()
        try simulation.write { shop = try $0.deployShop(at: $1) }
        simulation.run(for: .seconds(20))
        try simulation.write { store, now in
            for index in 0..<2_000 {
                let pod: JSON = [
                    "metadata": [
                        "name": .string("recorded-\(index)"), "namespace": "elsewhere",
                        "ownerReferences": [
                            [
                                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": .string("set-\(index / 3)"),
                                "uid": .string("u\(index / 3)"), "controller": true,
                            ]
                        ],
                    ],
                    "spec": ["nodeName": index % 100 == 0 ? .null : "node-7", "containers": [["name": "a", "image": "a:1"]]],
                    "status": [
                        "phase": "Running", "startTime": "2026-11-21T05:29:22Z",
                        "conditions": [["type": "PodScheduled", "status": "True"]],
                    ],
                ]
                try store.create(.pods, pod, at: now)
            }
        }
        let version = simulation.store.resourceVersion
        let clock = ContinuousClock()
        // The best of several, for the machine has other things to do too.
        let idle = (0..<10).map { _ in clock.measure { for _ in 0..<100 { simulation.settle() } } }.min() ?? .seconds(1)
        #expect(simulation.store.resourceVersion == version)
        // A look that finds nothing to do takes microseconds, however many pods there are: generously, 100 of them.
        #expect(idle < .milliseconds(10))
        try simulation.write { try $0.crashLoop(shop.checkout, at: $1) }
        simulation.run(for: .minutes(1))
        #expect(try simulation.store.changes(after: version).allSatisfy { $0.object.namespace != "elsewhere" })
    }

    @Test func eventsAreCountedAndGoAfterAnHour() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { try $0.crashLoop(workload, at: $1) }
        simulation.run(for: .minutes(20))
        let backOff = try #require(simulation.store.list(.events).first { $0["reason"]?.string == "BackOff" })
        #expect((backOff["count"]?.int ?? 0) > 3)
        #expect(backOff["firstTimestamp"] != backOff["lastTimestamp"])
        #expect(backOff["source", "component"]?.string == "kubelet")
        #expect(backOff["involvedObject", "fieldPath"]?.string == "spec.containers{email-service}")
        #expect(simulation.store.list(.events).contains { $0["reason"]?.string == "ScalingReplicaSet" })
        simulation.write { store, _ in store.heal(workload) }
        simulation.run(for: .hours(2))
        #expect(simulation.store.list(.events).isEmpty)
    }

    @Test func aTruncatedLogIsMadeUpForByLooking() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.store.update(.deployments, namespace: "production", name: workload.name) { $0["spec", "replicas"] = 3 }
        simulation.store.compact()
        simulation.settle()
        #expect(
            simulation.run(for: .seconds(20)) {
                $0.get(.deployments, namespace: "production", name: workload.name)?["status", "availableReplicas"]?.int == 3
            })
    }
}

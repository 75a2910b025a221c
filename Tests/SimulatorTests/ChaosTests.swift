import AutomatonCore
import Simulator
import Testing

/// Whatever is done to the shop, it comes to rest healthy once all faults are taken back, and nothing is left over.
@Suite struct ChaosTests {
    private static func disturb(_ simulation: inout Simulation, _ shop: Shop, _ dice: inout RolloutTests.Dice) throws {
        let workload = shop.workloads.randomElement(using: &dice) ?? shop.checkout
        let pod = simulation.pods(of: workload).filter { !$0.isBeingDeleted }.randomElement(using: &dice)
        let choice = Int.random(in: 0..<10, using: &dice)
        let number = Int.random(in: 0...6, using: &dice)
        try simulation.write { store, now in
            func update(_ change: (inout JSON) -> Void) throws {
                try store.update(workload.type, namespace: workload.namespace, name: workload.name, change: change)
            }
            switch choice {
            case 0: try store.crashLoop(workload, at: now)
            case 1: try store.oom(workload, needs: ByteQuantity(bytes: Int64(number) << 28), at: now)
            case 2: try store.restartLoop(workload, every: .seconds(number + 1), at: now)
            case 3: if let pod { try store.evict(pod: pod.name, in: pod.namespace, at: now) }
            case 4: if workload.type == .deployments { try update { $0["spec", "replicas"] = JSON(number) } }
            case 5:
                try update { $0["spec", "template", "spec", "containers", 0, "image"] = .string("registry.example.com/a:\(number)") }
            case 6:
                try update { $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/a:does-not-exist" }
            case 7:
                guard let pod, pod["spec", "nodeName"] != nil else { return }
                try store.update(.pods, namespace: pod.namespace, name: pod.name) {
                    $0["metadata", "deletionTimestamp"] = .string((now + .seconds(30)).rfc3339)
                    $0["metadata", "deletionGracePeriodSeconds"] = 30
                }
            case 8: if workload.type == .deployments { try update { $0["spec", "paused"] = .bool(number > 3) } }
            default: try store.update(.nodes, name: "sim-\(number % 3 + 1)") { $0["spec", "unschedulable"] = .bool(number > 3) }
            }
        }
    }

    @Test(arguments: 0..<5) func comesToRestHealthy(seed: Int) throws {
        var dice = RolloutTests.Dice(state: UInt64(seed) &* 104_729 &+ 7)
        var simulation = Simulation(timeScale: 0.5, seed: UInt64(seed))
        var shop = Shop()
        try simulation.write { shop = try $0.deployShop(at: $1) }
        for _ in 0..<25 {
            simulation.run(for: .milliseconds(Int.random(in: 0...20_000, using: &dice)))
            try Self.disturb(&simulation, shop, &dice)
        }
        try simulation.write { store, _ in
            for workload in shop.workloads {
                store.heal(workload)
                try store.update(workload.type, namespace: workload.namespace, name: workload.name) {
                    $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/a:good"
                    $0["spec", "paused"] = nil
                }
            }
            for node in ["sim-1", "sim-2", "sim-3"] { try store.update(.nodes, name: node) { $0["spec", "unschedulable"] = nil } }
            // As a person would: an ordered StatefulSet does not roll past a pod that never becomes ready.
            for pod in store.list(.pods, namespace: "production") where pod.name.hasPrefix("inventory-") {
                try store.remove(.pods, namespace: pod.namespace, name: pod.name)
            }
        }
        #expect(simulation.run(for: .minutes(30)) { shop.isHealthy(in: $0) })
        simulation.run(for: .minutes(10))
        for workload in shop.workloads {
            let object = try #require(simulation.store.get(workload.type, namespace: workload.namespace, name: workload.name))
            let serving = simulation.pods(of: workload).filter { $0["status", "phase"]?.string == "Running" }
            #expect(serving.count == (workload.type == .daemonSets ? 3 : object["spec", "replicas"]?.int ?? 1))
            for pod in serving { #expect(pod["spec", "containers", 0, "image"]?.string == "registry.example.com/a:good") }
        }
        #expect(!simulation.pods(of: shop.checkout).contains { $0.isBeingDeleted })
        // At rest: nothing more is written, but for Events whose hour is over.
        let version = simulation.store.resourceVersion
        simulation.run(for: .minutes(30))
        #expect(try simulation.store.changes(after: version).allSatisfy { $0.object.type == .events && $0.change == .deleted })
    }
}

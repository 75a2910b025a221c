import AutomatonCore
import Simulator
import Testing

/// Containers that die of something else, and what cures them.
@Suite struct CrashTests {
    private static func restart(_ workload: WorkloadName, in simulation: inout Simulation, type: ResourceType = .deployments) throws {
        try simulation.write { store, now in
            try store.update(type, namespace: workload.namespace, name: workload.name) { object in
                object["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"] = .string(now.rfc3339)
            }
        }
    }

    @Test func backOffDoublesUpToFiveMinutes() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { try $0.crashLoop(workload, at: $1) }
        simulation.run(for: .minutes(40))
        var messages: [String] = []
        for event in try simulation.store.changes(after: 1000, of: .pods) {
            guard let message = event.object["status", "containerStatuses", 0, "state", "waiting", "message"]?.string,
                let delay = message.split(separator: " ").dropFirst().first.map(String.init), messages.last != delay
            else { continue }
            messages.append(delay)
        }
        #expect(messages == ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"])
        // The delays are kept: deaths are as far apart as they say, and a little more.
        var deaths: [Instant] = []
        for event in try simulation.store.changes(after: 1000, of: .pods) {
            guard
                let at = event.object["status", "containerStatuses", 0, "state", "terminated", "finishedAt"]?.string.flatMap({
                    Instant(rfc3339: $0)
                }),
                deaths.last != at
            else { continue }
            deaths.append(at)
        }
        let gaps = zip(deaths.dropFirst(), deaths).map { Int(($0 - $1).inSeconds) }
        for (gap, least) in zip(gaps.dropFirst(), [10, 20, 40, 80, 160, 300, 300]) { #expect(gap >= least && gap <= least + 3) }
    }

    @Test func backOffFollowsTheTimeScale() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(timeScale: 0.1)
        try simulation.write { try $0.crashLoop(workload, at: $1) }
        simulation.run(for: .seconds(30))
        let pod = try #require(simulation.pods(of: workload).first)
        // 1 + 2 + 4 + 8 s of back-off fit into 30 s; in real time there would be one restart less than three.
        #expect((pod["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) >= 5)
    }

    @Test func aLongRunIsForgiven() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        let pod = try #require(simulation.pods(of: workload).first).name
        try simulation.write { try $0.inject(Behaviour(.exits(code: 3), after: .minutes(11), cure: .newPod), into: workload, at: $1) }
        simulation.run(for: .minutes(60))
        let history = simulation.history(ofPod: pod, in: "production")
        #expect(history.contains("terminated Error 3, restarts 3, last Error"))
        #expect(!history.contains { $0.contains("CrashLoopBackOff") })
    }

    @Test(arguments: [ResourceType.deployments, .daemonSets]) func healsByARolloutRestart(type: ResourceType) throws {
        let blueprint = WorkloadBlueprint("checkout", type == .deployments ? .deployment() : .daemonSet, replicas: 3)
        var (simulation, workload) = try OutOfMemoryTests.start(blueprint)
        try simulation.write { try $0.crashLoop(workload, at: $1) }
        simulation.run(for: .minutes(3))
        for pod in simulation.pods(of: workload) { #expect((pod["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) >= 3) }
        try Self.restart(workload, in: &simulation, type: type)
        let isHealed = simulation.run(for: .minutes(2)) { store in
            store.get(type, namespace: "production", name: "checkout")?.isRolledOut ?? false
        }
        #expect(isHealed)
        simulation.run(for: .minutes(20))
        #expect(simulation.pods(of: workload).count == 3)
        for pod in simulation.pods(of: workload) { #expect(pod["status", "containerStatuses", 0, "restartCount"]?.int == 0) }
    }

    @Test func aStatefulSetIsReplacedFromTheTop() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("inventory", .statefulSet, replicas: 3))
        let before = simulation.store.get(.statefulSets, namespace: "production", name: "inventory")?["status", "currentRevision"]?.string
        let version = simulation.store.resourceVersion
        try Self.restart(workload, in: &simulation, type: .statefulSets)
        #expect(
            simulation.run(for: .minutes(2)) {
                $0.get(.statefulSets, namespace: "production", name: "inventory")?["status", "currentRevision"]?.string != before
            })
        let gone = try simulation.store.changes(after: version, of: .pods).filter { $0.change == .deleted }.map(\.object.name)
        #expect(gone == ["inventory-2", "inventory-1", "inventory-0"])
        let status = try #require(simulation.store.get(.statefulSets, namespace: "production", name: "inventory")?["status"])
        #expect(status["currentRevision"] == status["updateRevision"])
        #expect(status["updatedReplicas"]?.int == 3)
        #expect(status["readyReplicas"]?.int == 3)
    }

    @Test func aCrashingPodOfAStatefulSetIsReplacedWhileItIsReady() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("inventory", .statefulSet, replicas: 2))
        try simulation.write { store, now in
            try store.inject(Behaviour(.exits(code: 1), after: .seconds(1), cure: .newPod), into: workload, pod: "inventory-1", at: now)
        }
        simulation.run(for: .seconds(20))
        try Self.restart(workload, in: &simulation, type: .statefulSets)
        #expect(
            simulation.run(for: .minutes(6)) { $0.get(.statefulSets, namespace: "production", name: "inventory")?.isRolledOut ?? false })
        for pod in simulation.pods(of: workload) { #expect(pod["status", "containerStatuses", 0, "restartCount"]?.int == 0) }
    }

    @Test func whatIsNotThereCannotBeBroken() throws {
        var (simulation, _) = try OutOfMemoryTests.start()
        #expect(throws: StoreError.notFound(.deployments, name: "nothing")) {
            try simulation.write { try $0.crashLoop(.deployment("nothing", in: "production"), at: $1) }
        }
        #expect(throws: StoreError.notFound(.pods, name: "nobody")) {
            try simulation.write { try $0.evict(pod: "nobody", in: "production", at: $1) }
        }
    }

    @Test func aFaultForGoodSurvivesRestarts() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { try $0.breakForGood(workload, at: $1) }
        simulation.run(for: .minutes(1))
        try Self.restart(workload, in: &simulation)
        simulation.run(for: .minutes(3))
        let newest = try #require(
            simulation.pods(of: workload).filter { !$0.isBeingDeleted }.max { $0.resourceVersion < $1.resourceVersion })
        #expect((newest["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) > 1)
        simulation.write { store, _ in store.heal(workload) }
        #expect(
            simulation.run(for: .minutes(10)) { $0.get(.deployments, namespace: "production", name: workload.name)?.isRolledOut ?? false })
    }

    @Test func restartLoopsHardlyWait() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { try $0.restartLoop(workload, every: .seconds(20), at: $1) }
        var waiting = 0
        for _ in 0..<300 {
            simulation.run(for: .seconds(1))
            if simulation.pods(of: workload).first?["status", "containerStatuses", 0, "state", "waiting"] != nil { waiting += 1 }
        }
        let pod = try #require(simulation.pods(of: workload).first)
        #expect((12...15).contains(pod["status", "containerStatuses", 0, "restartCount"]?.int ?? 0))
        #expect(waiting <= 20)
    }

    @Test func whatCannotStartSaysSo() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        let message = "failed to create containerd task: exec: \"/app/start\": no such file or directory"
        try simulation.write { store, now in
            try store.inject(Behaviour(.cannotStart(reason: .startError, message: message), cure: .newPod), into: workload, at: now)
        }
        simulation.run(for: .seconds(20))
        let pod = try #require(simulation.pods(of: workload).first)
        let death = pod["status", "containerStatuses", 0, "lastState", "terminated"]
        #expect(death?["reason"]?.string == "StartError")
        #expect(death?["exitCode"]?.int == 128)
        #expect(death?["message"]?.string == message)
        #expect(death?["startedAt"]?.string == "1970-01-01T00:00:00Z")
        #expect(pod["status", "phase"]?.string == "Running")
    }

    @Test func aMissingImageBacksOff() throws {
        var simulation = Simulation()
        let blueprint = WorkloadBlueprint("catalog", replicas: 1, image: "registry.example.com/catalog:does-not-exist")
        try simulation.write { try $0.deploy(blueprint, in: "production", at: $1) }
        simulation.run(for: .seconds(5))
        let pod = try #require(simulation.pods(of: blueprint.workload(in: "production")).first)
        #expect(
            simulation.history(ofPod: pod.name, in: "production") == [
                "waiting ContainerCreating, restarts 0", "waiting ErrImagePull, restarts 0", "waiting ImagePullBackOff, restarts 0",
            ])
        #expect(pod["status", "phase"]?.string == "Pending")
        #expect(pod["status", "containerStatuses", 0, "imageID"]?.string == "")
    }

    @Test func unreadyPodsRunOn() throws {
        var (simulation, workload) = try OutOfMemoryTests.start()
        try simulation.write { try $0.inject(Behaviour(.unready, cure: .newPod), into: workload, at: $1) }
        simulation.run(for: .seconds(5))
        let pod = try #require(simulation.pods(of: workload).first)
        #expect(pod["status", "containerStatuses", 0, "state", "running"] != nil)
        #expect(pod["status", "containerStatuses", 0, "ready"]?.bool == false)
        #expect(simulation.deployment(workload)?["status", "unavailableReplicas"]?.int == 1)
        simulation.write { store, _ in store.heal(workload) }
        #expect(simulation.deployment(workload)?["status", "availableReplicas"]?.int == 1)
    }
}

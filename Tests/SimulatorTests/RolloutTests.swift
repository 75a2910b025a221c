import AutomatonCore
import Simulator
import Testing

/// Rollouts of Deployments.
@Suite struct RolloutTests {
    /// One case of the property: a Deployment of some size and bounds, changed in some way.
    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var replicas: Int
        var surge: String
        var unavailable: String
        var minReadySeconds: Int
        var readinessDelay: Int?

        init(seed: UInt64) {
            var random = Dice(state: seed &* 7919 &+ 1)
            self.seed = seed
            replicas = Int.random(in: 1...12, using: &random)
            func bound(_ random: inout Dice) -> String {
                Bool.random(using: &random) ? "\(Int.random(in: 0...100, using: &random))%" : "\(Int.random(in: 0...4, using: &random))"
            }
            surge = bound(&random)
            unavailable = bound(&random)
            minReadySeconds = Int.random(in: 0...3, using: &random)
            readinessDelay = Bool.random(using: &random) ? Int.random(in: 0...4, using: &random) : nil
        }

        var testDescription: String {
            "seed \(seed): \(replicas) replicas, surge \(surge), unavailable \(unavailable), minReady \(minReadySeconds), probe \(readinessDelay ?? -1)"
        }

        private func resolve(_ text: String, up: Bool) -> Int {
            guard text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return Int(text) ?? 0 }
            return up ? (percent * replicas + 99) / 100 : percent * replicas / 100
        }

        var most: Int { replicas + resolve(surge, up: true) }
        var least: Int {
            let allowed = resolve(unavailable, up: false)
            return replicas - min(replicas, allowed == 0 && resolve(surge, up: true) == 0 ? 1 : allowed)
        }
    }

    struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) | (state << 31)
        }
    }

    private static func available(_ store: borrowing Store, minReady: Int, at now: Instant) -> (available: Int, living: Int) {
        var available = 0
        var living = 0
        for pod in store.list(.pods, namespace: "production") where !pod.isBeingDeleted {
            living += 1
            let ready = pod["status", "conditions"]?.array?.first { $0["type"]?.string == "Ready" }
            if ready?["status"]?.string == "True",
                let since = ready?["lastTransitionTime"]?.string.flatMap({ Instant(rfc3339: $0) }), since + .seconds(minReady) <= now
            {
                available += 1
            }
        }
        return (available, living)
    }

    @Test(arguments: (0..<30).map { Case(seed: $0) }) func availabilityStaysWithinTheBounds(_ sample: Case) throws {
        let blueprint = WorkloadBlueprint(
            "web", .deployment(maxSurge: sample.surge, maxUnavailable: sample.unavailable), replicas: sample.replicas,
            readinessDelay: sample.readinessDelay, minReadySeconds: sample.minReadySeconds)
        var (simulation, workload) = try OutOfMemoryTests.start(blueprint, seed: sample.seed)
        // Each state that a watcher could see counts, not only those between two instants.
        for round in 0..<2 {
            let version = simulation.store.resourceVersion
            try simulation.write { store, _ in
                try store.update(.deployments, namespace: "production", name: "web") { deployment in
                    deployment["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3.\(round)"
                }
            }
            var worst = (available: Int.max, living: 0)
            let isDone = simulation.run(for: .minutes(10)) { store, now in
                let seen = Self.available(store, minReady: sample.minReadySeconds, at: now)
                worst = (min(worst.available, seen.available), max(worst.living, seen.living))
                return store.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false
            }
            #expect(isDone)
            #expect(worst.available >= sample.least)
            #expect(worst.living <= sample.most)
            var living = sample.replicas
            for event in try simulation.store.changes(after: version, of: .pods) {
                if event.change == .added { living += 1 }
                if event.change == .modified, event.object.isBeingDeleted, event.previous?.isBeingDeleted == false { living -= 1 }
                if event.change == .deleted, event.previous?.isBeingDeleted == false { living -= 1 }
                #expect(living <= sample.most)
            }
        }
        #expect(simulation.deployment(workload)?["metadata", "annotations", "deployment.kubernetes.io/revision"]?.string == "3")
        #expect(simulation.store.list(.replicaSets, namespace: "production").count == 3)
    }

    /// What a watcher of a Deployment of two replicas sees when its template changes, as recorded from a kube-controller-manager 1.36:
    /// observed generation, replicas, updated, ready, available, unavailable, reason of Progressing. The pods' terminations, which
    /// depend on the containers, are left out.
    @Test func aRolloutReportsAsRecorded() throws {
        var (simulation, _) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 2))
        let version = simulation.store.resourceVersion
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3"
            }
        }
        simulation.run(for: .seconds(30))
        var seen: [String] = []
        for event in try simulation.store.changes(after: version, of: .deployments) {
            let status = event.object["status"] ?? .emptyObject
            let numbers = [
                "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
            ]
            .map { String(status[$0]?.int ?? 0) }
            let reason = status["conditions"]?.array?.first { $0["type"]?.string == "Progressing" }?["reason"]?.string ?? ""
            let line = numbers.joined(separator: " ") + " " + reason
            if seen.last != line { seen.append(line) }
        }
        #expect(
            seen == [
                "1 2 2 2 2 0 NewReplicaSetAvailable", "1 2 2 2 2 0 NewReplicaSetCreated", "2 2 0 2 2 1 NewReplicaSetCreated",
                "2 3 1 2 2 1 ReplicaSetUpdated", "2 3 1 3 3 0 ReplicaSetUpdated", "2 2 1 2 2 1 ReplicaSetUpdated",
                "2 3 2 2 2 1 ReplicaSetUpdated", "2 3 2 3 3 0 ReplicaSetUpdated", "2 2 2 2 2 0 NewReplicaSetAvailable",
            ])
    }

    @Test func namesAndMarksAreThoseOfKubernetes() throws {
        let (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 2))
        let set = try #require(simulation.store.list(.replicaSets).first)
        let hash = try #require(set.labels["pod-template-hash"])
        #expect(hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
        #expect((6...10).contains(hash.count))
        #expect(set.name == "web-\(hash)")
        #expect(set["metadata", "annotations", "deployment.kubernetes.io/desired-replicas"]?.string == "2")
        #expect(set["metadata", "annotations", "deployment.kubernetes.io/max-replicas"]?.string == "3")
        for pod in simulation.pods(of: workload) {
            #expect(pod.name.hasPrefix("web-\(hash)-") && pod.name.count == set.name.count + 6)
            let owner = try #require(pod["metadata", "ownerReferences", 0])
            #expect(owner["kind"]?.string == "ReplicaSet")
            #expect(owner["uid"]?.string == set.uid)
            #expect(owner["controller"]?.bool == true)
            #expect(owner["blockOwnerDeletion"]?.bool == true)
        }
        let status = try #require(simulation.deployment(workload)?["status"])
        let conditions = status["conditions"]?.array ?? []
        #expect(conditions.map { $0["reason"]?.string ?? "" } == ["MinimumReplicasAvailable", "NewReplicaSetAvailable"])
        #expect(conditions.last?["message"]?.string == "ReplicaSet \"\(set.name)\" has successfully progressed.")
        #expect(status["unavailableReplicas"] == nil)
    }

    @Test func aStuckRolloutKeepsTheOldPodsAndMissesItsDeadline() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 4, progressDeadlineSeconds: 30))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:does-not-exist"
            }
        }
        simulation.run(for: .minutes(2))
        let status = try #require(simulation.deployment(workload)?["status"])
        let progressing = try #require(status["conditions"]?.array?.first { $0["type"]?.string == "Progressing" })
        #expect(progressing["status"]?.string == "False")
        #expect(progressing["reason"]?.string == "ProgressDeadlineExceeded")
        #expect((status["availableReplicas"]?.int ?? 0) >= 3)
        // A template that works goes through, and the pods that never worked go first.
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3"
            }
        }
        #expect(simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false })
        let healed = simulation.deployment(workload)?["status", "conditions"]?.array?.first { $0["type"]?.string == "Progressing" }
        #expect(healed?["reason"]?.string == "NewReplicaSetAvailable")
    }

    @Test func aPausedDeploymentScalesButDoesNotRoll() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 2))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "paused"] = true
                $0["spec", "replicas"] = 3
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3"
            }
        }
        simulation.run(for: .minutes(1))
        #expect(
            simulation.pods(of: workload).map { $0["spec", "containers", 0, "image"]?.string }
                == Array(repeating: "registry.example.com/web:2.4.1", count: 3))
        let paused = simulation.deployment(workload)?["status", "conditions"]?.array?.first { $0["type"]?.string == "Progressing" }
        #expect(paused?["reason"]?.string == "DeploymentPaused")
        #expect(paused?["status"]?.string == "Unknown")
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") { $0["spec", "paused"] = nil }
        }
        #expect(simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false })
        #expect(simulation.store.list(.replicaSets).count == 2)
    }

    @Test func recreateLeavesNoOldPodBesideANewOne() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 3))
        let version = simulation.store.resourceVersion
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "strategy"] = ["type": "Recreate"]
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3"
            }
        }
        #expect(simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false })
        let changes = try simulation.store.changes(after: version, of: .pods).map(\.change)
        let firstNew = try #require(changes.firstIndex(of: .added))
        #expect(changes[..<firstNew].count { $0 == .deleted } == 3)
        #expect(simulation.pods(of: workload).count == 3)
    }

    @Test func scalingDownTakesTheSickFirst() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 4))
        let sick = try #require(simulation.pods(of: workload).last).name
        try simulation.write { try $0.inject(Behaviour(.unready, cure: .newPod), into: workload, pod: sick, at: $1) }
        simulation.run(for: .seconds(5))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") { $0["spec", "replicas"] = 3 }
        }
        simulation.run(for: .seconds(5))
        let left = simulation.pods(of: workload).map(\.name)
        #expect(left.count == 3 && !left.contains(sick))
    }

    @Test func oldReplicaSetsBeyondTheLimitGo() throws {
        var (simulation, _) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 1))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") { $0["spec", "revisionHistoryLimit"] = 2 }
        }
        for round in 0..<5 {
            try simulation.write { store, _ in
                try store.update(.deployments, namespace: "production", name: "web") {
                    $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:4.\(round)"
                }
            }
            simulation.run(for: .seconds(30))
        }
        #expect(simulation.store.list(.replicaSets).count == 3)
    }

    private static let revisionKey = "deployment.kubernetes.io/revision"

    private static func release(_ tag: String, in simulation: inout Simulation) throws {
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template", "spec", "containers", 0, "image"] = .string("registry.example.com/web:\(tag)")
            }
        }
        #expect(simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false })
    }

    /// The images that the ReplicaSets keep, by revision, with the revisions that they had before.
    private static func history(_ simulation: borrowing Simulation) -> [String] {
        simulation.store.list(.replicaSets).map { set -> (Int, String) in
            let annotations = set["metadata", "annotations"]
            let number = Int(annotations?[revisionKey]?.string ?? "") ?? 0
            let image = set["spec", "template", "spec", "containers", 0, "image"]?.string?.split(separator: ":").last ?? ""
            return (number, "\(number) \(image) \(annotations?["deployment.kubernetes.io/revision-history"]?.string ?? "-")")
        }
        .sorted { $0.0 < $1.0 }.map(\.1)
    }

    @Test func goingBackNumbersTheOldReplicaSetAsTheNewest() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 2))
        try Self.release("3", in: &simulation)
        #expect(Self.history(simulation) == ["1 2.4.1 -", "2 3 -"])
        try Self.release("2.4.1", in: &simulation)
        #expect(Self.history(simulation) == ["2 3 -", "3 2.4.1 1"])
        #expect(simulation.deployment(workload)?["metadata", "annotations", .member(Self.revisionKey)] == "3")
        try Self.release("3", in: &simulation)
        try Self.release("2.4.1", in: &simulation)
        #expect(Self.history(simulation) == ["4 3 2", "5 2.4.1 1,3"])
        let progressing = simulation.deployment(workload)?["status", "conditions"]?.array?.first { $0["type"]?.string == "Progressing" }
        #expect(progressing?["reason"] == "NewReplicaSetAvailable")
    }

    @Test func theReplicaSetCarriesTheAnnotationsOfItsDeployment() throws {
        var (simulation, _) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 1))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["metadata", "annotations", "kubernetes.io/change-cause"] = "release 3"
                $0["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"] = "{}"
                $0["spec", "template", "spec", "containers", 0, "image"] = "registry.example.com/web:3"
            }
        }
        simulation.run(for: .seconds(30))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") { $0["metadata", "annotations", "team"] = "shop" }
        }
        simulation.run(for: .seconds(1))
        let sets = simulation.store.list(.replicaSets).map { $0["metadata", "annotations"]?.strings ?? [:] }
        let new = try #require(sets.first { $0[Self.revisionKey] == "2" })
        let old = try #require(sets.first { $0[Self.revisionKey] == "1" })
        #expect(new["kubernetes.io/change-cause"] == "release 3" && new["team"] == "shop")
        #expect(new["kubectl.kubernetes.io/last-applied-configuration"] == nil)
        #expect(old["kubernetes.io/change-cause"] == nil && old["team"] == nil)
    }

    @Test func theLowestRevisionsGoFirst() throws {
        var (simulation, _) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 1))
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") { $0["spec", "revisionHistoryLimit"] = 1 }
        }
        try Self.release("3", in: &simulation)
        // Back to the older ReplicaSet, then on: the younger one has the lower number now.
        try Self.release("2.4.1", in: &simulation)
        try Self.release("4", in: &simulation)
        simulation.run(for: .seconds(30))
        #expect(Self.history(simulation) == ["3 2.4.1 1", "4 4 -"])
    }

    @Test func aBadReleaseCrashesUntilItIsTakenBack() throws {
        var (simulation, workload) = try OutOfMemoryTests.start(WorkloadBlueprint("web", replicas: 2))
        try simulation.write { store, _ in try store.rollOutBadRelease(of: workload, image: "registry.example.com/web:3") }
        simulation.run(for: .minutes(3))
        let sick = simulation.pods(of: workload).filter { ($0["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) >= 3 }
        #expect(!sick.isEmpty && sick.allSatisfy { $0["spec", "containers", 0, "image"] == "registry.example.com/web:3" })
        // New pods of it are no better.
        try simulation.write { store, now in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"] = .string(now.rfc3339)
            }
        }
        simulation.run(for: .minutes(3))
        #expect(simulation.pods(of: workload).contains { ($0["status", "containerStatuses", 0, "restartCount"]?.int ?? 0) >= 3 })
        let first = try #require(
            simulation.store.list(.replicaSets).first { $0["metadata", "annotations", .member(Self.revisionKey)] == "1" })
        try simulation.write { store, _ in
            try store.update(.deployments, namespace: "production", name: "web") {
                $0["spec", "template"] = first["spec", "template"]
                $0["spec", "template", "metadata", "labels", "pod-template-hash"] = nil
            }
        }
        #expect(simulation.run(for: .minutes(1)) { $0.get(.deployments, namespace: "production", name: "web")?.isRolledOut ?? false })
        simulation.run(for: .minutes(20))
        #expect(simulation.pods(of: workload).allSatisfy { $0["status", "containerStatuses", 0, "restartCount"]?.int == 0 })
    }
}

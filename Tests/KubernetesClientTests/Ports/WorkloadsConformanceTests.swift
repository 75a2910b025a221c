import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import Testing

/// What every server behind `KubernetesWorkloads` must do: the tests' own server always, and the cluster of the kubeconfig in
/// `TEST_KUBECONFIG` where it is set (it gets a namespace for each test, which is deleted again).
@Suite("Workloads: conformance")
struct WorkloadsConformanceTests {
    static let kinds: [Subject.Kind] = [.deployment, .statefulSet, .daemonSet]
    private static let kubeconfig = ProcessInfo.processInfo.environment["TEST_KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }

    @Test("On the tests' own server", arguments: World.requirements.keys.sorted(), kinds)
    func ownServer(requirement: String, kind: Subject.Kind) async throws {
        let merging = MergingAPI()
        let scripted = try ScriptedAPI { merging.answer($0) }
        try await World.check(requirement, kind, on: scripted.api)
    }

    @Test(
        "On a real cluster", .enabled(if: kubeconfig != nil, "TEST_KUBECONFIG names no cluster"), .timeLimit(.minutes(5)),
        arguments: World.requirements.keys.sorted(), kinds)
    func realCluster(requirement: String, kind: Subject.Kind) async throws {
        let configuration = try ClusterConfiguration.load(
            kubeconfig: Self.kubeconfig, environment: ProcessInfo.processInfo.environment, clock: { .epoch })
        try await World.check(requirement, kind, on: KubernetesAPI(configuration, http: try HTTPClient()))
    }
}

/// A workload `email` of two containers on some server, and what must hold for it.
struct World: Sendable {
    let api: KubernetesAPI
    let subject: Subject
    let port: KubernetesWorkloads
    /// A second one, which has read nothing: another replica, or the program after a restart.
    let other: KubernetesWorkloads

    /// What must hold, by its name.
    static let requirements: [String: @Sendable (World) async throws -> Void] = [
        "memory, restart and stamps, under their preconditions": { try await $0.writes() },
        "taking back, while others change other fields": { try await $0.takesBack() },
        "replicas, and taking them back while others change other fields": { try await $0.scales() },
        "who owns the replicas is named": { try await $0.namesOwnerOfReplicas() },
        "what the safety policy needs to know": { try await $0.readsCircumstances() },
        "revisions, going back to one and forward again": { try await $0.goesBack() },
        "a template is only written over the one that is expected": { try await $0.holdsTemplates() },
        "the newest ten stamps are kept": { try await $0.keepsTenStamps() },
        "an annotation that cannot be read refuses the workload": { try await $0.unreadableAnnotation() },
        "of two writers with the same version, one wins": { try await $0.races() },
    ]

    static func check(_ requirement: String, _ kind: Subject.Kind, on api: KubernetesAPI) async throws {
        let requirement = try #require(requirements[requirement])
        try await with(kind, on: api, requirement)
    }

    /// Makes a namespace and the workload in it, and takes the namespace away again.
    static func with(_ kind: Subject.Kind, on api: KubernetesAPI, _ body: (World) async throws -> Void) async throws {
        let namespace = "conformance-\(UInt32.random(in: 0 ... .max))"
        let namespaces = APIPath(resource: "namespaces")
        _ = try await api.post(namespaces, body: Array(#"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"\#(namespace)"}}"#.utf8))
        let subject = Subject(kind, namespace: namespace, name: "email")
        _ = try await api.post(path(subject, name: nil), body: manifest(subject))
        do {
            try await body(
                World(api: api, subject: subject, port: KubernetesWorkloads(api), other: KubernetesWorkloads(api)))
        } catch {
            _ = try? await api.delete(APIPath(resource: "namespaces", name: namespace))
            throw error
        }
        _ = try await api.delete(APIPath(resource: "namespaces", name: namespace))
    }

    static func path(_ subject: Subject, name: String?) -> APIPath {
        APIPath(group: "apps", namespace: subject.namespace, resource: subject.kind.rawValue + "s", name: name)
    }

    static func manifest(_ subject: Subject) -> [UInt8] {
        let kind = [Subject.Kind.deployment: "Deployment", .statefulSet: "StatefulSet", .daemonSet: "DaemonSet"][subject.kind] ?? ""
        let count = subject.kind == .daemonSet ? "" : #""replicas":2,"#
        let service = subject.kind == .statefulSet ? #""serviceName":"email","# : ""
        return Array(
            """
            {"kind":"\(kind)","apiVersion":"apps/v1","metadata":{"name":"email","annotations":{"team":"mail"}},"spec":{\(count)\(service)
            "selector":{"matchLabels":{"app":"email"}},"template":{"metadata":{"labels":{"app":"email"}},"spec":{"containers":[
            {"name":"sidecar","image":"registry.example.com/proxy:1"},
            {"name":"email","image":"registry.example.com/email:1","env":[{"name":"A","value":"b"}],
             "resources":{"limits":{"memory":"1Gi","cpu":"1"},"requests":{"memory":"512Mi","cpu":"100m"}}}]}}}}
            """.utf8)
    }

    func stamp(_ number: Int, remediation: String = "raise-memory") -> Stamp {
        Stamp(
            attempt: AttemptID("run-\(number)"), rule: "oom \"quoted\" \\ ü", remediation: remediation,
            at: Instant(microseconds: 1_780_000_000_123_456 + Int64(number)))
    }

    func raise(_ workload: Workload, _ limit: String = "2Gi", _ request: String = "1Gi") -> WorkloadWrite {
        WorkloadWrite(
            [.memory(container: "email", limit: ByteQuantity(limit), request: ByteQuantity(request))],
            precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))
    }

    func raw() async throws -> [String: Any] {
        let bytes = try await api.get(Self.path(subject, name: subject.name))
        return try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:]
    }

    /// Reads and writes, again when a controller wrote its status in between: on a real cluster it does.
    func change(
        with writer: KubernetesWorkloads? = nil, stamp: Stamp?, _ make: (Workload) -> WorkloadWrite
    ) async throws -> Workload {
        for _ in 0..<50 {
            if let written = try await attempt(with: writer ?? port, stamp, make) { return written }
        }
        throw PortError.conflict("\(subject) never settled")
    }

    /// Nil when the object changed between reading and writing.
    private func attempt(
        with writer: KubernetesWorkloads, _ stamp: Stamp?, _ make: (Workload) -> WorkloadWrite
    ) async throws -> Workload? {
        let write = make(try await port.read(subject))
        do {
            return try await writer.write(write, to: subject, stamp: stamp)
        } catch {
            guard case .conflict = error else { throw error }
            return nil
        }
    }

    /// Somebody else changes something.
    func interfere(_ patch: String) async throws {
        _ = try await api.patch(Self.path(subject, name: subject.name), .strategicMerge, body: Array(patch.utf8))
    }

    // MARK: What must hold

    func writes() async throws {
        let first = try await port.read(subject)
        #expect(first.containers.map(\.name) == ["sidecar", "email"])
        #expect(first.containers[1].memoryLimit == ByteQuantity("1Gi"))
        #expect(first.containers[1].memoryRequest == ByteQuantity("512Mi"))
        #expect(first.containers[0].memoryLimit == nil)
        #expect(first.replicas == (subject.kind == .daemonSet ? nil : 2))
        #expect(first.stamps.isEmpty && first.restartedAt == nil && !first.paused && first.rollsOut)

        let raised = try await change(stamp: stamp(1)) { raise($0) }
        #expect(raised.uid == first.uid && raised.resourceVersion != first.resourceVersion)
        #expect(raised.containers[1].memoryLimit == ByteQuantity("2Gi"))
        #expect(raised.containers[1].memoryRequest == ByteQuantity("1Gi"))
        #expect(raised.stamps == [stamp(1)])
        let object = try await raw()
        let template = (object["spec"] as? [String: Any])?["template"] as? [String: Any]
        let containers = (template?["spec"] as? [String: Any])?["containers"] as? [[String: Any]] ?? []
        #expect(containers.map { $0["image"] as? String } == ["registry.example.com/proxy:1", "registry.example.com/email:1"])
        #expect((containers[1]["env"] as? [[String: String]])?.first == ["name": "A", "value": "b"])
        let limits = (containers[1]["resources"] as? [String: Any])?["limits"] as? [String: String]
        #expect(limits == ["memory": "2Gi", "cpu": "1"])
        let annotations = (object["metadata"] as? [String: Any])?["annotations"] as? [String: String]
        #expect(annotations?["team"] == "mail")

        // The version that was read first is no longer the object's.
        let stale = await #expect(throws: PortError.self) { try await port.write(raise(first, "4Gi"), to: subject, stamp: stamp(2)) }
        guard case .conflict = stale else { throw Unexpected(stale) }
        // Nor does another uid pass, as of an object that was deleted and made again.
        var foreign = raised
        foreign.uid = "00000000-0000-0000-0000-000000000000"
        let replaced = await #expect(throws: PortError.self) { try await port.write(raise(foreign, "4Gi"), to: subject, stamp: nil) }
        guard case .conflict = replaced else { throw Unexpected(replaced) }
        let unchanged = try await other.read(subject)
        #expect(unchanged.containers == raised.containers && unchanged.stamps == raised.stamps)

        // One that has not read the object itself still adds to the stamps that are there.
        let at = Instant(seconds: 1_780_000_100)
        let restarted = try await change(with: KubernetesWorkloads(api), stamp: stamp(3, remediation: "rollout-restart")) {
            WorkloadWrite([.restart(at: at)], precondition: .version(uid: $0.uid, resourceVersion: $0.resourceVersion))
        }
        #expect(restarted.restartedAt == at.rfc3339)
        #expect(restarted.stamps == [stamp(1), stamp(3, remediation: "rollout-restart")])
        #expect(restarted.containers == raised.containers)

        let missing = Subject(subject.kind, namespace: subject.namespace, name: "nobody")
        for attempt in [{ try await port.read(missing) }, { try await port.write(raise(restarted), to: missing, stamp: nil) }] {
            let error = await #expect(throws: PortError.self) { try await attempt() }
            guard case .notFound = error else { throw Unexpected(error) }
        }
    }

    func takesBack() async throws {
        let first = try await port.read(subject)
        let raised = try await change(stamp: stamp(1)) { raise($0) }
        let inverse = WorkloadWrite(
            [.memory(container: "email", limit: ByteQuantity("1Gi"), request: ByteQuantity("512Mi"))],
            precondition: .values(
                uid: raised.uid, [.memory(container: "email", limit: ByteQuantity("2Gi"), request: ByteQuantity("1Gi"))]))
        try await interfere(#"{"metadata":{"labels":{"touched":"yes"}}}"#)
        let back = try await other.write(inverse, to: subject, stamp: nil)
        #expect(back.containers == first.containers)
        #expect(back.stamps == [stamp(1)])
        // It is taken back once: now the fields hold other values.
        let again = await #expect(throws: PortError.self) { try await port.write(inverse, to: subject, stamp: nil) }
        guard case .conflict(let text) = again else { throw Unexpected(again) }
        #expect(text.contains("memory limit of container email is 1Gi, not 2Gi"))
        // A person's value is not overwritten, nor is an object made anew.
        try await interfere(#"{"spec":{"template":{"spec":{"containers":[{"name":"email","resources":{"limits":{"memory":"3Gi"}}}]}}}}"#)
        await #expect(throws: PortError.self) { try await port.write(inverse, to: subject, stamp: nil) }
        #expect(try await port.read(subject).containers[1].memoryLimit == ByteQuantity("3Gi"))
        // What was unset is unset again.
        let cleared = try await change(stamp: nil) {
            WorkloadWrite(
                [.memory(container: "email", limit: nil, request: nil)],
                precondition: .version(uid: $0.uid, resourceVersion: $0.resourceVersion))
        }
        #expect(cleared.containers[1] == Workload.Container(name: "email", memoryLimit: nil, memoryRequest: nil))
    }

    func scales() async throws {
        let first = try await port.read(subject)
        let scale = { (workload: Workload) in
            WorkloadWrite([.replicas(6)], precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))
        }
        guard subject.kind != .daemonSet else {
            let error = await #expect(throws: PortError.self) { try await port.write(scale(first), to: subject, stamp: nil) }
            guard case .refused = error else { throw Unexpected(error) }
            return
        }
        let scaled = try await change(stamp: stamp(1)) { scale($0) }
        #expect(scaled.replicas == 6 && scaled.containers == first.containers && scaled.stamps == [stamp(1)])
        #expect(try await other.autoscalers(of: subject, setting: [.replicas, .memoryLimit(container: "email")]).isEmpty)
        let inverse = WorkloadWrite([.replicas(2)], precondition: .values(uid: scaled.uid, [.replicas(6)]))
        try await interfere(#"{"metadata":{"labels":{"touched":"yes"}}}"#)
        let back = try await other.write(inverse, to: subject, stamp: nil)
        #expect(back.replicas == 2 && back.containers == first.containers && back.stamps == [stamp(1)])
        // A person's number is not overwritten.
        try await interfere(#"{"spec":{"replicas":4}}"#)
        let again = await #expect(throws: PortError.self) { try await port.write(inverse, to: subject, stamp: nil) }
        guard case .conflict(let text) = again else { throw Unexpected(again) }
        #expect(text.contains("it has 4 replicas, not 6"))
        #expect(try await port.read(subject).replicas == 4)
    }

    /// Where the server keeps managedFields; the tests' own does not.
    func namesOwnerOfReplicas() async throws {
        let metadata = try await raw()["metadata"] as? [String: Any]
        guard subject.kind != .daemonSet, metadata?["managedFields"] != nil else { return }
        for (manager, count, kind) in [
            ("kubectl-scale", 3, FieldOwner.Kind.person), ("argocd-controller", 4, .gitOps), ("shop-operator", 5, .controller),
            (KubernetesWorkloads.fieldManager, 6, nil),
        ] {
            let patch = Array(#"{"spec":{"replicas":\#(count)}}"#.utf8)
            _ = try await api.patch(Self.path(subject, name: subject.name), .strategicMerge, body: patch, fieldManager: manager)
            let owners = try await other.read(subject).owners.filter { $0.field == "replicas" }
            #expect(owners == (kind.map { [FieldOwner(kind: $0, name: manager, field: .replicas)] } ?? []), "\(manager)")
        }
    }

    func readsCircumstances() async throws {
        let first = try await port.read(subject)
        #expect(first.wish == ObjectWish())
        if subject.kind != .daemonSet {
            // A Deployment makes a new pod first; of a StatefulSet one pod goes after another.
            #expect(first.desired == 2 && first.takesDown == (subject.kind == .deployment ? 0 : 1))
        }
        let at = Instant(seconds: 1_800_000_000)
        let wishes: [(String, String, ObjectWish)] = [
            (#""observe""#, #""\#(at.rfc3339)""#, ObjectWish(mode: .observe, pausedUntil: at)),
            (#""auto""#, "null", ObjectWish(mode: .auto)),
        ]
        for (mode, until, wish) in wishes {
            try await interfere(
                #"{"metadata":{"annotations":{"self-healing-automaton/mode":\#(mode),"self-healing-automaton/paused-until":\#(until)}}}"#)
            #expect(try await port.read(subject).wish == wish)
        }
        try await interfere(#"{"metadata":{"annotations":{"self-healing-automaton/mode":"off"}}}"#)
        let problem = try await port.read(subject).wish.problem
        #expect(problem?.contains("write one of ignore, observe, auto") == true)
        // It is a wish, not an error: the plan is made, and the safety policy says no.
        _ = try await change(stamp: nil) { raise($0) }
    }

    func goesBack() async throws {
        guard subject.kind == .deployment else {
            #expect(try await port.revisions(of: subject).isEmpty)
            let workload = try await port.read(subject)
            let write = WorkloadWrite(
                [.template(replicaSet: "email-1", uid: "x")],
                precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion)
            )
            let error = await #expect(throws: PortError.self) { try await port.write(write, to: subject, stamp: nil) }
            guard case .refused = error else { throw Unexpected(error) }
            return
        }
        let first = try #require(try await revisions { $0.count == 1 && $0[0].isCurrent }.first)
        #expect(first.number == 1 && first.isAlike && first.images == ["registry.example.com/proxy:1", "registry.example.com/email:1"])
        try await release("2")
        let second = try #require(try await revisions { $0.count == 2 && $0[0].isCurrent }.first)
        #expect(second.number == 2 && second.images.last == "registry.example.com/email:2" && second.createdAt >= first.createdAt)
        try await interfere(#"{"metadata":{"annotations":{"team":"post"}},"spec":{"replicas":1}}"#)

        let back = WorkloadWrite.Edit.template(replicaSet: first.replicaSet, uid: first.uid)
        let forward = WorkloadWrite.Edit.template(replicaSet: second.replicaSet, uid: second.uid)
        let undone = try await change(stamp: stamp(1, remediation: "rollout-undo")) {
            WorkloadWrite([back], precondition: .version(uid: $0.uid, resourceVersion: $0.resourceVersion))
        }
        // What is no part of the template stays as it is now.
        #expect(undone.stamps == [stamp(1, remediation: "rollout-undo")] && undone.replicas == 1)
        #expect(undone.containers[1].memoryLimit == ByteQuantity("1Gi"))
        let object = try await raw()
        #expect(((object["metadata"] as? [String: Any])?["annotations"] as? [String: String])?["team"] == "post")
        let template = (object["spec"] as? [String: Any])?["template"] as? [String: Any]
        #expect(((template?["metadata"] as? [String: Any])?["labels"] as? [String: String]) == ["app": "email"])
        let containers = (template?["spec"] as? [String: Any])?["containers"] as? [[String: Any]] ?? []
        #expect(containers.map { $0["image"] as? String } == first.images)
        #expect((containers.last?["env"] as? [[String: String]])?.first == ["name": "A", "value": "b"])
        // The same ReplicaSet, with the next number.
        let third = try #require(try await revisions { $0.first?.number == 3 && $0[0].isCurrent }.first)
        #expect(third.replicaSet == first.replicaSet && third.uid == first.uid)

        // And forward, whatever else changed since.
        try await interfere(#"{"metadata":{"labels":{"touched":"yes"}},"spec":{"replicas":3}}"#)
        let inverse = WorkloadWrite([forward], precondition: .values(uid: undone.uid, [back]))
        let again = try await other.write(inverse, to: subject, stamp: nil)
        #expect(again.replicas == 3 && again.stamps == undone.stamps)
        #expect(try await revisions { $0.first?.number == 4 && $0[0].isCurrent }.first?.uid == second.uid)
        let error = await #expect(throws: PortError.self) { try await port.write(inverse, to: subject, stamp: nil) }
        guard case .conflict(let text) = error else { throw Unexpected(error) }
        #expect(text.contains("its pod template is no longer that of ReplicaSet \(first.replicaSet)"))

        // A restart is another template, and alike.
        _ = try await change(stamp: nil) {
            WorkloadWrite(
                [.restart(at: Instant(seconds: 1_780_000_100))], precondition: .version(uid: $0.uid, resourceVersion: $0.resourceVersion))
        }
        let restarted = try await revisions { $0.first?.number == 5 && $0[0].isCurrent }
        #expect(restarted.map(\.isAlike) == [true, true, false] && restarted.map(\.isCurrent) == [true, false, false])
    }

    func holdsTemplates() async throws {
        guard subject.kind == .deployment else { return }
        let first = try #require(try await revisions { $0.count == 1 && $0[0].isCurrent }.first)
        try await release("2")
        _ = try await revisions { $0.count == 2 && $0[0].isCurrent }
        let back = WorkloadWrite.Edit.template(replicaSet: first.replicaSet, uid: first.uid)
        let stale = try await port.read(subject)
        // A person mends it meanwhile.
        try await release("3")
        let present = try await port.read(subject)
        let refused: [(WorkloadWrite.Edit, WorkloadWrite.Precondition)] = [
            (back, .version(uid: stale.uid, resourceVersion: stale.resourceVersion)), (back, .values(uid: stale.uid, [back])),
            (back, .values(uid: "00000000-0000-0000-0000-000000000000", [])),
            (.template(replicaSet: first.replicaSet, uid: "x"), .version(uid: present.uid, resourceVersion: present.resourceVersion)),
            (.template(replicaSet: "email-gone", uid: "x"), .version(uid: present.uid, resourceVersion: present.resourceVersion)),
            (back, .values(uid: present.uid, [.template(replicaSet: "email-gone", uid: "x")])),
        ]
        for (edit, precondition) in refused {
            let error = await #expect(throws: PortError.self) {
                try await port.write(WorkloadWrite([edit], precondition: precondition), to: subject, stamp: stamp(1))
            }
            guard case .conflict = error else { throw Unexpected(error) }
        }
        let both = WorkloadWrite(
            [back, .restart(at: .epoch)], precondition: .version(uid: present.uid, resourceVersion: present.resourceVersion))
        let error = await #expect(throws: PortError.self) { try await port.write(both, to: subject, stamp: nil) }
        guard case .refused = error else { throw Unexpected(error) }
        #expect(try await revisions { $0.first?.isCurrent == true }.first?.images.last == "registry.example.com/email:3")
        #expect(try await port.read(subject).stamps.isEmpty)
    }

    private func release(_ tag: String) async throws {
        try await interfere(
            #"{"spec":{"template":{"spec":{"containers":[{"name":"email","image":"registry.example.com/email:\#(tag)"}]}}}}"#)
    }

    /// The revisions, once the controller has come so far.
    private func revisions(_ condition: ([Revision]) -> Bool) async throws -> [Revision] {
        var found: [Revision] = []
        for _ in 0..<400 {
            found = try await port.revisions(of: subject)
            if condition(found) { return found }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("the revisions never were as expected: \(found)")
        return found
    }

    func keepsTenStamps() async throws {
        var workload = try await port.read(subject)
        for number in 1...13 {
            workload = try await change(stamp: stamp(number)) { raise($0, "\(number)Gi", "1Gi") }
        }
        #expect(workload.stamps == (4...13).map { stamp($0) })
        #expect(try await other.read(subject).stamps == workload.stamps)
    }

    func unreadableAnnotation() async throws {
        _ = try await change(stamp: stamp(1)) { raise($0) }
        try await interfere(#"{"metadata":{"annotations":{"self-healing-automaton/attempts":"[{\"attempt\":\"x\"}]"}}}"#)
        let error = await #expect(throws: PortError.self) { try await port.read(subject) }
        guard case .refused(let text) = error else { throw Unexpected(error) }
        #expect(text.contains("self-healing-automaton/attempts") && text.contains("remove the annotation"))
        try await interfere(#"{"metadata":{"annotations":{"self-healing-automaton/attempts":null}}}"#)
        #expect(try await port.read(subject).stamps.isEmpty)
    }

    func races() async throws {
        var won = 0
        for round in 1...50 where won == 0 {
            let first = try await port.read(subject)
            let results = await withTaskGroup(of: Bool.self) { group in
                for number in 1...6 {
                    let contender = KubernetesWorkloads(api)
                    group.addTask {
                        (try? await contender.write(raise(first, "\(number + 1)Gi"), to: subject, stamp: stamp(number))) != nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            won = results.filter { $0 }.count
            // None wins where a controller wrote its status first.
            #expect(won <= 1, "round \(round)")
        }
        #expect(won == 1)
        #expect(try await port.read(subject).stamps.count == 1)
    }
}

/// The port threw something else than it should.
struct Unexpected: Error {
    let error: PortError?
    init(_ error: PortError?) { self.error = error }
}

import AutomatonCore
import Foundation
import KubernetesClient
import Testing

/// What every server behind ``KubernetesWorkloads`` must do. Runs on the server of the tests.
@Suite("Workloads: conformance")
struct WorkloadsConformanceTests {
    static let kinds: [Subject.Kind] = [.deployment, .statefulSet, .daemonSet]

    @Test("Memory, restart and stamps, under their preconditions", arguments: kinds)
    func writes(kind: Subject.Kind) async throws {
        try await World.with(kind) { try await $0.writes() }
    }

    @Test("Taking back, while others change other fields", arguments: kinds)
    func takesBack(kind: Subject.Kind) async throws {
        try await World.with(kind) { try await $0.takesBack() }
    }

    @Test("The newest ten stamps are kept", arguments: [Subject.Kind.deployment])
    func keepsTenStamps(kind: Subject.Kind) async throws {
        try await World.with(kind) { try await $0.keepsTenStamps() }
    }

    @Test("An annotation that cannot be read refuses the workload", arguments: [Subject.Kind.deployment])
    func unreadableAnnotation(kind: Subject.Kind) async throws {
        try await World.with(kind) { try await $0.unreadableAnnotation() }
    }

    @Test("Of two writers with the same version, one wins", arguments: [Subject.Kind.deployment])
    func races(kind: Subject.Kind) async throws {
        try await World.with(kind) { try await $0.races() }
    }
}

/// A workload `email` of two containers on some server, and what must hold for it.
struct World: Sendable {
    let api: KubernetesAPI
    let subject: Subject
    let port: KubernetesWorkloads
    /// A second one, which has read nothing: another replica, or the program after a restart.
    let other: KubernetesWorkloads

    static func with(_ kind: Subject.Kind, _ body: (World) async throws -> Void) async throws {
        let merging = MergingAPI()
        let scripted = try ScriptedAPI { merging.answer($0) }
        try await with(kind, on: scripted.api, body)
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

        let raised = try await port.write(raise(first), to: subject, stamp: stamp(1))
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
        #expect(try await other.read(subject) == raised)

        // One that has not read the object itself still adds to the stamps that are there.
        let at = Instant(seconds: 1_780_000_100)
        let restart = WorkloadWrite([.restart(at: at)], precondition: .version(uid: raised.uid, resourceVersion: raised.resourceVersion))
        let restarted = try await KubernetesWorkloads(api).write(restart, to: subject, stamp: stamp(3, remediation: "rollout-restart"))
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
        let raised = try await port.write(raise(first), to: subject, stamp: stamp(1))
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
        let bare = try await port.read(subject)
        let unset = WorkloadWrite(
            [.memory(container: "email", limit: nil, request: nil)],
            precondition: .version(uid: bare.uid, resourceVersion: bare.resourceVersion))
        let cleared = try await port.write(unset, to: subject, stamp: nil)
        #expect(cleared.containers[1] == Workload.Container(name: "email", memoryLimit: nil, memoryRequest: nil))
    }

    func keepsTenStamps() async throws {
        var workload = try await port.read(subject)
        for number in 1...13 {
            workload = try await port.write(raise(workload, "\(number)Gi", "1Gi"), to: subject, stamp: stamp(number))
        }
        #expect(workload.stamps == (4...13).map { stamp($0) })
        #expect(try await other.read(subject).stamps == workload.stamps)
    }

    func unreadableAnnotation() async throws {
        let first = try await port.read(subject)
        _ = try await port.write(raise(first), to: subject, stamp: stamp(1))
        try await interfere(#"{"metadata":{"annotations":{"self-healing-automaton/attempts":"[{\"attempt\":\"x\"}]"}}}"#)
        let error = await #expect(throws: PortError.self) { try await port.read(subject) }
        guard case .refused(let text) = error else { throw Unexpected(error) }
        #expect(text.contains("self-healing-automaton/attempts") && text.contains("remove the annotation"))
        try await interfere(#"{"metadata":{"annotations":{"self-healing-automaton/attempts":null}}}"#)
        #expect(try await port.read(subject).stamps.isEmpty)
    }

    func races() async throws {
        let first = try await port.read(subject)
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 1...6 {
                let contender = KubernetesWorkloads(api)
                group.addTask { (try? await contender.write(raise(first, "\(number + 1)Gi"), to: subject, stamp: stamp(number))) != nil }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 }.count == 1)
        #expect(try await port.read(subject).stamps.count == 1)
    }
}

/// The port threw something else than it should.
struct Unexpected: Error {
    let error: PortError?
    init(_ error: PortError?) { self.error = error }
}

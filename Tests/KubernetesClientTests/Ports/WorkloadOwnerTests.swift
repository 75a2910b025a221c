import AutomatonCore
import Dispatch
import LoopbackServer
import Synchronization
import Testing

@testable import KubernetesClient

@Suite("Workloads: the owner of a pod")
struct WorkloadOwnerTests {
    private func recorded() throws -> ScriptedAPI {
        let web = try Recorded.exchange("chain-2-replicaset")
        let lone = try #require(
            try PodFixtures.items(Recorded.exchange("replicaset-list").body).first {
                String(decoding: $0, as: UTF8.self).contains(#""name":"lone""#)
            })
        return try ScriptedAPI { request in
            switch request.path {
            case web.path: web.answer
            case "/apis/apps/v1/namespaces/corpus-owners/replicasets/lone": .init(200, lone)
            default: .failure(404, "NotFound", "not found")
            }
        }
    }

    @Test("Every pod of the recorded namespace")
    func recordedPods() async throws {
        let scripted = try recorded()
        let port = KubernetesWorkloads(scripted.api)
        var found: [String: String] = [:]
        for bytes in try PodFixtures.items(Recorded.exchange("list-pods").body) {
            let pod = try PodScanner.pod(bytes.span).row
            found[pod.name] = try await subject(port, pod).description
        }
        #expect(
            found == [
                "agent-5xgf5": "corpus-owners/daemonset/agent", "agent-84jg2": "corpus-owners/daemonset/agent",
                "agent-tx7qc": "corpus-owners/daemonset/agent", "bare": "corpus-owners/pod/bare",
                "failing-nsklq": "corpus-owners/job/failing", "kafka-0": "corpus-owners/statefulset/kafka",
                "kafka-1": "corpus-owners/statefulset/kafka", "lone-zhwpr": "corpus-owners/replicaset/lone",
                "migrate-q5pq8": "corpus-owners/job/migrate", "web-5857d55cc6-nzv9t": "corpus-owners/deployment/web",
            ])
        // Only ReplicaSets have to be asked for.
        #expect(scripted.lookUps == 2)
    }

    @Test("The Deployment is read ahead, once, and handed out once")
    func readsAhead() async throws {
        let web = try Recorded.exchange("chain-2-replicaset")
        let deployment = try Recorded.exchange("chain-3-deployment")
        let scripted = try ScriptedAPI { request in
            switch request.path {
            case web.path: web.answer
            case deployment.path: deployment.answer
            case "/api/v1/namespaces/corpus-owners/limitranges": .init(200, Array(#"{"items":[]}"#.utf8))
            default: .failure(404, "NotFound", "not found")
            }
        }
        let port = KubernetesWorkloads(scripted.api)
        let subject = try await subject(port, pod(uid: uid(web.body)))
        #expect(scripted.requests.map(\.path).sorted() == [web.path, deployment.path].sorted())
        _ = try await port.read(subject)
        #expect(scripted.requests.count == 2, "what was read ahead was not used")
        _ = try await port.read(subject)
        #expect(scripted.requests.count == 3, "what was read ahead was used twice")
    }

    @Test("LimitRanges are read ahead only where somebody has asked for them before")
    func readsBoundsAhead() async throws {
        let web = try Recorded.exchange("chain-2-replicaset")
        let scripted = try ScriptedAPI { request in
            switch request.path {
            case web.path: web.answer
            case "/api/v1/namespaces/corpus-owners/limitranges": .init(200, Array(#"{"items":[]}"#.utf8))
            default: .failure(404, "NotFound", "not found")
            }
        }
        let port = KubernetesWorkloads(scripted.api)
        func asked() -> Int { scripted.requests.count { $0.path.hasSuffix("/limitranges") } }
        #expect(try await port.memoryBounds(inNamespace: "corpus-owners") == nil)
        #expect(asked() == 1)
        _ = try await subject(port, pod(uid: uid(web.body)))
        #expect(asked() == 2)
        #expect(try await port.memoryBounds(inNamespace: "corpus-owners") == nil)
        #expect(asked() == 2, "what was read ahead was not used")
    }

    private func pod(_ kind: String = "ReplicaSet", uid: String, name: String = "web-5857d55cc6", pod: String = "p") -> PodRow {
        PodRow(
            uid: "u", namespace: "corpus-owners", name: pod, controller: PodRow.Owner(kind: kind, name: name, uid: uid))
    }

    private func uid(_ body: [UInt8]) throws -> String { try WorkloadScanner.workload(body.span).uid }

    /// Without the typed error, which closures of task groups cannot carry.
    private func subject(_ port: KubernetesWorkloads, _ pod: PodRow) async throws -> Subject { try await port.workload(of: pod) }

    @Test("A hundred pods of one ReplicaSet at once cost one request")
    func coalesces() async throws {
        let scripted = try recorded()
        let port = KubernetesWorkloads(scripted.api)
        let uid = try uid(Recorded.exchange("chain-2-replicaset").body)
        let subjects = try await withThrowingTaskGroup(of: Subject.self) { group in
            for number in 0..<100 { group.addTask { try await subject(port, pod(uid: uid, pod: "p\(number)")) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(subjects == [Subject(.deployment, namespace: "corpus-owners", name: "web")])
        #expect(scripted.lookUps == 1)
    }

    @Test("A caller that is cancelled does not take the others with it")
    func cancelledCaller() async throws {
        let web = try Recorded.exchange("chain-2-replicaset")
        let uid = try uid(web.body)
        let release = DispatchGate()
        let scripted = try ScriptedAPI { _ in
            release.wait()
            return web.answer
        }
        let port = KubernetesWorkloads(scripted.api)
        let first = Task { try await subject(port, pod(uid: uid)) }
        while scripted.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let second = Task { try await subject(port, pod(uid: uid)) }
        first.cancel()
        await #expect(throws: PortError.self) { try await first.value }
        release.open()
        #expect(try await second.value.kind == .deployment)
    }

    @Test("The pod itself, where no workload is known for certain")
    func bare() async throws {
        let scripted = try recorded()
        let port = KubernetesWorkloads(scripted.api)
        let itself = Subject(.pod, namespace: "corpus-owners", name: "p")
        // Another ReplicaSet of that name, a ReplicaSet that is gone, kinds that are not known here.
        #expect(try await subject(port, pod(uid: "another")) == itself)
        #expect(try await subject(port, pod(uid: "x", name: "gone-5857d55cc6")) == itself)
        #expect(try await subject(port, pod("ReplicationController", uid: "x")) == itself)
        #expect(try await subject(port, pod("StatefulSet.apps.kruise.io", uid: "x")) == itself)
    }

    @Test("A ReplicaSet of a foreign controller")
    func foreignController() async throws {
        let scripted = try ScriptedAPI { _ in
            .init(
                200,
                #"{"metadata":{"uid":"r","resourceVersion":"1","ownerReferences":[{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"x","uid":"o","controller":true}]}}"#
            )
        }
        let port = KubernetesWorkloads(scripted.api)
        #expect(try await subject(port, pod(uid: "r")).kind == .pod)
    }

    @Test("What fails is said, and asked again the next time")
    func failure() async throws {
        let web = try Recorded.exchange("chain-2-replicaset")
        let uid = try uid(web.body)
        let broken = Flag()
        let scripted = try ScriptedAPI { _ in
            broken.isSet
                ? .failure(
                    403, "Forbidden",
                    #"replicasets.apps \"web\" is forbidden: User \"system:serviceaccount:a:b\" cannot get resource \"replicasets\" in API group \"apps\" in the namespace \"corpus-owners\""#
                ) : web.answer
        }
        broken.set(true)
        let port = KubernetesWorkloads(scripted.api)
        let error = await #expect(throws: PortError.self) { try await subject(port, pod(uid: uid)) }
        guard case .refused(let text) = error else { throw Unexpected(error) }
        #expect(text.contains("grant verb get on resource replicasets of apiGroup \"apps\""))
        broken.set(false)
        #expect(try await subject(port, pod(uid: uid)).kind == .deployment)
    }

    @Test("The cache stays within its bounds")
    func cacheBound() async throws {
        let cache = OwnerCache(capacity: 8)
        let lookups = Counter()
        for round in 0..<2 {
            for number in 0..<20 {
                let subject = Subject(.deployment, namespace: "n", name: "d\(number)")
                let found = try await cache.subject(ofUID: "u\(number)") {
                    lookups.add()
                    return subject
                }
                #expect(found == subject, "round \(round)")
            }
        }
        // Twenty do not fit: most are asked for again in the second round.
        #expect(lookups.count > 30)
        _ = try await cache.subject(ofUID: "u19") {
            lookups.add(1000)
            return nil
        }
        #expect(lookups.count < 1000)
        let expired = OwnerCache(lifetime: .zero)
        for _ in 0..<2 {
            _ = try await expired.subject(ofUID: "u") {
                lookups.add(1000); return Subject(.job, namespace: "n", name: "j")
            }
        }
        #expect(lookups.count > 2000)
    }
}

/// A flag that threads share.
final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set(_ new: Bool) { value.withLock { $0 = new } }
}

/// A counter that threads share.
final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add(_ amount: Int = 1) { value.withLock { $0 += amount } }
}

/// Holds threads (never tasks) until it is opened.
final class DispatchGate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}

extension ScriptedAPI {
    /// Requests for ReplicaSets.
    fileprivate var lookUps: Int { requests.count { $0.path.contains("/replicasets/") } }
}

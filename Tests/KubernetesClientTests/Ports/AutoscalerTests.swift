import AutomatonCore
import Foundation
import LoopbackServer
import Testing

@testable import KubernetesClient

/// Who else sets the replicas of a workload.
@Suite("Workloads: autoscalers")
struct AutoscalerTests {
    private static let subject = Subject(.deployment, namespace: "production", name: "email-service")
    private static let scaledObjects = "/apis/keda.sh/v1alpha1/namespaces/production/scaledobjects"
    private static let v2 = "/apis/autoscaling/v2/namespaces/production/horizontalpodautoscalers"
    private static let v1 = "/apis/autoscaling/v1/namespaces/production/horizontalpodautoscalers"
    private static let object = "/apis/apps/v1/namespaces/production/deployments/email-service"

    private static func scaler(_ name: String, _ target: String) -> String {
        #"{"metadata":{"name":"\#(name)","uid":"u"},"spec":{"minReplicaCount":1,"scaleTargetRef":\#(target)}}"#
    }

    private static func list(_ items: String..., next: String = "") -> ScriptedAPI.Answer {
        .init(200, #"{"metadata":{"resourceVersion":"9","continue":"\#(next)"},"items":[\#(items.joined(separator: ","))]}"#)
    }

    private static func managed(_ entries: String...) -> ScriptedAPI.Answer {
        .init(200, #"{"metadata":{"uid":"u","managedFields":[\#(entries.joined(separator: ","))]},"spec":{"replicas":2}}"#)
    }

    private static func entry(_ manager: String, _ spec: String = #""f:replicas":{},"f:template":{"f:spec":{}}"#) -> String {
        #"{"manager":"\#(manager)","operation":"Apply","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{}},"f:spec":{\#(spec)}}}"#
    }

    private static func forbidden(_ resource: String, _ group: String) -> ScriptedAPI.Answer {
        .failure(
            403, "Forbidden",
            "\(resource).\(group) is forbidden: User \\\"system:serviceaccount:a:b\\\" cannot list resource \\\"\(resource)\\\" in API group "
                + "\\\"\(group)\\\" in the namespace \\\"production\\\"")
    }

    private static let own = entry("kubectl-create")
    private static let email = #"{"apiVersion":"apps/v1","kind":"Deployment","name":"email-service"}"#

    /// A server with these answers; 404 for anything else, as an API that is not installed.
    private static func scripted(_ answers: [String: ScriptedAPI.Answer]) throws -> ScriptedAPI {
        var answers = answers
        if answers[object] == nil { answers[object] = managed(own) }
        return try ScriptedAPI { [answers] request in
            return answers[request.path] ?? .init(404, "404 page not found\n")
        }
    }

    private static let cases: [(String, [String: ScriptedAPI.Answer], Autoscaler?)] = [
        ("nothing installed", [:], nil), ("nothing there", [scaledObjects: list(), v2: list(), v1: list()], nil),
        ("an HPA", [v2: list(scaler("email-hpa", email))], Autoscaler(kind: "HorizontalPodAutoscaler", name: "email-hpa")),
        ("an old cluster's HPA", [v1: list(scaler("old", email))], Autoscaler(kind: "HorizontalPodAutoscaler", name: "old")),
        (
            "KEDA and the HPA that it made",
            [scaledObjects: list(scaler("email", #"{"name":"email-service"}"#)), v2: list(scaler("keda-hpa-email", email))],
            Autoscaler(kind: "ScaledObject", name: "email")
        ),
        (
            "others' autoscalers",
            [
                scaledObjects: list(
                    scaler("a", #"{"name":"sms-service"}"#), scaler("b", #"{"kind":"StatefulSet","name":"email-service"}"#)),
                v2: list(scaler("c", #"{"kind":"StatefulSet","name":"email-service"}"#), #"{"metadata":{"name":"d"},"spec":{}}"#),
            ], nil
        ),
        (
            "an HPA where KEDA may not be read",
            [scaledObjects: forbidden("scaledobjects", "keda.sh"), v2: list(scaler("email-hpa", email))],
            Autoscaler(kind: "HorizontalPodAutoscaler", name: "email-hpa")
        ),
        ("Argo CD", [object: managed(own, entry("argocd-controller"))], Autoscaler(kind: "field manager", name: "argocd-controller")),
        ("Flux", [object: managed(entry("kustomize-controller"))], Autoscaler(kind: "field manager", name: "kustomize-controller")),
        ("Argo CD that leaves the replicas alone", [object: managed(own, entry("argocd-controller", #""f:template":{}"#))], nil),
        ("ourselves", [object: managed(entry("self-healing-automaton"), entry("kubectl"), entry("helm"))], nil),
        ("no managed fields", [object: .init(200, #"{"metadata":{"uid":"u"},"spec":{"replicas":2}}"#)], nil),
    ]

    @Test("Finds who sets the replicas", arguments: cases)
    private func finds(name: String, answers: [String: ScriptedAPI.Answer], expected: Autoscaler?) async throws {
        let scripted = try Self.scripted(answers)
        #expect(try await KubernetesWorkloads(scripted.api).autoscaler(of: Self.subject) == expected)
    }

    @Test("Reads all pages")
    func pages() async throws {
        let scripted = try ScriptedAPI { request in
            if request.path.hasPrefix(Self.object) { return Self.managed(Self.own) }
            guard request.path.hasPrefix(Self.v2) else { return .init(404, "404 page not found\n") }
            return request.query("continue") == "abc%3D"
                ? Self.list(Self.scaler("email-hpa", Self.email))
                : Self.list(Self.scaler("other", #"{"kind":"Deployment","name":"sms"}"#), next: "abc=")
        }
        let found = try await KubernetesWorkloads(scripted.api).autoscaler(of: Self.subject)
        #expect(found == Autoscaler(kind: "HorizontalPodAutoscaler", name: "email-hpa"))
    }

    @Test("A list that never ends is an error, and so is one whose token keeps expiring")
    func endless() async throws {
        for answer in [Self.list(next: "again"), .failure(410, "Expired", "too old resource version")] {
            let scripted = try Self.scripted([Self.v2: answer])
            let error = await #expect(throws: PortError.self) {
                try await KubernetesWorkloads(scripted.api).autoscaler(of: Self.subject)
            }
            guard case .unavailable = error else { throw Unexpected(error) }
        }
    }

    @Test("What may not be read is not none: the permission is named")
    func permissions() async throws {
        for (path, resource, group) in [
            (Self.scaledObjects, "scaledobjects", "keda.sh"), (Self.v2, "horizontalpodautoscalers", "autoscaling"),
        ] {
            let scripted = try Self.scripted([path: Self.forbidden(resource, group)])
            let error = await #expect(throws: PortError.self) {
                try await KubernetesWorkloads(scripted.api).autoscaler(of: Self.subject)
            }
            guard case .refused(let text) = error else { throw Unexpected(error) }
            #expect(text.contains("grant verb list on resource \(resource) of apiGroup \"\(group)\""))
        }
    }

    @Test("A workload that is gone, an answer that is no list")
    func failures() async throws {
        let gone = try Self.scripted([Self.object: .failure(404, "NotFound", "deployments.apps not found")])
        let error = await #expect(throws: PortError.self) { try await KubernetesWorkloads(gone.api).autoscaler(of: Self.subject) }
        guard case .notFound = error else { throw Unexpected(error) }
        for body in ["<html>", "[]", #"{"items":[{}]}"#, #"{"items":[{"metadata":{"name":"x"},"spec":{"scaleTargetRef":{}}}]}"#] {
            let odd = try Self.scripted([Self.v2: .init(200, body)])
            let error = await #expect(throws: PortError.self) { try await KubernetesWorkloads(odd.api).autoscaler(of: Self.subject) }
            guard case .unavailable = error else { throw Unexpected(error) }
        }
    }

    @Test("Nobody scales a DaemonSet, a Job or a pod", arguments: [Subject.Kind.daemonSet, .job, .pod, .consumerGroup])
    func others(kind: Subject.Kind) async throws {
        let scripted = try Self.scripted([:])
        let subject = Subject(kind, namespace: "production", name: "email-service")
        #expect(try await KubernetesWorkloads(scripted.api).autoscaler(of: subject) == nil)
        #expect(scripted.requests.isEmpty)
    }
}

/// Workloads by a label.
@Suite("Workloads: by label")
struct WorkloadsByLabelTests {
    private static func port(_ answer: ScriptedAPI.Answer) throws -> (KubernetesWorkloads, ScriptedAPI) {
        let scripted = try ScriptedAPI { _ in answer }
        return (KubernetesWorkloads(scripted.api), scripted)
    }

    @Test("Lists by name what carries the label, without what is being deleted")
    func lists() async throws {
        let (port, scripted) = try Self.port(
            .init(
                200,
                #"{"metadata":{},"items":[{"metadata":{"name":"b"}},{"metadata":{"name":"c","deletionTimestamp":"2026-01-01T00:00:00Z"}},{"metadata":{"name":"a"}}]}"#
            ))
        let found = try await port.workloads(.statefulSet, inNamespace: "shop", label: "example.com/group", value: "email.v1_A")
        #expect(found == ["a", "b"].map { Subject(.statefulSet, namespace: "shop", name: $0) })
        let request = try #require(scripted.requests.first)
        #expect(request.path == "/apis/apps/v1/namespaces/shop/statefulsets")
        #expect(request.query("labelSelector") == "example.com%2Fgroup%3Demail.v1_A")
    }

    @Test("None is no error")
    func none() async throws {
        for items in ["[]", "null"] {
            let (port, scripted) = try Self.port(.init(200, #"{"metadata":{},"items":\#(items)}"#))
            #expect(try await port.workloads(.deployment, inNamespace: "shop", label: "app", value: "") == [])
            #expect(scripted.requests.first?.query("labelSelector") == "app%3D")
        }
    }

    static let wrong: [(Subject.Kind, String, String, String)] = [
        (.deployment, "shop", "", "x"), (.deployment, "shop", "a,b", "x"), (.deployment, "shop", "!a", "x"),
        (.deployment, "shop", "a=b", "x"),
        (.deployment, "shop", "a/b/c", "x"), (.deployment, "shop", "/a", "x"), (.deployment, "shop", "a/", "x"),
        (.deployment, "shop", "Example.com/a", "x"), (.deployment, "shop", "-a", "x"), (.deployment, "shop", "app", "x,y"),
        (.deployment, "shop", "app", "a b"), (.deployment, "shop", "app", "-a"), (.deployment, "shop", "app", "é"),
        (.deployment, "shop", "app", String(repeating: "a", count: 64)), (.deployment, "shop", "app", "x)"), (.deployment, "", "app", "x"),
        (.consumerGroup, "shop", "app", "x"), (.deployment, "shop", String(repeating: "a", count: 254) + "/a", "x"),
    ]

    @Test("What could ask for something else is never sent", arguments: wrong)
    func refuses(kind: Subject.Kind, namespace: String, label: String, value: String) async throws {
        let (port, scripted) = try Self.port(.init(200, #"{"items":[]}"#))
        let error = await #expect(throws: PortError.self) {
            try await port.workloads(kind, inNamespace: namespace, label: label, value: value)
        }
        guard case .refused = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(scripted.requests.isEmpty)
    }
}

/// The body of a write: one patch, whatever it changes.
@Suite("Workloads: patch")
struct WorkloadPatchTests {
    @Test(
        "Replicas, template, or both",
        arguments: [
            ([], nil), ([.replicas(6)], #"{"replicas":6}"#), ([.replicas(0)], #"{"replicas":0}"#),
            (
                [.restart(at: .epoch)],
                #"{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"1970-01-01T00:00:00Z"}}}}"#
            ),
            (
                [
                    .memory(container: "c", limit: ByteQuantity("1Gi"), request: nil), .replicas(3), .restart(at: .epoch),
                    .memory(container: "d", limit: nil, request: nil),
                ],
                #"{"replicas":3,"template":{"spec":{"containers":[{"name":"c","resources":{"limits":{"memory":"1Gi"},"requests":{"memory":null}}},{"name":"d","resources":{"limits":{"memory":null},"requests":{"memory":null}}}]},"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":"1970-01-01T00:00:00Z"}}}}"#
            ),
        ] as [([WorkloadWrite.Edit], String?)])
    func body(edits: [WorkloadWrite.Edit], spec: String?) throws {
        let bytes = WorkloadPatch.body(uid: "u", resourceVersion: "7", attempts: nil, edits: edits)
        let expected = #"{"metadata":{"uid":"u","resourceVersion":"7"}\#(spec.map { #","spec":\#($0)"# } ?? "")}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        _ = try JSONSerialization.jsonObject(with: Data(bytes))
    }
}

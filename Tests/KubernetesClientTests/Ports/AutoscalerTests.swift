import AutomatonCore
import Foundation
import LoopbackServer
import Testing

@testable import KubernetesClient

/// Who else sets the replicas and the memory of a workload.
@Suite("Workloads: autoscalers")
struct AutoscalerTests {
    private static let subject = Subject(.deployment, namespace: "production", name: "email-service")
    private static let scaledObjects = "/apis/keda.sh/v1alpha1/namespaces/production/scaledobjects"
    private static let v2 = "/apis/autoscaling/v2/namespaces/production/horizontalpodautoscalers"
    private static let v1 = "/apis/autoscaling/v1/namespaces/production/horizontalpodautoscalers"

    private static func scaler(_ name: String, _ target: String) -> String {
        #"{"metadata":{"name":"\#(name)","uid":"u"},"spec":{"minReplicaCount":1,"scaleTargetRef":\#(target)}}"#
    }

    private static func list(_ items: String..., next: String = "") -> ScriptedAPI.Answer {
        .init(200, #"{"metadata":{"resourceVersion":"9","continue":"\#(next)"},"items":[\#(items.joined(separator: ","))]}"#)
    }

    private static func forbidden(_ resource: String, _ group: String) -> ScriptedAPI.Answer {
        .failure(
            403, "Forbidden",
            "\(resource).\(group) is forbidden: User \\\"system:serviceaccount:a:b\\\" cannot list resource \\\"\(resource)\\\" in API group "
                + "\\\"\(group)\\\" in the namespace \\\"production\\\"")
    }

    private static let email = #"{"apiVersion":"apps/v1","kind":"Deployment","name":"email-service"}"#

    /// A server with these answers; 404 for anything else, as an API that is not installed.
    private static func scripted(_ answers: [String: ScriptedAPI.Answer]) throws -> ScriptedAPI {
        try ScriptedAPI { request in answers[request.path] ?? .init(404, "404 page not found\n") }
    }

    private static let cases: [(String, [String: ScriptedAPI.Answer], String?)] = [
        ("nothing installed", [:], nil), ("nothing there", [scaledObjects: list(), v2: list(), v1: list()], nil),
        ("an HPA", [v2: list(scaler("email-hpa", email))], "HorizontalPodAutoscaler email-hpa"),
        ("an old cluster's HPA", [v1: list(scaler("old", email))], "HorizontalPodAutoscaler old"),
        (
            "KEDA and the HPA that it made",
            [scaledObjects: list(scaler("email", #"{"name":"email-service"}"#)), v2: list(scaler("keda-hpa-email", email))],
            "ScaledObject email"
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
            "HorizontalPodAutoscaler email-hpa"
        ),
        ("a VPA", [verticals: list(vertical("email-vpa"))], nil),
    ]

    @Test("Finds who sets the replicas", arguments: cases)
    private func finds(name: String, answers: [String: ScriptedAPI.Answer], expected: String?) async throws {
        let scripted = try Self.scripted(answers)
        let owners = try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: [.replicas])
        #expect(owners == expected.map { [FieldOwner(kind: .autoscaler, name: $0, field: .replicas)] } ?? [])
        #expect(!scripted.requests.contains { $0.path == Self.verticals })
    }

    private static let verticals = "/apis/autoscaling.k8s.io/v1/namespaces/production/verticalpodautoscalers"

    private static func vertical(_ name: String, _ policies: String? = nil, mode: String? = nil, target: String = email) -> String {
        let update = mode.map { #","updatePolicy":{"updateMode":"\#($0)"}"# } ?? ""
        let resources = policies.map { #","resourcePolicy":{"containerPolicies":[\#($0)]}"# } ?? ""
        return #"{"metadata":{"name":"\#(name)"},"spec":{"targetRef":\#(target)\#(update)\#(resources)}}"#
    }

    private static let verticalCases: [(String, ScriptedAPI.Answer?, [String])] = [
        ("not installed", nil, []), ("none", list(), []), ("one", list(vertical("v")), ["limits", "requests"]),
        ("of another", list(vertical("v", target: #"{"kind":"StatefulSet","name":"email-service"}"#)), []),
        ("one that only recommends", list(vertical("v", mode: "Off")), []),
        ("at the start of pods", list(vertical("v", mode: "Initial")), ["limits", "requests"]),
        ("off for the container", list(vertical("v", #"{"containerName":"email","mode":"Off"}"#)), []),
        ("off for another", list(vertical("v", #"{"containerName":"proxy","mode":"Off"}"#)), ["limits", "requests"]),
        (
            "off for all but it", list(vertical("v", #"{"containerName":"*","mode":"Off"},{"containerName":"email"}"#)),
            ["limits", "requests"]
        ),
        ("off for all", list(vertical("v", #"{"containerName":"*","mode":"Off"}"#)), []),
        ("only processors", list(vertical("v", #"{"containerName":"*","controlledResources":["cpu"]}"#)), []),
        (
            "only requests",
            list(vertical("v", #"{"containerName":"*","controlledResources":["cpu","memory"],"controlledValues":"RequestsOnly"}"#)),
            ["requests"]
        ),
    ]

    @Test("Finds who sets the memory", arguments: verticalCases)
    private func memory(name: String, answer: ScriptedAPI.Answer?, expected: [String]) async throws {
        let scripted = try Self.scripted(answer.map { [Self.verticals: $0] } ?? [:])
        let fields: [WorkloadField] = [.memoryLimit(container: "email"), .memoryRequest(container: "email"), .template]
        let owners = try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: fields)
        #expect(owners.map(\.field) == expected.map { "containers[email].resources.\($0).memory" })
        #expect(owners.allSatisfy { $0.kind == .autoscaler && $0.name == "VerticalPodAutoscaler v" })
        #expect(scripted.requests.map(\.path) == [Self.verticals])
    }

    @Test("VerticalPodAutoscalers that may not be read are not none")
    func forbiddenVerticals() async throws {
        let scripted = try Self.scripted([Self.verticals: Self.forbidden("verticalpodautoscalers", "autoscaling.k8s.io")])
        let error = await #expect(throws: PortError.self) {
            try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: [.memoryLimit(container: "email")])
        }
        guard case .refused(let text) = error else { throw Unexpected(error) }
        #expect(text.contains(#"grant verb list on resource verticalpodautoscalers of apiGroup "autoscaling.k8s.io""#))
    }

    @Test("Of many workloads it finds who scales each with two lists, and nobody of a DaemonSet or of another namespace")
    func many() async throws {
        let scripted = try Self.scripted([
            Self.scaledObjects: Self.list(Self.scaler("keda", #"{"name":"sms"}"#)),
            Self.v2: Self.list(
                Self.scaler("keda-hpa-sms", #"{"kind":"Deployment","name":"sms"}"#), Self.scaler("z", Self.email),
                Self.scaler("a", Self.email),
                Self.scaler("db-hpa", #"{"kind":"StatefulSet","name":"db"}"#)),
        ])
        func subject(_ kind: Subject.Kind, _ name: String, _ namespace: String = "production") -> Subject {
            Subject(kind, namespace: namespace, name: name)
        }
        let asked: Set = [
            Self.subject, subject(.deployment, "sms"), subject(.statefulSet, "db"), subject(.deployment, "db"), subject(.daemonSet, "sms"),
            subject(.deployment, "sms", "staging"),
        ]
        let found = try await KubernetesWorkloads(scripted.api).replicaScalers(of: asked, inNamespace: "production")
        #expect(
            found.mapValues(\.name) == [
                Self.subject: "HorizontalPodAutoscaler a", subject(.deployment, "sms"): "ScaledObject keda",
                subject(.statefulSet, "db"): "HorizontalPodAutoscaler db-hpa",
            ])
        #expect(scripted.requests.count == 2)
        // Whoever is found is found; of the others it must be known that there is none.
        let half = try Self.scripted([
            Self.scaledObjects: Self.forbidden("scaledobjects", "keda.sh"), Self.v2: Self.list(Self.scaler("a", Self.email)),
        ])
        let workloads = KubernetesWorkloads(half.api)
        #expect(try await workloads.replicaScalers(of: [Self.subject], inNamespace: "production").count == 1)
        await #expect(throws: PortError.self) {
            try await workloads.replicaScalers(of: [Self.subject, subject(.deployment, "sms")], inNamespace: "production")
        }
    }

    @Test("Reads all pages")
    func pages() async throws {
        let scripted = try ScriptedAPI { request in
            guard request.path.hasPrefix(Self.v2) else { return .init(404, "404 page not found\n") }
            return request.query("continue") == "abc%3D"
                ? Self.list(Self.scaler("email-hpa", Self.email))
                : Self.list(Self.scaler("other", #"{"kind":"Deployment","name":"sms"}"#), next: "abc=")
        }
        let found = try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: [.replicas])
        #expect(found.map(\.name) == ["HorizontalPodAutoscaler email-hpa"])
    }

    @Test("A list that never ends is an error, and so is one whose token keeps expiring")
    func endless() async throws {
        for answer in [Self.list(next: "again"), .failure(410, "Expired", "too old resource version")] {
            let scripted = try Self.scripted([Self.v2: answer])
            let error = await #expect(throws: PortError.self) {
                try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: [.replicas])
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
                try await KubernetesWorkloads(scripted.api).autoscalers(of: Self.subject, setting: [.replicas])
            }
            guard case .refused(let text) = error else { throw Unexpected(error) }
            #expect(text.contains("grant verb list on resource \(resource) of apiGroup \"\(group)\""))
        }
    }

    @Test("An answer that is no list")
    func failures() async throws {
        for body in ["<html>", "[]", #"{"items":[{}]}"#, #"{"items":[{"metadata":{"name":"x"},"spec":{"scaleTargetRef":{}}}]}"#] {
            let odd = try Self.scripted([Self.v2: .init(200, body)])
            let error = await #expect(throws: PortError.self) {
                try await KubernetesWorkloads(odd.api).autoscalers(of: Self.subject, setting: [.replicas])
            }
            guard case .unavailable = error else { throw Unexpected(error) }
        }
    }

    @Test("Nobody scales a DaemonSet, a Job or a pod", arguments: [Subject.Kind.daemonSet, .job, .pod, .consumerGroup])
    func others(kind: Subject.Kind) async throws {
        let scripted = try Self.scripted([:])
        let subject = Subject(kind, namespace: "production", name: "email-service")
        #expect(try await KubernetesWorkloads(scripted.api).autoscalers(of: subject, setting: [.replicas]).isEmpty)
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

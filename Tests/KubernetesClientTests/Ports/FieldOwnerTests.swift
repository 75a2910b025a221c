import SeededRandom
import AutomatonCore
import Foundation
import Testing

@testable import KubernetesClient

/// Who owns the fields, by `managedFields`.
@Suite("Workloads: field owners")
struct FieldOwnerTests {
    private static let memory = #"{"f:limits":{".":{},"f:cpu":{},"f:memory":{}},"f:requests":{"f:memory":{}}}"#
    private static let container =
        #"{"f:containers":{"k:{\"name\":\"email\"}":{".":{},"f:image":{},"f:name":{},"f:resources":\#(memory)}},"f:dnsPolicy":{}}"#
    private static let whole =
        #"{"f:metadata":{"f:labels":{".":{},"f:replicas":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:annotations":{}},"f:spec":\#(container)}}}"#

    private static func entry(_ manager: String, _ fields: String = whole, subresource: String? = nil, operation: String = "Update")
        -> String
    {
        let last = subresource.map { #","subresource":"\#($0)""# } ?? ""
        return
            #"{"manager":"\#(manager)","operation":"\#(operation)","apiVersion":"apps/v1","time":"2026-11-21T05:25:42Z","fieldsType":"FieldsV1","fieldsV1":\#(fields)\#(last)}"#
    }

    private static func owners(_ entries: String...) throws -> [FieldOwner] {
        let json = #"{"metadata":{"managedFields":[\#(entries.joined(separator: ","))],"uid":"u","resourceVersion":"7"},"spec":{}}"#
        return try KubernetesWorkloads.workload(Array(json.utf8), Subject(.deployment, namespace: "n", name: "x")).owners
    }

    private static let all = [
        "replicas", "template", "containers[email].resources.limits.memory", "containers[email].resources.requests.memory",
    ]

    @Test(
        "What kind of owner a manager is",
        arguments: [
            ("kubectl-create", .person), ("kubectl-client-side-apply", .person), ("kubectl-edit", .person), ("kubectl", .person),
            ("kubectl-scale", .person), ("Lens", .person), ("OpenLens", .person), ("k9s", .person), ("Mozilla", .person),
            ("dashboard", .person), ("helm", .person), ("Helm", .person), ("terraform", .person), ("before-first-apply", .person),
            ("argocd-controller", .gitOps), ("argocd-application-controller", .gitOps), ("kustomize-controller", .gitOps),
            ("helm-controller", .gitOps), ("flux", .gitOps), ("flux-client-side-apply", .gitOps), ("fleet-agent", .gitOps),
            ("keda-operator", .autoscaler), ("vpa-updater", .autoscaler), ("vpa-recommender", .autoscaler),
            ("vpa-admission-controller", .autoscaler), ("shop-operator", .controller), ("kubectlish", .controller), ("", .controller),
            ("kube-controller-manager", .controller), ("self-healing-automaton", nil),
        ] as [(String, FieldOwner.Kind?)])
    func kinds(manager: String, kind: FieldOwner.Kind?) throws {
        let owners = try Self.owners(Self.entry(manager))
        #expect(owners.map(\.field) == (kind == nil ? [] : Self.all))
        #expect(owners.allSatisfy { $0.kind == kind && $0.name == manager })
        // Who reports a status owns nothing.
        #expect(try Self.owners(Self.entry(manager, subresource: "status")).isEmpty)
    }

    @Test("Whoever scales owns the replicas")
    func scale() throws {
        let replicas = #"{"f:spec":{"f:replicas":{}}}"#
        let expected: [(String, FieldOwner.Kind)] = [
            ("kube-controller-manager", .autoscaler), ("kubectl-scale", .person), ("keda-operator", .autoscaler), ("scaler", .controller),
        ]
        for (manager, kind) in expected {
            #expect(
                try Self.owners(Self.entry(manager, replicas, subresource: "scale"))
                    == [FieldOwner(kind: kind, name: manager, field: .replicas)])
        }
    }

    @Test("Several, each once, in their order")
    func several() throws {
        let replicas = #"{"f:spec":{"f:replicas":{}}}"#
        let image =
            #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{"f:image":{}},"k:{\"name\":\"b\"}":{"f:image":{}}}}}}}"#
        let owners = try Self.owners(
            Self.entry("kubectl", replicas), Self.entry("argocd-controller", image, operation: "Apply"),
            Self.entry("kubectl", replicas, subresource: "scale"), Self.entry("self-healing-automaton", replicas))
        #expect(owners.map(\.description) == ["kubectl owns replicas", "argocd-controller owns template"])
    }

    @Test("Nothing of interest, and other shapes, name nobody")
    func others() throws {
        for fields in [
            "{}", "null", "[]", "1", #""f:spec""#, #"{"f:spec":{}}"#, #"{"f:spec":[]}"#, #"{"f:spec":{"f:template":"x"}}"#,
            #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":1}":{"f:image":{}}}}}}}"#,
            #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:[":{"f:image":{}},"k:{\"name\"":{"f:image":{}},"v:\"x\"":{"f:image":{}},"name":{"f:image":{}}}}}}}"#,
            #"{"f:spec":{"f:template":{"f:spec":{"f:initContainers":{"k:{\"name\":\"a\"}":{"f:image":{}}}}}}}"#,
            #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{"f:resources":{"f:limits":{"f:cpu":{}}}}}}}}}"#,
            #"{"f:status":{"f:replicas":{}}}"#, #"{"f:template":{"f:spec":{"f:replicas":{}}}}"#,
        ] {
            #expect(try Self.owners(Self.entry("kubectl", fields)).isEmpty, "\(fields)")
        }
        #expect(try Self.owners("1", "null", "[]", "{}", #"{"manager":7,"fieldsV1":\#(Self.whole)}"#).allSatisfy { $0.name.isEmpty })
        for array in ["null", "[]"] {
            let json = #"{"metadata":{"uid":"u","resourceVersion":"7","managedFields":\#(array)}}"#
            #expect(
                try KubernetesWorkloads.workload(Array(json.utf8), Subject(.deployment, namespace: "n", name: "x")).owners.isEmpty)
        }
    }

    @Test("What a real server wrote")
    func recorded() throws {
        let body = try Recorded.exchange("strategic-memory").body
        let owners = try KubernetesWorkloads.workload(body, Subject(.deployment, namespace: "n", name: "x")).owners
        // Made and scaled by the same client; the bookkeeping of the controller-manager is none.
        #expect(
            Set(owners.map(\.description))
                == [
                    "healer owns replicas", "healer owns template", "healer owns containers[email-service].resources.limits.memory",
                    "healer owns containers[email-service].resources.requests.memory",
                ])
        #expect(owners.count == 4 && owners.allSatisfy { $0.kind == .controller })
    }

    /// The same as a decoder finds, on entries made at random; never a crash on mutilated ones.
    @Test("Agrees with JSONDecoder, and never crashes", arguments: [1, 2, 3] as [UInt64])
    func fuzz(seed: UInt64) throws {
        var random = SplitMix64(seed &* 0x9E37_79B9)
        let words =
            ["f:spec", "f:replicas", "f:template", "f:containers", "f:resources", "f:limits", "f:requests", "f:memory", "f:image", "."]
            + [#"k:{"name":"a"}"#, #"k:{"name":"ü\n"}"#, "k:{}", "f:x"]
        func fields(_ depth: Int) -> [String: Any] {
            var object: [String: Any] = [:]
            for _ in 0..<random.below(5) {
                object[words[random.below(words.count)]] = depth == 0 || random.below(8) == 0 ? [:] : fields(depth - 1)
            }
            return object
        }
        func likely() -> [String: Any] {
            var container = fields(3)
            container["f:resources"] = fields(2)
            var template = fields(1)
            template["f:spec"] = ["f:containers": [#"k:{"name":"a"}"#: container, #"k:{"name":"b"}"#: fields(3)]]
            var spec = fields(1)
            spec["f:template"] = template
            return ["f:spec": spec, "f:metadata": fields(3)]
        }
        var found = 0
        for _ in 0..<400 {
            let own = random.below(3) == 0 ? fields(6) : likely()
            let object: [String: Any] = [
                "metadata": ["uid": "u", "resourceVersion": "7", "managedFields": [["manager": "kubectl", "fieldsV1": own]]]
            ]
            var bytes = [UInt8](try JSONSerialization.data(withJSONObject: object))
            let subject = Subject(.deployment, namespace: "n", name: "x")
            let owners = Set(try KubernetesWorkloads.workload(bytes, subject).owners.map(\.field))
            #expect(owners == Self.oracle(own), "\(String(decoding: bytes, as: UTF8.self))")
            found += owners.count
            for _ in 0...random.below(4) { PodScannerFuzzTests.mutate(&bytes, &random) }
            _ = try? KubernetesWorkloads.workload(bytes, subject)
        }
        #expect(found > 100)
    }

    private static func oracle(_ fields: [String: Any]) -> Set<String> {
        func member(_ object: Any?, _ key: String) -> Any? { (object as? [String: Any])?[key] }
        let spec = member(fields, "f:spec")
        var owned: Set<String> = []
        if member(spec, "f:replicas") != nil { owned.insert("replicas") }
        let containers = member(member(member(spec, "f:template"), "f:spec"), "f:containers") as? [String: Any] ?? [:]
        for (key, value) in containers where key.hasPrefix("k:") {
            guard let identity = (try? JSONSerialization.jsonObject(with: Data(key.dropFirst(2).utf8))) as? [String: Any],
                let name = identity["name"] as? String
            else { continue }
            if member(value, "f:image") != nil { owned.insert("template") }
            for part in ["limits", "requests"] where member(member(member(value, "f:resources"), "f:\(part)"), "f:memory") != nil {
                owned.insert("containers[\(name)].resources.\(part).memory")
            }
        }
        return owned
    }
}

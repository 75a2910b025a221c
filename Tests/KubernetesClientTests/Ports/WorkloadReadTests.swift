import AutomatonCore
import Foundation
import Testing

@testable import KubernetesClient

@Suite("Workloads: reading")
struct WorkloadReadTests {
    private static func workload(_ json: String, _ kind: Subject.Kind = .deployment) throws(PortError) -> Workload {
        try KubernetesWorkloads.workload(Array(json.utf8), Subject(kind, namespace: "n", name: "x"))
    }

    private static func object(metadata: String = "", spec: String = "") -> String {
        #"{"metadata":{"uid":"u","resourceVersion":"7"\#(metadata.isEmpty ? "" : ",")\#(metadata)},"spec":{\#(spec)}}"#
    }

    @Test(
        "Reads from recorded workloads what JSONDecoder reads",
        arguments: [
            ("get", Subject.Kind.deployment), ("strategic-memory", .deployment), ("restart", .deployment),
            ("chain-3-deployment", .deployment),
            ("statefulset", .statefulSet), ("daemonset", .daemonSet), ("job", .job), ("chain-2-replicaset", .replicaSet),
        ])
    func recorded(name: String, kind: Subject.Kind) throws {
        struct Object: Decodable {
            struct Metadata: Decodable { var uid, resourceVersion: String }
            struct Spec: Decodable {
                var replicas: Int?
                var paused: Bool?
                var template: Template
            }
            struct Template: Decodable {
                struct Metadata: Decodable { var annotations: [String: String]? }
                struct Spec: Decodable { var containers: [Container] }
                struct Container: Decodable {
                    struct Resources: Decodable { var limits, requests: [String: String]? }
                    var name: String
                    var resources: Resources?
                }
                var metadata: Metadata?
                var spec: Spec
            }
            var metadata: Metadata
            var spec: Spec
        }
        let body = try Recorded.exchange(name).body
        let expected = try JSONDecoder().decode(Object.self, from: Data(body))
        let workload = try KubernetesWorkloads.workload(body, Subject(kind, namespace: "n", name: "x"))
        #expect(workload.uid == expected.metadata.uid && workload.resourceVersion == expected.metadata.resourceVersion)
        #expect(workload.replicas == expected.spec.replicas && workload.paused == expected.spec.paused ?? false)
        #expect(workload.restartedAt == expected.spec.template.metadata?.annotations?["kubectl.kubernetes.io/restartedAt"])
        #expect((workload.restartedAt != nil) == (name == "restart"))
        #expect(
            workload.containers
                == expected.spec.template.spec.containers.map {
                    Workload.Container(
                        name: $0.name, memoryLimit: $0.resources?.limits?["memory"].flatMap { ByteQuantity($0) },
                        memoryRequest: $0.resources?.requests?["memory"].flatMap { ByteQuantity($0) })
                })
        #expect(!workload.containers.isEmpty)
        #expect(workload.rollsOut == [.deployment, .statefulSet, .daemonSet].contains(kind))
    }

    @Test(
        "Whether a changed template rolls out",
        arguments: [
            (Subject.Kind.deployment, "", true), (.statefulSet, "", true), (.daemonSet, "", true), (.job, "", false), (.pod, "", false),
            (.replicaSet, "", false), (.statefulSet, #""updateStrategy":{"type":"OnDelete"}"#, false),
            (.daemonSet, #""updateStrategy":{"type":"OnDelete"}"#, false),
            (.daemonSet, #""updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":0,"maxUnavailable":"10%"}}"#, true),
            (.statefulSet, #""updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}"#, true),
            (.statefulSet, #""updateStrategy":{"rollingUpdate":{"partition":2},"type":"RollingUpdate"}"#, false),
            (.statefulSet, #""updateStrategy":{"rollingUpdate":null}"#, true),
        ])
    func rollsOut(kind: Subject.Kind, spec: String, expected: Bool) throws {
        #expect(try Self.workload(Self.object(spec: spec), kind).rollsOut == expected)
    }

    @Test("Paused, replicas, containers of a pod")
    func fields() throws {
        #expect(try Self.workload(Self.object(spec: #""paused":true,"replicas":0"#)).paused)
        #expect(try Self.workload(Self.object(spec: #""replicas":0"#)).replicas == 0)
        let pod = try Self.workload(
            Self.object(spec: #""containers":[{"name":"c","resources":{"limits":{"memory":"1500m"}}}]"#), .pod)
        #expect(pod.containers == [Workload.Container(name: "c", memoryLimit: ByteQuantity(bytes: 2), memoryRequest: nil)])
    }

    @Test("One that is being deleted is gone")
    func terminating() {
        let error = #expect(throws: PortError.self) {
            try Self.workload(Self.object(metadata: #""deletionTimestamp":"2026-01-01T00:00:00Z""#))
        }
        #expect(error == .notFound("n/deployment/x is being deleted"))
    }

    @Test(
        "Refuses what it cannot read, and says what",
        arguments: [
            ("", "ends at byte 0"), ("[]", "an object"), ("{}", "metadata.uid"), (#"{"metadata":{"uid":"u"}}"#, "metadata.resourceVersion"),
            (#"{"metadata":{"uid":"u","resourceVersion":"1"},"spec":{"replicas":"2"}}"#, "integer"),
            (
                #"{"metadata":{"uid":"u","resourceVersion":"1"},"spec":{"containers":[{"name":"c","resources":{"limits":{"memory":"lots"}}}]}}"#,
                "amount of memory"
            ),
        ])
    func refuses(json: String, text: String) {
        let error = #expect(throws: PortError.self) { try Self.workload(json) }
        guard case .refused(let message) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains(text) && message.contains("n/deployment/x"))
    }

    // MARK: Stamps

    @Test("Stamps come back as they were written")
    func stamps() throws {
        let stamps = (0..<10).map { number in
            Stamp(
                attempt: AttemptID("4f1c9a02-\(number)"), rule: "r\u{01}\n\"\\é😀\u{7f}\(number)", remediation: "raise-memory",
                at: Instant(microseconds: 1_780_000_000_000_001 * Int64(number) / 3))
        }
        var text = ""
        for index in stamps.indices { text = AttemptStamps.encode(Array(stamps[..<index]), adding: stamps[index]) }
        #expect(try AttemptStamps.decode(text) == stamps)
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: String]]
        #expect(value?.compactMap { $0["rule"] } == stamps.map(\.rule))
    }

    @Test("None where there is no annotation", arguments: [nil, "", "[]", " [ ] "])
    func noStamps(text: String?) throws {
        #expect(try AttemptStamps.decode(text) == [])
    }

    @Test("A later version's members are passed over")
    func unknownMembers() throws {
        let text = #"[{"attempt":"a","rule":"r","remediation":"m","at":"2026-01-01T00:00:00Z","outcome":{"x":[1]}}]"#
        #expect(try AttemptStamps.decode(text).first?.attempt == AttemptID("a"))
    }

    @Test(
        "Text that cannot be read is an error, never no stamps",
        arguments: [
            "null", "{}", "none", "[null]", "[1]", "[{}]", "[", "[] x", "[\"a\"]",
            #"[{"attempt":"a","rule":"r","remediation":"m"}]"#, #"[{"attempt":"a","rule":"r","remediation":"m","at":"yesterday"}]"#,
            #"[{"attempt":"a","rule":"r","remediation":"m","at":"2026-01-01"}]"#, #"[{"attempt":1,"rule":"r"}]"#,
            #"[{"attempt":"a","rule":"r","remediation":"m","at":"2026-01-01T00:00:00Z"}"#,
            #"[{"attempt":"a","attempt":"b","rule":"r","remediation":"m","at":"2026-01-01T00:00:00Z"}]"#,
        ])
    func unreadableStamps(text: String) {
        #expect(throws: ScanError.self) { try AttemptStamps.decode(text) }
    }

    // MARK: LimitRanges

    @Test(
        "Bounds of LimitRanges",
        arguments: [
            ("", nil), (#"{"metadata":{"name":"a"},"spec":{"limits":[{"type":"Pod","max":{"memory":"1Gi"}}]}}"#, nil),
            (#"{"metadata":{"name":"a"},"spec":{"limits":[{"type":"Container","max":{"cpu":"1"},"default":{"memory":"1Gi"}}]}}"#, nil),
            (
                #"{"metadata":{"name":"ceiling"},"spec":{"limits":[{"type":"Container","max":{"memory":"4Gi"},"default":{"memory":"4Gi"}}]}}"#,
                MemoryBounds(source: "ceiling", maximum: ByteQuantity("4Gi"))
            ),
            (
                #"{"metadata":{"name":"a"},"spec":{"limits":[{"max":{"memory":"4Gi"},"maxLimitRequestRatio":{"memory":"2"},"type":"Container"}]}},{"metadata":{"name":"b"},"spec":{"limits":[{"type":"Container","max":{"memory":"2Gi"},"maxLimitRequestRatio":{"memory":"1500m"}},{"type":"Container","max":{"memory":"3Gi"}}]}}"#,
                MemoryBounds(source: "b", maximum: ByteQuantity("2Gi"), maximumRatio: 1.5)
            ),
            (
                #"{"metadata":{"name":"r"},"spec":{"limits":[{"type":"Container","maxLimitRequestRatio":{"memory":"3"}}]}}"#,
                MemoryBounds(source: "r", maximumRatio: 3)
            ),
        ] as [(String, MemoryBounds?)])
    func bounds(items: String, expected: MemoryBounds?) throws {
        let list = Array(#"{"kind":"LimitRangeList","metadata":{"resourceVersion":"1"},"items":[\#(items)]}"#.utf8)
        #expect(try LimitRangeScanner.memoryBounds(list.span) == expected)
        let none = Array(#"{"kind":"LimitRangeList","items":null}"#.utf8)
        #expect(try LimitRangeScanner.memoryBounds(none.span) == nil)
    }
}

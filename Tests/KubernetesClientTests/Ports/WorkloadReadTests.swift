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
        #expect(workload.wish == ObjectWish() && workload.readyReplicas != nil || [.job].contains(kind))
        #expect((workload.revision != nil) == [.deployment, .replicaSet].contains(kind))
        #expect((workload.takesDown != nil) == [.deployment, .statefulSet, .daemonSet].contains(kind))
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

    private static func rolling(_ key: String, _ text: String) -> String {
        #""\#(key)":{"type":"RollingUpdate","rollingUpdate":{\#(text)}}"#
    }

    private static let strategies: [(Subject.Kind, String, Int, Int?)] = [
        // A share down is rounded down, a share up is rounded up; where nothing could move, one pod may go.
        (.deployment, rolling("strategy", #""maxSurge":"25%","maxUnavailable":"25%""#), 10, 2),
        (.deployment, rolling("strategy", #""maxSurge":"25%","maxUnavailable":"25%""#), 3, 0), (.deployment, "", 8, 2),
        (.deployment, rolling("strategy", #""maxSurge":0,"maxUnavailable":"25%""#), 3, 1),
        (.deployment, rolling("strategy", #""maxSurge":0,"maxUnavailable":0"#), 3, 1),
        (.deployment, rolling("strategy", #""maxSurge":1,"maxUnavailable":0"#), 3, 0),
        (.deployment, rolling("strategy", #""maxSurge":"1%","maxUnavailable":0"#), 1, 0),
        (.deployment, rolling("strategy", #""maxSurge":1,"maxUnavailable":7"#), 3, 3),
        (.deployment, rolling("strategy", #""maxUnavailable":"2147483647%""#), 2_147_483_647, 2_147_483_647),
        (.deployment, #""strategy":{"type":"Recreate"}"#, 5, 5), (.deployment, #""strategy":{"type":"Recreate"}"#, 0, 0),
        (.statefulSet, "", 5, 1), (.statefulSet, rolling("updateStrategy", #""partition":0"#), 5, 1),
        (.statefulSet, rolling("updateStrategy", #""maxUnavailable":3"#), 5, 3),
        (.statefulSet, rolling("updateStrategy", #""maxUnavailable":"50%""#), 5, 2),
        (.statefulSet, rolling("updateStrategy", #""maxUnavailable":"10%""#), 5, 1),
        (.statefulSet, rolling("updateStrategy", #""maxUnavailable":3,"partition":3"#), 5, 2),
        (.statefulSet, rolling("updateStrategy", #""partition":5"#), 5, nil),
        (.statefulSet, #""updateStrategy":{"type":"OnDelete"}"#, 5, nil),
        (.daemonSet, "", 5, 1), (.daemonSet, rolling("updateStrategy", #""maxSurge":0,"maxUnavailable":"10%""#), 11, 2),
        (.daemonSet, rolling("updateStrategy", #""maxSurge":1,"maxUnavailable":0"#), 11, 0),
        (.daemonSet, rolling("updateStrategy", #""maxSurge":0,"maxUnavailable":0"#), 11, 1),
        (.daemonSet, #""updateStrategy":{"type":"OnDelete"}"#, 5, nil), (.replicaSet, "", 5, nil), (.job, "", 5, nil),
    ]

    @Test("How many ready pods a changed template takes down", arguments: strategies)
    private func takesDown(kind: Subject.Kind, strategy: String, pods: Int, expected: Int?) throws {
        let replicas = kind == .daemonSet ? "" : #""replicas":\#(pods)"#
        let spec = [replicas, strategy].filter { !$0.isEmpty }.joined(separator: ",")
        let status = kind == .daemonSet ? #","status":{"desiredNumberScheduled":\#(pods),"numberReady":1}"# : ""
        let workload = try Self.workload(#"{"metadata":{"uid":"u","resourceVersion":"7"},"spec":{\#(spec)}\#(status)}"#, kind)
        #expect(workload.takesDown == expected && workload.desired == pods)
    }

    @Test("A strategy that cannot be read is an error", arguments: ["\"x\"", "\"-1%\"", "\"1.5%\"", "true", "\"99999999999%\"", "1.5"])
    func oddStrategy(value: String) {
        #expect(throws: PortError.self) { try Self.workload(Self.object(spec: Self.rolling("strategy", #""maxSurge":\#(value)"#))) }
    }

    @Test(
        "Pods that are ready: an absent counter is zero once the controller has reported",
        arguments: [
            (Subject.Kind.deployment, #"{"observedGeneration":1,"replicas":2,"readyReplicas":2}"#, 2),
            (.deployment, #"{"observedGeneration":1,"unavailableReplicas":2}"#, 0), (.deployment, "{}", nil), (.deployment, "null", nil),
            (.statefulSet, #"{"readyReplicas":1}"#, 1), (.daemonSet, #"{"numberReady":3,"desiredNumberScheduled":4}"#, 3),
        ] as [(Subject.Kind, String, Int?)])
    func readyReplicas(kind: Subject.Kind, status: String, expected: Int?) throws {
        let workload = try Self.workload(#"{"metadata":{"uid":"u","resourceVersion":"7"},"spec":{},"status":\#(status)}"#, kind)
        #expect(workload.readyReplicas == expected && workload.desired == (kind == .daemonSet ? 4 : nil))
    }

    private static let wishes: [(String, ObjectWish, String?)] = [
        ("", ObjectWish(), nil), (#""self-healing-automaton/mode":"ignore""#, ObjectWish(mode: .ignore), nil),
        (#""self-healing-automaton/mode":"observe""#, ObjectWish(mode: .observe), nil),
        (#""self-healing-automaton/mode":"auto","a":"b""#, ObjectWish(mode: .auto), nil),
        (#""self-healing-automaton/mode":"Auto""#, ObjectWish(), "mode is 'Auto': write one of ignore, observe, auto"),
        (#""self-healing-automaton/mode":"""#, ObjectWish(), "mode is '': write"),
        (
            #""self-healing-automaton/paused-until":"2026-11-21T18:00:00+01:00""#,
            ObjectWish(pausedUntil: Instant(rfc3339: "2026-11-21T17:00:00Z")), nil
        ),
        (#""self-healing-automaton/paused-until":"true""#, ObjectWish(pausedUntil: Instant(microseconds: .max)), nil),
        (#""self-healing-automaton/paused-until":"tomorrow""#, ObjectWish(), "paused-until is 'tomorrow': write a time such as"),
        (#""self-healing-automaton/paused-until":"false""#, ObjectWish(), "or remove it"),
        (
            #""self-healing-automaton/paused-until":"2026-11-21","self-healing-automaton/mode":"off""#, ObjectWish(),
            "mode is 'off': write one of ignore, observe, auto; annotation self-healing-automaton/paused-until is '2026-11-21'"
        ),
    ]

    @Test("What the annotations ask for", arguments: wishes)
    private func wish(annotations: String, expected: ObjectWish, problem: String?) throws {
        var wish = try Self.workload(Self.object(metadata: #""annotations":{\#(annotations)}"#)).wish
        #expect((wish.problem == nil) == (problem == nil) && wish.problem?.contains(problem ?? "") ?? true, "\(wish.problem ?? "")")
        wish.problem = nil
        #expect(wish == expected)
    }

    @Test("A long wish is not repeated whole")
    func longWish() throws {
        let text = String(repeating: "x", count: 5000)
        let wish = try Self.workload(Self.object(metadata: #""annotations":{"self-healing-automaton/mode":"\#(text)"}"#)).wish
        #expect((wish.problem ?? "").count < 200 && wish.problem != nil)
    }

    @Test("The revision of the template", arguments: [("7", 7), ("x", nil), ("", nil)] as [(String, Int?)])
    func revision(text: String, expected: Int?) throws {
        let metadata = #""annotations":{"deployment.kubernetes.io/revision":"\#(text)"}"#
        #expect(try Self.workload(Self.object(metadata: metadata)).revision == expected)
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

import AutomatonCore
import Foundation
import LoopbackServer
import Testing

@testable import KubernetesClient

@Suite("Workloads: writing")
struct WorkloadWriteTests {
    private let subject = Subject(.deployment, namespace: "shop", name: "email")
    private let write = WorkloadWrite(
        [.memory(container: "email", limit: ByteQuantity("2Gi"), request: ByteQuantity("1Gi"))],
        precondition: .version(uid: "u-1", resourceVersion: "41"))

    @Test("One strategic patch holds version, uid, stamp and change")
    func request() async throws {
        let recorded = try Recorded.exchange("strategic-memory")
        let scripted = try ScriptedAPI { request in
            request.method == "GET"
                ? .init(200, #"{"metadata":{"uid":"u-1","resourceVersion":"41"}}"#) : recorded.answer
        }
        let port = KubernetesWorkloads(scripted.api)
        _ = try await port.read(subject)
        let stamp = Stamp(attempt: AttemptID("a"), rule: "oom", remediation: "raise-memory", at: Instant(seconds: 1_780_000_000))
        let result = try await port.write(write, to: subject, stamp: stamp)
        #expect(result.containers.first?.memoryLimit == ByteQuantity("1536Mi"))
        // The read told the stamps: no second one before the patch.
        #expect(scripted.requests.map(\.method) == ["GET", "PATCH"])
        let request = try #require(scripted.requests.last)
        #expect(request.path == "/apis/apps/v1/namespaces/shop/deployments/email")
        #expect(request.query("fieldManager") == "self-healing-automaton")
        #expect(request.headers["content-type"] == "application/strategic-merge-patch+json")
        let attempts =
            #"[{\"attempt\":\"a\",\"rule\":\"oom\",\"remediation\":\"raise-memory\",\"at\":\"2026-05-28T20:26:40.000000Z\"}]"#
        #expect(
            String(decoding: request.body, as: UTF8.self)
                == #"{"metadata":{"uid":"u-1","resourceVersion":"41","annotations":{"self-healing-automaton/attempts":"\#(attempts)"}},"#
                + #""spec":{"template":{"spec":{"containers":[{"name":"email","resources":{"limits":{"memory":"2Gi"},"requests":{"memory":"1Gi"}}}]}}}}"#
        )
    }

    @Test("Bodies of every combination of edits are JSON with what was meant")
    func bodies() throws {
        let edits: [WorkloadWrite.Edit] = [
            .memory(container: "a\"\\\n", limit: ByteQuantity("1Gi"), request: nil),
            .memory(container: "b", limit: nil, request: ByteQuantity("1Mi")), .restart(at: Instant(seconds: 0)),
            .replicas(6),
        ]
        for bits in 0..<16 {
            let chosen = edits.indices.filter { bits & (1 << $0) != 0 }.map { edits[$0] }
            let body = WorkloadPatch.body(uid: "u", resourceVersion: "1", attempts: bits % 2 == 0 ? nil : "[]", edits: chosen)
            let object = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
            let spec = object["spec"] as? [String: Any]
            #expect(spec?["replicas"] as? Int == (bits & 8 == 0 ? nil : 6) && (spec?["template"] == nil) == (bits & 7 == 0))
            let template = spec?["template"] as? [String: Any]
            let containers = (template?["spec"] as? [String: Any])?["containers"] as? [[String: Any]]
            #expect(containers?.count ?? 0 == (bits & 3).nonzeroBitCount)
            if bits & 1 != 0 {
                let resources = containers?.first?["resources"] as? [String: [String: Any]]
                #expect(containers?.first?["name"] as? String == "a\"\\\n")
                #expect(resources?["limits"]?["memory"] as? String == "1Gi")
                #expect(resources?["requests"]?["memory"] is NSNull)
            }
            let annotations = (template?["metadata"] as? [String: Any])?["annotations"] as? [String: String]
            #expect(annotations == (bits & 4 == 0 ? nil : ["kubectl.kubernetes.io/restartedAt": "1970-01-01T00:00:00Z"]))
        }
    }

    @Test("Only workloads whose pods follow them are written to", arguments: [Subject.Kind.pod, .job, .replicaSet])
    func otherKinds(kind: Subject.Kind) async throws {
        let scripted = try ScriptedAPI { _ in .init(200, "{}") }
        let error = await #expect(throws: PortError.self) {
            try await KubernetesWorkloads(scripted.api).write(write, to: Subject(kind, namespace: "shop", name: "x"), stamp: nil)
        }
        guard case .refused = error else { throw Unexpected(error) }
        #expect(scripted.requests.isEmpty)
    }

    @Test(
        "Edits that make no sense are refused before anything is sent",
        arguments: [
            [], [.memory(container: "a", limit: ByteQuantity("1Gi"), request: ByteQuantity("2Gi"))],
            [.memory(container: "a", limit: nil, request: nil), .memory(container: "a", limit: nil, request: nil)],
            [.replicas(2), .replicas(2)], [.replicas(-1)], [.replicas(Int(Int32.max) + 1)],
        ] as [[WorkloadWrite.Edit]])
    func senseless(edits: [WorkloadWrite.Edit]) async throws {
        let scripted = try ScriptedAPI { _ in .init(200, "{}") }
        let error = await #expect(throws: PortError.self) {
            try await KubernetesWorkloads(scripted.api).write(
                WorkloadWrite(edits, precondition: write.precondition), to: subject, stamp: nil)
        }
        guard case .refused = error else { throw Unexpected(error) }
        #expect(scripted.requests.isEmpty)
    }

    enum Expected: Sendable { case notFound, conflict, refused, unavailable, unknown }

    private func outcome(_ answer: ScriptedAPI.Answer?) async throws -> PortError {
        let scripted = try ScriptedAPI { _ in answer }
        let error = await #expect(throws: PortError.self) {
            try await KubernetesWorkloads(scripted.api).write(write, to: subject, stamp: nil)
        }
        // A change is sent once, whatever comes of it; but for a 401, which asks for another credential.
        #expect(scripted.requests.count == (answer?.status == 401 ? 2 : 1))
        return try #require(error)
    }

    private func expect(_ error: PortError, _ expected: Expected) {
        switch (error, expected) {
        case (.notFound, .notFound), (.conflict, .conflict), (.refused, .refused), (.unavailable, .unavailable),
            (.outcomeUnknown, .unknown):
            break
        default: Issue.record("\(error) is not \(expected)")
        }
    }

    @Test(
        "Recorded refusals",
        arguments: [
            ("get-missing", Expected.notFound), ("merge-stale-rv", .conflict), ("merge-uid", .conflict),
            ("strategic-unknown-container", .refused),
            ("scale-other-name", .refused), ("strategic-no-name", .unknown),
        ])
    func recordedRefusals(name: String, expected: Expected) async throws {
        let error = try await outcome(Recorded.exchange(name).answer)
        expect(error, expected)
        if name == "scale-other-name" { #expect(error.description.contains("grant verb patch on resource deployments/scale")) }
    }

    @Test(
        "Other answers",
        arguments: [
            (.failure(429, "TooManyRequests", "slow down", headers: ["Retry-After: 7"]), Expected.unavailable),
            (.init(429, "Too many requests, please try again later.", headers: ["Retry-After: 1"]), .unavailable),
            (.failure(503, "ServiceUnavailable", "not ready", headers: ["Retry-After: 3"]), .unavailable),
            (.failure(401, "Unauthorized", "Unauthorized"), .unavailable),
            (.failure(500, "InternalError", "Internal error occurred: failed calling webhook \\\"w\\\": connection refused"), .unavailable),
            (.failure(500, "InternalError", "etcdserver: request timed out"), .unknown), (.init(502, "bad gateway"), .unknown),
            (.init(504, "gateway time-out"), .unknown), (.init(200, "{}"), .unknown), (.init(200, "<html>"), .unknown),
            (.failure(413, "RequestEntityTooLarge", "too large"), .refused), (.failure(400, "BadRequest", "bad"), .refused),
            (nil, .unknown),
        ] as [(ScriptedAPI.Answer?, Expected)])
    func answers(answer: ScriptedAPI.Answer?, expected: Expected) async throws {
        let error = try await outcome(answer)
        expect(error, expected)
        if case .unavailable(_, let wait?) = error { #expect(["7", "1", "3"].contains { wait == .seconds(Int($0) ?? 0) }) }
    }

    @Test("Nobody listens: nothing was changed")
    func unreachable() async throws {
        let scripted = try ScriptedAPI { _ in nil }
        scripted.server.stop()
        let error = await #expect(throws: PortError.self) {
            try await KubernetesWorkloads(scripted.api).write(write, to: subject, stamp: nil)
        }
        expect(try #require(error), .unavailable)
    }

    @Test("Taking back tries again when others write in between, and gives up in the end")
    func retries() async throws {
        let object =
            #"{"metadata":{"uid":"u-1","resourceVersion":"VERSION"},"spec":{"template":{"spec":{"containers":[{"name":"email","resources":{"limits":{"memory":"2Gi"}}}]}}}}"#
        for conflicts in [0, 2, 99] {
            let version = Counter()
            let scripted = try ScriptedAPI { request in
                if request.method == "GET" {
                    version.add()
                    return .init(200, object.replacingOccurrences(of: "VERSION", with: "\(version.count)"))
                }
                return version.count <= conflicts
                    ? .failure(409, "Conflict", "the object has been modified")
                    : .init(200, object.replacingOccurrences(of: "VERSION", with: "after"))
            }
            let inverse = WorkloadWrite(
                [.memory(container: "email", limit: ByteQuantity("1Gi"), request: nil)],
                precondition: .values(uid: "u-1", [.memory(container: "email", limit: ByteQuantity("2Gi"), request: nil)]))
            let port = KubernetesWorkloads(scripted.api)
            if conflicts < 99 {
                #expect(try await port.write(inverse, to: subject, stamp: nil).resourceVersion == "after")
                #expect(scripted.requests.count == 2 * (conflicts + 1))
                let last = try #require(scripted.requests.last)
                #expect(String(decoding: last.body, as: UTF8.self).contains(#""resourceVersion":"\#(conflicts + 1)""#))
            } else {
                let error = await #expect(throws: PortError.self) { try await port.write(inverse, to: subject, stamp: nil) }
                expect(try #require(error), .conflict)
                #expect(scripted.requests.count == 8)
            }
        }
    }

    @Test("Bounds that may not be read are refused, with the permission")
    func boundsForbidden() async throws {
        let scripted = try ScriptedAPI { _ in
            .failure(
                403, "Forbidden",
                #"limitranges is forbidden: User \"system:serviceaccount:a:b\" cannot list resource \"limitranges\" in API group \"\" in the namespace \"shop\""#
            )
        }
        let error = await #expect(throws: PortError.self) { try await KubernetesWorkloads(scripted.api).memoryBounds(inNamespace: "shop") }
        guard case .refused(let text) = error else { throw Unexpected(error) }
        #expect(text.contains("grant verb list on resource limitranges of apiGroup \"\""))
        #expect(scripted.requests.first?.path == "/api/v1/namespaces/shop/limitranges")
    }
}

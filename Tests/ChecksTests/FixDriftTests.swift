import AutomatonCore
import Synchronization
import Testing

@testable import Checks

@Suite struct FixDriftTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let catalog = Subject(.deployment, namespace: "production", name: "catalog")

    private struct Kept: Fixes {
        let fixes: [Fix]?
        func read() async throws(PortError) -> [Fix] {
            guard let fixes else { throw .unavailable("the journal has not been read yet", retryAfter: nil) }
            return fixes
        }
    }

    /// Workloads as the test wants them, and which were read.
    private final class Present: Workloads {
        let answers: [Subject: Result<Workload, PortError>]
        let asked = Mutex<[Subject]>([])
        init(_ answers: [Subject: Result<Workload, PortError>]) { self.answers = answers }

        func read(_ subject: Subject) async throws(PortError) -> Workload {
            asked.withLock { $0.append(subject) }
            guard let answer = answers[subject] else { throw .notFound("no \(subject)") }
            return try answer.get()
        }
        func workload(of pod: PodRow) async throws(PortError) -> Subject { throw .refused("not asked") }
        func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { throw .refused("not asked") }
        func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
        func workloads(
            _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
        ) async throws(PortError) -> [Subject] { throw .refused("not asked") }
        func revisions(of subject: Subject) async throws(PortError) -> [Revision] { throw .refused("not asked") }
        func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
            throw .refused("a check must not write")
        }
    }

    private static func bytes(_ text: String) -> ByteQuantity { ByteQuantity(text) ?? ByteQuantity(bytes: 0) }

    private static func memory(_ limit: String, of subject: Subject = catalog, container: String = "catalog") -> Fix {
        Fix(subject, container: container, .memory(limit: bytes(limit), request: nil), at: now)
    }

    private static func workload(_ limit: String, replicas: Int = 2, of subject: Subject = catalog) -> Workload {
        var workload = Workload(
            subject: subject, uid: "u", resourceVersion: "1", replicas: replicas,
            containers: [.init(name: "catalog", memoryLimit: bytes(limit), memoryRequest: nil)])
        workload.owners = [
            FieldOwner(kind: .person, name: "helm", field: .memoryLimit(container: "catalog")),
            FieldOwner(kind: .person, name: "kubectl-edit", field: .replicas),
        ]
        return workload
    }

    private func run(
        _ fixes: [Fix]?, _ present: Present, _ parameters: FixDrift.Parameters = .init()
    ) async throws -> [Finding] {
        var environment = Environment(pods: FakePods(), workloads: present, limits: { SafetyPolicy() }, now: { Self.now })
        environment.fixes = Kept(fixes: fixes)
        return try await FixDrift(parameters).run(in: environment)
    }

    private func evidence(_ finding: Finding?) throws -> Evidence {
        guard case .seen(let evidence) = try #require(finding).observation else { throw PortError.refused("nothing was seen") }
        return evidence
    }

    @Test("What drifted is told with figures, and with who wrote it")
    func drifted() async throws {
        let findings = try await run(
            [Self.memory("2Gi"), Fix(Self.catalog, .replicas(2), at: Self.now)], Present([Self.catalog: .success(Self.workload("1Gi"))]))
        #expect(findings.map(\.subject) == [Self.catalog] && findings.first?.observedAt == Self.now)
        let seen = try evidence(findings.first)
        #expect(seen.figures == [Figure("drifted", 1), Figure("kept", 2)])
        #expect(seen.reasons.map(\.code) == ["FixDrifted"] && seen.reasons.first?.container == "catalog")
        #expect(seen.reasons.first?.message == "memory limit of catalog is 1Gi, 2Gi is kept, written by helm")
    }

    @Test("What holds, what somebody raised, and what was turned off has not drifted")
    func well() async throws {
        let cases: [(Fix, Workload, String?)] = [
            (Self.memory("2Gi"), Self.workload("2Gi"), nil), (Self.memory("2Gi"), Self.workload("3Gi"), "FixOutgrown"),
            (Fix(Self.catalog, .replicas(3), at: Self.now), Self.workload("1Gi", replicas: 0), "FixIdle"),
            (Self.memory("2Gi", container: "gone"), Self.workload("1Gi"), "FixIdle"),
        ]
        for (fix, workload, code) in cases {
            let seen = try evidence(try await run([fix], Present([Self.catalog: .success(workload)])).first)
            #expect(seen.figures == [Figure("drifted", 0), Figure("kept", 1)], "\(fix)")
            #expect(seen.reasons.map(\.code) == (code.map { [$0] } ?? []), "\(fix)")
        }
    }

    @Test("Gone is gone; what cannot be read is unknown, and keeps nobody from being seen")
    func unreadable() async throws {
        func subject(_ name: String) -> Subject { Subject(.deployment, namespace: "production", name: name) }
        let present = Present([
            subject("a"): .failure(.refused("deployments is forbidden")),
            subject("b"): .failure(.unavailable("503", retryAfter: nil)), subject("d"): .success(Self.workload("1Gi", of: subject("d"))),
        ])
        let findings = try await run(["a", "b", "c", "d"].map { Self.memory("2Gi", of: subject($0)) }, present)
        #expect(findings.map(\.subject.name) == ["a", "b", "d"])
        #expect(findings.prefix(2).map(\.observation) == [.unknown("deployments is forbidden"), .unknown("503")])
        #expect(try evidence(findings.last).figure("drifted") == 1)
    }

    @Test("Only workloads with such fixes are read, each once")
    func reads() async throws {
        let others = (1...20).map { Self.memory("1Gi", of: Subject(.deployment, namespace: "n\($0 % 2)", name: "w\($0)")) }
        let volume = Fix(Subject(.volume, namespace: "n1", name: "data"), .storage(Self.bytes("1Gi")), at: Self.now)
        let present = Present([:])
        #expect(try await run(others + [others[1], volume], present, .init(namespace: "n1")).isEmpty)
        let asked = present.asked.withLock { $0 }
        #expect(asked.count == 10 && Set(asked).count == 10 && asked.allSatisfy { $0.namespace == "n1" && $0.kind == .deployment })
        let none = Present([:])
        #expect(try await run(others, none, .init(type: "replicas")).isEmpty && none.asked.withLock { $0 }.isEmpty)
    }

    @Test("While nobody knows what is kept, nothing is told; nor are parameters that make no sense taken")
    func unknown() async throws {
        await #expect(throws: PortError.self) { try await run(nil, Present([:])) }
        for parameters in [FixDrift.Parameters(namespace: "No"), .init(type: "storage"), .init(type: "memry")] {
            #expect(throws: ParameterError.self) { try FixDrift(parameters) }
        }
    }
}

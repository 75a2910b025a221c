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
        /// Who scales what, or why that cannot be told; and which namespaces were looked at.
        let scalers: Result<[Subject: String], PortError>
        let looks = Mutex<[String]>([])
        init(_ answers: [Subject: Result<Workload, PortError>], scalers: Result<[Subject: String], PortError> = .success([:])) {
            (self.answers, self.scalers) = (answers, scalers)
        }

        func replicaScalers(
            of subjects: Set<Subject>, inNamespace namespace: String
        ) async throws(PortError) -> [Subject: FieldOwner] {
            looks.withLock { $0.append(namespace) }
            return try scalers.get().filter { subjects.contains($0.key) }.mapValues {
                FieldOwner(kind: .autoscaler, name: $0, field: .replicas)
            }
        }

        func read(_ subject: Subject) async throws(PortError) -> Workload {
            asked.withLock { $0.append(subject) }
            guard let answer = answers[subject] else { throw .notFound("no \(subject)") }
            return try answer.get()
        }
        func workload(of pod: PodRow) async throws(PortError) -> Subject { throw .refused("not asked") }
        func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { throw .refused("not asked") }
        func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] {
            throw .refused("not asked one by one")
        }
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
        let findings = try await FixDrift(parameters).run(in: environment)
        expectDocumented(findings, of: FixDrift.self)
        return findings
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

    @Test("What an autoscaler takes away is no drift, and one look a namespace tells; what a deploy lowers beside it is one")
    func scaled() async throws {
        func subject(_ name: String, _ namespace: String = "production") -> Subject {
            Subject(.deployment, namespace: namespace, name: name)
        }
        let (scaled, lowered, elsewhere, held) = (subject("scaled"), subject("lowered"), subject("c", "staging"), subject("held", "quiet"))
        let subjects = [scaled, lowered, elsewhere]
        let present = Present(
            Dictionary(uniqueKeysWithValues: (subjects + [held]).map { ($0, .success(Self.workload("1Gi", of: $0))) }),
            scalers: .success([scaled: "HorizontalPodAutoscaler s", elsewhere: "ScaledObject c"]))
        let fixes =
            subjects.map { Fix($0, .replicas(5), at: Self.now) } + [Self.memory("2Gi", of: scaled), Fix(held, .replicas(2), at: Self.now)]
        let findings = try await run(fixes, present)
        func seen(_ subject: Subject) throws -> Evidence { try evidence(findings.first { $0.subject == subject }) }
        #expect(try seen(elsewhere).figures == [Figure("drifted", 0), Figure("kept", 1)])
        #expect(try seen(elsewhere).reasons.map(\.message) == ["ScaledObject c sets its replicas: they are 2, 5 are kept"])
        #expect(try seen(scaled).figures == [Figure("drifted", 1), Figure("kept", 2)])
        #expect(try seen(scaled).reasons.map(\.code) == ["FixDrifted", "FixIdle"])
        #expect(try seen(lowered).reasons.map(\.code) == ["FixDrifted"])
        // Where nothing is missing nobody is asked.
        #expect(present.looks.withLock { $0 } == ["production", "staging"])
        #expect(try seen(held).reasons.isEmpty)
    }

    @Test("While it is not known who sets the replicas, whether they drifted is unknown; where they hold that is no matter")
    func scalerUnknown() async throws {
        let other = Subject(.deployment, namespace: "production", name: "other")
        let present = Present(
            [Self.catalog: .success(Self.workload("1Gi")), other: .success(Self.workload("1Gi", of: other))],
            scalers: .failure(.refused("horizontalpodautoscalers is forbidden")))
        let findings = try await run([Fix(Self.catalog, .replicas(5), at: Self.now), Self.memory("2Gi", of: other)], present)
        guard case .unknown(let why)? = findings.first?.observation else { throw PortError.refused("something was seen") }
        #expect(why.contains("whether an autoscaler sets its replicas is not known: horizontalpodautoscalers is forbidden"))
        #expect(try evidence(findings.last).figure("drifted") == 1)
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

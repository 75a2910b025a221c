import AutomatonCore
import Synchronization
import Testing

@testable import Checks

/// Volumes as the test wants them, and what was asked.
private final class FakeVolumes: Volumes {
    private let readings: [VolumeReading]
    private let failure: PortError?
    let asked = Mutex<[VolumeSource]>([])

    init(_ readings: [VolumeReading] = [], failure: PortError? = nil) {
        self.readings = readings
        self.failure = failure
    }

    func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] {
        asked.withLock { $0.append(source) }
        if let failure { throw failure }
        return readings
    }
}

@Suite struct DiskUsageTests {
    private func check(_ parameters: DiskUsage.Parameters = .init()) throws -> DiskUsage { try DiskUsage(parameters) }

    private func run(
        _ readings: [VolumeReading], with parameters: DiskUsage.Parameters = .init(), workloads: FakeWorkloads = FakeWorkloads()
    ) async throws -> [Finding] {
        var environment = Environment(
            pods: FakePods(), workloads: workloads, limits: { SafetyPolicy() }, now: { start })
        environment.volumes = FakeVolumes(readings)
        return try await check(parameters).run(in: environment)
    }

    private func pod(_ name: String, of set: String = "web-7c9") -> PodRow {
        PodRow(uid: "u-\(name)", namespace: "shop", name: name, controller: .init(kind: "ReplicaSet", name: set, uid: set))
    }

    private func claim(_ name: String, _ pod: PodRow, _ used: Int64?, of capacity: Int64 = 1000) -> VolumeReading {
        let usage: Reading<VolumeReading.Usage> =
            used.map { .known(.init(used: $0, capacity: capacity)) } ?? .unknown("claim \(name) is dark")
        return VolumeReading(pod: pod, name: name, kind: .claim, usage: usage)
    }

    private func evidence(_ finding: Finding?) throws -> Evidence {
        let finding = try #require(finding)
        guard case .seen(let evidence) = finding.observation else { throw PortError.refused("\(finding)") }
        expectDocumented([finding], of: DiskUsage.self)
        return evidence
    }

    private let rule = Rule(
        name: "disk-usage", check: CheckID("disk-usage"), tiers: [Tier([.above(figure: nil, 85)], priority: .medium)], remediations: [])

    @Test func theFullestSpeaksForItsWorkload() async throws {
        let findings = try await run(
            [
                claim("data", pod("web-1"), 500), claim("logs", pod("web-2"), 912, of: 1000),
                VolumeReading(
                    pod: pod("web-1"), name: "ephemeral-storage", kind: .ephemeral, usage: .known(.init(used: 1, capacity: 4096))),
                claim("other", pod("db-1", of: "db-5d4"), 10),
            ])
        #expect(findings.map(\.subject.description) == ["shop/deployment/db", "shop/deployment/web"])
        let web = try evidence(findings.last)
        #expect(
            web.figures == [
                Figure("used", 91.2, unit: "%"), Figure("usedBytes", 912, unit: "bytes"), Figure("capacityBytes", 1000, unit: "bytes"),
                Figure("freeBytes", 88, unit: "bytes"),
            ])
        #expect(web.reasons.map(\.code) == ["FullestVolume", "OtherVolume", "OtherVolume"])
        #expect(web.reasons.map(\.part) == ["web-2: claim logs", "web-1: claim data", "web-1: ephemeral storage"])
        #expect(web.reasons.first?.message == "912 of 1000 used" && web.unread == nil)
        #expect(findings.last?.summary == "FullestVolume on web-2: claim logs and 2 more")
        #expect(findings.map { rule.verdict($0.observation) } == [.healthy, .unhealthy(.medium)])
        // Every word that it says is in its vocabulary.
        #expect(Set(web.figures.map(\.name)) == Set(DiskUsage.vocabulary.figures) && DiskUsage.vocabulary.figures.first == "used")
        #expect(Set(web.reasons.map(\.code)).isSubset(of: Set(DiskUsage.vocabulary.reasons)))
    }

    @Test func whatCannotBeReadHidesNoFullOneAndIsNotHealthy() async throws {
        func verdict(_ used: Int64?...) async throws -> Verdict {
            let readings = used.enumerated().map { claim("c\($0)", pod("web-\($0)"), $1) }
            let findings = try await run(readings)
            return rule.verdict(try #require(findings.first).observation)
        }
        #expect(try await verdict(900, nil) == .unhealthy(.medium))
        #expect(try await verdict(100, nil) == .unknown("claim c1 is dark"))
        #expect(try await verdict(nil, 100, nil) == .unknown("claim c0 is dark (and 1 more)"))
        #expect(try await verdict(nil) == .unknown("claim c0 is dark"))
        #expect(try await verdict(850) == .healthy)
        #expect(try await verdict(851) == .unhealthy(.medium))
        let empty = VolumeReading(pod: pod("web-1"), name: "x", kind: .path, usage: .known(.init(used: 0, capacity: 0)))
        #expect(rule.verdict(try #require(try await run([empty]).first).observation) == .unknown("web-1: x: its size is not above zero"))
    }

    @Test func manyVolumesAreBoundedAndSharedClaimsCountOnce() async throws {
        let many = (0..<40).map { claim("c\($0)", pod("web-\($0)"), Int64($0)) } + (0..<20).map { claim("d\($0)", pod("web-\($0)"), nil) }
        let evidence = try evidence(try await run(many).first)
        #expect(evidence.reasons.count == VolumeTally.maximumReasons)
        #expect(evidence.reasons.filter { $0.code == "UnreadableVolume" }.count == 5)
        #expect(evidence.unread?.hasSuffix("(and 19 more)") == true)
        let shared = try self.evidence(
            try await run([claim("s", pod("web-1"), nil), claim("s", pod("web-2"), 400), claim("s", pod("web-3"), 400)]).first)
        #expect(shared.reasons.count == 1 && shared.unread == nil)
    }

    @Test func claimsAndMachinesCanBeSubjects() async throws {
        let ephemeral = VolumeReading(
            pod: pod("web-1"), name: "ephemeral-storage", kind: .ephemeral, usage: .known(.init(used: 1, capacity: 2)))
        let volumes = try await run(
            [claim("data", pod("web-1"), 900), ephemeral, claim("data", pod("web-2"), 900)], with: .init(subject: "volume"))
        #expect(volumes.map(\.subject) == [Subject(.volume, namespace: "shop", name: "data")])
        let host = try await run(
            [VolumeReading(host: "laptop", name: "/var/log", kind: .path, usage: .known(.init(used: 1, capacity: 3)))],
            with: .init(source: "local", paths: ["/var/log"]))
        #expect(host.map(\.subject) == [Subject(.host, namespace: "", name: "laptop:/var/log")])
        #expect(try evidence(host.first).figures.first == Figure("used", 33.3, unit: "%"))
    }

    @Test func whatFailsAsAWholeIsThrown() async throws {
        let refused = PortError.refused("grant verb get on resource nodes/proxy")
        var environment = Environment(pods: FakePods(), workloads: FakeWorkloads(), limits: { SafetyPolicy() }, now: { start })
        environment.volumes = FakeVolumes(failure: refused)
        await #expect(throws: refused) { try await DiskUsage(.init()).run(in: environment) }
        // An owner that cannot be read: nothing is said of anybody, rather than of a part.
        let blind = FakeWorkloads { (_) throws(PortError) in throw .unavailable("no API", retryAfter: nil) }
        await #expect(throws: PortError.self) { try await run([claim("data", pod("web-1"), 1)], workloads: blind) }
    }

    @Test func parametersBecomeASource() throws {
        #expect(try check().source == .kubelet(namespace: nil, labelSelector: ""))
        #expect(
            try check(.init(source: "pods", namespace: "shop", selector: "app=web", container: "app", paths: ["/data", "/"])).source
                == .pods(namespace: "shop", labelSelector: "app=web", container: "app", paths: ["/data", "/"]))
        #expect(try check(.init(source: "local", paths: ["/var"])).source == .local(paths: ["/var"]))
        let bad: [(String, DiskUsage.Parameters)] = [
            ("source", .init(source: "node")), ("paths", .init(source: "pods")), ("paths", .init(source: "local", paths: [])),
            ("paths", .init(paths: ["/x"])), ("paths", .init(source: "local", paths: ["x"])),
            ("paths", .init(source: "local", paths: ["/a/../b"])), ("paths", .init(source: "local", paths: ["/a", "/a"])),
            ("container", .init(container: "app")), ("container", .init(source: "pods", container: "", paths: ["/a"])),
            ("namespace", .init(source: "local", namespace: "a", paths: ["/x"])), ("namespace", .init(namespace: "")),
            ("selector", .init(selector: "a\nb")), ("subject", .init(subject: "pod")),
            ("subject", .init(source: "local", paths: ["/x"], subject: "volume")),
        ]
        for (key, parameters) in bad {
            let error = #expect(throws: ParameterError.self, "\(parameters)") { try check(parameters) }
            #expect(error?.key == key)
        }
    }
}

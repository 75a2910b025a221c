import AutomatonCore
import Testing

@testable import Checks

/// What memory-usage makes of readings.
@Suite struct MemoryUsageTests {
    private func findings(
        _ readings: [ContainerMemoryReading], _ parameters: MemoryUsage.Parameters = .init(), workloads: FakeWorkloads = FakeWorkloads()
    ) async throws -> [Finding] {
        let findings = try await MemoryUsage(parameters).run(in: Self.environment(FakeMemories(readings), workloads))
        expectDocumented(findings, of: MemoryUsage.self)
        return findings
    }

    private static func environment(_ memories: FakeMemories, _ workloads: FakeWorkloads = FakeWorkloads()) -> Environment {
        var environment = Environment(pods: FakePods(), workloads: workloads, limits: { SafetyPolicy() }, now: { start })
        environment.memories = memories
        return environment
    }

    /// A pod whose container `main` has run for an hour, or as long as is said.
    private static func old(_ number: Int, set: String = "email-7d9c5", seconds: Int = 3600, terminating: Bool = false) -> PodRow {
        pod(
            number, set: set, terminating: terminating,
            ContainerRow(name: "main", isReady: true, state: .running(since: start - .seconds(seconds))))
    }

    @Test func theFullestContainerCounts() async throws {
        let found = try await findings([
            memory(Self.old(1), 512, of: 1024), memory(Self.old(2), 96, of: 1024, container: "main"),
            memory(Self.old(2), 61, of: 64, container: "proxy"), memory(Self.old(3), 4000, of: nil),
            memory(Self.old(1, set: "web-5f6b7"), 300, of: 400),
        ])
        #expect(found.map(\.subject.name) == ["email", "web"])
        #expect(found.allSatisfy { $0.observedAt == start })
        guard case .seen(let evidence) = try #require(found.first).observation else { throw Unexpected(found) }
        #expect(
            evidence.figures == [
                Figure("used", 95.3, unit: "%"), Figure("workingSetBytes", Double(61 << 20), unit: "bytes"),
                Figure("limitBytes", Double(64 << 20), unit: "bytes"), Figure("containers", 3),
            ])
        #expect(
            evidence.reasons == [Reason("MemoryUsage", part: "email-7d9c5-2", container: "proxy", message: "95.3 % of 64Mi")])
        #expect(Set(evidence.figures.map(\.name)) == Set(MemoryUsage.vocabulary.figures))
        #expect(evidence.reasons.map(\.code) == MemoryUsage.vocabulary.reasons)
    }

    @Test func withoutALimitThereIsNoFigure() async throws {
        let found = try await findings([memory(Self.old(1), 4000, of: nil)])
        #expect(found.map(\.observation) == [.seen(Evidence())])
    }

    static let unknowns: [(String, [ContainerMemoryReading], String)] = [
        (
            "nothing measured", [memory(old(1), nil, of: 64)],
            "the memory of 1 of 1 containers is not known: main of email-7d9c5-1: nothing was measured"
        ),
        (
            "one of two is not measured, and may be the fullest", [memory(old(1), 10, of: 64), memory(old(2), nil, of: 64)],
            "the memory of 1 of 2 containers is not known: main of email-7d9c5-2: nothing was measured"
        ),
        (
            "measured too long ago", [memory(old(1), 10, of: 64, age: 181)],
            "the memory of 1 of 1 containers is not known: main of email-7d9c5-1 was measured last 3 min 1 s ago"
        ),
        (
            "just begun", [memory(old(1, seconds: 5), nil, of: 64)],
            "the memory of 1 containers is not known yet: main of email-7d9c5-1: nothing was measured"
        ),
    ]

    @Test(arguments: unknowns) func whatWasNotMeasuredIsUnknown(
        _ name: String, _ readings: [ContainerMemoryReading], _ expected: String
    ) async throws {
        #expect(try await findings(readings).map(\.observation) == [.unknown(expected)])
    }

    @Test func whatJustBeganIsLeftOut() async throws {
        let found = try await findings([
            memory(Self.old(1), 32, of: 64), memory(Self.old(2, seconds: 5), nil, of: 64),
            memory(Self.old(3, terminating: true), 64, of: 64), memory(Self.old(4), 32, of: 64, age: 180),
        ])
        guard case .seen(let evidence) = try #require(found.first).observation else { throw Unexpected(found) }
        #expect(evidence.figure("used") == 50)
        #expect(evidence.figure("containers") == 2)
        // Of equals, the same one in every run.
        #expect(evidence.reasons.first?.part == "email-7d9c5-1")
    }

    @Test func oneContainerAndOneSelection() async throws {
        let memories = FakeMemories([memory(Self.old(1), 60, of: 64), memory(Self.old(1), 20, of: 64, container: "proxy")])
        let check = try MemoryUsage(.init(namespace: "production", selector: "app=email", container: "proxy"))
        let found = try await check.run(in: Self.environment(memories))
        #expect(memories.asked == [PodSelection(namespace: "production", labelSelector: "app=email")])
        guard case .seen(let evidence) = try #require(found.first).observation else { throw Unexpected(found) }
        #expect(evidence.figure("used") == 31.3)
    }

    @Test func aWorkloadIsLookedUpOncePerController() async throws {
        let asked = Counter()
        let workloads = FakeWorkloads { _ in
            asked.add()
            return email
        }
        _ = try await findings((1...20).map { memory(Self.old($0), 1, of: 64) }, workloads: workloads)
        #expect(asked.value == 1)
    }

    @Test func failuresOfThePortsAreTheChecks() async throws {
        let refused = PortError.refused("no metrics API")
        await #expect(throws: refused) {
            try await MemoryUsage(.init()).run(in: Self.environment(FakeMemories(failing: refused)))
        }
        // Without its workload a reading cannot be left out: the workload would seem to be gone.
        let away = PortError.unavailable("no answer", retryAfter: nil)
        let workloads = FakeWorkloads { (_) throws(PortError) in throw away }
        await #expect(throws: away) { try await findings([memory(Self.old(1), 1, of: 64)], workloads: workloads) }
    }

    @Test(arguments: [
        (MemoryUsage.Parameters(namespace: "No"), "namespace"), (.init(selector: "a=\u{1F600}"), "selector"),
        (.init(container: ""), "container"),
    ])
    func wrongParameters(_ parameters: MemoryUsage.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try MemoryUsage(parameters) }
        #expect(error?.key == key)
    }
}

private struct Unexpected: Error {
    let found: [Finding]
    init(_ found: [Finding]) { self.found = found }
}

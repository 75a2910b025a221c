import AutomatonCore
import ExamplePlugins
import Remediations
import Rules
import Testing

/// The check of docs/writing-a-check.md, as a plugin of one's own is tested: fake ports, and time as a parameter.
@Suite struct MemorySkewTests {
    private static let noon = Instant(seconds: 1_800_000_000)
    private static let email = Subject(.deployment, namespace: "production", name: "email")

    /// What one container of a pod uses, in mebibytes, so many seconds ago; nil: nobody measured it.
    private static func reading(_ pod: String, _ mebibytes: Int64?, ago: Int = 10) -> ContainerMemoryReading {
        let row = PodRow(uid: pod, namespace: "production", name: pod, controller: nil, phase: .running)
        let measured = mebibytes.map { ContainerMemoryReading.Measurement(bytes: $0 << 20, at: noon - .seconds(ago)) }
        return ContainerMemoryReading(
            pod: row, container: "main", workingSet: measured.map { .known($0) } ?? .unknown("nothing was measured"), limit: nil)
    }

    private func findings(_ readings: ContainerMemoryReading..., atLeast: ByteQuantity? = nil) async throws -> [Finding] {
        var environment = Environment(
            pods: NoPods(), workloads: OneWorkload(subject: Self.email), limits: { SafetyPolicy() }, now: { Self.noon })
        environment.memories = Memories(readings: readings)
        var parameters = MemorySkew.Parameters()
        parameters.atLeast = atLeast
        return try await MemorySkew(parameters).run(in: environment)
    }

    @Test func theFullestIsHeldAgainstTheOthers() async throws {
        let found = try await findings(
            Self.reading("a", 100), Self.reading("b", 200), Self.reading("b", 250), Self.reading("c", 200))
        #expect(found.map(\.subject) == [Self.email])
        guard case .seen(let evidence) = try #require(found.first).observation else {
            Issue.record("\(found)")
            return
        }
        // 450 MiB in two containers, against 150 on average.
        #expect(evidence.figure("skew") == 200)
        #expect(evidence.figure("fullestBytes") == Double(450 << 20))
        #expect(evidence.reasons == [Reason("MemorySkew", part: "b", message: "uses 450Mi")])
        #expect(evidence.figures.map(\.name) == MemorySkew.vocabulary.figures)
        #expect(evidence.reasons.map(\.code) == MemorySkew.vocabulary.reasons)
    }

    @Test func littleIsNotUneven() async throws {
        let small = try await findings(Self.reading("a", 1), Self.reading("b", 60))
        let figures = [Figure("skew", 0, unit: "%"), Figure("fullestBytes", Double(60 << 20), unit: "bytes")]
        #expect(small.first?.observation == .seen(Evidence(figures: figures)))
        let counted = try await findings(Self.reading("a", 30), Self.reading("b", 60), atLeast: ByteQuantity(bytes: 1 << 20))
        guard case .seen(let evidence)? = counted.first?.observation else {
            Issue.record("\(counted)")
            return
        }
        #expect(evidence.figure("skew") == 100)
    }

    @Test func oneHasNothingToCompare() async throws { #expect(try await findings(Self.reading("a", 100)).isEmpty) }

    /// Missing data is unknown, never zero.
    @Test(arguments: [(Int64?.none, 10, "b: nothing was measured"), (100, 181, "b was measured last 3 min 1 s ago")])
    func whatWasNotMeasuredIsUnknown(_ mebibytes: Int64?, _ ago: Int, _ why: String) async throws {
        let found = try await findings(Self.reading("a", 100), Self.reading("b", mebibytes, ago: ago))
        #expect(found.map(\.observation) == [.unknown(why)])
    }

    @Test func senselessParametersSayWhatIsRight() {
        var parameters = MemorySkew.Parameters()
        parameters.atLeast = ByteQuantity(bytes: 0)
        let error = #expect(throws: ParameterError.self) { try MemorySkew(parameters) }
        #expect(error?.key == "atLeast")
    }

    /// The loader holds rules against the vocabulary, the parameters and the kinds of subjects.
    @Test func rulesAreHeldAgainstIt() throws {
        let loader = RuleLoader(checks: [MemorySkew.self], remediations: builtInRemediations, namespace: "production")
        func load(_ text: String) throws -> Ruleset { try loader.load([SourceFile(path: "r.yaml", text: text)], thresholds: Thresholds()) }
        let rule = MemorySkew.documentation.example
        #expect(try load(rule).rules.map(\.name) == ["uneven-memory"])
        for (right, wrong, word) in [
            ("when:", "with: { atleast: 1Gi }\nwhen:", "atLeast"), ("above: 100", "figure: used, above: 100", "skew"),
            ("rollout-restart", "terminate-idle-sessions", "terminate-idle-sessions"),
        ] {
            let error = #expect(throws: ConfigurationErrors.self) { try load(rule.replacing(right, with: wrong)) }
            #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
        }
    }
}

private struct Memories: ContainerMemories {
    let readings: [ContainerMemoryReading]
    func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] { readings }
}

private struct NoPods: Pods {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
}

/// Every pod belongs to one workload, and nothing else may be asked.
private struct OneWorkload: Workloads {
    let subject: Subject
    func workload(of pod: PodRow) async throws(PortError) -> Subject { subject }
    func read(_ subject: Subject) async throws(PortError) -> Workload { throw .refused("a check reads no workload here") }
    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }
    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] { [] }
    func workloads(
        _ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String
    ) async throws(PortError) -> [Subject] { [] }
    func revisions(of subject: Subject) async throws(PortError) -> [Revision] { [] }
    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        throw .refused("a check must not write")
    }
}

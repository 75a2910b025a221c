import AutomatonCore
import Synchronization
import Testing

@testable import Engine

/// One look, without acting.
@Suite(.timeLimit(.minutes(10))) struct LookTests {
    private static let check = CheckID("thermometer")

    private func rule(_ name: String, _ check: CheckID = check, above: Double = 80, subject: SubjectTemplate? = nil) -> Rule {
        Rule(
            name: name, check: check, subject: subject, tiers: [Tier([.above(figure: nil, above)], priority: .high)],
            remediations: [RemediationStep(use: "cool")])
    }

    private func look(
        _ world: FakeWorld, _ rules: [Rule], _ checks: [CheckID: any Check], rule: String? = nil, within limit: Duration = .seconds(60)
    ) async -> Look {
        let environment = Environment(pods: world, workloads: world, limits: { SafetyPolicy() }, now: WallClock.read)
        return await Looker(environment: environment, clock: .system()).look(
            Ruleset(rules: rules, checks: checks), policy: SafetyPolicy(), rule: rule, within: limit)
    }

    @Test func whatIsSeenIsJudgedAsARunningAutomatonWould() async throws {
        let world = FakeWorld()
        world.state.withLock { $0.temperature = 90 }
        let look = await look(world, [rule("hot"), rule("hotter", above: 100)], [Self.check: Thermometer(world)])
        let (hot, hotter) = (try #require(look.rules.first), try #require(look.rules.last))
        #expect(hot.sights.map(\.verdict) == [.unhealthy(.high)] && hot.healthy == 0)
        #expect(hot.sights.first?.seen.contains("90") == true && hot.sights.first?.seen.contains("above 80") == true)
        #expect(hotter.sights.map(\.verdict) == [.healthy] && hotter.healthy == 1)
        #expect(hotter.sights.first?.seen == "temperature 90 of 100")
        #expect(hotter.sights.first?.measured == [MeasuredFigure(Figure("temperature", 90), above: 100)])
        #expect(world.state.withLock { $0.writes } == 0 && hot.isTold && hot.untold.isEmpty)
    }

    @Test func whatDoesNotAnswerCouldNotLookAndNobodyWaits() async throws {
        let world = FakeWorld()
        let (hanging, throwing) = (CheckID("hanging"), CheckID("throwing"))
        let look = await look(
            world, [rule("hot"), rule("stuck", hanging), rule("thrown", throwing)],
            [Self.check: Thermometer(world), hanging: Hanging(), throwing: Throwing()], within: .seconds(1))
        let blind = Dictionary(uniqueKeysWithValues: look.rules.map { ($0.rule.name, $0.blind) })
        #expect(blind["hot"] == .some(nil))
        #expect(blind["stuck"]??.contains("no answer within 1 s") == true)
        #expect(blind["thrown"]??.isEmpty == false)
        #expect(look.rules.filter { $0.blind != nil }.allSatisfy { $0.healthy == nil && $0.sights.isEmpty })
    }

    /// Does not heed that it is cancelled.
    private struct Deaf: Check {
        static let name = "deaf"
        static let documentation = Documentation("A fake.", example: "")
        static let vocabulary = Vocabulary()
        static let permissions: [Permission] = []
        final class End: Sendable { let isOver = Mutex(false) }
        let end = End()
        init(_ parameters: NoParameters) {}
        init() {}
        func run(in environment: Environment) async throws -> [Finding] {
            await Task.detached { try? await Task.sleep(for: .seconds(20)) }.value
            end.isOver.withLock { $0 = true }
            return []
        }
    }

    @Test func whoDoesNotHeedTheEndIsNotWaitedFor() async throws {
        let (deaf, id) = (Deaf(), CheckID("deaf"))
        let look = await look(FakeWorld(), [rule("loud", id)], [id: deaf], within: .milliseconds(50))
        #expect(look.rules.first?.blind != nil)
        #expect(!deaf.end.isOver.withLock { $0 })
    }

    @Test func onlyTheChecksOfTheChosenRuleAreRun() async throws {
        let world = FakeWorld()
        let hanging = CheckID("hanging")
        let look = await look(
            world, [rule("hot"), rule("stuck", hanging)], [Self.check: Thermometer(world), hanging: Hanging()], rule: "hot")
        #expect(look.rules.map(\.rule.name) == ["hot"])
        #expect(look.rules.first?.blind == nil)
    }

    @Test func aWorkloadThatIsNotFoundByItsLabelIsTold() async throws {
        let world = FakeWorld()
        world.state.withLock { $0.temperature = 90 }
        let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "burner", value: "{name}"))
        let look = await look(world, [rule("hot", subject: template)], [Self.check: Thermometer(world)])
        #expect(look.missing.count == 1 && look.missing.first?.contains("burner") == true, "\(look.missing)")
        #expect(look.rules.first?.sights.first?.verdict == .unhealthy(.high), "what is seen is told all the same")
    }
}

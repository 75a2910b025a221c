import SeededRandom
@testable import AutomatonCore
import Testing

/// What a rule makes of evidence, and the order in which subjects are looked at.
@Suite struct DecisionFigureTests {
    @Test func aRuleOnAFigureSaysItAndItsBound() {
        let rule = Rule(
            name: "restart-loop", check: pods, tiers: [Tier([.above(figure: "restarts", 5)], priority: .critical)],
            remediations: [.raise()])
        var stage = Stage([rule])
        stage.see(
            .seen(
                Evidence(
                    figures: [Figure("restarts", 7)],
                    reasons: [Reason("CrashLoopBackOff", part: "pod-1", container: "app", restartCount: 1)])))
        let reasons = stage.answer(memoryPlan()).reasons
        #expect(reasons.contains { $0.hasPrefix("restarts 7, above 5: CrashLoopBackOff in container app of pod-1") })
    }
}

@Suite struct VerdictTests {
    static let rule = Rule(
        name: "r", check: pods,
        tiers: [
            Tier([.above(figure: nil, 10)], priority: .medium), Tier([.above(figure: nil, 100)], priority: .high),
            Tier([.below(figure: "free", 5), .reasons(["Full"])], priority: .critical),
        ], remediations: [])

    static func seen(_ lag: Double?, free: Double? = 50, _ reasons: String...) -> Observation {
        let figures = [lag.map { Figure("lag", $0) }, free.map { Figure("free", $0) }].compactMap { $0 }
        return .seen(Evidence(figures: figures, reasons: reasons.map { Reason($0) }))
    }

    static let missing = "the check did not measure the figure that rule r needs"
    static let table: [(Observation, Verdict)] = [
        (seen(10), Verdict.healthy), (seen(10.5), .unhealthy(.medium)), (seen(100), .unhealthy(.medium)), (seen(101), .unhealthy(.high)),
        (seen(0, free: 4), .healthy), (seen(0, free: 4, "Full"), .unhealthy(.critical)), (seen(500, free: 5, "Full"), .unhealthy(.high)),
        (seen(0, free: nil), .healthy), (seen(0, free: nil, "Full"), .unknown(missing)),
        (seen(500, free: nil, "Full"), .unhealthy(.high)), (.unknown("dark"), .unknown("dark")),
        (.seen(Evidence()), .unknown(missing)),
        (seen(.nan), .unknown(missing)), (seen(.infinity), .unhealthy(.high)),
    ]

    @Test(arguments: table) func verdicts(observation: Observation, verdict: Verdict) {
        #expect(Self.rule.verdict(observation) == verdict)
        if case .unhealthy(let priority) = verdict {
            #expect(Rule.highest(Self.rule.tiers, observation) == priority)
        } else {
            #expect(Rule.highest(Self.rule.tiers, observation) == nil)
        }
    }

    @Test func whatCouldNotBeReadIsNeverHealthyAndHidesNothing() {
        func seen(_ lag: Double) -> Observation {
            .seen(Evidence(figures: [Figure("lag", lag), Figure("free", 50)], unread: "partition 3 has no leader"))
        }
        #expect(Self.rule.verdict(seen(5)) == .unknown("partition 3 has no leader"))
        #expect(Self.rule.verdict(seen(11)) == .unhealthy(.medium))
    }

    @Test(
        arguments: [(5, 11, .unknown("1 partition does not move")), (5, 9, .healthy), (11, 200, .unhealthy(.medium))]
            as [(Double, Double, Verdict)])
    func whatIsLeftOutOfAFigureIsNotHealthyWhileItWouldFire(lag: Double, whole: Double, verdict: Verdict) {
        let evidence = Evidence(
            figures: [Figure("lag", lag), Figure("free", 50)], unread: "1 partition does not move",
            unreadFigures: [Figure("lag", whole), Figure("free", 50)])
        #expect(Self.rule.verdict(.seen(evidence)) == verdict)
    }

    @Test func agendaGivesInOrderAndDropsTheUnwanted() {
        var random = SplitMix64(7)
        for _ in 0..<50 {
            var agenda = Agenda<Int, Int>()
            var model: [(key: Int, ticket: UInt64, item: Int)] = []
            var unwanted: Set<UInt64> = []
            for item in 0..<400 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let popped = agenda.pop()
                    model.sort { ($0.key, $0.ticket) < ($1.key, $1.ticket) }
                    #expect(popped?.ticket == model.first?.ticket && popped?.item == model.first?.item)
                    if let ticket = popped?.ticket {
                        model.removeFirst()
                        if unwanted.remove(ticket) != nil { agenda.skipped() }
                    }
                case 1:
                    guard let entry = model.randomElement(using: &random), unwanted.insert(entry.ticket).inserted else { continue }
                    agenda.unwant()
                    let before = agenda.count
                    agenda.compact { [unwanted] in !unwanted.contains($0.ticket) }
                    if agenda.count < before {
                        model.removeAll { unwanted.contains($0.ticket) }
                        unwanted = []
                    }
                default:
                    let key = Int.random(in: 0..<50, using: &random)
                    model.append((key, agenda.insert(item, at: key), item))
                }
                #expect(agenda.count == model.count && agenda.first == model.map(\.key).min())
            }
        }
    }

    @Test func deadlinesDoNotGrowWithWhatChanges() {
        var stage = Stage([.lag([(10, .low), (100, .medium)])])
        for step in 0..<5000 { stage.see(.figure(step % 2 == 0 ? 50 : 500), after: .milliseconds(10)) }
        #expect(stage.automaton.deadlines.count < 200)
    }

    @Test func manyThatWaitAreToldOnce() {
        var policy = SafetyPolicy()
        (policy.stormShare, policy.namespaceShare) = (.count(1000), .count(1000))
        var stage = Stage([.oom()], policy)
        for round in 0..<3 {
            for number in 0..<500 { stage.see(.oom(), of: Subject(.pod, namespace: "n", name: "p\(number)"), after: .milliseconds(round)) }
        }
        #expect(stage.all.decisions.count == 495, "one decision for each that has to wait")
        #expect(stage.all.requests.count == 5)
        #expect(stage.automaton.waiting.count == 495)
    }
}

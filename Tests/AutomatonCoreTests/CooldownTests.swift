import AutomatonCore
import Testing

/// Quiet time, stamps, budgets, caps.
@Suite struct CooldownTests {
    @Test func reasonHasTheFigures() {
        var stage = Stage([.oom([.raise(verify: .minutes(1), attempts: 5)])])
        stage.see(.oom(), after: .seconds(3))
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        stage.pass(.seconds(108))
        stage.see(.oom(2))
        #expect(stage.last.reasons == ["cooldown: 3 min 12 s left since the attempt at 12:00:03Z"])
        #expect(stage.last.decisions.first?.until == noon + .seconds(303))
        stage.pass(.seconds(191))
        #expect(stage.all.requests.count == 1)
        stage.pass(.seconds(1))
        #expect(stage.all.requests.count == 2)
    }

    @Test func secondFaultWhileVerifyingIsAnswered() {
        var stage = Stage([.oom()])
        stage.attemptWritten()
        #expect(stage.see(.oom(), after: .minutes(1)).isEmpty, "the same fault")
        stage.see(.oom(2), after: .minutes(1))
        #expect(
            stage.last.reasons == [
                "in flight: attempt run-1 (raise-memory) of 12:00:00Z is being verified until 12:10:00Z; cooldown: 3 min left"
            ])
        #expect(stage.see(.oom(3), after: .seconds(59)).isEmpty, "answered once a minute at most")
        #expect(stage.see(.oom(4), after: .seconds(1)).holds == [.inFlight])
        #expect(stage.all.applied.count == 1)
    }

    @Test func remediationHasItsCooldownAcrossRules() {
        let restart = RemediationStep.raise("rollout-restart", verify: .minutes(1))
        var stage = Stage([.oom("a", [restart]), .oom("b", reason: "Error", [restart])])
        stage.see(.fault("OOMKilled"))
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        stage.see(.fault("Error"), after: .seconds(40))
        #expect(stage.last.reasons == ["cooldown: 4 min 20 s left since the attempt at 12:00:00Z (rollout-restart)"])
        stage.pass(.seconds(40))
        #expect(stage.last.changes.contains(.closed(.healed)))
        stage.pass(.minutes(4))
        #expect(stage.all.requests.map(\.rule) == ["a", "b"])
    }

    @Test func ruleMayWaitLongerNeverShorter() {
        for (wanted, expected) in [(Duration.minutes(20), Duration.minutes(20)), (.seconds(1), .minutes(5))] {
            var stage = Stage([.oom([.raise(verify: .seconds(10), attempts: 9)], cooldown: wanted)])
            stage.attemptWritten()
            stage.pass(expected - .seconds(1))
            #expect(stage.all.requests.count == 1)
            stage.pass(.seconds(1))
            #expect(stage.all.requests.count == 2)
        }
    }

    static let stamped = Stamp(attempt: AttemptID("other-1"), rule: "oom", remediation: "raise-memory", at: noon - .minutes(1))

    @Test func stampOfAClockThatRunsAheadDoesNotHoldForEver() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        var stamp = Self.stamped
        stamp.at = noon + .minutes(60)
        stage.answer(memoryPlan(stamps: [stamp]))
        #expect(stage.last.reasons == ["cooldown: 5 min left since the attempt at 12:00:00Z"])
        #expect(stage.automaton.attemptsInFlight == 0)
        stage.pass(.minutes(5))
        #expect(stage.all.requests.count == 2)
        #expect(stage.answer(memoryPlan(stamps: [stamp])).applied.count == 1)
    }

    /// Killed in verification and started again: the attempt keeps its quiet time, its time to help, and its place in the escalation.
    @Test(arguments: [1, 2]) func attemptOfAnotherRunCounts(attempts: Int) {
        var stage = Stage([.oom([.raise(attempts: attempts)])])
        stage.see(.oom())
        stage.answer(memoryPlan(stamps: [Self.stamped]))
        #expect(stage.last.reasons == ["cooldown: 4 min left since the attempt at 11:59:00Z"])
        stage.pass(.minutes(4))
        #expect(
            stage.last.reasons == [
                "in flight: attempt other-1 (raise-memory) of 11:59:00Z, by another run of the automaton, has until 12:09:00Z to help, "
                    + "5 min more"
            ])
        #expect(stage.all.requests.count == 1)
        stage.pass(.minutes(5))
        stage.see(.oom())
        let answer = stage.answer(memoryPlan(stamps: [Self.stamped]))
        if attempts == 1 {
            #expect(answer.applied.isEmpty)
            #expect(stage.all.escalations.count == 1, "the one attempt was made: a person is told")
        } else {
            #expect(answer.applied.count == 1)
            #expect(answer.reasons.contains { $0.contains("attempt 2 of 2 of raise-memory") })
        }
    }

    @Test func oldStampsDoNotCount() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        var stamp = Self.stamped
        stamp.at = noon - .minutes(26)
        #expect(stage.answer(memoryPlan(stamps: [stamp])).applied.count == 1)
    }

    @Test func raceThatWasLostKeepsTheQuietTime() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer(after: .seconds(2))
        stage.send(.conflicted(stage.attempt, "changed"))
        var stamp = Self.stamped
        stamp.at = noon + .seconds(1)
        stage.answer(memoryPlan(stamps: [stamp]), after: .seconds(1))
        #expect(stage.last.holds == [.cooldown])
        #expect(stage.all.applied.count == 1, "not written a second time")
    }

    @Test(arguments: [
        (Change.Measure.memory(ByteQuantity(bytes: 16 << 30)), "raise-memory cap: f = 16Gi is above MAX_MEMORY (8Gi)"),
        (.replicas(11), "raise-memory cap: 11 replicas are above MAX_REPLICAS (10)"),
        (.replicas(0), "raise-memory cap: 0 replicas are below MIN_REPLICAS (1)"),
    ]) func capsHold(measure: Change.Measure, reason: String) {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.see(.oom())
        var plan = memoryPlan()
        plan.changes = [Change("f", before: "1", after: "2", measure: measure)]
        stage.answer(plan)
        #expect(stage.last.reasons == [reason, "\(reason); next: rollout-restart"])
        #expect(stage.last.applied.isEmpty)
        #expect(stage.last.requests.map(\.remediation) == ["rollout-restart"])
    }

    @Test func emptyPlanIsRefused() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        var plan = memoryPlan()
        plan.changes = []
        #expect(stage.answer(plan).reasons.first == "raise-memory cap: the plan changes nothing")
    }

    static func subject(_ number: Int) -> Subject { Subject(.deployment, namespace: "shop", name: "s\(number)") }

    @Test func attemptsAnHour() {
        var policy = SafetyPolicy()
        policy.attemptsAnHour = 2
        var stage = Stage([.oom([.raise(verify: .hours(2))])], policy)
        for number in 0..<4 {
            stage.see(.oom(), of: Self.subject(number), after: .minutes(1))
            guard number < 2 else { continue }
            stage.answer(memoryPlan(Self.subject(number)))
            stage.send(.applied(stage.attempt, AttemptReport("done")))
        }
        #expect(stage.last.reasons == ["budget: 2 of 2 attempts an hour are used; the next at 13:01:00Z"])
        #expect(stage.automaton.nextDeadline != nil)
        for number in 0..<4 { stage.see(.oom(), of: Self.subject(number)) }
        #expect(stage.all.holds.filter { $0 == .budget }.count == 2, "told once each")
        stage.pass(.minutes(56))
        #expect(stage.all.applied.count == 2)
        stage.pass(.minutes(1))
        #expect(stage.last.requests.first?.finding.subject == Self.subject(2), "the one that waited longest")
        for request in stage.last.requests { stage.send(.planned(request.attempt, memoryPlan(request.finding.subject))) }
        #expect(stage.all.applied.count == 3, "one place came free")
    }

    @Test func subjectsAtOnceAndTheMostUrgentFirst() {
        var policy = SafetyPolicy()
        policy.attemptsAtOnce = 1
        policy.delays = [.zero, .zero, .zero, .zero]
        var stage = Stage([.lag([(10, .low), (100, .high)])], policy)
        stage.see(.figure(50), of: Self.subject(0))
        let first = stage.attempt
        stage.see(.figure(50), of: Self.subject(1))
        #expect(stage.last.reasons == ["budget: 1 of 1 subjects have an attempt in flight"])
        stage.see(.figure(50), of: Self.subject(2))
        stage.see(.figure(500), of: Self.subject(3))
        stage.see(.well, of: Self.subject(2))
        stage.send(.refused(first, "paused"))
        #expect(stage.last.requests.map(\.finding.subject) == [Self.subject(3)])
        stage.send(.refused(stage.attempt, "paused"))
        #expect(stage.last.requests.map(\.finding.subject) == [Self.subject(1)])
    }
}

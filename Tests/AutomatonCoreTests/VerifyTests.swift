import AutomatonCore
import Testing

/// What follows a write: verification, taking back, escalation, breaker, recurrence, reconfiguration.
@Suite struct VerifyTests {
    static let list: [RemediationStep] = [.raise(attempts: 2), .raise("rollout-restart")]

    @Test func noChangeIsToldAndEscalates() {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.attemptWritten()
        stage.pass(.minutes(10))
        #expect(stage.last.changes == [.verified(AttemptID("run-1"), remediation: "raise-memory", .noChange)])
        #expect(stage.last.reasons == ["raise-memory did not help within 10 min; next: rollout-restart"])
        #expect(stage.last.requests.map(\.remediation) == ["rollout-restart"])
    }

    @Test func clearMustLast() {
        var stage = Stage([.oom([.raise(verify: .minutes(2), stable: .minutes(1))])])
        stage.attemptWritten()
        stage.see(.well, after: .seconds(30))
        stage.see(.oom(2), after: .seconds(59))
        stage.see(.well, after: .seconds(10))
        #expect(stage.all.changes.count == 2, "nothing is verified yet")
        stage.pass(.minutes(1))
        #expect(stage.last.changes.last == .closed(.healed))
    }

    @Test func attemptsOfOneRemediationThenTheNextThenAPersonOnce() {
        var stage = Stage([.oom(Self.list)])
        stage.attemptWritten()
        for _ in 0..<4 {
            stage.pass(.minutes(10))
            stage.answer(memoryPlan(invertible: false))
            stage.send(.applied(stage.attempt, AttemptReport("done")))
        }
        let used = stage.all.applied.map(\.remediation)
        #expect(Array(used.prefix(3)) == ["raise-memory", "raise-memory", "rollout-restart"])
        #expect(stage.all.escalations.count == 1)
        #expect(stage.all.escalations == ["every remediation of rule oom was tried, lately: rollout-restart did not help within 10 min"])
    }

    @Test func breakerOpensTwiceAsLongAndGoesOnInTheList() {
        var policy = SafetyPolicy()
        policy.breakerThreshold = 2
        let step = RemediationStep.raise(verify: .minutes(5), attempts: 3)
        var stage = Stage([.oom([step, .raise("rollout-restart", verify: .minutes(5), attempts: 3)])], policy)
        stage.attemptWritten()
        var times: [Instant] = [noon]
        for _ in 0..<300 where times.count < 6 {
            stage.pass(.minutes(1))
            guard !stage.last.requests.isEmpty else { continue }
            times.append(stage.now)
            stage.answer()
            stage.send(.applied(stage.attempt, AttemptReport("done")))
        }
        // 5 minutes to verify; from the second on 15, 30, 60, … minutes of pause after it.
        let gaps = zip(times.dropFirst(), times).map { ($0 - $1).microseconds / 60_000_000 }
        #expect(gaps == [5, 20, 35, 65, 125])
        #expect(stage.all.applied.map(\.remediation).suffix(3) == ["rollout-restart", "rollout-restart", "rollout-restart"])
        #expect(stage.all.escalations.first == "2 attempts in a row did not help, lately: raise-memory did not help within 5 min")
    }

    @Test func ruleWithoutRemediationTellsAPerson() {
        var stage = Stage([.oom([])])
        stage.see(.oom())
        #expect(stage.last.escalations == ["rule oom has no remediation: this is for a person"])
        #expect(stage.last.holds == [.exhausted])
        stage.pass(.minutes(14))
        #expect(stage.last.isEmpty)
    }

    @Test func recurrenceCountsAsIneffective() {
        var stage = Stage([.oom(Self.list)])
        for round in Int32(1)...2 {
            stage.attemptWritten(.oom(round))
            stage.see(.well, after: .minutes(1))
            stage.pass(.minutes(6))
            #expect(stage.all.changes.last == .closed(.healed))
        }
        stage.see(.oom(3))
        #expect(stage.last.reasons == ["it came back 5 min 30 s after it was healed; next: rollout-restart"])
        #expect(stage.last.requests.map(\.remediation) == ["rollout-restart"])
    }

    @Test func longAfterHealingAllIsForgotten() {
        var stage = Stage([.oom(Self.list)])
        stage.attemptWritten()
        stage.see(.well, after: .minutes(1))
        stage.pass(.hours(1))
        #expect(stage.automaton.nextDeadline == nil)
        stage.see(.oom(9))
        #expect(stage.last.requests.map(\.remediation) == ["raise-memory"])
        #expect(stage.last.decisions.isEmpty)
    }

    @Test(arguments: [
        (RemediationStep.Revert.worse, false, false), (.worse, true, true), (.ineffective, false, true), (.ineffective, true, true),
        (.never, true, false),
    ]) func takesBack(policy: RemediationStep.Revert, isWorse: Bool, isTakenBack: Bool) {
        var stage = Stage([.lag([(10, .high), (100, .critical)], [.raise(revert: policy), .raise("scale")])])
        stage.see(.figure(50))
        stage.pass(.minutes(5))
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        if isWorse { stage.see(.figure(500), after: .minutes(1)) }
        stage.pass(.minutes(10))
        #expect(stage.last.reverts == (isTakenBack ? [AttemptID("run-1")] : []))
        #expect(stage.last.requests.isEmpty == isTakenBack, "nothing new before it is taken back")
        guard isTakenBack else { return }
        let how = isWorse ? "made it worse: it is critical now and was high" : "did not help within 10 min"
        #expect(stage.last.reasons.first == "raise-memory \(how): taken back, if it is still as it was left")
        stage.send(.reverted(AttemptID("run-1")))
        #expect(stage.last.changes == [.reverted(AttemptID("run-1"), remediation: "raise-memory")])
        #expect(stage.last.requests.map(\.remediation) == ["scale"])
    }

    /// Whether it is taken back, after how many minutes, of an attempt that began with one pod that did not work.
    @Test(
        arguments: [
            (.unknown("1 of 3 pods are not ready yet"), 1, nil), (.unknown("2 of 3 pods are not ready yet"), 2, 20),
            (.fault("CrashLoopBackOff"), 1, nil), (.fault("CrashLoopBackOff"), 2, 10), (.oom(2), 3, nil),
            (.unknown("nobody knows"), nil, nil),
        ] as [(Observation, Int?, Int?)])
    func morePodsThatDoNotWorkAreWorseUnlessTheFaultGoesOn(_ later: Observation, _ unwell: Int?, _ takenBackAfter: Int?) {
        var stage = Stage([.oom([.raise(), .raise("scale")])])
        stage.see(.oom(), unwell: 1)
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        stage.see(later, unwell: unwell, after: .minutes(1))
        stage.pass(.minutes(20))
        #expect(stage.all.reverts.isEmpty == (takenBackAfter == nil))
        guard let takenBackAfter else { return }
        let decision = stage.all.decisions.first { if case .revert = $0.choice { true } else { false } }
        #expect(decision?.at == noon + .minutes(takenBackAfter))
        #expect(decision?.reason.contains("made it worse: 2 of its pods do not work now, 1 did not before") == true)
    }

    @Test func takingBackThatFailsIsToldAndGoesOn() {
        for event in [Event.revertFailed(AttemptID("run-1"), "changed since"), nil] {
            var stage = Stage([.oom([.raise(revert: .ineffective), .raise("scale")])])
            stage.attemptWritten()
            stage.pass(.minutes(10))
            if let event { stage.send(event) } else { stage.pass(.minutes(2)) }
            #expect(
                stage.last.reasons.first
                    == (event == nil
                        ? "whether raise-memory was taken back is unknown: no answer within 2 min"
                        : "raise-memory was not taken back: changed since"))
            #expect(stage.last.requests.map(\.remediation) == ["scale"])
        }
    }

    @Test func nothingIsTakenBackInDryRunOrStandDown() {
        var dry = SafetyPolicy()
        dry.dryRun = true
        let rule = Rule.oom([.raise(revert: .ineffective)])
        for (event, why) in [
            (Event.configured(rules: [rule], policy: dry), "dry run"), (.standDown(.journal, "night"), "stand down: night"),
        ] {
            var stage = Stage([rule])
            stage.attemptWritten()
            stage.send(event)
            stage.pass(.minutes(10))
            #expect(stage.all.reverts.isEmpty)
            #expect(stage.last.reasons.contains("raise-memory is not taken back: \(why)"))
        }
    }

    @Test(arguments: [true, false]) func blindAtTheEndIsNoFailure(seesAgain: Bool) {
        var stage = Stage([.oom([.raise(revert: .ineffective)])])
        stage.attemptWritten()
        stage.send(.blind(pods, "connection refused"))
        stage.pass(.minutes(10), checks: [])
        #expect(stage.last.changes.isEmpty)
        #expect(stage.all.reverts.isEmpty)
        if seesAgain {
            stage.send(.complete(pods, [Finding(email, observedAt: stage.now, .well)]))
            stage.pass(.seconds(30))
            #expect(stage.all.changes.last == .closed(.healed))
        } else {
            stage.pass(.minutes(10), checks: [])
            #expect(stage.last.changes == [.verified(AttemptID("run-1"), remediation: "raise-memory", .noChange)])
            #expect(stage.last.reasons.contains("raise-memory is not taken back: unknown whether it helped"))
            #expect(stage.all.reverts.isEmpty, "an unknown never acts")
            #expect(stage.automaton.attemptsInFlight == 0)
        }
    }

    @Test func reconfigurationKeepsWhatWasSeenLast() {
        var stage = Stage([.oom([.raise(verify: .minutes(2))])])
        stage.attemptWritten()
        stage.see(.well, after: .minutes(1))
        stage.send(.configured(rules: [.oom([.raise(verify: .minutes(3))])], policy: SafetyPolicy()), after: .seconds(1))
        stage.pass(.seconds(30))
        #expect(stage.last.changes.last == .closed(.healed))
    }

    @Test func removedRuleClosesItsIncidentAndKeepsTheQuietTime() {
        var stage = Stage([.oom()])
        stage.attemptWritten()
        stage.send(.configured(rules: [], policy: SafetyPolicy()), after: .seconds(1))
        #expect(stage.last.changes == [.closed(.ruleRemoved)])
        #expect(stage.automaton.attemptsInFlight == 0)
        stage.send(.configured(rules: [.oom()], policy: SafetyPolicy()), after: .seconds(1))
        stage.see(.oom(2))
        #expect(stage.last.holds == [.notObserved])
        stage.send(.complete(pods, [Finding(email, observedAt: stage.now, .oom(2))]))
        #expect(stage.last.reasons == ["cooldown: 4 min 58 s left since the attempt at 12:00:00Z"])
    }

    @Test func listThatChangedBeginsAnew() {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.see(.oom())
        stage.send(.configured(rules: [.oom([.raise("scale")])], policy: SafetyPolicy()))
        #expect(stage.last.requests.map(\.remediation) == ["scale"], "the plan that was asked for is of the old list")
        #expect(stage.send(.planned(AttemptID("run-1"), memoryPlan())).isEmpty)
        stage.answer()
        stage.send(.configured(rules: [.oom([.raise("rollout-restart"), .raise()])], policy: SafetyPolicy()))
        stage.send(.refused(stage.attempt, "403"))
        #expect(stage.last.escalations.isEmpty)
        stage.pass(.minutes(5))
        #expect(stage.last.requests.map(\.remediation) == ["rollout-restart"])
    }

    @Test func newThresholdJudgesWhatIsKnown() {
        var stage = Stage([.lag([(10, .low)])])
        stage.see(.figure(50))
        stage.send(.configured(rules: [.lag([(10, .low), (40, .critical)])], policy: SafetyPolicy()))
        #expect(stage.last.changes == [.priority(from: .low)])
        #expect(stage.last.requests.count == 1)
        stage.send(.configured(rules: [.lag([(100, .low)])], policy: SafetyPolicy()))
        #expect(stage.last.changes.last == .closed(.recovered))
    }

    @Test func anExplanationEndsTheWatch() {
        let stuck = Rule.oom("stuck", reason: "STALL", [.raise("rollout-restart")], inhibits: ["lag"])
        var stage = Stage([.lag([(10, .critical)], [.raise("scale", verify: .minutes(15))]), stuck])
        stage.see(.figure(100))
        stage.answer(memoryPlan())
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.seen(Evidence(figures: [Figure("lag", 100)], reasons: [Reason("STALL")])), after: .minutes(1))
        #expect(stage.last.reasons.contains("inhibited: scale is not watched any longer, rule stuck explains this"))
        #expect(stage.last.requests.map(\.remediation) == ["rollout-restart"])
        #expect(stage.all.escalations.isEmpty)
    }

    @Test func aNewFaultWhileTheBreakerIsOpenIsToldOnce() {
        var stage = Stage([.oom([.raise()])])
        stage.attemptWritten()
        stage.pass(.minutes(12))
        #expect(stage.all.escalations.count == 1)
        stage.see(.well)
        stage.see(.oom(2), after: .minutes(1))
        #expect(stage.last.escalations.count == 1)
        #expect(stage.last.escalations.first?.hasPrefix("it is back; nothing is tried until ") == true)
        stage.pass(.minutes(5))
        #expect(stage.last.escalations.isEmpty)
    }
}

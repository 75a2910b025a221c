import AutomatonCore
import Testing

/// What an attempt changed for as long as it is needed is put back.
@Suite struct RestorationTests {
    static let scale = RemediationStep(use: "scale", verify: .minutes(5), stable: .zero, attempts: 2, restoreAfter: .minutes(15))

    static func plan(from before: Int, to after: Int) -> Plan {
        Plan(
            subject: email, summary: "scale",
            changes: [Change("spec.replicas", before: "\(before)", after: "\(after)", measure: .replicas(after))],
            write: .workload(WorkloadWrite([.replicas(after)], precondition: .version(uid: "u", resourceVersion: "1"))),
            inverse: WorkloadWrite([.replicas(before)], precondition: .values(uid: "u", [.replicas(after)])))
    }

    private func healed(_ plan: Plan = plan(from: 2, to: 6), _ step: RemediationStep = scale) -> Stage {
        var stage = Stage([.lag([(10, .critical)], [step])])
        heal(&stage, plan)
        return stage
    }

    private func heal(_ stage: inout Stage, _ plan: Plan) {
        stage.see(.figure(100))
        stage.answer(plan)
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
    }

    private func restored(_ stage: Stage) -> [Plan] {
        stage.all.compactMap { if case .revert(let intent, _, _) = $0 { intent.plan } else { nil } }
    }

    @Test func onceHealthyLongEnough() {
        var stage = healed()
        #expect(stage.all.changes.last == .closed(.healed))
        stage.pass(.minutes(14))
        #expect(restored(stage).isEmpty)
        stage.pass(.minutes(2))
        #expect(restored(stage).map(\.inverse?.edits) == [[.replicas(2)]])
        guard case .restore(let id, "scale") = stage.last.decisions.first?.choice else { return #expect(Bool(false)) }
        #expect(stage.last.reasons.first?.contains(": replicas 6 → 2, if it is still as it was left") == true, "\(stage.last.reasons)")
        stage.send(.reverted(id))
        #expect(stage.last.changes == [.restored(id, remediation: "scale", of: AttemptID("run-1"))])
        stage.pass(.hours(2))
        #expect(restored(stage).count == 1)
    }

    /// A deploy undid it, and another rule wrote the same again: what is put back is what the deploy said, not what was there before it.
    @Test(arguments: ["u", "made anew"]) func whatWasFoundWhenItWasAppliedAgain(uid: String) throws {
        var other = Rule.lag([(50, .critical)], [RemediationStep(use: "reapply-fix", verify: .minutes(5), stable: .zero)])
        other.name = "drift"
        var stage = Stage([.lag([(10, .critical)], [Self.scale]), other])
        stage.see(.figure(20))
        stage.answer(Self.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.pass(.minutes(6))
        stage.send(.suspended(Suspension(id: "s", kind: .silence, rule: "lag", at: stage.now, until: stage.now + .minutes(1), by: "bob")))
        stage.see(.figure(100))
        #expect(stage.asked?.rule == "drift")
        var again = Self.plan(from: 3, to: 6)
        again.inverse?.precondition = .values(uid: uid, [.replicas(6)])
        stage.answer(again)
        stage.send(.applied(stage.attempt, AttemptReport("applied again")))
        stage.see(.figure(1), after: .seconds(10))
        stage.pass(.hours(1))
        let plan = try #require(restored(stage).last)
        #expect(restored(stage).count == 1 && plan.inverse?.edits == [.replicas(3)])
        #expect(plan.inverse?.precondition == .values(uid: uid, [.replicas(6)]))
    }

    @Test func notWithoutRestoreAfter() {
        var step = Self.scale
        step.restoreAfter = nil
        var stage = healed(Self.plan(from: 2, to: 6), step)
        stage.pass(.hours(3))
        #expect(restored(stage).isEmpty)
    }

    @Test func unhealthyBeginsTheTimeAnew() {
        var stage = healed()
        stage.pass(.minutes(10))
        stage.see(.figure(100))
        stage.see(.figure(1), after: .minutes(1))
        stage.pass(.minutes(10))
        #expect(restored(stage).isEmpty)
        stage.pass(.minutes(6))
        #expect(restored(stage).count == 1)
    }

    @Test func notWhileNobodySees() {
        var stage = healed()
        stage.pass(.minutes(40), checks: [])
        #expect(restored(stage).isEmpty)
        stage.pass(.minutes(35))
        #expect(restored(stage).count == 1)
    }

    @Test func aSecondAttemptGoesBackToWhatWasBeforeTheFirst() {
        var stage = healed(Self.plan(from: 2, to: 6))
        stage.pass(.minutes(6))
        heal(&stage, Self.plan(from: 6, to: 10))
        stage.pass(.minutes(20))
        #expect(restored(stage).map(\.inverse) == [WorkloadWrite([.replicas(2)], precondition: .values(uid: "u", [.replicas(10)]))])
    }

    @Test func whatAPersonSetInBetweenIsWhatIsPutBack() {
        var stage = healed(Self.plan(from: 2, to: 6))
        stage.pass(.minutes(6))
        heal(&stage, Self.plan(from: 4, to: 8))
        stage.pass(.minutes(20))
        #expect(restored(stage).map(\.inverse?.edits) == [[.replicas(4)]])
    }

    @Test func aRefusalIsToldAndNotTriedAgain() {
        var stage = healed()
        stage.pass(.minutes(16))
        guard case .restore(let id, _) = stage.last.decisions.first?.choice else { return #expect(Bool(false)) }
        stage.send(.revertFailed(id, "it has 4 replicas, not 6"))
        #expect(stage.last.reasons == ["scale was not put back: it has 4 replicas, not 6"])
        stage.pass(.hours(3))
        #expect(restored(stage).count == 1)
    }

    @Test func nothingElseHappensToTheSubjectMeanwhile() {
        var stage = healed()
        stage.pass(.minutes(16))
        stage.see(.figure(100))
        #expect(stage.last.requests.isEmpty)
        #expect(stage.last.holds == [.cooldown] || stage.last.holds == [.inFlight])
    }

    @Test func theSameRemediationWaitsAfterIt() {
        var stage = healed()
        stage.pass(.minutes(16))
        guard case .restore(let id, _) = stage.last.decisions.first?.choice else { return #expect(Bool(false)) }
        stage.send(.reverted(id))
        stage.see(.figure(100))
        #expect(stage.last.holds == [.cooldown])
        stage.pass(.minutes(5))
        #expect(stage.last.requests.count == 1)
    }

    @Test func theBudgetAndDryRunHold() {
        var policy = SafetyPolicy()
        policy.attemptsAnHour = 1
        var stage = Stage([.lag([(10, .critical)], [Self.scale])], policy)
        heal(&stage, Self.plan(from: 2, to: 6))
        stage.pass(.minutes(50))
        #expect(restored(stage).isEmpty)
        policy.dryRun = true
        stage.send(.configured(rules: [.lag([(10, .critical)], [Self.scale])], policy: policy))
        stage.pass(.minutes(50))
        #expect(restored(stage).isEmpty)
        policy.dryRun = false
        stage.send(.configured(rules: [.lag([(10, .critical)], [Self.scale])], policy: policy))
        stage.pass(.minutes(50))
        #expect(restored(stage).count == 1)
    }

    /// The same number of replicas is there again; but it is another attempt's, over what a person had set.
    @Test func notOverWhatALaterAttemptLeftThatDidNotHelp() {
        var step = Self.scale
        step.restoreAfter = .minutes(50)
        var stage = healed(Self.plan(from: 1, to: 4), step)
        stage.pass(.minutes(6))
        stage.see(.figure(100))
        stage.answer(Self.plan(from: 2, to: 4))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        for _ in 0..<6 { stage.see(.figure(100), after: .minutes(1)) }
        #expect(stage.all.changes.contains(.verified(stage.attempt, remediation: "scale", .noChange)))
        // Long after its cooldown is forgotten.
        stage.see(.figure(1))
        stage.pass(.hours(2))
        #expect(restored(stage).isEmpty)
        #expect(stage.all.reasons.contains { $0.hasPrefix("scale is not put back: attempt ") && $0.hasSuffix(" came after it") })
    }

    /// 2 → 6 helped, 6 → 8 did not; a person set 6 by hand, and 6 → 8 helped.
    @Test func whatAPersonSetAsTheFirstAttemptHadLeftItIsTheirs() {
        var step = Self.scale
        step.restoreAfter = .hours(3)
        var stage = healed(Self.plan(from: 2, to: 6), step)
        stage.pass(.minutes(6))
        stage.see(.figure(100))
        stage.answer(Self.plan(from: 6, to: 8))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        for _ in 0..<6 { stage.see(.figure(100), after: .minutes(1)) }
        stage.see(.figure(1))
        stage.pass(.hours(1))
        heal(&stage, Self.plan(from: 6, to: 8))
        #expect(stage.all.changes.last == .closed(.healed))
        stage.pass(.hours(4))
        #expect(restored(stage).map(\.inverse?.edits) == [[.replicas(6)]])
    }

    @Test func anAttemptThatWasNeverWrittenChangesNothing() {
        var stage = healed(Self.plan(from: 1, to: 4))
        stage.pass(.minutes(6))
        stage.see(.figure(100))
        stage.answer(Self.plan(from: 4, to: 8))
        stage.send(.refused(stage.attempt, "no such field"))
        stage.see(.figure(1))
        stage.pass(.hours(2))
        #expect(restored(stage).map(\.inverse?.edits) == [[.replicas(1)]])
    }

    /// Putting back is a change, too.
    @Test func aNamespacesShareHolds() {
        let rules = [Rule.lag([(10, .critical)], [Self.long])]
        var policy = SafetyPolicy()
        var stage = Stage(rules, policy)
        heal(&stage, Self.plan(from: 2, to: 6))
        stage.pass(.minutes(65))
        policy.namespaceShare = .count(0)
        stage.send(.configured(rules: rules, policy: policy))
        stage.pass(.hours(2))
        #expect(restored(stage).isEmpty)
        policy.namespaceShare = .count(1)
        stage.send(.configured(rules: rules, policy: policy))
        stage.pass(.minutes(1))
        #expect(restored(stage).count == 1)
    }

    private static let long = RemediationStep(use: "scale", verify: .minutes(5), stable: .zero, attempts: 2, restoreAfter: .minutes(70))

    @Test func withoutItsRuleItStays() {
        var stage = healed()
        stage.send(.configured(rules: [.oom()], policy: SafetyPolicy()))
        #expect(stage.last.reasons == ["scale is not put back: its rule is gone"])
        stage.pass(.hours(1))
        #expect(restored(stage).isEmpty)
    }

    @Test func unknownIsNotHealthy() {
        var stage = healed()
        stage.pass(.minutes(5))
        stage.see(.unknown("its leader, broker 2, is away"))
        stage.pass(.minutes(30))
        #expect(restored(stage).isEmpty)
        stage.see(.figure(1))
        stage.pass(.minutes(14))
        #expect(restored(stage).isEmpty)
        stage.pass(.minutes(2))
        #expect(restored(stage).count == 1)
    }

    @Test(arguments: [true, false]) func aGapBeginsTheTimeAnew(isBlind: Bool) {
        var stage = healed()
        stage.pass(.minutes(10))
        if isBlind {
            stage.send(.blind(pods, "brokers unreachable"))
            stage.pass(.minutes(1), checks: [])
        } else {
            stage.pass(.minutes(5), checks: [])
        }
        stage.pass(.minutes(14))
        #expect(restored(stage).isEmpty)
        stage.pass(.minutes(3))
        #expect(restored(stage).count == 1)
    }

    @Test func whatIsNotSeenAnyMoreIsLetGoAfterADay() {
        var stage = healed()
        stage.send(.complete(pods, []), after: .minutes(1))
        for _ in 0..<25 {
            stage.pass(.hours(1))
            stage.send(.complete(pods, []))
        }
        #expect(restored(stage).isEmpty)
        #expect(stage.all.reasons.contains("scale is not put back: nobody has seen its subject for 1 d"))
    }

    @Test func notWhileWhatExplainsItIsOpen() {
        let stuck = Rule.oom("stuck", reason: "STALL", [], inhibits: ["lag"])
        var stage = Stage([.lag([(10, .critical)], [Self.scale]), stuck])
        heal(&stage, Self.plan(from: 2, to: 6))
        stage.see(.seen(Evidence(figures: [Figure("lag", 1)], reasons: [Reason("STALL")])), after: .minutes(1))
        stage.pass(.minutes(40))
        #expect(restored(stage).isEmpty)
        stage.see(.figure(1))
        stage.pass(.minutes(16))
        #expect(restored(stage).count == 1)
    }

    @Test func limitsOfTodayHold() {
        var policy = SafetyPolicy()
        policy.minimumReplicas = 3
        var stage = healed()
        stage.send(.configured(rules: [.lag([(10, .critical)], [Self.scale])], policy: policy))
        stage.pass(.minutes(20))
        #expect(restored(stage).isEmpty)
        #expect(stage.all.reasons.last == "scale is not put back: cap: 2 replicas are below MIN_REPLICAS (3)")

        var observing = Rule.lag([(10, .critical)], [Self.scale])
        observing.mode = .observe
        stage = healed()
        stage.send(.configured(rules: [observing], policy: SafetyPolicy()))
        stage.pass(.minutes(20))
        #expect(restored(stage).isEmpty)
        #expect(stage.all.reasons.last == "scale is not put back: rule lag is in mode observe")
    }

    @Test func aPassingFailureIsTriedAgainAFewTimes() {
        var stage = healed()
        stage.pass(.minutes(16))
        for attempt in 1...4 {
            #expect(restored(stage).count == attempt)
            let ids = stage.all.reverts
            stage.send(.unavailable(ids[ids.count - 1], "503", retryAfter: nil))
            let again = attempt < 4 ? "; tried again after the cooldown" : ""
            #expect(stage.last.reasons == ["scale was not put back: 503\(again)"])
            stage.pass(.minutes(5))
        }
        stage.pass(.hours(2))
        #expect(restored(stage).count == 4)
    }
}

import Testing

@testable import AutomatonCore

/// What the object itself, its owners and its pods have to say.
@Suite struct CircumstanceTests {
    private func stage(
        _ rule: Rule = .oom(), _ policy: SafetyPolicy = SafetyPolicy(), _ change: (inout Circumstances) -> Void
    ) -> Stage {
        var stage = Stage([rule], policy)
        stage.see(.oom())
        var plan = memoryPlan()
        var circumstances = Circumstances()
        change(&circumstances)
        plan.circumstances = circumstances
        stage.send(.planned(stage.attempt, plan))
        return stage
    }

    @Test func whatAsksToBeLeftAloneIsLeftAloneAndNobodyIsTold() {
        var stage = stage { $0.wish.mode = .ignore }
        #expect(stage.all.applied.isEmpty)
        #expect(stage.last.decisions.last?.choice == .hold(.optedOut))
        stage.pass(.hours(2))
        #expect(stage.all.escalations.isEmpty)
        #expect(stage.all.requests.count > 1, "it is asked again: annotations change")
    }

    @Test func observeOnTheObjectShowsThePlan() {
        let stage = stage { $0.wish.mode = .observe }
        #expect(stage.all.applied.isEmpty)
        guard case .wouldAct? = stage.last.decisions.first?.choice else {
            Issue.record("\(stage.last.decisions)")
            return
        }
        #expect(stage.last.decisions.first?.reason.contains("annotation self-healing-automaton/mode") == true)
    }

    @Test func whatWasShownForTheObjectIsNotPlannedAgainAtOnce() {
        var stage = stage { $0.wish.mode = .observe }
        #expect(stage.all.requests.count == 1)
        #expect(stage.last.decisions.last?.choice == .hold(.cooldown))
        for _ in 0..<4 { stage.see(.oom(), after: .minutes(1)) }
        #expect(stage.all.requests.count == 1)
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.requests.count == 2, "annotations change")
    }

    @Test func anAnnotationThatCannotBeReadIsANo() {
        let stage = stage { $0.wish.problem = "self-healing-automaton/mode is 'of': write ignore, observe or auto" }
        #expect(stage.all.applied.isEmpty)
        #expect(stage.last.decisions.last?.reason.contains("write ignore, observe or auto") == true)
    }

    @Test(arguments: [(nil, false), (.auto, true), (.observe, false), (.ignore, false)] as [(ObjectWish.Mode?, Bool)])
    func objectsMayHaveToOptIn(_ mode: ObjectWish.Mode?, _ acts: Bool) {
        var policy = SafetyPolicy()
        policy.requiresOptIn = true
        #expect(stage(.oom(), policy) { $0.wish.mode = mode }.all.applied.count == (acts ? 1 : 0))
    }

    @Test func aPausedObjectIsChangedWhenThePauseIsOver() {
        var stage = stage { $0.wish.pausedUntil = noon + .minutes(3) }
        #expect(stage.last.decisions.last?.choice == .hold(.paused))
        stage.pass(.minutes(2))
        #expect(stage.all.requests.count == 1)
        stage.pass(.minutes(1))
        #expect(stage.all.requests.count == 2)
    }

    @Test(arguments: [
        (FieldOwner.Kind.autoscaler, RemediationStep.Owned.refuseControllers, false), (.gitOps, .refuseControllers, false),
        (.controller, .refuseControllers, false), (.person, .refuseControllers, true), (.person, .refuse, false), (.gitOps, .take, true),
    ])
    func ownersAreAskedAsTheRuleSays(_ kind: FieldOwner.Kind, _ owned: RemediationStep.Owned, _ acts: Bool) {
        var step = RemediationStep.raise()
        step.owned = owned
        let stage = stage(.oom([step])) { $0.owners = [FieldOwner(kind: kind, name: "somebody", field: "memory")] }
        #expect(stage.all.applied.count == (acts ? 1 : 0))
        if !acts {
            #expect(stage.all.decisions.contains { $0.choice == .hold(.owned) && $0.reason.contains("somebody owns memory") })
            #expect(stage.all.escalations.count == 1, "nothing else is on the list: a person")
        }
    }

    /// Ready, wanted, taken down at once, wanted to stay.
    @Test(arguments: [
        (1, 1, 0, Quota.percent(50), true), (4, 4, 4, .percent(50), false), (0, 4, 4, .percent(50), true), (3, 4, 1, .percent(75), true),
        (3, 4, 2, .percent(75), false), (1, 1, 1, .percent(50), true), (1, 1, 1, .count(1), false), (2, 2, 1, .percent(50), true),
        (2, 10, 1, .percent(50), true), (5, 10, 6, .percent(50), false), (3, 3, 3, .count(0), true),
    ])
    func enoughPodsStayReady(_ healthy: Int, _ desired: Int, _ takesDown: Int, _ quota: Quota, _ acts: Bool) {
        var policy = SafetyPolicy()
        policy.minimumHealthy = quota
        let stage = stage(.oom(), policy) {
            ($0.healthy, $0.desired, $0.takesDown) = (healthy, desired, takesDown)
        }
        #expect(stage.all.applied.count == (acts ? 1 : 0))
        if !acts { #expect(stage.all.decisions.contains { $0.choice == .hold(.minimumHealthy) }) }
    }

    @Test func aProtectedNamespaceIsForAPersonAfterItsDelay() {
        let subject = Subject(.deployment, namespace: "kube-system", name: "coredns")
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom(), of: subject)
        #expect(stage.all.escalations.isEmpty)
        for _ in 0..<5 { stage.see(.oom(), of: subject, after: .minutes(1)) }
        #expect(stage.all.escalations.count == 1)
        #expect(stage.all.requests.isEmpty)
        #expect(stage.all.decisions.contains { $0.choice == .hold(.protected) })
    }

    @Test func itsOwnWorkloadIsNeverChanged() {
        var policy = SafetyPolicy()
        policy.protectedWorkloads = [email]
        var stage = Stage([.oom()], policy)
        stage.see(.oom())
        #expect(stage.all.requests.isEmpty)
        #expect(stage.all.escalations.first?.contains("the automaton itself") == true)
    }
}

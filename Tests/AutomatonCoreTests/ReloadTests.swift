import AutomatonCore
import Testing

/// What a check said last, told once more since the rules changed, is no observation; and what is taken back keeps the caps.
@Suite struct ReloadTests {
    @Test func aRepetitionOpensWhatNewRulesSay() {
        var stage = Stage([.oom("other", reason: "Evicted", [.raise()])])
        stage.send(.configured(rules: [.oom()], policy: SafetyPolicy()))
        stage.send(.repeated(pods, [Finding(email, observedAt: stage.now - .hours(1), .oom())]), after: .minutes(1))
        #expect(stage.last.requests.map(\.rule) == ["oom"])
    }

    @Test func aBlindCheckStaysBlind() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.send(.unavailable(stage.attempt, "503", retryAfter: .minutes(10)))
        stage.send(.blind(pods, "connection refused"), after: .seconds(1))
        stage.send(.repeated(pods, [Finding(email, observedAt: stage.now - .seconds(1), .oom())]), after: .seconds(1))
        stage.pass(.minutes(20), checks: [])
        #expect(stage.last.requests.isEmpty)
        #expect(stage.last.applied.isEmpty)
    }

    @Test func whatIsStaleStaysStale() {
        var stage = Stage([.oom()])
        let old = Finding(email, observedAt: stage.now, .oom())
        stage.send(.repeated(pods, [old]), after: .minutes(4))
        #expect(stage.last.changes.isEmpty)
        #expect(stage.last.requests.isEmpty)
    }

    @Test func whatIsProtectedWhileItIsPlannedIsLeftAlone() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        var policy = SafetyPolicy()
        policy.protectedNamespaces.append(NamePattern("production"))
        stage.send(.configured(rules: [.oom()], policy: policy), after: .seconds(1))
        stage.answer(after: .seconds(1))
        stage.pass(.minutes(10))
        #expect(stage.all.applied.isEmpty)
        #expect(stage.all.decisions.contains { $0.choice == .hold(.protected) })
    }

    @Test func aRuleThatStepsDownMeanwhileBeginsNothing() {
        var policy = SafetyPolicy()
        (policy.ruleThreshold, policy.breakerThreshold) = (1, 100)
        var stage = Stage([.oom()], policy)
        stage.attemptWritten()
        let other = Subject(.deployment, namespace: "production", name: "orders")
        stage.pass(.minutes(9) + .seconds(59))
        stage.see(.oom(), of: other)
        stage.pass(.seconds(1))
        #expect(stage.all.contains { if case .noticed(.steppedDown) = $0 { true } else { false } })
        stage.answer(memoryPlan(other))
        stage.pass(.minutes(10))
        #expect(stage.all.applied.count == 1)
    }

    /// What an earlier run remembered, and this one has not seen: a check that named all there is says that it is over, reload or not.
    @Test(arguments: [true, false]) func aReloadIsNoSightOfWhatWasRemembered(isReloaded: Bool) {
        var first = Stage([.oom()])
        first.automaton = Automaton(rules: [.oom()], run: "run", remembers: true)
        first.send(.recalled(Recollection()))
        first.send(.complete(pods, []))
        first.see(.oom())
        var recollection = Recollection(lastWriteAt: first.now)
        for effect in first.all { if case .remember(let subject, let memory) = effect { recollection.subjects[subject] = memory } }
        var next = Stage([.oom()])
        next.automaton = Automaton(rules: [.oom()], run: "next", remembers: true)
        next.now = first.now
        next.send(.complete(pods, []))
        next.send(.recalled(recollection), after: .seconds(1))
        #expect(next.automaton.openIncidents == 1)
        if isReloaded { next.send(.configured(rules: [.oom()], policy: SafetyPolicy())) }
        next.send(.current(pods), after: .seconds(1))
        next.send(.repeated(pods, []))
        #expect(next.last.changes == [.closed(.gone)])
        #expect(next.automaton.openIncidents == 0)
    }

    /// A run that was killed while it took an attempt back; the next one asks whether that may be written still.
    @Test(arguments: ["nothing", "dry run", "observe", "pause"])
    func whatWasBeingTakenBackIsAskedAboutAgain(_ change: String) {
        let rule = Rule.oom([.raise(revert: .ineffective), .raise("scale")])
        var first = Stage([rule])
        first.automaton = Automaton(rules: [rule], policy: SafetyPolicy(), run: "run", remembers: true)
        first.send(.recalled(Recollection()))
        first.send(.complete(pods, []))
        first.attemptWritten()
        first.pass(.minutes(10))
        #expect(first.all.reverts == [first.attempt])
        var recollection = Recollection(lastWriteAt: first.now)
        for effect in first.all {
            switch effect {
            case .remember(let subject, let memory): recollection.subjects[subject] = memory
            case .rememberAutomaton(let memory): recollection.automaton = memory
            default: break
            }
        }
        if change == "pause" {
            var paused = Automaton(rules: [rule], policy: SafetyPolicy(), run: "x", remembers: true)
            _ = paused.step(.recalled(Recollection()), at: first.now)
            let suspension = Suspension(id: "p", kind: .pause, at: first.now, by: "anna")
            for effect in paused.step(.suspended(suspension), at: first.now) {
                if case .rememberAutomaton(let memory) = effect { recollection.automaton = memory }
            }
        }
        var policy = SafetyPolicy()
        policy.dryRun = change == "dry run"
        var after = rule
        if change == "observe" { after.mode = .observe }
        var next = Stage([after], policy)
        next.automaton = Automaton(rules: [after], policy: policy, run: "next", remembers: true)
        next.now = first.now + .seconds(5)
        next.send(.recalled(recollection))
        #expect(next.all.reverts == (change == "nothing" ? [first.attempt] : []), "\(next.all.reasons)")
    }

    @Test func nothingIsTakenBackBeyondACap() {
        var plan = memoryPlan()
        let former = WorkloadWrite.Edit.memory(container: "app", limit: ByteQuantity(bytes: 16 << 30), request: nil)
        plan.inverse?.edits = [former]
        var stage = Stage([.oom([.raise(revert: .ineffective), .raise("scale")])])
        stage.attemptWritten(.oom(), plan)
        stage.pass(.minutes(10))
        #expect(stage.last.reverts.isEmpty)
        #expect(stage.last.holds.contains(.cap))
        #expect(stage.last.requests.map(\.remediation) == ["scale"])
    }
}

import Testing

@testable import AutomatonCore

/// Too many at once, and too many of one namespace.
@Suite struct StormTests {
    private func subject(_ number: Int, _ namespace: String = "shop") -> Subject {
        Subject(.deployment, namespace: namespace, name: "service-\(number)")
    }

    private func stage(_ total: [String: Int], _ policy: SafetyPolicy = SafetyPolicy(), _ rule: Rule = .oom(priority: .high)) -> Stage {
        var stage = Stage([rule], policy)
        stage.send(.census(pods, total))
        return stage
    }

    @Test func tooManyAtOnceStandDownUntilTheyHaveBeenFewForAWhile() {
        var stage = stage(["shop": 20])
        for number in 0..<8 { stage.see(.oom(), of: subject(number)) }
        #expect(stage.automaton.storms.isEmpty, "40 % of 20 are 8")
        stage.see(.oom(), of: subject(8))
        #expect(stage.automaton.storms.count == 1)
        #expect(stage.last.contains { if case .noticed(.stormBegan("shop", _)) = $0 { true } else { false } })
        for minute in 1...6 {
            for number in 0..<9 { stage.see(.oom(Int32(minute + 1)), of: subject(number), after: number == 0 ? .minutes(1) : .zero) }
        }
        #expect(stage.all.requests.isEmpty)
        #expect(stage.all.decisions.contains { $0.choice == .hold(.storm) && $0.reason.contains("9 of 20 workloads") })
        stage.see(.well, of: subject(8))
        for minute in 1...9 {
            for number in 0..<8 { stage.see(.oom(Int32(minute + 10)), of: subject(number), after: number == 0 ? .minutes(1) : .zero) }
        }
        #expect(stage.all.requests.isEmpty, "it has been calm for 9 minutes")
        for number in 0..<8 { stage.see(.oom(30), of: subject(number), after: number == 0 ? .minutes(1) : .zero) }
        #expect(stage.automaton.storms.isEmpty)
        #expect(stage.all.requests.count == 5, "the other budgets hold")
    }

    @Test func fewAreNoStormWhateverTheShare() {
        var stage = stage(["shop": 5], SafetyPolicy(), .oom())
        for number in 0..<5 { stage.see(.oom(), of: subject(number)) }
        #expect(stage.automaton.storms.isEmpty)
    }

    @Test func aStormOfOneNamespaceLeavesAnotherAlone() {
        var stage = stage(["shop": 10, "bank": 100], SafetyPolicy(), .oom())
        for number in 0..<6 { stage.see(.oom(), of: subject(number)) }
        #expect(stage.automaton.storms.keys.sorted() == ["shop"])
        stage.see(.oom(), of: subject(1, "bank"))
        #expect(stage.last.requests.isEmpty, "five places are taken by attempts that are planned")
        for request in stage.all.requests { stage.send(.planned(request.attempt, memoryPlan(request.subject))) }
        #expect(stage.all.applied.isEmpty, "planned before the storm, not written in it")
        #expect(stage.all.requests.last?.subject == subject(1, "bank"))
    }

    @Test func aFewOfEachNamespaceMayBeAStormOfAll() {
        var stage = stage(Dictionary(uniqueKeysWithValues: (0..<10).map { ("n\($0)", 3) }))
        for number in 0..<13 { stage.see(.oom(), of: subject(number, "n\(number % 10)")) }
        #expect(stage.automaton.storms.keys.sorted() == ["*"])
    }

    @Test func aStormInTheMiddleStopsTakingBackToo() {
        var stage = stage(["shop": 10], SafetyPolicy(), .oom([.raise(verify: .minutes(5), revert: .ineffective)]))
        stage.see(.oom(), of: subject(0))
        stage.send(.planned(stage.attempt, memoryPlan(subject(0))))
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        for number in 1..<7 { stage.see(.oom(), of: subject(number), after: .seconds(1)) }
        for minute in 0..<6 { stage.see(.oom(Int32(minute)), of: subject(0), after: .minutes(1)) }
        #expect(stage.all.reverts.isEmpty)
        #expect(stage.all.decisions.contains { $0.reason.contains("is not taken back: storm") })
    }

    @Test func ofOneNamespaceFewAreChangedWithinAnHour() {
        var policy = SafetyPolicy()
        policy.namespaceShare = .count(2)
        var stage = stage(["shop": 100], policy, .oom())
        for number in 0..<3 {
            stage.see(.oom(), of: subject(number), after: .minutes(1))
            guard !stage.last.requests.isEmpty else { continue }
            stage.send(.planned(stage.attempt, memoryPlan(subject(number))))
            stage.send(.applied(stage.attempt, AttemptReport("done")))
            stage.see(.well, of: subject(number), after: .seconds(1))
            stage.pass(.seconds(40))
        }
        #expect(stage.all.applied.count == 2)
        #expect(stage.last.decisions.contains { $0.choice == .hold(.namespaceShare) })
        // Elsewhere it goes on, and on what was changed already, too.
        stage.see(.oom(), of: subject(9, "bank"))
        #expect(stage.last.requests.count == 1)
    }

    /// A place that was given under a larger share is no leave to go beyond a smaller one.
    @Test func aShareThatBecameSmallerHoldsForWhatWasChanged() {
        var policy = SafetyPolicy()
        (policy.cooldown, policy.namespaceShare) = (.minutes(5), .count(2))
        let rule = Rule.oom([.raise(attempts: 2)])
        var stage = stage(["shop": 100], policy, rule)
        for number in 0..<2 {
            stage.see(.oom(), of: subject(number), after: .minutes(1))
            stage.send(.planned(stage.attempt, memoryPlan(subject(number))))
            stage.send(.applied(stage.attempt, AttemptReport("done")))
            stage.see(.well, of: subject(number), after: .seconds(1))
            stage.pass(.seconds(40))
        }
        stage.pass(.minutes(6))
        let same = stage
        stage.see(.oom(), of: subject(0))
        #expect(stage.last.requests.count == 1)
        stage = same
        policy.namespaceShare = .count(1)
        stage.send(.configured(rules: [rule], policy: policy))
        stage.see(.oom(), of: subject(0))
        #expect(stage.last.requests.isEmpty)
        #expect(stage.last.decisions.contains { $0.choice == .hold(.namespaceShare) })
    }

    /// What a dry run showed did not change its workloads.
    @Test func whatWasOnlyShownIsNoLeave() {
        var policy = SafetyPolicy()
        (policy.dryRun, policy.namespaceShare) = (true, .count(100))
        var stage = stage(["shop": 100], policy, .oom())
        for number in 0..<5 {
            stage.see(.oom(), of: subject(number), after: .minutes(1))
            stage.send(.planned(stage.attempt, memoryPlan(subject(number))))
        }
        #expect(stage.all.wouldActs == 5)
        (policy.dryRun, policy.namespaceShare) = (false, .count(2))
        let from = stage.all.count
        stage.send(.configured(rules: [.oom()], policy: policy))
        var asked = stage.last.requests
        for _ in 0..<10 {
            for request in asked {
                stage.send(.planned(request.attempt, memoryPlan(request.subject)))
                stage.send(.applied(request.attempt, AttemptReport("done")))
                stage.see(.well, of: request.subject, after: .seconds(1))
            }
            stage.pass(.minutes(1))
            asked = stage.last.requests
        }
        #expect(Array(stage.all[from...]).applied.count == 2)
    }

    @Test func aPartOfTheBudgetIsKeptForWhatIsCritical() {
        var policy = SafetyPolicy()
        (policy.attemptsAnHour, policy.criticalReserve, policy.stormShare, policy.namespaceShare) = (6, 2, .count(100), .count(100))
        policy.delays = [.zero, .zero, .zero, .zero]
        var stage = Stage([.oom(priority: .high), .oom("urgent", reason: "Evicted", [.raise()])], policy)
        for number in 0..<6 {
            stage.see(.oom(), of: subject(number), after: .seconds(1))
            guard !stage.last.requests.isEmpty else { continue }
            stage.send(.planned(stage.attempt, memoryPlan(subject(number))))
            stage.send(.applied(stage.attempt, AttemptReport("done")))
            stage.see(.well, of: subject(number), after: .seconds(1))
            stage.pass(.seconds(40))
        }
        #expect(stage.all.applied.count == 4)
        #expect(stage.all.decisions.contains { $0.choice == .hold(.budget) && $0.reason.contains("2 of them kept for critical") })
        stage.see(.fault("Evicted", restarts: 1), of: subject(7), after: .seconds(1))
        #expect(stage.last.requests.count == 1)
    }
}

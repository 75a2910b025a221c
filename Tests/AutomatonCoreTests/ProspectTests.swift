import AutomatonCore
import Testing

/// What would be done is what is done, and asking changes nothing.
@Suite struct ProspectTests {
    private let key = IncidentKey(rule: "oom", subject: email)
    private static let web = Subject(.deployment, namespace: "production", name: "web")

    /// Answers each remediation's question as it is told, until nothing is open.
    private func prospects(
        _ stage: Stage, _ keys: [IncidentKey], _ answer: (PlanRequest) -> Event = { .planned($0.attempt, memoryPlan($0.subject)) }
    ) -> [Prospect] {
        var answers: [PlanQuestion: Event] = [:]
        while true {
            let (prospects, wanted) = stage.automaton.prospects(of: keys, answers: answers, at: stage.now)
            if wanted.isEmpty { return prospects }
            for request in wanted {
                #expect(answers.updateValue(answer(request), forKey: PlanQuestion(request)) == nil, "it is asked once")
            }
        }
    }

    @Test func whatWaitsForItsDelayIsPlannedAndNothingBegins() throws {
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        let open = stage.automaton.prospects(of: [key], answers: [:], at: stage.now)
        #expect(open.wanted.map(\.remediation) == ["raise-memory"])
        let prospect = try #require(prospects(stage, [key]).first)
        #expect(prospect.outcome == .act && prospect.remediation == "raise-memory" && prospect.changes == memoryPlan().changes)
        #expect(prospect.standing.reason.contains("attempt 1 of 1 of raise-memory"))
        #expect(stage.automaton.attemptsInFlight == 0)
        #expect(stage.automaton.standing(key, at: stage.now)?.hold == .delay, "it waits as before")
        // What was foretold is what is done, as the first attempt of the run.
        stage.send(.hurried(key, by: "anna", plan: prospect.changes.digest))
        #expect(stage.attempt == AttemptID("run-1"))
        stage.answer()
        #expect(stage.all.applied.map(\.attempt) == [AttemptID("run-1")])
    }

    @Test func anotherPlanThanTheOneThatWasSeenIsNotDone() throws {
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        let seen = try #require(prospects(stage, [key]).first).changes
        stage.send(.hurried(key, by: "anna", plan: seen.digest))
        stage.answer(memoryPlan(to: ByteQuantity(bytes: 4 << 30)))
        #expect(stage.all.applied.isEmpty && stage.automaton.attemptsInFlight == 0)
        #expect(stage.last.holds == [.approval] && stage.automaton.standing(key, at: stage.now)?.hold == .delay)
        #expect(
            stage.last.reasons.first?.contains("the plan changed since anna saw it: containers[app].resources.limits.memory 1Gi → 4Gi now")
                == true)
        // By itself it is done when it is due.
        stage.pass(.hours(1))
        #expect(stage.asked != nil)
        stage.answer(memoryPlan(to: ByteQuantity(bytes: 4 << 30)))
        #expect(stage.all.applied.count == 1)
    }

    @Test func aDigestNamesFieldsAndValuesAndNoTimeThatIsWritten() {
        let restart = [Change("restartedAt", before: nil, after: noon.rfc3339)]
        #expect(restart.digest == [Change("restartedAt", before: nil, after: (noon + .hours(1)).rfc3339)].digest)
        let changes = [Change("replicas", before: "2", after: "4", measure: .replicas(4))]
        #expect(changes.digest.count == 64)
        for other in [
            [Change("replicas", before: "3", after: "4", measure: .replicas(4))],
            [Change("replicas", before: "2", after: "5", measure: .replicas(5))],
            [Change("replica", before: "2", after: "4", measure: .replicas(4))], changes + restart, [],
            [Change("replicas", before: nil, after: "4")],
            [Change("replicas", before: "2", after: nil)],
        ] { #expect(other.digest != changes.digest, "\(other)") }
    }

    @Test func whatARemediationRefusesTheNextIsAskedFor() throws {
        var stage = Stage([.oom("oom", priority: .low, [.raise(), .raise("rollout-restart")])])
        stage.see(.oom())
        let prospect = try #require(
            prospects(stage, [key]) { request in
                request.remediation == "raise-memory"
                    ? .refused(request.attempt, "it has all that it may have") : .planned(request.attempt, memoryPlan())
            }.first)
        #expect(prospect.outcome == .act && prospect.remediation == "rollout-restart")
        let refused = try #require(prospects(stage, [key]) { .refused($0.attempt, "nothing to do") }.first)
        #expect(refused.outcome == .hold && refused.standing.hold == .refused && refused.changes.isEmpty)
        #expect(refused.standing.reason == "rollout-restart refused: nothing to do")
        let unread = try #require(prospects(stage, [key]) { .unavailable($0.attempt, "no answer", retryAfter: nil) }.first)
        #expect(unread.standing.hold == .backoff && unread.standing.reason.contains("no answer"), "\(unread.standing)")
    }

    @Test func theGuardThatHoldsIsNamed() throws {
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        stage.send(.suspended(Suspension(id: "s", kind: .pause, rule: nil, subject: nil, at: stage.now, until: nil, by: "anna", why: "")))
        #expect(prospects(stage, [key]).first?.standing.hold == .paused)
        stage.send(.lifted("s"))
        let tooMuch = try #require(
            prospects(stage, [key]) { .planned($0.attempt, memoryPlan(to: ByteQuantity(bytes: 1 << 50))) }.first)
        #expect(tooMuch.outcome == .hold && tooMuch.standing.hold == .cap)
        stage.send(.hurried(key, by: "anna"))
        #expect(prospects(stage, [key]).first?.standing.reason == "raise-memory is being planned")
        stage.answer()
        #expect(prospects(stage, [key]).first?.standing.hold == .inFlight)
        #expect(prospects(stage, [IncidentKey(rule: "oom", subject: Self.web)]).isEmpty, "it is not open")
    }

    @Test func theNextOneLacksWhatTheFirstOneTakes() throws {
        var policy = SafetyPolicy()
        policy.attemptsAnHour = 1
        policy.criticalReserve = 0
        (policy.namespaceShare, policy.stormShare) = (.percent(100), .percent(100))
        var stage = Stage([.oom(priority: .low)], policy)
        stage.see(.oom())
        stage.see(.oom(), of: Self.web)
        let both = prospects(stage, [key, IncidentKey(rule: "oom", subject: Self.web)])
        #expect(both.map(\.outcome) == [.act, .hold])
        #expect(both.last?.standing.hold == .budget)
        #expect(prospects(stage, [IncidentKey(rule: "oom", subject: Self.web)]).map(\.outcome) == [.act], "alone it has the room")
    }

    @Test func whatIsOnlyShownOrAskedIsSaidToBe() throws {
        for (mode, outcome) in [(Rule.Mode.observe, Prospect.Outcome.show), (.approve, .ask)] {
            var stage = Stage([.oom("oom", priority: .low, mode: mode)])
            stage.see(.oom())
            let prospect = try #require(prospects(stage, [key]).first)
            #expect(prospect.outcome == outcome && prospect.changes == memoryPlan().changes)
            guard mode == .approve else { continue }
            stage.send(.hurried(key, by: "anna", plan: prospect.changes.digest))
            stage.answer()
            let asked = try #require(prospects(stage, [key]).first)
            #expect(asked.outcome == .ask && asked.standing.hold == .approval && asked.changes == prospect.changes)
            stage.send(.approved(key, by: "anna"))
            stage.answer()
            #expect(stage.all.applied.count == 1)
        }
    }
}

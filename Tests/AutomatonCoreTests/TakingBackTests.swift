import AutomatonCore
import Testing

/// What a person takes back by hand.
@Suite struct TakingBackTests {
    private static let scale = RemediationStep(use: "scale", verify: .minutes(5), stable: .zero, attempts: 2, revert: .worse)

    private func intents(_ stage: Stage) -> [AttemptIntent] {
        stage.all.compactMap { if case .apply(let intent, _, _) = $0 { intent } else { nil } }
    }

    private func written(_ stage: Stage) -> [AttemptIntent] {
        stage.all.compactMap { if case .revert(let intent, _, _) = $0 { intent } else { nil } }
    }

    private func request(_ stage: Stage) throws -> TakingBack {
        let intent = try #require(intents(stage).last)
        let incident = stage.all.compactMap { if case .incident(let change) = $0 { change.incident } else { nil } }.last
        return TakingBack(intent, of: try #require(incident))
    }

    private func refusal(_ stage: Stage) throws -> Refusal? {
        var automaton = stage.automaton
        return automaton.refusal(of: try request(stage), at: stage.now)
    }

    /// Scaled from 2 to 6, and healthy since.
    private func healed(_ step: RemediationStep = scale, _ policy: SafetyPolicy = SafetyPolicy()) -> Stage {
        var stage = Stage([.lag([(10, .critical)], [step])], policy)
        stage.see(.figure(100))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        return stage
    }

    @Test func whatHelpedIsPutBackAtOnce() throws {
        var stage = healed()
        #expect(stage.all.changes.last == .closed(.healed))
        let request = try request(stage)
        #expect(try refusal(stage) == nil)
        stage.send(.takeBack(request, by: "anna"), after: .seconds(5))
        let intent = try #require(written(stage).last)
        #expect(intent.kind == .putBack && intent.plan == request.intent.plan && intent.attempt != request.intent.attempt)
        #expect(stage.last.reasons == ["anna asks for it: replicas 6 → 2, if it is still as it was left"])
        #expect(try refusal(stage)?.hold == .inFlight)
        stage.send(.reverted(intent.attempt))
        #expect(stage.last.changes == [.restored(intent.attempt, remediation: "scale", of: request.intent.attempt)])
        // Once.
        #expect(try refusal(stage)?.reason.contains("came after it") == true)
        stage.send(.takeBack(request, by: "anna"), after: .minutes(1))
        #expect(written(stage).count == 1)
        stage.pass(.hours(3))
        #expect(written(stage).count == 1 && stage.automaton.attemptsInFlight == 0)
    }

    @Test func afterItTheSameRemediationWaits() throws {
        var stage = healed()
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(20))
        stage.send(.reverted(try #require(written(stage).last).attempt))
        stage.see(.figure(100), after: .seconds(30))
        #expect(stage.last.holds == [.cooldown], "it came back for that, not because it had not helped: \(stage.last.reasons)")
        stage.pass(.minutes(5))
        #expect(stage.last.requests.map(\.remediation) == ["scale"])
    }

    @Test func whatIsWatchedCountsAsNotHelping() throws {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.attemptWritten()
        let request = try request(stage)
        #expect(stage.automaton.isWatched(request.intent.attempt, on: email))
        stage.send(.takeBack(request, by: "anna"), after: .minutes(1))
        #expect(stage.last.reverts == [request.intent.attempt])
        #expect(stage.last.reasons.last == "raise-memory was taken back, anna asked for it; next: rollout-restart")
        #expect(try refusal(stage)?.reason == "in flight: it is being taken back already")
        stage.send(.reverted(request.intent.attempt))
        #expect(stage.last.changes == [.reverted(request.intent.attempt, remediation: "raise-memory")])
        stage.pass(.minutes(6))
        #expect(stage.last.requests.first?.remediation == "rollout-restart", "after the cooldown")
    }

    @Test func whatWouldBePutBackByItselfIsOnce() throws {
        var stage = healed(RestorationTests.scale)
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(2))
        let id = try #require(written(stage).last).attempt
        stage.send(.reverted(id))
        stage.pass(.hours(2))
        #expect(written(stage).count == 1)
    }

    /// Two attempts are put back together, as far as they would be by themselves: that is what is shown, and held against the limits.
    @Test func whatIsShownIsWhatIsWritten() throws {
        var stage = healed(RestorationTests.scale)
        stage.see(.figure(100), after: .minutes(6))
        stage.answer(RestorationTests.plan(from: 6, to: 10))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        let request = try request(stage)
        #expect(stage.automaton.changes(takingBack: request).map(\.summary) == ["replicas 10 → 2"])
        var policy = SafetyPolicy()
        policy.minimumReplicas = 4
        stage.send(.configured(rules: [.lag([(10, .critical)], [RestorationTests.scale])], policy: policy))
        #expect(try refusal(stage)?.hold == .cap)
        stage.send(.configured(rules: [.lag([(10, .critical)], [RestorationTests.scale])], policy: SafetyPolicy()))
        stage.send(.takeBack(request, by: "anna"))
        #expect(written(stage).last?.plan.inverse?.edits == [.replicas(2)])
    }

    /// Another rule's attempt came after it and was taken back: what the first one left is there again, and is put back in its time.
    @Test func whatCameBeforeIsPutBackStill() throws {
        var other = Rule.lag([(50, .critical)], [Self.scale])
        other.name = "surge"
        var stage = Stage([.lag([(10, .critical)], [RestorationTests.scale]), other])
        stage.see(.figure(20))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.pass(.minutes(6))
        // The first rule keeps quiet, the second acts.
        stage.send(.suspended(Suspension(id: "s", kind: .silence, rule: "lag", at: stage.now, until: stage.now + .minutes(3), by: "bob")))
        stage.see(.figure(100))
        #expect(stage.asked?.rule == "surge")
        stage.answer(RestorationTests.plan(from: 6, to: 10))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(1))
        stage.send(.reverted(try #require(written(stage).last).attempt))
        stage.pass(.hours(1))
        #expect(written(stage).map(\.plan.inverse?.edits) == [[.replicas(6)], [.replicas(2)]])
    }

    @Test func whetherItWasWrittenMayBeUnknown() throws {
        var stage = healed()
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(2))
        stage.send(.outcomeUnknown(try #require(written(stage).last).attempt, "no answer"))
        #expect(stage.last.reasons == ["whether scale was put back is unknown: no answer"])
        #expect(stage.automaton.attemptsInFlight == 0)
    }

    /// What is put back by itself is tried again; what only a person asked for is told.
    @Test(arguments: [true, false]) func whatFailsForNow(isPending: Bool) throws {
        var stage = healed(isPending ? RestorationTests.scale : Self.scale)
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(2))
        stage.send(.unavailable(try #require(written(stage).last).attempt, "503", retryAfter: nil))
        #expect(stage.last.reasons.first?.hasPrefix("scale was not put back: 503") == true)
        stage.pass(.hours(1))
        #expect(written(stage).count == (isPending ? 2 : 1))
    }

    @Test func everyLimitIsAsked() throws {
        func refused(_ prepare: (inout Stage) -> Void) throws -> Decision.Guard? {
            var stage = healed()
            prepare(&stage)
            let refusal = try refusal(stage)
            stage.send(.takeBack(try request(stage), by: "anna"))
            #expect(written(stage).isEmpty == (refusal != nil))
            return refusal?.hold
        }
        func configured(_ rules: [Rule]? = nil, _ change: (inout SafetyPolicy) -> Void) -> (inout Stage) -> Void {
            var policy = SafetyPolicy()
            change(&policy)
            let event = Event.configured(rules: rules ?? [.lag([(10, .critical)], [Self.scale])], policy: policy)
            return { $0.send(event) }
        }
        var observing = Rule.lag([(10, .critical)], [Self.scale])
        observing.mode = .observe
        #expect(try refused { _ in } == nil)
        #expect(try refused { $0.send(.standDown(.journal, "it is full")) } == .standDown)
        #expect(try refused(configured { $0.dryRun = true }) == .refused)
        #expect(try refused(configured { $0.isPaused = true }) == .paused)
        #expect(try refused(configured { $0.minimumReplicas = 3 }) == .cap)
        #expect(try refused(configured { $0.attemptsAnHour = 1 }) == .budget)
        #expect(try refused(configured { $0.protectedNamespaces.append(NamePattern("production")) }) == .protected)
        #expect(try refused(configured([observing]) { _ in }) == .refused)
        #expect(try refused(configured([.lag([(10, .critical)], [.raise()])]) { _ in }) == .refused)
        #expect(
            try refused { stage in
                stage.send(
                    .suspended(Suspension(id: "s", kind: .silence, rule: "lag", at: stage.now, until: stage.now + .hours(1), by: "bob")))
            } == nil, "a silence is about telling")
    }

    @Test func whatCannotBeTakenBack() throws {
        var stage = Stage([.oom([.raise("rollout-restart")])])
        stage.attemptWritten(.oom(), memoryPlan(invertible: false))
        #expect(try refusal(stage)?.reason == "rollout-restart cannot be taken back: it leaves nothing behind that could be")
    }

    @Test func nothingElseOnTheSubjectAtOnce() throws {
        var stage = healed()
        let request = try request(stage)
        stage.see(.figure(100), after: .minutes(6))
        #expect(stage.last.requests.count == 1)
        var automaton = stage.automaton
        #expect(automaton.refusal(of: request, at: stage.now)?.hold == .inFlight)
        stage.answer(RestorationTests.plan(from: 6, to: 10))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        automaton = stage.automaton
        #expect(automaton.refusal(of: request, at: stage.now)?.reason.contains("came after it") == true)
    }

    /// Nobody remembers of a subject for ever; the attempt is still taken back.
    @Test func longAfterwards() throws {
        var stage = healed()
        stage.pass(.hours(6))
        stage.send(.takeBack(try request(stage), by: "anna"))
        #expect(written(stage).count == 1)
        stage.send(.reverted(try #require(written(stage).last).attempt))
        stage.pass(.hours(6))
        #expect(stage.automaton.attemptsInFlight == 0)
    }
}

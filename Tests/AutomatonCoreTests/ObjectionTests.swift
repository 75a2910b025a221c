import AutomatonCore
import Testing

/// Where a person took back what a rule did, the rule asks before it acts again.
@Suite struct ObjectionTests {
    private static let scale = RemediationStep(use: "scale", verify: .minutes(5), stable: .zero, attempts: 5, revert: .worse)
    private static let rule = Rule.lag([(10, .critical)], [scale])
    private static let key = IncidentKey(rule: "lag", subject: email)

    /// Scaled from 2 to 6, healthy since, and taken back by hand.
    private static func objected(_ rule: Rule = rule, _ policy: SafetyPolicy = SafetyPolicy()) throws -> Stage {
        var stage = Stage([rule], policy)
        stage.see(.figure(100))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.send(.takeBack(try request(stage), by: "anna"), after: .minutes(1))
        stage.send(.reverted(try #require(stage.all.reverts.last)))
        return stage
    }

    private static func request(_ stage: Stage) throws -> TakingBack {
        let intent = try #require(stage.all.compactMap { if case .apply(let intent, _, _) = $0 { intent } else { nil } }.last)
        let incident = try #require(stage.all.compactMap { if case .incident(let change) = $0 { change.incident } else { nil } }.last)
        return TakingBack(intent, of: incident)
    }

    /// The fault comes back, and a plan for it is made.
    private func again(_ stage: inout Stage, after time: Duration) {
        stage.see(.figure(100), after: time)
        stage.answer(RestorationTests.plan(from: 2, to: 6))
    }

    private func asked(_ stage: Stage) -> Int {
        stage.all.decisions.filter { if case .askApproval = $0.choice { true } else { false } }.count
    }

    @Test("It asks, and says who took what back; a person who confirms it no longer objects")
    func asksOnce() throws {
        var stage = try Self.objected()
        again(&stage, after: .minutes(10))
        #expect(stage.all.applied.count == 1 && asked(stage) == 1)
        let said = stage.all.decisions.last { if case .askApproval = $0.choice { true } else { false } }?.reason ?? ""
        #expect(said.contains("; anna took scale back at 12:01:10Z, so it asks first; waits until"), "\(said)")
        #expect(stage.automaton.question(of: Self.key, at: stage.now)?.map(\.summary) == ["spec.replicas 2 → 6"])
        stage.send(.approved(Self.key, by: "bob"), after: .minutes(1))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        #expect(stage.last.applied.count == 1, "\(stage.last.reasons)")
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        again(&stage, after: .minutes(10))
        #expect(stage.all.applied.count == 3 && asked(stage) == 1)
    }

    @Test("It holds for the time that the limits say, whether the memory of the incident is over or not", arguments: [1, 30])
    func expires(hours: Int) throws {
        var policy = SafetyPolicy()
        policy.objectionTime = .hours(hours)
        var before = try Self.objected(Self.rule, policy)
        before.pass(.hours(hours) - .minutes(20))
        again(&before, after: .zero)
        #expect(before.all.applied.count == 1 && asked(before) == 1)
        var after = try Self.objected(Self.rule, policy)
        after.pass(.hours(hours))
        again(&after, after: .zero)
        #expect(after.all.applied.count == 2 && asked(after) == 0)
    }

    @Test("Also the remediation that is next in the list waits, when what is taken back is watched still")
    func next() throws {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.attemptWritten()
        let request = try Self.request(stage)
        stage.send(.takeBack(request, by: "anna"), after: .minutes(1))
        stage.send(.reverted(request.intent.attempt))
        stage.pass(.minutes(6))
        #expect(stage.asked?.remediation == "rollout-restart")
        stage.answer(memoryPlan(invertible: false))
        #expect(stage.all.applied.count == 1 && asked(stage) == 1)
        // Nobody answers: it is a person's, as in mode approve.
        stage.pass(.minutes(31))
        #expect(stage.all.escalations.last?.hasPrefix("nobody confirmed the plan within") == true, "\(stage.all.escalations)")
    }

    @Test("Other subjects and other rules go on")
    func others() throws {
        var stage = try Self.objected()
        let other = Subject(.deployment, namespace: "production", name: "orders")
        stage.see(.figure(100), of: other, after: .minutes(10))
        var plan = RestorationTests.plan(from: 2, to: 6)
        plan.subject = other
        stage.answer(plan)
        #expect(stage.all.applied.count == 2 && asked(stage) == 0)
    }

    @Test("A run that takes over knows of it, and that it may be done: also where the incident was forgotten long ago")
    func recalled() throws {
        var book = Book()
        var stage = Stage([Self.rule])
        stage.automaton = Automaton(rules: [Self.rule], run: "run", remembers: true)
        stage.send(.recalled(Recollection()))
        stage.send(.complete(pods, []))
        stage.see(.figure(100))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.pass(.hours(2))
        stage.send(.takeBack(try Self.request(stage), by: "anna"), after: .minutes(1))
        stage.send(.reverted(try #require(stage.all.reverts.last)))
        for effect in stage.all { book.note(effect) }
        book.flush(at: stage.now)
        var next = Stage([Self.rule])
        next.automaton = Automaton(rules: [Self.rule], run: "next", remembers: true)
        next.now = stage.now
        next.send(.recalled(book.takeOver(at: stage.now)), after: .seconds(5))
        next.send(.complete(pods, []))
        again(&next, after: .minutes(10))
        #expect(next.all.applied.isEmpty && asked(next) == 1, "\(next.all.reasons)")
        // Nothing is remembered for ever.
        next.see(.figure(1))
        next.pass(.hours(25))
        var forgotten: SubjectMemory?? = nil
        for case .remember(email, let memory) in next.all { forgotten = .some(memory) }
        #expect(forgotten == .some(nil))
    }
}

import AutomatonCore
import Testing

/// Rules that mend a workload for what was observed on something else.
@Suite struct MappingTests {
    static let kafka = CheckID("kafka-lag")
    static let service = Subject(.deployment, namespace: "production", name: "email")
    static func group(_ name: String) -> Subject { Subject(.consumerGroup, namespace: "", name: name) }

    static func rule(
        _ name: String = "lag", _ template: SubjectTemplate = SubjectTemplate(.deployment, namespace: "production", name: .name("email")),
        priority: Priority = .critical
    ) -> Rule {
        Rule(
            name: name, check: kafka, subject: template,
            tiers: [Tier([.above(figure: nil, 100)], priority: priority), Tier([.above(figure: nil, 1000)], priority: .critical)],
            remediations: [.raise("scale")])
    }

    private func stage(_ rules: [Rule] = [rule()]) -> Stage {
        var stage = Stage(rules)
        stage.send(.complete(Self.kafka, []))
        return stage
    }

    private func plan(_ subject: Subject = Self.service) -> Plan { memoryPlan(subject) }

    @Test func theIncidentAndThePlanAreTheWorkloads() {
        var stage = stage()
        stage.see(.figure(500), of: Self.group("email-group"), by: Self.kafka)
        #expect(stage.automaton.incidents.map(\.key) == [IncidentKey(rule: "lag", subject: Self.service)])
        #expect(stage.automaton.incidents.first?.finding.subject == Self.group("email-group"))
        #expect(stage.asked?.subject == Self.service)
        stage.answer(plan())
        #expect(stage.last.applied.count == 1)
    }

    @Test func aPlanForTheGroupItselfIsRefused() {
        var stage = stage()
        stage.see(.figure(500), of: Self.group("email-group"), by: Self.kafka)
        stage.answer(plan(Self.group("email-group")))
        #expect(stage.last.applied.isEmpty)
        #expect(stage.last.holds.contains(.refused))
    }

    @Test(arguments: ["{name}", "{group}"])
    func placeholders(_ placeholder: String) {
        let template = SubjectTemplate(.statefulSet, namespace: "shop", name: .name("svc-\(placeholder)-v1"))
        var stage = stage([Self.rule("lag", template)])
        stage.see(.figure(500), of: Self.group("email"), by: Self.kafka)
        #expect(stage.asked?.subject == Subject(.statefulSet, namespace: "shop", name: "svc-email-v1"))
    }

    @Test func severalGroupsAreOneIncidentAndTheWorstSpeaks() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        stage.see(.figure(5000), of: Self.group("b"), by: Self.kafka)
        #expect(stage.automaton.incidents.count == 1)
        #expect(stage.automaton.incidents.first?.priority == .critical)
        #expect(stage.automaton.incidents.first?.finding.subject == Self.group("b"))
        stage.see(.figure(5), of: Self.group("b"), by: Self.kafka)
        #expect(stage.automaton.incidents.first?.priority == .medium, "the other group is still behind")
        #expect(stage.automaton.incidents.first?.finding.subject == Self.group("a"))
        stage.see(.figure(5), of: Self.group("a"), by: Self.kafka)
        #expect(stage.automaton.incidents.isEmpty)
    }

    @Test func anUnknownGroupIsNotWellOnceItWasUnhealthy() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        stage.see(.figure(500), of: Self.group("b"), by: Self.kafka)
        stage.see(.unknown("leader away"), of: Self.group("a"), by: Self.kafka)
        stage.see(.figure(5), of: Self.group("b"), by: Self.kafka)
        #expect(stage.automaton.incidents.count == 1)
        #expect(stage.last.holds == [.unknown])
        stage.pass(.minutes(20), checks: [Self.kafka])
        #expect(stage.all.requests.isEmpty)
    }

    @Test func groupsThatAreGoneAreLeftOut() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.send(.complete(Self.kafka, [finding("a", 500, stage), finding("b", 5000, stage)]))
        stage.send(.complete(Self.kafka, [finding("a", 500, stage)]))
        #expect(stage.automaton.incidents.first?.finding.subject == Self.group("a"))
        stage.send(.gone(Self.kafka, Self.group("a")))
        #expect(stage.last.changes == [.closed(.gone)])
        #expect(stage.automaton.incidents.isEmpty)
    }

    private func finding(_ group: String, _ lag: Double, _ stage: Stage) -> Finding {
        Finding(Self.group(group), observedAt: stage.now, .figure(lag))
    }

    @Test func oneAttemptAtATimeOnAWorkloadWhateverWasObserved() {
        let other = Rule.oom("oom", [.raise()])
        var stage = stage([Self.rule(), other])
        stage.send(.complete(pods, []))
        stage.see(.figure(500), of: Self.group("email-group"), by: Self.kafka)
        stage.answer(plan())
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.oom(), of: Self.service, by: pods)
        #expect(stage.last.holds == [.inFlight])
        #expect(stage.last.requests.isEmpty)
    }

    @Test func theBlindCheckHoldsTheWorkload() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        stage.send(.blind(Self.kafka, "brokers unreachable"))
        #expect(stage.last.reasons == ["unknown: brokers unreachable"])
        stage.pass(.hours(1), checks: [])
        #expect(stage.all.requests.isEmpty)
    }

    @Test func aLabelIsTakenAsItWasLocated() {
        let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "group", value: "{group}"))
        var stage = stage([Self.rule("lag", template)])
        var finding = Finding(Self.group("a"), observedAt: stage.now, .figure(500))
        stage.send(.changed(Self.kafka, finding))
        #expect(stage.all.requests.isEmpty, "nothing was located")
        finding.located[template] = Self.service
        stage.send(.changed(Self.kafka, finding))
        #expect(stage.asked?.subject == Self.service)
    }

    @Test func anotherTemplateClosesTheIncident() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        let other = SubjectTemplate(.deployment, namespace: "production", name: .name("other"))
        stage.send(.configured(rules: [Self.rule("lag", other, priority: .medium)], policy: SafetyPolicy()))
        #expect(stage.last.changes == [.closed(.ruleRemoved)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        #expect(stage.automaton.incidents.map(\.key.subject.name) == ["other"])
    }

    @Test func sameRulesAgainChangeNothing() {
        var stage = stage([Self.rule(priority: .medium)])
        stage.see(.figure(500), of: Self.group("a"), by: Self.kafka)
        stage.see(.figure(5000), of: Self.group("b"), by: Self.kafka)
        stage.send(.configured(rules: [Self.rule(priority: .medium)], policy: SafetyPolicy()))
        #expect(stage.last.changes.isEmpty)
        #expect(stage.automaton.incidents.first?.finding.subject == Self.group("b"))
    }
}

import AutomatonCore
import Synchronization
import Testing

@testable import Engine

/// Which workload a rule means by a label.
@Suite struct WorkloadLocatorTests {
    private let world = FakeWorld()
    private let template = SubjectTemplate(.deployment, namespace: "production", name: .label(key: "burner", value: "{group}"))
    private let start = Instant(seconds: 1_700_000_000)

    private func finding(_ group: String = "oil") -> Finding {
        Finding(Subject(.consumerGroup, namespace: "", name: group), observedAt: start, .seen(Evidence()))
    }

    @Test func oneWorkloadIsFoundAndRemembered() async {
        world.state.withLock { $0.labelled = ["oil": [FakeWorld.subject]] }
        let locator = WorkloadLocator(world)
        for seconds in [0, 30, 59] {
            let (located, missing) = await locator.locate(finding(), [template], at: start + .seconds(seconds))
            #expect(located.located == [template: FakeWorld.subject] && missing.isEmpty)
        }
        #expect(world.state.withLock { $0.lookups } == 1)
        // After a minute it may be another.
        world.state.withLock { $0.labelled = [:] }
        let (located, missing) = await locator.locate(finding(), [template], at: start + .seconds(60))
        #expect(located.located.isEmpty && missing == ["no deployment in namespace production carries the label burner=oil"])
        #expect(world.state.withLock { $0.lookups } == 2)
    }

    @Test func twoAreNone() async {
        let other = Subject(.deployment, namespace: "production", name: "kettle")
        world.state.withLock { $0.labelled = ["gas": [FakeWorld.subject, other]] }
        let (located, missing) = await WorkloadLocator(world).locate(finding("gas"), [template], at: start)
        #expect(located.located.isEmpty)
        #expect(
            missing == ["more than one deployment in namespace production carries the label burner=gas: boiler, kettle; one is needed"])
    }

    @Test func whatWasFoundHoldsWhileNobodyCanBeAsked() async {
        world.state.withLock { $0.labelled = ["oil": [FakeWorld.subject]] }
        let locator = WorkloadLocator(world)
        _ = await locator.locate(finding(), [template], at: start)
        world.state.withLock { $0.errors = [.unavailable("503", retryAfter: nil)] }
        let (located, missing) = await locator.locate(finding(), [template], at: start + .minutes(2))
        #expect(located.located == [template: FakeWorld.subject] && missing.isEmpty)
        world.state.withLock { $0.labelled = [:] }
        #expect(await locator.locate(finding(), [template], at: start + .minutes(2)).0.located.isEmpty, "a failure is not kept")
    }

    @Test func whatCannotBeLookedUpIsTold() async {
        world.state.withLock { $0.errors = [.refused("forbidden: needs list on deployments")] }
        let (located, missing) = await WorkloadLocator(world).locate(finding(), [template], at: start)
        #expect(located.located.isEmpty && missing.count == 1)
        #expect(missing.first?.contains("burner=oil cannot be looked up") == true)
        #expect(missing.first?.contains("needs list on deployments") == true)
    }
}

/// What is unknown is told once, and again when it changes.
@Suite struct UnknownsTests {
    private let check = CheckID("thermometer")
    private let start = Instant(seconds: 1_700_000_000)

    private func finding(_ why: String?, _ name: String = "boiler") -> Finding {
        let subject = Subject(.deployment, namespace: "production", name: name)
        return Finding(subject, observedAt: start, why.map { .unknown($0) } ?? .seen(Evidence()))
    }

    @Test func aReasonIsToldOnceAndItsEndToo() {
        var unknowns = Unknowns()
        func told(_ why: String?, after seconds: Int) -> [String] {
            unknowns.take(.complete([finding(why)]), from: check, at: start + .seconds(seconds)).map { $0.why ?? "known" }
        }
        #expect(told(nil, after: 0) == [])
        #expect(told("no answer", after: 1) == ["no answer"])
        #expect(told("no answer", after: 100) == [])
        #expect(told("refused", after: 101) == ["refused"])
        // What changes to and fro is told once a minute.
        #expect(told("no answer", after: 102) == [])
        #expect(told("no answer", after: 161) == ["no answer"])
        #expect(told(nil, after: 162) == ["known"])
        #expect(told(nil, after: 163) == [])
    }

    @Test func whatIsGoneIsForgotten() {
        var unknowns = Unknowns()
        _ = unknowns.take(.complete([finding("a"), finding("b", "kettle")]), from: check, at: start)
        #expect(unknowns.take(.complete([finding("b", "kettle")]), from: check, at: start).isEmpty)
        #expect(unknowns.take(.complete([finding("a"), finding("b", "kettle")]), from: check, at: start).map(\.why) == ["a"])
        _ = unknowns.take(.gone(finding(nil).subject), from: check, at: start)
        #expect(unknowns.take(.complete([finding("a"), finding("b", "kettle")]), from: check, at: start).map(\.why) == ["a"])
        unknowns.forget(check)
        #expect(unknowns.take(.complete([finding("a")]), from: check, at: start).count == 1)
    }

    @Test func whatAWatchCannotTellForAMomentIsNoNews() {
        var unknowns = Unknowns()
        #expect(unknowns.take(.changed(finding("pods come and go")), from: check, at: start).isEmpty)
        _ = unknowns.take(.complete([finding("a")]), from: check, at: start)
        #expect(unknowns.take(.changed(finding(nil)), from: check, at: start).map(\.why) == [nil])
    }
}

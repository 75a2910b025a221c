@testable import AutomatonCore
import Testing

/// Rules that fire ahead of their threshold.
@Suite struct PredictionTests {
    static let rule: Rule = {
        var rule = Rule.lag([(15_000, .medium), (20_000, .high)], [.raise("scale")])
        rule.predict = Prediction(within: .minutes(10), window: .minutes(10), observations: 8)
        return rule
    }()

    /// A figure a minute… each half minute, as `value` says.
    private func watch(_ stage: inout Stage, minutes: ClosedRange<Double>, _ value: (Double) -> Observation) -> Double? {
        var minute = minutes.lowerBound
        while minute <= minutes.upperBound {
            stage.see(value(minute), after: .seconds(30))
            if !stage.automaton.incidents.isEmpty { return minute }
            minute += 0.5
        }
        return nil
    }

    @Test func aRampFiresBeforeTheThreshold() throws {
        var stage = Stage([Self.rule])
        let fired = try #require(watch(&stage, minutes: 0...30) { .figure($0 * 1000) })
        #expect(fired >= 5 && fired < 15, "crosses at 15 minutes, seen 10 minutes ahead at the earliest")
        #expect(stage.automaton.incidents.first?.priority == .medium)
        stage.see(.figure((fired + 0.5) * 1000), after: .seconds(30))
        stage.pass(.minutes(2))
        #expect(stage.all.requests.isEmpty, "the priority's delay holds as ever")
    }

    @Test func theDecisionSaysThatItIsAForecast() throws {
        var rule = Self.rule
        rule.tiers = [Tier([.above(figure: nil, 15_000)], priority: .critical)]
        var stage = Stage([rule])
        _ = try #require(watch(&stage, minutes: 0...30) { .figure($0 * 1000) })
        stage.answer()
        let reason = try #require(stage.last.reasons.first)
        #expect(reason.hasPrefix("forecast: lag grows "))
        #expect(reason.contains("crosses 15000"))
    }

    @Test func neverOnAConstantASpikeOrUnknowns() {
        for value: (Double) -> Observation in [
            { _ in .figure(14_000) }, { .figure($0 == 8 ? 14_900 : 100) }, { _ in .unknown("broker away") },
        ] {
            var stage = Stage([Self.rule])
            #expect(watch(&stage, minutes: 0...30, value) == nil)
        }
    }

    @Test func withoutPredictOnlyTheThresholdFires() throws {
        var rule = Self.rule
        rule.predict = nil
        var stage = Stage([rule])
        let fired = try #require(watch(&stage, minutes: 0...30) { .figure($0 * 1000) })
        #expect(fired > 15)
    }

    @Test func turningBackClosesTheIncident() throws {
        var stage = Stage([Self.rule])
        let fired = try #require(watch(&stage, minutes: 0...30) { .figure($0 * 1000) })
        for step in 1...40 { stage.see(.figure(max(0, (fired - Double(step)) * 1000)), after: .seconds(30)) }
        #expect(stage.automaton.incidents.isEmpty)
        #expect(stage.all.changes.last == .closed(.recovered))
    }

    @Test func aRefusalAheadOfTheThresholdDoesNotUseUpTheRule() throws {
        var rule = Self.rule
        rule.tiers = [Tier([.above(figure: nil, 15_000)], priority: .critical)]
        var stage = Stage([rule])
        let fired = try #require(watch(&stage, minutes: 0...30) { .figure($0 * 1000) })
        stage.send(.refused(stage.attempt, "5 replicas are enough"))
        #expect(stage.all.escalations.isEmpty)
        let before = stage.all.requests.count
        stage.see(.figure((fired + 0.5) * 1000), after: .seconds(30))
        #expect(stage.all.requests.count == before)
        stage.see(.figure(15_500), after: .seconds(30))
        #expect(stage.all.requests.count == before + 1, "asked again when the threshold is crossed")
        stage.send(.refused(stage.attempt, "5 replicas are enough"))
        #expect(stage.all.escalations.count == 1)
    }

    @Test func aTrendSpeaksOfItsOwnFigureOnly() {
        var rule = Self.rule
        rule.tiers = [Tier([.above(figure: nil, 150_000)], priority: .medium), Tier([.above(figure: "oldest", 15_000)], priority: .high)]
        var stage = Stage([rule])
        #expect(
            watch(&stage, minutes: 0...30) { minute in
                .seen(Evidence(figures: [Figure("lag", minute * 1000), Figure("oldest", 1)]))
            } == nil)
    }

    @Test func whatIsGoneHasNoTrend() {
        var stage = Stage([Self.rule])
        for minute in 0..<4 { stage.see(.figure(Double(minute) * 1000), after: .seconds(30)) }
        #expect(stage.automaton.trends.count == 1)
        stage.send(.complete(pods, []))
        #expect(stage.automaton.trends.isEmpty)
    }
}

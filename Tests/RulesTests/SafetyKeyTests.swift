import AutomatonCore
import Testing

@testable import Rules

/// The keys by which a rule asks a person, spares what others own, and stays out of people's way.
@Suite struct SafetyKeyTests {
    private func rule(_ lines: String, step: String = "") -> (ruleset: Ruleset?, errors: [String]) {
        RuleLoader.fake.outcome(
            """
            name: a
            check: pod-health
            when: [{ reason: Error, priority: low }]
            remediations: [{ use: rollout-restart\(step) }]
            \(lines)
            """)
    }

    @Test func theyAreRead() throws {
        let outcome = rule(
            """
            mode: approve
            approveWithin: 10m
            maintenance:
              - { cron: "0 2 * * sat", for: 3h }
              - cron: "*/30 * * * *"
                for: 90s
            """, step: ", owned: take")
        #expect(outcome.errors.isEmpty)
        let rule = try #require(outcome.ruleset?.rules.first)
        #expect(rule.mode == .approve)
        #expect(rule.approveWithin == .minutes(10))
        #expect(rule.maintenance.map(\.lasts) == [.hours(3), .seconds(90)])
        #expect(rule.maintenance.first?.begins == (try CronExpression("0 2 * * sat")))
        #expect(rule.remediations.first?.owned == .take)
    }

    @Test(arguments: [
        ("mode: aprove", "approve"), ("approveWithin: 10m", "write mode: approve"), ("mode: approve\napproveWithin: 10s", "from 1m to 1d"),
        ("maintenance: 3h", "must be a list of windows"), ("maintenance: [{ cron: \"0 25 * * *\", for: 1h }]", "0 to 23"),
        ("maintenance: [{ cron: \"0 2 * * 6\" }]", "for"), ("maintenance: [{ cron: \"0 2 31 2 *\", for: 1h }]", "never comes"),
        ("maintenance: [{ cron: \"0 2 * * 6\", for: 8d }]", "from 1m to 7d"),
        ("maintenance: [{ cron: \"0 2 * * 6\", for: 1h, zone: CET }]", "zone"),
    ])
    func wrongOnesSayWhatIsRight(_ lines: String, _ word: String) {
        let errors = rule(lines).errors
        #expect(errors.count == 1 && errors.first?.contains(word) == true, "\(errors)")
    }

    @Test func anUnknownWayWithOwnersIsAnError() {
        let errors = rule("", step: ", owned: steal").errors
        #expect(errors.count == 1 && errors.first?.contains("refuse-controllers") == true, "\(errors)")
    }
}

import AutomatonCore
@testable import Rules
import Testing

/// What a rule mends, what it is called in metrics, and when it fires ahead.
@Suite struct RuleSubjectTests {
    /// A rule with lines put in.
    private func text(_ lines: String, step: String = "") -> String {
        """
        name: a
        check: gauge
        with: { target: "on" }
        \(lines)
        when: [{ above: 5, priority: low }]
        remediations: [{ use: rollout-restart\(step) }]
        """
    }

    private func loader(_ namespace: String? = "shop") -> RuleLoader {
        RuleLoader(checks: [FakePodHealth.self, FakeGauge.self], remediations: [FakeRolloutRestart.self], namespace: namespace)
    }

    @Test(arguments: [
        ("deployment/email", SubjectTemplate(.deployment, namespace: "shop", name: .name("email"))),
        ("prod/statefulset/{group}", SubjectTemplate(.statefulSet, namespace: "prod", name: .name("{group}"))),
        ("daemonset/x-{name}-y", SubjectTemplate(.daemonSet, namespace: "shop", name: .name("x-{name}-y"))),
        (
            "\"deployment[kafka/group={group}]\"",
            SubjectTemplate(.deployment, namespace: "shop", name: .label(key: "kafka/group", value: "{group}"))
        ),
        ("\"prod/deployment[app=mail]\"", SubjectTemplate(.deployment, namespace: "prod", name: .label(key: "app", value: "mail"))),
    ]) func subjectsAreRead(_ written: String, _ expected: SubjectTemplate) throws {
        let outcome = loader().outcome(text("subject: \(written)"))
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.ruleset?.rules.first?.subject == expected)
    }

    @Test(arguments: [
        ("email", "names no workload; write [NAMESPACE/]KIND/NAME"), ("deployment/", "names no workload"), ("pod/email", "unknown kind"),
        ("deploymnet/email", "did you mean 'deployment'?"), ("a/b/deployment/c", "too many parts"),
        ("a_b/deployment/c", "is not the name of a"),
        ("deployment/{gruop}", "unknown placeholder 'gruop'; did you mean 'group'?"),
        ("deployment/{group", "a brace without its other half"),
        ("deployment/x}", "a brace without its other half"), ("\"deployment[app]\"", "is no label: write KIND[LABEL=VALUE]"),
        ("\"deployment[=x]\"", "has no label or no value"), ("\"deployment[app=\"", "is no label"),
    ]) func otherSubjectsAreErrorsWithTheirPlace(_ written: String, _ expected: String) {
        let errors = loader().outcome(text("subject: \(written)")).errors
        #expect(errors.count == 1 && errors[0].hasPrefix("r.yaml:4:10: subject: ") && errors[0].contains(expected), "\(errors)")
    }

    @Test func withoutANamespaceOneMustBeWritten() {
        #expect(loader(nil).outcome(text("subject: deployment/a")).errors.first?.contains("write NAMESPACE/deployment/a") == true)
        #expect(loader(nil).outcome(text("subject: prod/deployment/a")).errors.isEmpty)
    }

    @Test func predictions() throws {
        let short = try #require(loader().outcome(text("predict: 10m")).ruleset?.rules.first)
        #expect(short.predict == Prediction(within: .minutes(10)))
        let long = try #require(loader().outcome(text("predict: { within: 5m, window: 20m, observations: 12 }")).ruleset?.rules.first)
        #expect(long.predict == Prediction(within: .minutes(5), window: .minutes(20), observations: 12))
    }

    @Test(arguments: [
        ("predict: soon", "4:10: predict: 'soon' is not a time span"), ("predict: 0", "4:10: predict: 0s ahead is not from 1s to 1d"),
        ("predict: { window: 5m }", "needs the key 'within'"),
        ("predict: { within: 5m, observations: 3 }", "3 observations are not from 4"),
        ("predict: { within: 5m, windw: 5m }", "unknown key 'windw'; did you mean 'window'?"),
        ("predict: [5m]", "4:10: predict: must be a"),
        ("predict: { within: 5m, window: 1s }", "a window of 1s is not from 5s"), ("predict:", "4:1: predict: must be a single value"),
    ]) func otherPredictionsAreErrors(_ line: String, _ expected: String) {
        let errors = loader().outcome(text(line)).errors
        #expect(errors.count == 1 && errors[0].contains(expected), "\(errors)")
    }

    @Test func aReasonHasNoTrend() {
        let text = "name: a\ncheck: pod-health\npredict: 5m\nwhen: [{ reason: Error, priority: low }]\nremediations: []"
        #expect(
            loader().outcome(text).errors == [
                "r.yaml:3:1: predict: each tier must be one bound on a figure (above or below); a reason has no trend"
            ])
    }

    @Test func aTrendIsOfOneFigure() {
        let text = """
            name: a
            check: pod-health
            predict: 5m
            when: [{ above: 5, priority: low }, { figure: unwell, above: 2, priority: high }]
            remediations: []
            """
        #expect(loader().outcome(text).errors.first?.contains("predict: every tier must bound the same figure") == true)
    }

    @Test func aWindowMustHoldItsObservations() {
        let errors = loader().outcome(text("predict: { within: 5m, window: 1m, observations: 50 }")).errors
        #expect(errors.count == 1)
        #expect(
            errors.first?.hasPrefix("r.yaml:4:1: predict: a window of 1m never holds 50 observations, with one each CHECK_INTERVAL (1m)")
                == true, "\(errors)")
    }

    @Test func actionsAndRestoring() throws {
        let step = try #require(
            loader().outcome(text("", step: ", action: my_word, restoreAfter: 1h")).ruleset?.rules.first?.remediations.first)
        #expect(step.action == "my_word")
        #expect(step.restoreAfter == .hours(1))
        #expect(loader().outcome(text("", step: ", action: My-Word")).errors.first?.contains("must be 1 to 63 of a-z, 0-9 and '_'") == true)
        #expect(loader().outcome(text("", step: ", restoreAfter: 10s")).errors.first?.contains("is shorter than COOLDOWN (5m)") == true)
    }

    @Test func aRuleIsIdleUntilOneOfItsNeedsIsThere() throws {
        for (environment, isIdle) in [([:], true), (["PGHOST": ""], true), (["PGSERVICE": "orders"], false), (nil, false)]
            as [([String: String]?, Bool)]
        {
            let loader = RuleLoader(
                checks: [FakeGauge.self], remediations: [FakeRolloutRestart.self], namespace: "shop", environment: environment)
            let ruleset = try #require(loader.outcome(text("needs: [PGHOST, PGSERVICE]")).ruleset)
            #expect(ruleset.rules.isEmpty == isIdle)
            #expect(ruleset.checks.isEmpty == isIdle)
            #expect(ruleset.idle.map(\.description) == (isIdle ? ["a (needs PGHOST or PGSERVICE in the environment)"] : []))
        }
        #expect(loader().outcome(text("needs: []")).errors.first?.contains("names no environment variable") == true)
        #expect(loader().outcome(text("needs: kafka")).errors.first?.contains("is no name of an environment variable") == true)
    }
}

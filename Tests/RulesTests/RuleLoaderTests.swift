import AutomatonCore
import Testing

@testable import Rules

@Suite struct RuleLoaderTests {
    static let full = """
        name: email-lag
        summary: >-
          Lag above $(KAFKA_LAG_THRESHOLD),
          in two lines
        check: gauge
        with: { target: "on", count: 3, enabled: true, memory: 134217728, limits: { low: 0.5, names: { a: 1 } } }
        when:
          - { above: $(KAFKA_LAG_THRESHOLD), priority: medium }
          - { figure: age, above: 20000, below: 30000.5, priority: high }
        remediations:
          - use: raise-memory
            with: { factor: 1.5 }
            verify: 90s
            stable: 20
            attempts: 2
            revert: ineffective
          - use: rollout-restart
        mode: observe
        inhibits: [crash]
        cooldown: $(COOLDOWN)
        ---
        name: crash
        check: pod-health
        when: [{ reason: OOMKilled, priority: critical }, { reasons: [Error, StartError], above: 3, priority: low }]
        remediations: []
        """

    @Test func everyKeyIsRead() throws {
        let outcome = RuleLoader.fake.outcome(Self.full)
        #expect(outcome.errors.isEmpty)
        let ruleset = try #require(outcome.ruleset)
        let id = CheckID(
            "gauge", parameters: #"count: 3, enabled: true, limits: {low: 0.5, names: {a: 1}}, memory: 134217728, target: "on""#)
        let lag = Rule(
            name: "email-lag", check: id,
            tiers: [
                Tier([.above(figure: "lag", 15_000)], priority: .medium),
                Tier([.above(figure: "age", 20_000), .below(figure: "age", 30_000.5)], priority: .high),
            ],
            remediations: [
                RemediationStep(
                    use: "raise-memory", action: "increase_pod_memory", verify: .seconds(90), stable: .seconds(20), attempts: 2,
                    revert: .ineffective),
                RemediationStep(use: "rollout-restart", action: "restart_deployment"),
            ],
            mode: .observe, inhibits: ["crash"], cooldown: .minutes(5), summary: "Lag above 15000, in two lines")
        let crash = Rule(
            name: "crash", check: CheckID("pod-health"),
            tiers: [
                Tier([.reasons(["OOMKilled"])], priority: .critical),
                Tier([.above(figure: "restarts", 3), .reasons(["Error", "StartError"])], priority: .low),
            ], remediations: [])
        #expect(ruleset.rules == [crash, lag])
        #expect(Set(ruleset.checks.keys) == [id, CheckID("pod-health")])
        let gauge = try #require(ruleset.checks[id] as? FakeGauge)
        #expect(gauge.parameters.target == "on")
        #expect(gauge.parameters.memory == ByteQuantity(bytes: 134_217_728))
        #expect(gauge.parameters.limits?.names == ["a": 1])
        let remediations = try #require(ruleset.remediations["email-lag"])
        #expect(remediations.count == 2)
        #expect((remediations.first as? FakeRaiseMemory)?.factor == 1.5)
        #expect(ruleset.remediations["crash"]?.isEmpty == true)
    }

    @Test func stepsWithoutTimesTakeTheThresholds() throws {
        let thresholds = try ThresholdLoader(environment: ["VERIFY_TIMEOUT": "2m", "STABLE_FOR": "90s"]).load()
        let text = """
            name: a
            check: pod-health
            when: [{ reason: Error, priority: low }]
            remediations: [{ use: rollout-restart }, { use: rollout-restart, verify: 1m }]
            """
        let steps = try #require(RuleLoader.fake.outcome(text, thresholds: thresholds).ruleset?.rules.first?.remediations)
        #expect(steps.map(\.verify) == [.minutes(2), .minutes(1)])
        #expect(steps.map(\.stable) == [.seconds(90), .minutes(1)])
    }

    @Test func equalParametersShareOneRun() throws {
        let text = """
            name: a
            check: gauge
            with: { target: x, count: 1 }
            when: [{ above: 1, priority: low }]
            remediations: []
            ---
            name: b
            check: gauge
            with:
              count: 1   # another order, another style
              target: "x"
            when: [{ below: 1, priority: low }]
            remediations: []
            ---
            name: c
            check: gauge
            with: { target: x, count: 2 }
            when: [{ below: 1, priority: low }]
            remediations: []
            """
        let ruleset = try #require(RuleLoader.fake.outcome(text).ruleset)
        #expect(ruleset.rules.map(\.check)[0] == ruleset.rules.map(\.check)[1])
        #expect(ruleset.checks.count == 2)
    }

    /// A rule with one line replaced, and where and what the error must be.
    @Test(arguments: [
        ("name: email-lag", "name: Email_Lag", "1:7: name: 'Email_Lag' must be 1 to 63 of a-z"),
        ("name: email-lag", "name: -a", "1:7: name:"), ("name: email-lag", "name: 12", "1:7: name: must be a text, not the number 12"),
        ("name: email-lag", "name: yes", "1:7: name: 'yes' is a boolean for many YAML readers; write \"yes\""),
        ("name: email-lag", "name:", "1:1: name: must be a text, but nothing is written"),
        ("name: email-lag", "name: [a]", "1:7: name: must be a text, not a list"),
        (
            "name: email-lag", "nmae: email-lag",
            "1:1: a rule needs the key 'name'|1:1: unknown key 'nmae'; did you mean 'name'? Known: approveWithin, check, cooldown"
        ),
        ("name: email-lag", "name: a\nsubjects: b", "2:1: unknown key 'subjects'; did you mean"),
        ("name: email-lag", "name: a\nname: b", "1:1: key 'name' is written more than once in this mapping"),
        ("check: gauge", "check: guage", "5:8: unknown check 'guage'; did you mean 'gauge'? Known: gauge, pod-health"),
        ("count: 3", "count: 300", "6:30: count: '300' is not a whole number from -128 to 127"),
        ("count: 3", "count: \"3\"", "6:30: count: must be a whole number, not the text '3'; write it without quotes"),
        ("count: 3", "cuont: 3", "6:23: unknown parameter 'cuont'; did you mean 'count'? Known: count, enabled"),
        ("enabled: true", "enabled: on", "6:42: enabled: must be true or false, not 'on'"),
        ("target: \"on\"", "target: on", "6:17: target: 'on' is a boolean for many YAML readers"),
        ("target: \"on\", ", "", "6:7: with: the key 'target' is missing"),
        ("memory: 134217728", "memory: 1GB", "6:56: memory: '1GB' is not an amount of bytes"),
        ("count: 3", "count: ~", "6:23: count: nothing is written"),
        ("{ a: 1 }", "{ a: ~ }", "a: nothing is written; give a value, or leave the key out"),
        ("low: 0.5", "low: 0x5", "6:82: limits.low: must be a number"), ("low: 0.5", "lwo: 0.5", "6:75: limits: the key 'low' is missing"),
        ("low: 0.5", "low: 0.5, hihg: 1", "6:93: limits.hihg: unknown key 'hihg'. Known: low, names"),
        ("{ a: 1 }", "{ a: b }", "limits.names.a: must be a whole number, not 'b'"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: \"many\"", "8:14: above: must be a number (20000, 0.5), not the text 'many'"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: many", "8:14: above: must be a number (20000, 0.5), not 'many'"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: \"5\"", "8:14: above: must be a number (20000, 0.5), not the text '5'; write it without"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: 1e3", "8:14: above:"), ("above: $(KAFKA_LAG_THRESHOLD)", "above: .nan", "8:14: above:"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: 1:30", "8:14: above:"), ("above: $(KAFKA_LAG_THRESHOLD)", "above: 010", "8:14: above:"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: 1_000", "8:14: above:"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: $(KAFKA_LAG)", "8:14: unknown name in $(…) 'KAFKA_LAG'. Known: APPROVAL_TIME, ATTEMPTS"),
        (
            "above: $(KAFKA_LAG_THRESHOLD)", "above: $(KAFKA_LAG_TRESHOLD)",
            "8:14: unknown name in $(…) 'KAFKA_LAG_TRESHOLD'; did you mean 'KAFKA_LAG_T"
        ),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: $(KAFKA_LAG_THRESHOLD", "8:14: '$(' without ')'"),
        ("above: $(KAFKA_LAG_THRESHOLD)", "above: $(DRY_RUN)", "8:14: above: must be a number"),
        ("above: $(KAFKA_LAG_THRESHOLD), ", "", "8:5: a tier needs a condition"),
        ("above: $(KAFKA_LAG_THRESHOLD), priority: medium", "above: 1", "8:5: a tier of 'when' needs the key 'priority'"),
        ("priority: medium", "priority: urgent", "8:48: unknown priority 'urgent'. Known: critical, high, low, medium"),
        ("priority: medium", "priority: hihg", "8:48: unknown priority 'hihg'; did you mean 'high'?"),
        ("figure: age", "figure: agee", "9:15: unknown figure 'agee'; did you mean 'age'? Known: age, lag"),
        (
            "figure: age, above: 20000, below: 30000.5", "figure: age, reason: X",
            "9:15: figure: says what|9:28: unknown reason 'X'. There is none"
        ),
        ("above: 20000, below", "above: 40000, below", "9:41: below: nothing is above 40000.0 and below 30000.5"),
        ("figure: age, above: 20000, below: 30000.5", "above: 15000", "9:5: when: an earlier tier has the same conditions"),
        ("use: raise-memory", "use: raise-memroy", "11:10: unknown remediation 'raise-memroy'; did you mean 'raise-memory'? Known: raise"),
        ("- use: raise-memory", "- unless: raise-memory", "11:5: a step of 'remediations' needs the key 'use'|11:5: unknown key 'unless'"),
        ("factor: 1.5", "factor: 1", "12:21: factor: 1.0 raises nothing; write a number above 1"),
        ("factor: 1.5", "fcator: 1", "12:13: unknown parameter 'fcator'; did you mean 'factor'?"),
        ("with: { factor: 1.5 }", "with: 2", "12:11: with: must be a mapping of parameters, not '2'"),
        ("verify: 90s", "verify: soon", "13:13: verify: 'soon' is not a time span; write seconds (300) or units"),
        ("verify: 90s", "verify: 0", "13:13: verify: 0s is not from 1s to 1d"),
        ("verify: 90s", "verify: 2d", "13:13: verify: 2d is not from"),
        ("stable: 20", "stable: 2m", "14:5: stable: 2m is longer than verify (1m30s)"),
        ("stable: 20", "stable: -1", "14:13: stable: '-1' is not a"),
        ("attempts: 2", "attempts: 0", "15:15: attempts: 0 is not from 1 to 10"),
        ("attempts: 2", "attempts: 1.5", "15:15: attempts: '1.5' is not"),
        ("attempts: 2", "attempts:", "15:5: attempts: must be a whole number, not nothing"),
        ("revert: ineffective", "revert: no", "16:13: revert: 'no' is a boolean"),
        ("revert: ineffective", "revert: always", "16:13: unknown revert"),
        ("mode: observe", "mode: off", "18:7: mode: 'off' is a boolean"),
        ("mode: observe", "mode: dry", "18:7: unknown mode 'dry'. Known: approve, auto, observe"),
        ("inhibits: [crash]", "inhibits: crash", "19:11: inhibits: must be a list of rule names"),
        ("inhibits: [crash]", "inhibits: [carsh]", "19:12: inhibits: unknown rule 'carsh'; did you mean 'crash'? Known: crash, email-lag"),
        ("inhibits: [crash]", "inhibits: [email-lag]", "19:12: inhibits: a rule cannot inhibit itself"),
        ("inhibits: [crash]", "inhibits: [crash, crash]", "19:19: inhibits: 'crash' is named twice"),
        ("cooldown: $(COOLDOWN)", "cooldown: 4m", "20:11: cooldown: 4m is shorter than COOLDOWN (5m)"),
        ("cooldown: $(COOLDOWN)", "cooldown: 30d", "20:11: cooldown: 30d is longer than 7d"),
        (
            "name: crash", "name: email-lag",
            "1:7: name: there is another rule|19:12: inhibits: unknown rule 'crash'|22:7: name: there is a rule 'email-lag' already, at r.yaml:1"
        ),
        ("remediations: []", "", "22:1: a rule needs the key 'remediations': what to try"),
        ("remediations: []", "remediations:", "25:1: remediations: must be a list"),
        (
            "remediations: []", "remediations: []\ninhibits: [email-lag]",
            "19:12: inhibits: a circle, in which nobody would act: email-lag → crash → email-lag|26:12"
        ),
        ("reason: OOMKilled", "reason: OOMkilled", "24:18: unknown reason 'OOMkilled'; did you mean 'OOMKilled'?"),
        ("reasons: [Error, StartError]", "reasons: [Error, Error]", "24:70: reasons: 'Error' is written twice"),
        ("reasons: [Error, StartError]", "reasons: []", "24:62: reasons: needs at least one"),
        ("reasons: [Error, StartError]", "reason: Error, reasons: Error", "24:68: 'reason' and 'reasons' mean the same"),
        ("priority: critical }", "priority: critical, when: now }", "24:49: unknown key 'when'"),
        ("check: pod-health", "check: pod-health\nwith: { window: 30 }", "24:17: window: 30 s is too short; write 1m or longer"),
        ("check: pod-health", "check: pod-health\nwith: &a {}", "24:7: anchors (&) and aliases (*) are not supported"),
        ("check: pod-health", "check: !!binary pod-health", "23:8: tags ('tag:yaml.org,2002:binary') are not supported"),
        ("check: pod-health", "? [a]\n: b", "23:3: a key must be a word, not a list"),
        ("check: pod-health", "check: *a", "23:8: not valid YAML: found undefined"),
        ("check: pod-health", "check: [", "25:1: not valid YAML: did not find expected"),
        ("check: pod-health", "\tcheck: pod-health", "23:1: not valid YAML: found a tab"),
    ]) func faultsAreToldWithTheirPlace(_ part: String, _ replacement: String, _ expected: String) {
        #expect(Self.full.contains(part))
        let errors = RuleLoader.fake.outcome(Self.full.replacing(part, with: replacement)).errors
        let wanted = expected.split(separator: "|")
        #expect(errors.count == wanted.count, "\(errors)")
        for (error, part) in zip(errors, wanted) {
            #expect(error.hasPrefix("r.yaml:") && error.contains(part), "\(errors)")
        }
    }

    @Test(arguments: [
        ("", "r.yaml:1: holds no rule"), ("# only a comment", "r.yaml:1: holds no rule"), ("---\n---\n", "r.yaml:1: holds no rule"),
        ("a", "r.yaml:1:1: a rule must be a mapping of keys to values, not 'a'"), ("[]", "r.yaml:1:1: a rule must be a mapping"),
        ("{}", "r.yaml:1:1: a rule needs the key 'check'"), ("\u{0}", "r.yaml:1: not valid YAML"),
        (
            "name: a\ncheck: pod-health\nwhen: []\nremediations: []",
            "r.yaml:3:7: when: must be a list with at least one tier, not an empty one"
        ),
        (
            "name: a\ncheck: pod-health\nwhen: {}\nremediations: []",
            "r.yaml:3:7: when: must be a list with at least one tier, not a mapping"
        ),
        ("name: a\ncheck: pod-health\nwhen:\nremediations: []", "r.yaml:3:1: when: must be a list with at least one tier, not nothing"),
        ("name: a\ncheck: pod-health\nwhen: [x]\nremediations: [x]", "r.yaml:3:8: a tier of 'when' must be a mapping"),
    ]) func degenerateFilesAreErrors(_ text: String, _ expected: String) {
        #expect(RuleLoader.fake.outcome(text).errors.first?.hasPrefix(expected) == true, "\(RuleLoader.fake.outcome(text).errors)")
    }

    @Test func allFilesAreReadAndProblemsSorted() throws {
        let mount = try Mount()
        try mount.write("b.yaml", "name: b\ncheck: x")
        try mount.write("a.yml", "name: 'a")
        try mount.write("README.md", "name: [")
        try mount.write(".hidden.yaml", "name: [")
        let errors = try #require(throws: ConfigurationErrors.self) { try RuleLoader.fake.load(path: mount.path, thresholds: Thresholds()) }
        #expect(errors.problems.map(\.file) == [mount.path + "/a.yml"] + Array(repeating: mount.path + "/b.yaml", count: 3))
        #expect(errors.description.split(separator: "\n").count == 4)
    }

    @Test func aSingleFileIsADirectoryOfOne() throws {
        let mount = try Mount()
        try mount.write("a.yaml", Self.full)
        #expect(try RuleLoader.fake.load(path: mount.path + "/a.yaml", thresholds: Thresholds()).rules.count == 2)
    }

    @Test func namesInAFileThatCannotBeParsedAreNotCalledUnknown() {
        let loader = RuleLoader.fake
        let files = [
            SourceFile(path: "a.yaml", text: Self.full.replacing("[crash]", with: "[elsewhere]")),
            SourceFile(path: "b.yaml", text: "name: elsewhere\ncheck: ["),
        ]
        let errors = #expect(throws: ConfigurationErrors.self) { try loader.load(files, thresholds: Thresholds()) }
        #expect(errors?.problems.map(\.file) == ["b.yaml"])
    }

    @Test func longerCirclesAreFound() {
        func rule(_ name: String, _ inhibits: String) -> String {
            "name: \(name)\ncheck: pod-health\nwhen: [{ reason: Error, priority: low }]\nremediations: []\ninhibits: [\(inhibits)]\n"
        }
        let circle = [rule("a", "b"), rule("b", "c"), rule("c", "a"), rule("d", "a")].joined(separator: "---\n")
        let errors = RuleLoader.fake.outcome(circle).errors
        #expect(errors.count == 3, "\(errors)")
        #expect(errors.first?.contains("a → b → c → a") == true)
        let line = [rule("a", "b, c, d"), rule("b", "c, d"), rule("c", "d"), rule("d", "")].joined(separator: "---\n")
        #expect(RuleLoader.fake.outcome(line).errors.isEmpty)
    }
}

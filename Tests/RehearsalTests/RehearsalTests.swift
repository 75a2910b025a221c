import AutomatonCore
import Checks
import Rehearsal
import Remediations
import Rules
import Testing

/// Examples beside rules: what they say of rules that are right, and of rules that are not.
@Suite("Rehearsal", .timeLimit(.minutes(5)))
struct RehearsalTests {
    private static let rehearsal = Rehearsal(checks: builtInChecks, remediations: builtInRemediations)
    private static let rules = URLPath.repository + "/rules"

    /// Plays cases on the shipped rules.
    private func play(_ text: String) async -> RehearsalReport.File {
        await Self.rehearsal.play(SourceFile(path: Self.rules + "/tests/here.yaml", text: text))
    }

    private static let oom = """
        check: pod-health
        world:
          workloads:
            - { name: deployment/email, replicas: 2, containers: [{ name: email, limit: 1Gi }] }
        cases:
          - name: it is killed
            findings:
              - { at: 0s, subject: deployment/email, reasons: [{ code: OOMKilled, container: email }] }
            attempts: [{ helps: 1m }]

        """

    @Test("What is expected and happens passes")
    func passes() async {
        let report = await play(Self.oom + "    expect: [{ at: 0s, act: raise-memory, change: limits.memory 1Gi -> 2Gi }]\n    until: 1h\n")
        #expect(report.passed, "\(report)")
        #expect(report.cases.map(\.name) == ["it is killed"])
    }

    @Test(
        "What is expected and does not happen says where, and what was decided instead",
        arguments: [
            ("{ at: 5m, act: raise-memory }", "act raise-memory", "it came at 0s"),
            ("{ at: 0s, act: raise-memory, change: limits.memory 1Gi → 3Gi }", "limits.memory 1Gi → 3Gi", "limits.memory 1Gi → 2Gi"),
            ("{ at: 0s, hold: cooldown }", "hold cooldown", "act raise-memory"),
            ("{ at: 0s, incident: opened, priority: low }", "incident opened, low", "act raise-memory"),
            ("{ at: 2m, incident: closed, as: recovered }", "incident closed, recovered", "(healed)"),
            ("{ at: 30s, incident: none }", "no incident", "oom-killed"),
            ("{ at: 0s, act: raise-memory, rule: crash-loop }", "of crash-loop", "no incident"),
            ("{ at: 0s, verified: worse }", "verified worse", "act raise-memory"),
        ])
    func fails(_ expectation: String, _ expected: String, _ instead: String) async throws {
        let report = await play(Self.oom + "    expect:\n      - \(expectation)\n    until: 10m\n")
        #expect(report.problems.isEmpty, "\(report.problems)")
        let failure = try #require(report.cases.first?.failures.first)
        #expect(failure.line == 11)
        #expect(failure.expected?.contains(expected) == true, "\(failure)")
        #expect(failure.instead.contains(instead), "\(failure)")
    }

    @Test("A case that would take for ever is an error that says what would be short enough")
    func tooLong() async throws {
        let text = Self.oom + "    expect: []\n    until: 365d\n    thresholds: { CHECK_INTERVAL: 1s }\n"
        let report = await play(text)
        #expect(report.problems.count == 1 && report.cases.isEmpty)
        let problem = try #require(report.problems.first)
        #expect(problem.contains("here.yaml:6: case 'it is killed' lasts 365d with a look each 1s (CHECK_INTERVAL)"), "\(problem)")
        #expect(problem.contains("End it by 6d22h (until), or write 'thresholds: { CHECK_INTERVAL: 53s }'"), "\(problem)")
        // What it says is right.
        for right in [text.replacing("365d", with: "6d22h"), text.replacing("INTERVAL: 1s", with: "INTERVAL: 53s")] {
            let read = await play(right.replacing("expect: []", with: "expect: [{ at: 0s, act: nothing }]"))
            #expect(read.problems.count == 1 && !read.problems[0].contains("lasts"), "\(read.problems)")
        }
    }

    @Test("What is done and not expected is a failure at the case")
    func unexpected() async throws {
        let report = await play(Self.oom + "    expect: []\n    until: 10m\n")
        let failures = try #require(report.cases.first?.failures)
        #expect(failures.count == 1)
        #expect(failures.first?.expected == nil)
        #expect(failures.first?.line == 6)
        #expect(failures.first?.instead.contains("act raise-memory") == true)
    }

    @Test(
        "Mistakes in a file are told with their line and the nearest name",
        arguments: [
            (
                "check: pod-helth", "findings: [{ at: 0s, subject: deployment/email, reasons: [] }]", "expect: []", 6,
                "did you mean 'pod-health'"
            ),
            ("", "findngs: []", "expect: []", 6, "did you mean 'findings'"),
            ("", "findings: [{ at: 0s, subject: deployment/email, reasons: [OOMKiled] }]", "expect: []", 6, "did you mean 'OOMKilled'"),
            ("", "findings: [{ at: 0s, subject: deployment/email, figures: { restart: 1 } }]", "expect: []", 6, "did you mean 'restarts'"),
            ("", "findings: [{ at: soon, subject: deployment/email, reasons: [] }]", "expect: []", 6, "not a time span"),
            ("", "findings: [{ at: 0s, subject: email, reasons: [] }]", "expect: []", 6, "KIND/NAME"),
            ("", "findings: [{ at: 0s, subject: consumergroup/email, reasons: [] }]", "expect: []", 6, "not on a consumergroup"),
            ("", "findings: []", "expect: [{ at: 0s, act: raise-memry }]", 7, "did you mean 'raise-memory'"),
            ("", "findings: []", "expect: [{ at: 0s, hold: cooldwn }]", 7, "did you mean 'cooldown'"),
            ("", "findings: []", "expect: [{ at: 0s, rule: oom-kiled, incident: none }]", 7, "did you mean 'oom-killed'"),
            ("thresholds: { MAX_MEMRY: 1Gi }", "findings: []", "expect: []", 1, "did you mean 'MAX_MEMORY'"),
            ("thresholds: { MAX_MEMORY: lots }", "findings: []", "expect: []", 1, "is not an amount of bytes"),
        ])
    func mistakes(_ head: String, _ findings: String, _ expect: String, _ line: Int, _ words: String) async throws {
        let text = """
            \(head.isEmpty || head.hasPrefix("thresholds") ? (head.isEmpty ? "namespace: default" : head) : head)
            \(head.hasPrefix("check") ? "namespace: default" : "check: pod-health")

            cases:
              - name: a mistake
                \(findings)
                \(expect)
                until: 1h
            """
        let report = await play(text)
        #expect(!report.passed)
        let problem = try #require(report.problems.first)
        #expect(problem.contains("here.yaml:\(line):"), "\(report.problems)")
        #expect(problem.contains(words), "\(report.problems)")
    }

    @Test("Something that a remediation asks for and the world lacks is named")
    func forgotten() async throws {
        let report = await play(
            """
            check: pod-health
            cases:
              - name: no world
                findings: [{ at: 0s, subject: deployment/email, reasons: [{ code: OOMKilled, container: email }] }]
                expect: [{ at: 0s, act: raise-memory }]
            """)
        let failures = try #require(report.cases.first?.failures)
        #expect(failures.contains { $0.instead.contains("deployment/email under world.workloads") }, "\(failures)")
    }

    @Test("A year passes in no time")
    func year() async {
        let report = await play(
            """
            check: pod-health
            thresholds: { CHECK_INTERVAL: 1h, STALE_AFTER: 3h }
            cases:
              - name: a year of quiet
                findings: [{ at: 0s, subject: deployment/email, reasons: [] }]
                expect: []
                until: 365d
            """)
        #expect(report.passed, "\(report)")
    }

    @Test("An attempt that fails, one that makes it worse and is taken back, and a person who pauses all")
    func fates() async {
        let failing = await play(
            Self.oom.replacing("{ helps: 1m }", with: "{ fails: refused, why: a policy says no }")
                + "    expect:\n      - { at: 0s, act: raise-memory }\n      - { at: 0s, tell: person }\n    until: 10m\n")
        #expect(failing.passed, "\(failing)")
        let worse = await play(
            Self.oom.replacing("reasons: [{ code", with: "unwell: 1, reasons: [{ code")
                .replacing("{ helps: 1m }", with: "{ shows: { after: 1m, unwell: 5, reasons: [] } }")
                    + """
                        expect:
                          - { at: 0s, act: raise-memory }
                          - { at: 10m, verified: worse }
                          - { at: 10m, revert: raise-memory }
                        until: 11m
                    """)
        #expect(worse.passed, "\(worse)")
        let paused = await play(
            Self.oom.replacing("{ at: 0s, subject", with: "{ at: 1m, subject")
                + """
                    people: [{ at: 0s, pause: all }, { at: 5m, resume: all }]
                    expect:
                      - { at: 1m, hold: paused }
                      - { at: 4m59s, hold: paused }
                      - { at: 5m, act: raise-memory }
                      - { at: 6m, incident: closed, as: healed }
                    until: 1h
                """)
        #expect(paused.passed, "\(paused)")
    }

    @Test("A path is taken from where the file is")
    func paths() async {
        let report = await Self.rehearsal.play(Self.rules + "/tests/oom-killed.yaml")
        let failed = report.filter { !$0.passed }
        #expect(report.count == 1 && failed.isEmpty, "\(failed)")
        let missing = await Self.rehearsal.play(Self.rules + "/tests/none.yaml")
        #expect(missing.first?.problems.first?.contains("none.yaml") == true)
    }
}

enum URLPath {
    /// The root of this repository.
    static let repository: String = {
        var parts = #filePath.split(separator: "/").map(String.init)
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()
}

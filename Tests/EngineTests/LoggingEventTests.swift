import AutomatonCore
import Logging
import Testing

@testable import Engine

@Suite("Log of events")
struct LoggingEventTests {
    let capture: LogCapture
    let log: EventLog
    let start = Instant(seconds: 1_772_366_403)
    let check = CheckID("pod-health")
    let key = IncidentKey(rule: "oom-killed", subject: Subject(.deployment, namespace: "production", name: "email-service"))

    init() throws {
        capture = try LogCapture()
        log = EventLog(logger: capture.logger(level: .info))
    }

    var incident: Incident {
        let reason = Reason("OOMKilled", part: "email-7c9-x2", container: "email", exitCode: 137, restartCount: 3)
        return Incident(
            key: key, detectedAt: start, priority: .critical,
            finding: Finding(key.subject, observedAt: start, .seen(Evidence(reasons: [reason]))), attempts: 1)
    }

    var plan: Plan {
        Plan(
            subject: key.subject, summary: "raise memory of container email from 1Gi to 2Gi",
            changes: [
                Change("containers[email].resources.limits.memory", before: "1Gi", after: "2Gi"),
                Change("containers[email].resources.requests.memory", before: nil, after: "1Gi"),
            ], write: .workload(WorkloadWrite([], precondition: .version(uid: "u", resourceVersion: "1"))))
    }

    func decide(_ choice: Decision.Choice, _ reason: String, until: Instant? = nil) {
        log.observe(
            .decided(Decision(at: start, incident: key, priority: .critical, choice: choice, reason: reason, until: until)), at: start)
    }

    func change(_ kind: IncidentChange.Kind, after: Duration = .zero) {
        log.observe(.incident(IncidentChange(incident, kind, at: start + after)), at: start + after)
    }

    /// The only line that was written.
    func line(_ level: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        let objects = try capture.objects
        let object = try #require(objects.first, sourceLocation: sourceLocation)
        #expect(objects.count == 1, sourceLocation: sourceLocation)
        #expect(object["level"] as? String == level, sourceLocation: sourceLocation)
        #expect(object["message"] as? String == message, sourceLocation: sourceLocation)
        return object
    }

    @Test("The first line of a run, and the line of an iteration")
    func beginnings() throws {
        log.starting(version: "1.2.3", details: ["namespace": "production"])
        log.observe(.iteration(7, checks: 2, incidents: 1), at: start)
        let objects = try capture.objects
        #expect(
            objects.compactMap { $0["message"] as? String } == ["Starting Self-Healing Automaton", "Running healing checks iteration 7"])
        #expect(objects.first?["version"] as? String == "1.2.3")
        #expect(objects.first?["namespace"] as? String == "production")
        #expect(objects.last?["iteration"] as? Int == 7)
        #expect(objects.last?["incidents"] as? Int == 1)
    }

    @Test("A hold says which guard, why, and until when")
    func hold() throws {
        decide(.hold(.cooldown), "cooldown: 3 min 12 s left since the attempt at 12:00:03Z", until: start + .seconds(192))
        let object = try line(
            "info", "Holding oom-killed on production/deployment/email-service: cooldown: 3 min 12 s left since the attempt at 12:00:03Z")
        #expect(object["guard"] as? String == "cooldown")
        #expect(object["rule"] as? String == "oom-killed")
        #expect(object["subject"] as? String == "production/deployment/email-service")
        #expect(object["priority"] as? String == "critical")
        #expect(object["until"] as? String == "2026-03-01T12:03:15Z")
        #expect(object["reason"] as? String == "cooldown: 3 min 12 s left since the attempt at 12:00:03Z")
    }

    @Test("An act, and what a dry run would do, show each field before and after", arguments: [true, false])
    func act(dry: Bool) throws {
        decide(dry ? .wouldAct(remediation: "raise-memory", plan) : .act(AttemptID("r-1"), remediation: "raise-memory", plan), "because")
        let object = try line("notice", "\(dry ? "Would act" : "Acting") on oom-killed on production/deployment/email-service: because")
        #expect(
            object["changes"] as? [String] == [
                "containers[email].resources.limits.memory: 1Gi → 2Gi", "containers[email].resources.requests.memory: unset → 1Gi",
            ])
        #expect(object["attempt"] as? String == (dry ? nil : "r-1"))
        #expect(object["remediation"] as? String == "raise-memory")
    }

    @Test("Opened and healed, with the time to recover")
    func healed() throws {
        change(.opened)
        change(.closed(.healed), after: .seconds(192))
        let objects = try capture.objects
        #expect(
            objects.compactMap { $0["message"] as? String } == [
                "Incident opened: oom-killed on production/deployment/email-service (critical): "
                    + "OOMKilled in container email of email-7c9-x2 (exit code 137, restart 3)",
                "Healed: oom-killed on production/deployment/email-service, time to recover 3 min 12 s",
            ])
        #expect(objects.compactMap { $0["level"] as? String } == ["warning", "notice"])
        #expect(objects.last?["seconds"] as? Double == 192)
        #expect(objects.last?["ending"] as? String == "healed")
    }

    @Test(
        "Every other change has its words",
        arguments: [
            (.priority(from: .low), "warning", "Incident oom-killed on production/deployment/email-service is critical now, was low"),
            (
                .attempted(AttemptID("r-1"), remediation: "raise-memory", AttemptReport("raise memory")), "notice",
                "Done on oom-killed on production/deployment/email-service: raise memory; now it is verified"
            ),
            (
                .verified(AttemptID("r-1"), remediation: "raise-memory", .helped), "notice",
                "Verified: raise-memory helped oom-killed on production/deployment/email-service"
            ),
            (
                .verified(AttemptID("r-1"), remediation: "raise-memory", .worse), "warning",
                "Verified: raise-memory made oom-killed on production/deployment/email-service worse"
            ),
            (
                .reverted(AttemptID("r-1"), remediation: "raise-memory"), "notice",
                "Taken back: raise-memory on oom-killed on production/deployment/email-service"
            ),
            (.closed(.gone), "info", "Incident closed: oom-killed on production/deployment/email-service: the subject is gone"),
        ] as [(IncidentChange.Kind, String, String)])
    func changes(kind: IncidentChange.Kind, level: String, message: String) throws {
        change(kind)
        _ = try line(level, message)
    }

    @Test("An escalation is critical for a critical incident, else an error", arguments: [Priority.critical, .medium])
    func escalation(priority: Priority) throws {
        var incident = incident
        incident.priority = priority
        log.observe(.escalated(incident, why: "every remediation was tried"), at: start)
        let object = try line(
            priority == .critical ? "critical" : "error",
            "A person is needed: oom-killed on production/deployment/email-service is \(priority) and the automaton cannot mend it: "
                + "every remediation was tried")
        #expect(object["attempts"] as? Int == 1)
    }

    @Test("A check that cannot see is told once, and when it sees again")
    func checks() throws {
        for outcome in [.ok, .failed("403"), .failed("403"), .timedOut(after: .seconds(30)), .ok, .ok] as [CheckOutcome] {
            log.observe(.checked(check, outcome, took: .milliseconds(3)), at: start)
        }
        #expect(
            try capture.objects.compactMap { $0["message"] as? String } == [
                "Check pod-health cannot see: 403. Its findings are unknown, and nothing acts on them",
                "Check pod-health cannot see: no answer within 30 s. Its findings are unknown, and nothing acts on them",
                "Check pod-health sees again",
            ])
    }

    @Test("A check that waits is no failure, and is told once")
    func waiting() throws {
        for outcome in [.waiting("until 12:10"), .waiting("until 12:10"), .ok] as [CheckOutcome] {
            log.observe(.checked(check, outcome, took: nil), at: start)
        }
        #expect(
            try capture.objects.compactMap { $0["message"] as? String } == [
                "Check pod-health waits, and nothing acts on it: until 12:10", "Check pod-health sees again",
            ])
        #expect(try capture.objects.first?["level"] as? String == "info")
    }

    @Test("A write that failed says whether it may have happened", arguments: [true, false])
    func writeFailed(known: Bool) throws {
        log.observe(.writeFailed(AttemptID("r-1"), remediation: "raise-memory", why: "forbidden", outcomeKnown: known), at: start)
        _ = try line(
            "error",
            known
                ? "raise-memory could not be written: forbidden"
                : "raise-memory was sent and no answer came, so that it may have happened: forbidden")
    }

    @Test("Rules in force, and that a dry run changes nothing")
    func configured() throws {
        var policy = SafetyPolicy()
        policy.dryRun = true
        let rules = [
            Rule(name: "crash-loop", check: check, tiers: [], remediations: [], mode: .observe),
            Rule(name: "oom-killed", check: check, tiers: [], remediations: []),
        ]
        log.observe(.configured(rules: rules, policy: policy, checks: [check]), at: start)
        let object = try line("info", "Rules in force: crash-loop (observe), oom-killed; dry run: nothing is changed")
        #expect(object["dry_run"] as? Bool == true)
        #expect(object["checks"] as? [String] == ["pod-health"])
    }

    @Test("Who leads, in words and for machines")
    func leadership() throws {
        for state: LeadershipState in [.leading(term: 3), .following(holder: "pod-b_1"), .following(holder: nil), .unknown("503")] {
            log.observe(.leadership(state), at: start)
        }
        let objects = try capture.objects
        #expect(objects.map { $0["level"] as? String } == ["notice", "notice", "notice", "warning"])
        #expect(objects.map { $0["leadership"] as? String } == ["leading", "following", "following", "unknown"])
        #expect(objects[0]["term"] as? Int == 3)
        #expect(objects[1]["holder"] as? String == "pod-b_1")
        #expect(objects[3]["message"] as? String == "It is unknown who leads: 503. This process observes and does not act")
    }
}

import AutomatonCore
import Engine
import Testing

@testable import WebAPI

@Suite("Metrics of healing")
struct HealingMetricsTests {
    let registry = PrometheusRegistry(processMetrics: false)
    let metrics: HealingMetrics
    let check = CheckID("pod-health")
    let start = Instant(seconds: 1_700_000_000)
    let key = IncidentKey(rule: "oom-killed", subject: Subject(.deployment, namespace: "production", name: "email-service"))

    init() {
        metrics = HealingMetrics(factory: registry, version: "1.2.3", actions: ["scale"])
    }

    func configure(_ names: [String] = ["oom-killed", "crash-loop"]) {
        let rules = names.map {
            Rule(name: $0, check: check, tiers: [], remediations: [RemediationStep(use: "raise-memory", action: "increase_pod_memory")])
        }
        metrics.observe(.configured(rules: rules, policy: SafetyPolicy(), checks: names.isEmpty ? [] : [check]), at: start)
    }

    func incident(_ priority: Priority = .critical, _ key: IncidentKey? = nil) -> Incident {
        let finding = Finding((key ?? self.key).subject, observedAt: start, .seen(Evidence(reasons: [Reason("OOMKilled")])))
        return Incident(key: key ?? self.key, detectedAt: start, priority: priority, finding: finding)
    }

    func change(_ kind: IncidentChange.Kind, _ incident: Incident? = nil, after: Duration = .zero) {
        let at = start + after
        metrics.observe(.incident(IncidentChange(incident ?? self.incident(), kind, at: at)), at: at)
    }

    func decide(_ choice: Decision.Choice) {
        metrics.observe(.decided(Decision(at: start, incident: key, priority: .critical, choice: choice, reason: "because")), at: start)
    }

    var plan: Plan {
        Plan(
            subject: key.subject, summary: "raise", changes: [Change("memory", before: "1Gi", after: "2Gi")],
            write: .workload(WorkloadWrite([], precondition: .version(uid: "u", resourceVersion: "1"))))
    }

    @Test("Known series start at 0")
    func zeros() {
        configure()
        for guardian in Decision.Guard.allCases {
            #expect(registry.value("healing_suppressed_total{guard=\"\(guardian.rawValue)\"}") == "0")
        }
        for choice in ["act", "would_act", "revert", "restore", "escalate", "tell_person", "hold"] {
            #expect(registry.value("healing_decisions_total{choice=\"\(choice)\"}") == "0")
        }
        for action in ["scale", "increase_pod_memory"] {
            for success in ["true", "false"] {
                #expect(registry.value("healing_actions_total{action=\"\(action)\",success=\"\(success)\"}") == "0")
            }
        }
        for result in ["ok", "error", "timeout"] {
            #expect(registry.value("healing_checks_total{check=\"pod-health\",result=\"\(result)\"}") == "0")
        }
        for rule in ["oom-killed", "crash-loop"] {
            for priority in Priority.allCases {
                #expect(registry.value("healing_incidents_open{priority=\"\(priority)\",rule=\"\(rule)\"}") == "0")
            }
            #expect(registry.value("healing_incidents_total{rule=\"\(rule)\"}") == "0")
            #expect(registry.value("healing_escalations_total{rule=\"\(rule)\"}") == "0")
            #expect(registry.value("healing_latency_seconds_count{rule=\"\(rule)\"}") == "0")
        }
        for name in [
            "healing_last_action_timestamp_seconds", "healing_attempts_in_flight", "healing_config_last_reload_successful",
            "healing_watch_last_contact_timestamp_seconds{check=\"pod-health\"}",
        ] { #expect(registry.value(name) == "0", "\(name)") }
        #expect(registry.value("healing_build_info{version=\"1.2.3\"}") == "1")
    }

    @Test("Messages to people are counted by severity and occasion, and by who was to be told")
    func notifications() {
        metrics.prepare(notifiers: ["chat"])
        for result in ["delivered", "retried", "failed", "dropped"] {
            #expect(registry.value("healing_notifications_total{notifier=\"chat\",result=\"\(result)\"}") == "0")
        }
        metrics.notification(notifier: "chat", result: .retried)
        metrics.notification(notifier: "chat", result: .delivered)
        metrics.notification(notifier: "chat", result: .delivered)
        #expect(registry.value("healing_notifications_total{notifier=\"chat\",result=\"delivered\"}") == "2")
        #expect(registry.value("healing_notifications_total{notifier=\"chat\",result=\"retried\"}") == "1")
        metrics.alertTriggered(severity: .critical, type: "person")
        #expect(registry.value("healing_alerts_triggered_total{severity=\"critical\",type=\"person\"}") == "1")
    }

    @Test("Without a file of who is told nothing says that its reading failed")
    func notifyFile() {
        let (successful, time) = (
            "healing_notify_config_last_reload_successful", "healing_notify_config_last_reload_success_timestamp_seconds"
        )
        configure()
        #expect([registry.value(successful), registry.value(time)] == [nil, nil])
        metrics.notifyReloaded(successfully: false, at: start)
        #expect([registry.value(successful), registry.value(time)] == ["0", nil])
        metrics.notifyReloaded(successfully: true, at: start)
        #expect([registry.value(successful), registry.value(time)] == ["1", "1.7e+09"])
    }

    @Test("Fixes are counted by type, those that drifted as well; who does not lead counts none")
    func fixes() {
        func counts(_ name: String) -> [String?] { ["memory", "replicas", "storage"].map { registry.value("\(name){type=\"\($0)\"}") } }
        #expect(counts("healing_fixes") == ["0", "0", "0"] && counts("healing_fixes_drifted") == ["0", "0", "0"])
        metrics.observe(.fixesKept([.memory: 3, .replicas: 1], drifted: [.memory: 2]), at: start)
        #expect(counts("healing_fixes") == ["3", "1", "0"] && counts("healing_fixes_drifted") == ["2", "0", "0"])
        metrics.observe(.deposed("b"), at: start)
        #expect(counts("healing_fixes") == ["0", "0", "0"] && counts("healing_fixes_drifted") == ["0", "0", "0"])
    }

    @Test("Whether the ConfigMap of fixes is in step is told by who leads; when it last failed stays")
    func fixesMirrored() {
        let names = ["healing_fixes_configmap_in_step", "healing_fixes_configmap_last_failure_timestamp_seconds"]
        func values() -> [String?] { names.map { registry.value($0) } }
        #expect(values() == [nil, nil])
        metrics.fixesMirrored(inStep: nil, at: start)
        #expect(values() == [nil, nil])
        metrics.fixesMirrored(inStep: true, at: start)
        #expect(values() == ["1", "0"])
        metrics.fixesMirrored(inStep: false, at: start)
        #expect(values() == ["0", "1.7e+09"])
        metrics.fixesMirrored(inStep: true, at: start + .seconds(30))
        #expect(values() == ["1", "1.7e+09"])
        metrics.fixesMirrored(inStep: nil, at: start + .seconds(60))
        #expect(values() == [nil, nil])
    }

    @Test("One leads, the others do not")
    func leader() {
        #expect(registry.value("healing_leader") == "0")
        for (state, value) in [
            (LeadershipState.leading(term: 2), "1"), (.unknown("503"), "0"), (.leading(term: 2), "1"), (.following(holder: "b"), "0"),
        ] {
            metrics.observe(.leadership(state), at: start)
            #expect(registry.value("healing_leader") == value)
        }
    }

    @Test("An incident that is healed")
    func healed() {
        configure()
        let attempt = AttemptID("run-1")
        change(.opened)
        #expect(registry.value("healing_incidents_open{priority=\"critical\",rule=\"oom-killed\"}") == "1")
        decide(.act(attempt, remediation: "raise-memory", plan))
        #expect(registry.value("healing_attempts_in_flight") == "1")
        decide(.hold(.inFlight))
        change(.attempted(attempt, remediation: "raise-memory", AttemptReport("raise")), after: .seconds(2))
        #expect(registry.value("healing_last_action_timestamp_seconds") == "1.700000002e+09")
        #expect(registry.value("healing_attempts_in_flight") == "1")
        change(.verified(attempt, remediation: "raise-memory", .helped), after: .seconds(42))
        change(.closed(.healed), after: .seconds(40))
        #expect(registry.value("healing_attempts_in_flight") == "0")
        #expect(registry.value("healing_incidents_open{priority=\"critical\",rule=\"oom-killed\"}") == "0")
        #expect(registry.value("healing_actions_total{action=\"increase_pod_memory\",success=\"true\"}") == "1")
        #expect(registry.value("healing_actions_total{action=\"increase_pod_memory\",success=\"false\"}") == "0")
        #expect(registry.value("healing_latency_seconds_sum{rule=\"oom-killed\"}") == "40")
        #expect(registry.value("healing_latency_seconds_bucket{rule=\"oom-killed\",le=\"30\"}") == "0")
        #expect(registry.value("healing_latency_seconds_bucket{rule=\"oom-killed\",le=\"45\"}") == "1")
        #expect(registry.value("healing_incidents_total{rule=\"oom-killed\"}") == "1")
        #expect(registry.value("healing_decisions_total{choice=\"act\"}") == "1")
        #expect(registry.value("healing_suppressed_total{guard=\"in_flight\"}") == "1")
    }

    @Test("An attempt that made it worse is in flight until it is taken back", arguments: [true, false])
    func revert(takenBack: Bool) {
        configure()
        let attempt = AttemptID("run-1")
        change(.opened)
        decide(.act(attempt, remediation: "raise-memory", plan))
        change(.verified(attempt, remediation: "raise-memory", .worse))
        decide(.revert(attempt, remediation: "raise-memory"))
        #expect(registry.value("healing_attempts_in_flight") == "1")
        if takenBack { change(.reverted(attempt, remediation: "raise-memory")) } else { decide(.hold(.refused)) }
        #expect(registry.value("healing_attempts_in_flight") == "0")
        #expect(registry.value("healing_actions_total{action=\"increase_pod_memory\",success=\"false\"}") == "1")
        metrics.observe(.escalated(incident(), why: "nothing helped"), at: start)
        #expect(registry.value("healing_escalations_total{rule=\"oom-killed\"}") == "1")
    }

    @Test("A write that failed for good counts; one whose outcome is open does not yet")
    func writeFailed() {
        configure()
        let attempt = AttemptID("run-1")
        decide(.act(attempt, remediation: "raise-memory", plan))
        metrics.observe(.writeFailed(attempt, remediation: "raise-memory", why: "no answer", outcomeKnown: false), at: start)
        #expect(registry.value("healing_attempts_in_flight") == "1")
        metrics.observe(.writeFailed(attempt, remediation: "raise-memory", why: "forbidden", outcomeKnown: true), at: start)
        #expect(registry.value("healing_attempts_in_flight") == "0")
        #expect(registry.value("healing_actions_total{action=\"increase_pod_memory\",success=\"false\"}") == "1")
    }

    @Test("Open incidents follow priorities, and rules that are removed vanish")
    func gauges() {
        configure()
        let other = IncidentKey(rule: "crash-loop", subject: key.subject)
        change(.opened, incident(.medium))
        change(.opened, incident(.low, other))
        change(.priority(from: .medium), incident(.high))
        change(.priority(from: .medium), incident(.high))
        #expect(registry.value("healing_incidents_open{priority=\"medium\",rule=\"oom-killed\"}") == "0")
        #expect(registry.value("healing_incidents_open{priority=\"high\",rule=\"oom-killed\"}") == "1")
        configure(["crash-loop"])
        change(.closed(.ruleRemoved), incident(.high))
        #expect(registry.value("healing_incidents_open{priority=\"high\",rule=\"oom-killed\"}") == nil)
        #expect(registry.value("healing_incidents_open{priority=\"low\",rule=\"crash-loop\"}") == "1")
        configure()
        #expect(registry.value("healing_incidents_open{priority=\"high\",rule=\"oom-killed\"}") == "0")
        change(.closed(.recovered), incident(.low, other))
        #expect(registry.value("healing_incidents_open{priority=\"low\",rule=\"crash-loop\"}") == "0")
        #expect(registry.value("healing_latency_seconds_count{rule=\"crash-loop\"}") == "0", "only what was healed has a latency")
    }

    @Test("What holds an incident shows until something else does, or it is over")
    func held() {
        configure()
        func held(_ guardian: String) -> String? { registry.value("healing_incidents_held{guard=\"\(guardian)\"}") }
        #expect(held("breaker") == "0")
        change(.opened)
        decide(.hold(.delay))
        decide(.hold(.delay))
        #expect(held("delay") == "1")
        decide(.act(AttemptID("run-1"), remediation: "raise-memory", plan))
        #expect(held("delay") == "0")
        decide(.hold(.breaker))
        #expect(held("breaker") == "1")
        decide(.hold(.exhausted))
        #expect([held("breaker"), held("exhausted")] == ["0", "1"])
        change(.closed(.recovered))
        #expect(held("exhausted") == "0")
        change(.opened)
        decide(.hold(.breaker))
        configure(["crash-loop"])
        #expect(held("breaker") == "0", "the rule is gone")
    }

    @Test("What a run measured shows until a run fails, and no figure that the last run did not measure")
    func measured() {
        configure()
        func value(_ figure: String) -> String? {
            registry.value("healing_check_highest_value{check=\"pod-health\",figure=\"\(figure)\"}")
        }
        func measure(_ figures: [Figure]) { metrics.observe(.measured(check, figures), at: start) }
        #expect(value("lag") == nil, "not measured is not 0")
        measure([Figure("lag", 20_000, unit: "messages"), Figure("growth", -1.5)])
        #expect([value("lag"), value("growth")] == ["20000", "-1.5"])
        measure([Figure("lag", 7)])
        #expect([value("lag"), value("growth")] == ["7", nil])
        for outcome in [CheckOutcome.failed("refused"), .timedOut(after: .seconds(30))] {
            metrics.observe(.checked(check, outcome, took: nil), at: start)
            #expect(value("lag") == nil, "\(outcome.label)")
            metrics.observe(.checked(check, .ok, took: nil), at: start)
            measure([Figure("lag", 8)])
            #expect(value("lag") == "8")
        }
        configure([])
        #expect(value("lag") == nil, "the check is gone")
    }

    @Test("A check that waits has not lost contact")
    func waiting() {
        configure()
        let contact = "healing_watch_last_contact_timestamp_seconds{check=\"pod-health\"}"
        metrics.observe(.checked(check, .waiting("this process does not lead"), took: nil), at: start)
        #expect(registry.value(contact) == nil)
        metrics.observe(.checked(check, .waiting("it was not told all yet"), took: nil), at: start)
        metrics.observe(.checked(check, .ok, took: nil), at: start)
        #expect(registry.value(contact) == "1.7e+09")
        metrics.observe(.checked(check, .failed("refused"), took: nil), at: start + .seconds(60))
        #expect(registry.value(contact) == "1.7e+09", "it has")
    }

    @Test("Checks, requests and reloads")
    func others() {
        configure()
        metrics.observe(.checked(check, .ok, took: .milliseconds(30)), at: start)
        metrics.observe(.checked(check, .failed("refused"), took: nil), at: start + .seconds(9))
        metrics.observe(.checked(check, .timedOut(after: .seconds(30)), took: .seconds(30)), at: start + .seconds(9))
        #expect(registry.value("healing_watch_last_contact_timestamp_seconds{check=\"pod-health\"}") == "1.7e+09")
        metrics.observe(.checked(check, .ok, took: nil), at: start + .seconds(5))
        #expect(registry.value("healing_watch_last_contact_timestamp_seconds{check=\"pod-health\"}") == "1.700000005e+09")
        for (result, count) in [("ok", "2"), ("error", "1"), ("timeout", "1")] {
            #expect(registry.value("healing_checks_total{check=\"pod-health\",result=\"\(result)\"}") == count)
        }
        #expect(registry.value("healing_check_duration_seconds_bucket{check=\"pod-health\",le=\"0.05\"}") == "1")
        #expect(registry.value("healing_check_duration_seconds_count{check=\"pod-health\"}") == "2")
        metrics.kubernetesRequest(method: "GET", code: 200)
        metrics.kubernetesRequest(method: "BREW", code: nil)
        #expect(registry.value("healing_kubernetes_requests_total{code=\"200\",method=\"GET\"}") == "1")
        #expect(registry.value("healing_kubernetes_requests_total{code=\"error\",method=\"other\"}") == "1")
        metrics.configurationReloaded(successfully: true, at: start)
        metrics.configurationReloaded(successfully: false, at: start + .seconds(60))
        #expect(registry.value("healing_config_last_reload_successful") == "0")
        #expect(registry.value("healing_config_last_reload_success_timestamp_seconds") == "1.7e+09")
        configure([])
        #expect(registry.value("healing_watch_last_contact_timestamp_seconds{check=\"pod-health\"}") == nil)
    }
}

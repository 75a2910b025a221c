import AutomatonCore
import CoreMetrics
import Engine
import Foundation
import Testing

@testable import WebAPI

@Suite("OpenMetrics")
struct OpenMetricsTests {
    @Test(
        "OpenMetrics is for those who ask for it by name, with a higher weight than the text format's",
        arguments: [
            (nil, false), ("", false), ("*/*", false), ("text/plain", false), ("application/vnd.google.protobuf", false),
            ("application/openmetrics-text", true), ("application/openmetrics-text; version=1.0.0", true),
            ("Application/OpenMetrics-Text;Version=\"1.0.0\" ; Q=0.2", true),
            // Prometheus 2.42 and 3.
            (
                "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                true
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                true
            ),
            ("text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.5", false),
            ("text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.9", false),
            ("application/openmetrics-text;version=1.0.0;q=0", false), ("application/openmetrics-text;version=2.0.0", false),
            ("application/openmetrics-text;version=1.0.0;q=much", false), ("application/openmetrics-text;version=1.0.0;q=7", false),
            ("application/*;q=1,text/plain;q=0.1", false), (",;=,;;q=,application/openmetrics-text;;", true),
        ] as [(String?, Bool)])
    func negotiation(accept: String?, openMetrics: Bool) {
        #expect((ExpositionFormat(accept: accept) == .openMetrics) == openMetrics)
    }

    @Test("Counters, gauges and histograms as OpenMetrics shows them, with exemplars of incidents")
    func golden() {
        let registry = PrometheusRegistry(
            descriptors: [
                MetricDescriptor("b_total", .counter, "Things \"so called\"\nwith \\.", labels: [.init("ok", values: ["true", "false"])]),
                MetricDescriptor("a_seconds", .histogram(buckets: [0.5, 1, 10]), "Time.", labels: [.init("rule")]),
                MetricDescriptor("c", .gauge, "Level."),
            ], processMetrics: false)
        let counter = Counter(label: "b_total", dimensions: [("ok", "true")], factory: registry)
        let timer = Timer(label: "a_seconds", dimensions: [("rule", "oom")], factory: registry)
        counter.increment(by: 40)
        timer.recordMilliseconds(500)
        Exemplar.$current.withValue(Exemplar(IncidentID("first"), at: Instant(microseconds: 1_700_000_000_007_999))) {
            counter.increment(by: 2)
            timer.recordMilliseconds(750)
            timer.recordMilliseconds(20_000)
            Meter(label: "c", factory: registry).set(-2.25)
        }
        Exemplar.$current.withValue(Exemplar(IncidentID("second"), at: Instant(microseconds: -1_500_000))) { timer.recordMilliseconds(800) }
        #expect(
            String(decoding: registry.text(.openMetrics), as: UTF8.self) == """
                # TYPE a_seconds histogram
                # UNIT a_seconds seconds
                # HELP a_seconds Time.
                a_seconds_bucket{rule="oom",le="0.5"} 1
                a_seconds_bucket{rule="oom",le="1.0"} 3 # {incident_id="second"} 0.8 -1.500
                a_seconds_bucket{rule="oom",le="10.0"} 3
                a_seconds_bucket{rule="oom",le="+Inf"} 4 # {incident_id="first"} 20 1700000000.007
                a_seconds_sum{rule="oom"} 22.05
                a_seconds_count{rule="oom"} 4
                # TYPE b counter
                # HELP b Things \\"so called\\"\\nwith \\\\.
                b_total{ok="false"} 0
                b_total{ok="true"} 42 # {incident_id="first"} 2 1700000000.007
                # TYPE c gauge
                # HELP c Level.
                c -2.25
                # TYPE healing_metrics_series_dropped counter
                # HELP healing_metrics_series_dropped Series that were not made since their metric has too many or is of another type.
                healing_metrics_series_dropped_total 0
                # EOF

                """)
        #expect(!registry.string.contains("incident_id"), "the text format has no exemplars")
        #expect(registry.string.contains("a_seconds_bucket{rule=\"oom\",le=\"1\"} 3\n"))
        counter.reset()
        #expect(!String(decoding: registry.text(.openMetrics), as: UTF8.self).contains("b_total{ok=\"true\"} 0 #"))
    }

    @Test("No name is two metrics': a counter gives way by having no type, another metric by not being there")
    func clashes() throws {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        Exemplar.$current.withValue(Exemplar(IncidentID("x"), at: Instant(seconds: 0))) {
            for name in ["jobs_created_total", "jobs_total", "queue_total", "_total"] {
                Counter(label: name, factory: registry).increment()
            }
        }
        Recorder(label: "size", factory: registry).record(1)
        for name in ["queue", "size_count"] { Meter(label: name, factory: registry).set(7) }
        let text = String(decoding: registry.text(.openMetrics), as: UTF8.self)
        #expect(text.contains("# TYPE jobs_created counter\n"))
        #expect(text.contains("jobs_created_total 1 # {incident_id=\"x\"} 1 0.000\n"))
        for name in ["jobs_total", "queue_total", "_total"] {
            #expect(text.contains("# TYPE \(name) unknown\n"), "\(name)")
            #expect(text.contains("\n\(name) 1\n"), "\(name): no exemplar")
        }
        #expect(text.contains("\nqueue 7\n"))
        #expect(!text.contains("# TYPE size_count"))
        #expect(registry.value("jobs_total") == "1")
    }

    @Test("An exemplar that is longer than 128 characters is left out", arguments: [(117, true), (118, false)])
    func tooLong(length: Int, isShown: Bool) {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        let id = String(repeating: "ü", count: length)
        Exemplar.$current.withValue(Exemplar(IncidentID(id), at: Instant(seconds: 1))) {
            Counter(label: "n", factory: registry).increment()
        }
        #expect(String(decoding: registry.text(.openMetrics), as: UTF8.self).contains(id) == isShown)
    }

    @Test("A write that failed for good is an example of the incident that it was for")
    func failedWrite() {
        let registry = PrometheusRegistry(processMetrics: false)
        let metrics = HealingMetrics(factory: registry, version: "1.2.3")
        let start = Instant(seconds: 1_700_000_000)
        let subject = Subject(.deployment, namespace: "production", name: "email-service")
        let incident = Incident(
            key: IncidentKey(rule: "oom-killed", subject: subject), detectedAt: start, priority: .critical,
            finding: Finding(subject, observedAt: start, .unknown("")))
        let plan = Plan(
            subject: subject, summary: "raise", changes: [],
            write: .workload(WorkloadWrite([], precondition: .version(uid: "u", resourceVersion: "1"))))
        let act = Decision.Choice.act(AttemptID("run-1"), remediation: "raise-memory", plan)
        for event in [
            .incident(IncidentChange(incident, .opened, at: start)),
            .decided(Decision(at: start, incident: incident.key, priority: .critical, choice: act, reason: "because")),
            .writeFailed(AttemptID("run-1"), remediation: "raise-memory", why: "forbidden", outcomeKnown: true),
            // Of this one nobody knows what it was for.
            .writeFailed(AttemptID("run-2"), remediation: "scale", why: "forbidden", outcomeKnown: true),
        ] as [EngineEvent] { metrics.observe(event, at: start + .seconds(2)) }
        let text = String(decoding: registry.text(.openMetrics), as: UTF8.self)
        let id = IncidentID(incident.key, detectedAt: start)
        #expect(text.contains("{action=\"raise-memory\",success=\"false\"} 1 # {incident_id=\"\(id)\"} 1 1700000002.000\n"))
        #expect(text.contains("{action=\"scale\",success=\"false\"} 1\n"))
    }

    @Test("A strict parser reads all of it, and finds the incidents")
    func parser() async throws {
        let tools = try #require(TestTools.prometheusClient, "prometheus_client could not be installed")
        let script = try #require(Bundle.module.path(forResource: "openmetrics", ofType: "py", inDirectory: "Browser"))
        let registry = PrometheusRegistry()
        let incident = HealedIncident(registry)
        // Names and values as libraries may have them.
        Counter(label: "hb.requests", dimensions: [("path", "a\"b\\c\nd"), ("le", "1")], factory: registry).increment()
        Recorder(label: "sizes", dimensions: [], aggregate: true, factory: registry).record(1e9)
        Meter(label: "not.a.number", factory: registry).set(Double.nan)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("openmetrics-\(UUID().uuidString)")
        try Data(registry.text(.openMetrics)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (status, said) = try await TestTools.run(tools + "/bin/python3", [script, file.path])
        #expect(status == 0, "\(said)")
        let lines = Set(said.split(separator: "\n").map(String.init))
        for family in [
            "healing_actions counter", "healing_incidents_created counter", "healing_incidents_total unknown",
            "healing_incident_mttr_seconds histogram", "healing_attempts_in_flight gauge", "process_cpu_seconds counter",
            "hb_requests counter", "sizes histogram", "not_a_number gauge",
        ] { #expect(lines.contains("family \(family)"), "\(family)") }
        for (sample, value, time) in [
            ("healing_incidents_created_total", "1.0", "1700000000.0"), ("healing_actions_total", "1.0", "1700000040.0"),
            ("healing_incident_mttr_seconds_bucket", "40.0", "1700000040.0"),
            ("healing_alerts_triggered_total", "1.0", "1700000041.0"),
        ] { #expect(lines.contains("exemplar \(sample) incident_id=\(incident.id) \(value) \(time)"), "\(sample): \(said)") }
    }
}

/// What is counted when a workload runs out of memory and is healed.
struct HealedIncident {
    let id: IncidentID

    init(_ registry: PrometheusRegistry) {
        let metrics = HealingMetrics(factory: registry, version: "1.2.3", actions: ["scale"])
        let (check, attempt) = (CheckID("pod-health", parameters: #"namespace: "a\b""#), AttemptID("run-1"))
        let rule = Rule(
            name: "oom-killed", check: check, tiers: [], remediations: [RemediationStep(use: "raise-memory", action: "increase_pod_memory")]
        )
        let subject = Subject(.deployment, namespace: "production", name: "email-service")
        let start = Instant(seconds: 1_700_000_000)
        let incident = Incident(
            key: IncidentKey(rule: "oom-killed", subject: subject), detectedAt: start, priority: .critical,
            finding: Finding(subject, observedAt: start, .unknown("")))
        id = IncidentID(incident.key, detectedAt: start)
        metrics.observe(.configured(rules: [rule], policy: SafetyPolicy(), checks: [check]), at: start)
        metrics.observe(.checked(check, .ok, took: .milliseconds(12)), at: start)
        metrics.observe(.incident(IncidentChange(incident, .opened, at: start)), at: start)
        for kind in [.verified(attempt, remediation: "raise-memory", .helped), .closed(.healed)] as [IncidentChange.Kind] {
            metrics.observe(.incident(IncidentChange(incident, kind, at: start + .seconds(40))), at: start + .seconds(40))
        }
        metrics.kubernetesRequest(method: "PATCH", code: 200)
        metrics.alertTriggered(severity: .critical, type: "resolved", about: id, at: start + .seconds(41))
    }
}

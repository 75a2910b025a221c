import AutomatonCore
import Engine
import Foundation
import Logging
import PrometheusServer
import ServiceLifecycle
import Testing

@testable import WebAPI

@Suite("Dashboard for Grafana", .timeLimit(.minutes(10)))
struct GrafanaDashboardTests {
    struct Dashboard: Decodable {
        struct Panel: Decodable {
            struct Target: Decodable {
                struct Datasource: Decodable { var uid: String }
                var refId: String
                var legendFormat: String
                var datasource: Datasource
                var instant: Bool
                var range: Bool
            }
            struct Position: Decodable { var x, y, w, h: Int }
            struct Field: Decodable {
                struct Defaults: Decodable { var unit: String }
                var defaults: Defaults
            }
            var id: Int
            var type: String
            var title: String
            var description: String?
            var gridPos: Position
            var targets: [Target]?
            var fieldConfig: Field?
        }
        struct Templating: Decodable {
            struct Variable: Decodable { var name: String }
            var list: [Variable]
        }
        var uid: String
        var schemaVersion: Int
        var panels: [Panel]
        var templating: Templating
    }

    static let dashboard = Result { try GrafanaDashboard.json() }

    func read() throws -> Dashboard { try JSONDecoder().decode(Dashboard.self, from: Data(try Self.dashboard.get().utf8)) }

    @Test("The file that is shipped is what the program prints")
    func drift() throws {
        #expect(
            try Shipped.text("k8s/grafana/self-healing-automaton.json") == Self.dashboard.get() + "\n",
            "write it again: automaton dashboard > k8s/grafana/self-healing-automaton.json")
    }

    @Test("No panel lies on another or beyond the 24 columns, each row is filled, and no number is there twice")
    func layout() throws {
        let panels = try read().panels
        #expect(Set(panels.map(\.id)).count == panels.count)
        #expect(Set(panels.map(\.title)).count >= panels.count - 1)
        var taken: [Int: [Int: String]] = [:]
        for panel in panels {
            let place = panel.gridPos
            #expect(place.x >= 0 && place.w > 0 && place.h > 0 && place.x + place.w <= 24, "\(panel.title)")
            for y in place.y..<(place.y + place.h) {
                for x in place.x..<(place.x + place.w) {
                    let before = taken[y, default: [:]].updateValue(panel.title, forKey: x)
                    #expect(before == nil, "\(panel.title) lies on \(before ?? "")")
                }
            }
        }
        // Neither a gap in a line, nor one between lines.
        for y in 0..<((taken.keys.max() ?? 0) + 1) { #expect(taken[y]?.count == 24, "line \(y)") }
    }

    @Test("Each panel says what it shows, in which unit, and asks the data source that was chosen")
    func panels() throws {
        let dashboard = try read()
        let units: Set = ["short", "s", "ops", "reqps", "percent", "percentunit", "bytes"]
        #expect(dashboard.schemaVersion >= 36)
        for panel in dashboard.panels where panel.type != "row" {
            #expect(["stat", "timeseries", "heatmap", "state-timeline", "bargauge"].contains(panel.type), "\(panel.title)")
            #expect((panel.description ?? "").hasSuffix("."), "\(panel.title)")
            #expect(units.contains(panel.fieldConfig?.defaults.unit ?? ""), "\(panel.title)")
            let targets = panel.targets ?? []
            #expect(!targets.isEmpty, "\(panel.title)")
            #expect(Set(targets.map(\.refId)).count == targets.count, "\(panel.title)")
            for target in targets {
                #expect(target.datasource.uid == "${datasource}")
                #expect(target.instant != target.range)
                #expect(panel.type == "stat" || !target.legendFormat.isEmpty, "\(panel.title)")
            }
        }
        let variables = dashboard.templating.list.map(\.name)
        #expect(variables == ["datasource", "namespace", "rule"])
        for (title, expression) in try Shipped.queries(of: Self.dashboard.get()) {
            for used in expression.matches(of: /\$\{?(\w+)/) {
                #expect((variables + ["__rate_interval", "__range"]).contains(String(used.1)), "\(title): \(expression)")
            }
            // Each sees only the namespace that was chosen.
            for part in QueriedMetrics(expression).selectors where part.metric.hasPrefix("healing_") {
                #expect(part.labels["namespace"] == ["$namespace"], "\(title): \(part.metric)")
            }
            // What happened in a step, however long it is, not the steepness of its last two samples.
            if let range = expression.firstMatch(of: /\[([^\]]+)\]/) {
                #expect(["$__rate_interval", "$__range", "2m"].contains(String(range.1)), "\(title)")
            }
        }
    }

    @Test("Dashboard and alerts ask only for metrics, labels and values that the automaton has")
    func metricsExist() throws {
        let queries = try Shipped.queries(of: Self.dashboard.get()) + (try AlertRule.shipped().map { ($0.name, $0.expression) })
        #expect(queries.count > 40)
        for (place, expression) in queries {
            let selectors = QueriedMetrics(expression).selectors
            #expect(!selectors.isEmpty, "\(place)")
            for selector in selectors { #expect(AskedMetric.complaint(selector) == nil, "\(place): \(expression)") }
        }
        // The test sees what is wrong.
        for (wrong, complaint) in [
            ("sum(healing_action_total)", "healing_action_total"), (#"healing_actions_total{result="ok"}"#, "result"),
            (#"max by (x) (healing_incidents_held{guard=~"breaker|fuse"}) > 0"#, "fuse"),
            ("rate(healing_latency_seconds_buckets[5m])", "healing_latency_seconds_buckets"),
        ] {
            let found = QueriedMetrics(wrong).selectors.compactMap(AskedMetric.complaint)
            #expect(found.count == 1 && found[0].contains(complaint), "\(wrong): \(found)")
        }
    }

    @Test("Every query gives numbers from a Prometheus that scraped a run with incidents")
    func data() async throws {
        let registry = PrometheusRegistry()
        let run = EventfulRun(registry)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let web = WebServer(
            .init(host: "127.0.0.1", port: 0), registry: registry, health: { HealthReport() }, readiness: { ReadinessReport() },
            logger: quiet)
        let group = ServiceGroup(configuration: .init(services: [web], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the web server listens") { web.port != nil }
            let port = try #require(web.port)
            try await PrometheusServer.scraping(port, labels: ["namespace": "production", "pod": "self-healing-automaton-0"]) {
                prometheus in
                // From 0 on: what rises before the first scrape is no increase.
                try await eventually("a scrape is stored") { try await !prometheus.last(60, "up == 1").withNumbers.isEmpty }
                run.happen()
                let queries = try Shipped.queries(of: Self.dashboard.get())
                for (title, expression) in queries {
                    let expression = Self.filledIn(expression)
                    var answer: PrometheusServer.Answer?
                    try await eventually("\(title) has numbers: \(expression)") {
                        let now = try await prometheus.last(60, expression)
                        answer = now
                        return now.status != "success" || !now.withNumbers.isEmpty
                    }
                    #expect(answer?.status == "success", "\(title): \(answer?.error ?? "")")
                }
                // What some of them say.
                func labels(_ title: String, _ label: String) async throws -> Set<String> {
                    var found: Set<String> = []
                    for query in queries where query.of == title {
                        found.formUnion(
                            try await prometheus.last(60, Self.filledIn(query.expression)).withNumbers.compactMap { $0.metric[label] })
                    }
                    return found
                }
                #expect(try await labels("Attempts by action", "action") == ["increase_pod_memory", "scale"])
                #expect(try await labels("Attempts by rule and result", "rule") == ["oom-killed"])
                #expect(try await labels("Consumer lag", "check") == ["kafka-lag"])
                #expect(try await labels("PostgreSQL connections", "check") == ["postgres-connections"])
                #expect(try await labels("Incidents that are held, by guard", "guard") == ["breaker"])
                #expect(try await labels("Suppressed decisions by guard", "guard") == ["breaker", "cooldown"])
                #expect(try await labels("Fixes that were undone", "type") == ["memory", "replicas", "storage"])
                // The alerts on the same: of all, two have reason to fire.
                var firing: [String] = []
                for alert in try AlertRule.shipped() {
                    let answer = try await prometheus.now(alert.expression)
                    #expect(answer.status == "success", "\(alert.name): \(answer.error ?? "")")
                    if !answer.isEmpty { firing.append(alert.name) }
                }
                #expect(firing == ["AutomatonBreakerOpen", "AutomatonFixUndone"])
                // The variables.
                #expect(try await prometheus.labelValues("namespace", of: "healing_build_info") == ["production"])
                #expect(
                    try await prometheus.labelValues("rule", of: #"healing_incidents_open{namespace=~"production"}"#) == ["oom-killed"])
                // A namespace that nobody watches has none of it.
                let elsewhere = queries[0].expression.replacing("$namespace", with: "staging")
                #expect(try await prometheus.last(60, elsewhere).withNumbers.isEmpty)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// With a variable as Grafana fills it in.
    static func filledIn(_ expression: String) -> String {
        expression.replacing("$namespace", with: "production").replacing("$rule", with: "(crash-loop|oom-killed)")
            .replacing("$__rate_interval", with: "5s").replacing("$__range", with: "60s")
    }
}

/// Holds a query against the table of metrics.
enum AskedMetric {
    /// Labels of the target, and those that Prometheus' clients share.
    private static let target: Set<String> = ["namespace", "job", "instance", "pod", "le"]
    private static let shared: Set<String> = ["up", "process_cpu_seconds_total", "process_resident_memory_bytes"]

    /// What is wrong with it; nil when there is such a metric, with such labels and values.
    static func complaint(_ selector: QueriedMetrics.Selector) -> String? {
        if shared.contains(selector.metric) { return nil }
        let found = HealingMetrics.descriptors.first { descriptor in
            if case .histogram = descriptor.kind {
                return ["_bucket", "_count", "_sum"].contains { descriptor.name + $0 == selector.metric }
            }
            return descriptor.name == selector.metric
        }
        guard let found else { return "there is no metric \(selector.metric)" }
        for (name, values) in selector.labels where !target.contains(name) {
            guard let label = found.labels.first(where: { $0.name == name }) else { return "\(found.name) has no label \(name)" }
            for value in values where !label.values.isEmpty && !label.values.contains(value) {
                return "\(found.name) has no \(name) \(value)"
            }
        }
        return nil
    }
}

/// A run in which something of everything happens.
struct EventfulRun {
    private let metrics: HealingMetrics
    private let start = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    private let checks = [CheckID("kafka-lag"), CheckID("postgres-connections"), CheckID("memory-usage"), CheckID("pod-health")]

    init(_ registry: PrometheusRegistry) {
        metrics = HealingMetrics(factory: registry, version: "1.2.3", actions: ["scale"])
        metrics.prepare(notifiers: ["chat"])
        let rule = Rule(
            name: "oom-killed", check: CheckID("pod-health"), tiers: [],
            remediations: [RemediationStep(use: "raise-memory", action: "increase_pod_memory")])
        metrics.observe(.configured(rules: [rule], policy: SafetyPolicy(), checks: checks), at: start)
    }

    func happen() {
        metrics.observe(.leadership(.leading(term: 1)), at: start)
        metrics.observe(.recalled(subjects: 0, open: 0), at: start)
        metrics.configurationReloaded(successfully: true, at: start)
        metrics.notifyReloaded(successfully: true, at: start)
        for check in checks { metrics.observe(.checked(check, .ok, took: .milliseconds(12)), at: start) }
        metrics.observe(.measured(checks[0], [Figure("lag", 20_000, unit: "messages")]), at: start)
        for check in checks[1...2] { metrics.observe(.measured(check, [Figure("used", 97, unit: "%")]), at: start) }
        heal("email-service", .helped)
        heal("catalog", .noChange)
        heal("checkout", nil)
        metrics.kubernetesRequest(method: "PATCH", code: 200)
        metrics.notification(notifier: "chat", result: .delivered)
        metrics.observe(.fixesKept([.memory: 2, .replicas: 1], drifted: [.memory: 1]), at: start)
        metrics.fixesMirrored(inStep: true, at: start)
    }

    /// An incident and an attempt; one that did not help leaves it held, nil leaves it in flight.
    private func heal(_ name: String, _ outcome: IncidentChange.Outcome?) {
        let (attempt, subject) = (AttemptID("run-\(name)"), Subject(.deployment, namespace: "production", name: name))
        let incident = Incident(
            key: IncidentKey(rule: "oom-killed", subject: subject), detectedAt: start, priority: .critical,
            finding: Finding(subject, observedAt: start, .seen(Evidence(reasons: [Reason("OOMKilled")]))))
        func change(_ kind: IncidentChange.Kind, after: Duration = .zero) {
            metrics.observe(.incident(IncidentChange(incident, kind, at: start + after)), at: start + after)
        }
        func decide(_ choice: Decision.Choice) {
            let decision = Decision(at: start, incident: incident.key, priority: .critical, choice: choice, reason: "because")
            metrics.observe(.decided(decision), at: start)
        }
        let plan = Plan(
            subject: subject, summary: "raise", changes: [],
            write: .workload(WorkloadWrite([], precondition: .version(uid: "u", resourceVersion: "1"))))
        change(.opened)
        decide(.hold(.cooldown))
        decide(.act(attempt, remediation: "raise-memory", plan))
        change(.attempted(attempt, remediation: "raise-memory", AttemptReport("raise")))
        guard let outcome else { return }
        change(.verified(attempt, remediation: "raise-memory", outcome), after: .seconds(40))
        if outcome == .helped {
            change(.closed(.healed), after: .seconds(40))
        } else {
            decide(.hold(.breaker))
            metrics.observe(.escalated(incident, why: "nothing helped"), at: start)
        }
    }
}

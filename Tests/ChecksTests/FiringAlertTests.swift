import AutomatonCore
import Synchronization
import Testing

@testable import Checks

@Suite struct FiringAlertTests {
    static let start = Instant(seconds: 1_800_000_000)

    /// Alerts that a test tells.
    final class FakeAlerts: Alerts {
        let reading = Mutex(AlertReading(version: 1, alerts: []))
        func read() async throws(PortError) -> AlertReading { reading.withLock { $0 } }
        func news(after: AlertReading) async {
            while reading.withLock({ $0.version }) == after.version, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        }
        func tell(_ alerts: [Alert]) { reading.withLock { $0 = AlertReading(version: $0.version + 1, alerts: alerts) } }
    }

    /// What was reported, and how late it is.
    final class Notes: Sendable {
        let elapsed = Atomic(0)
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private func alert(_ labels: [String: String], heard: Int = 0, resolved: Bool = false, fingerprint: String = "ab12") -> Alert {
        Alert(
            fingerprint: fingerprint, labels: ["alertname": "QueueFull"].merging(labels) { $1 }, summary: "the queue is full",
            startsAt: Self.start, heardAt: Self.start + .seconds(heard), resolvedAt: resolved ? Self.start + .seconds(heard) : nil)
    }

    @Test(
        "A matcher is Prometheus'",
        arguments: [
            (#"severity="page""#, true), (#"severity="pag""#, false), (#"severity!="page""#, false), (#"severity=~"p.*""#, true),
            (#"severity=~"pag""#, false), (#"severity!~"pag""#, true), (#"team="""#, true), (#"team!="""#, false), ("severity=page", true),
            (#" severity =~ "critical|page" "#, true), (#"_x1!="y""#, true), (#"note="a=b""#, true),
        ])
    func matcher(_ text: String, _ matches: Bool) throws {
        #expect(try AlertMatcher(text).matches(["severity": "page", "note": "a=b"]) == matches)
    }

    @Test("A matcher that makes no sense says what would be right", arguments: ["", "severity", "=x", "1a=b", "a b=c", #"a=~"(""#, "a!b"])
    func wrongMatcher(_ text: String) {
        let error = #expect(throws: ParameterError.self) { _ = try AlertMatcher(text) }
        #expect(error?.problem.contains("write label=\"value\"") == true)
    }

    @Test(
        "What an alert is about, by its labels",
        arguments: [
            (["namespace": "shop", "deployment": "web", "pod": "web-1"], Subject(.deployment, namespace: "shop", name: "web")),
            (["namespace": "shop", "statefulset": "db"], Subject(.statefulSet, namespace: "shop", name: "db")),
            (["namespace": "shop", "persistentvolumeclaim": "data"], Subject(.volume, namespace: "shop", name: "data")),
            (["consumergroup": "orders"], Subject(.consumerGroup, namespace: "", name: "orders")),
            (["deployment": "web"], Subject(.alert, namespace: "", name: "QueueFull/ab12")),
            (["namespace": "shop"], Subject(.alert, namespace: "shop", name: "QueueFull/ab12")),
        ] as [([String: String], Subject)])
    func subject(_ labels: [String: String], _ subject: Subject) {
        #expect(alert(labels).subject == subject)
    }

    @Test func findings() throws {
        let check = try FiringAlert(.init(matchers: [#"severity=~"page|critical""#], within: ConfiguredDuration(.minutes(10))))
        let web = ["namespace": "shop", "deployment": "web", "severity": "page"]
        let reading = AlertReading(
            version: 1,
            alerts: [
                alert(web, fingerprint: "a"), alert(web, heard: 60, fingerprint: "b"), alert(web, resolved: true, fingerprint: "c"),
                alert(web.merging(["severity": "info"]) { $1 }, fingerprint: "d"),
                alert(["severity": "critical"], heard: 60, resolved: true, fingerprint: "e"),
            ])
        let found = check.findings(reading, at: Self.start + .minutes(5))
        #expect(found.map(\.subject.name) == ["QueueFull/e", "web"])
        guard case .seen(let over) = found[0].observation, case .seen(let firing) = found[1].observation else {
            Issue.record("something is unknown")
            return
        }
        #expect(over.figure("firing") == 0 && over.reasons.isEmpty)
        #expect(firing.figure("firing") == 2)
        #expect(firing.reasons.map(\.code) == ["Firing", "Firing"] && firing.reasons[0].message == "the queue is full")
        // The first was not repeated, the resolved ones need not be.
        let later = check.findings(reading, at: Self.start + .seconds(601))
        guard case .unknown(let why) = later[1].observation else {
            Issue.record("it is known")
            return
        }
        #expect(why.contains("not repeated within 10 min"))
        if case .unknown = later[0].observation { Issue.record("what is over is unknown") }
    }

    @Test("Before its time is over it says what fires and not that the rest does not; then everything")
    func watch() async throws {
        let alerts = FakeAlerts()
        let notes = Notes()
        var environment = Environment(
            pods: FakePods(), workloads: FakeWorkloads(), limits: { SafetyPolicy() },
            now: { Self.start + .seconds(notes.elapsed.load(ordering: .relaxed)) })
        environment.alerts = alerts
        environment.sleep = { _ in try await Task.sleep(for: .milliseconds(5)) }
        let check = try FiringAlert(.init(within: ConfiguredDuration(.minutes(10))))
        let given = environment
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await check.watch(in: given) { report in
                    switch report {
                    case .complete(let all): notes.add("complete \(all.map(\.subject.name))")
                    case .changed(let finding): notes.add("changed \(finding.subject.name)")
                    case .current: notes.add("current")
                    case .gone, .population, .blind: notes.add("other")
                    }
                }
            }
            func until(_ condition: ([String]) -> Bool) async throws {
                for _ in 0..<4000 {
                    if condition(notes.all) { return }
                    try await Task.sleep(for: .milliseconds(5))
                }
                Issue.record("it did not come: \(notes.all)")
            }
            alerts.tell([alert([:])])
            try await until { $0.contains("changed QueueFull/ab12") }
            #expect(notes.all.allSatisfy { $0.hasPrefix("changed") })
            notes.elapsed.store(600, ordering: .relaxed)
            try await until { $0.contains(#"complete ["QueueFull/ab12"]"#) }
            try await until { $0.last == "current" }
            alerts.tell([])
            try await until { $0.contains("complete []") }
            group.cancelAll()
        }
    }
}

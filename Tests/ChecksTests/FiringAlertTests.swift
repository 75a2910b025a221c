import AutomatonCore
import Synchronization
import Testing

@testable import Checks

@Suite struct FiringAlertTests {
    static let start = Instant(seconds: 1_800_000_000)

    /// Alerts that a test tells.
    final class FakeAlerts: Alerts {
        let reading = Mutex(AlertReading(version: 1, alerts: [], toldSince: FiringAlertTests.start))
        func read() async throws(PortError) -> AlertReading { reading.withLock { $0 } }
        func news(after: AlertReading) async {
            while reading.withLock({ $0.version }) == after.version, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        }
        func tell(_ alerts: [Alert]) { reading.withLock { ($0.version, $0.alerts) = ($0.version + 1, alerts) } }
        func lead(since instant: Instant?) { reading.withLock { ($0.version, $0.alerts, $0.toldSince) = ($0.version + 1, [], instant) } }
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
            (#"path="C:\\temp""#, true), (#"path=~"C:\\\\t.*""#, true), (#"path=~"C:\\t.*""#, false), (#"path='C:\temp'"#, true),
            (#"quote="say \"hi\"""#, true), (#"lines=~"a\nb""#, true), (#"path=C:\temp"#, true),
        ])
    func matcher(_ text: String, _ matches: Bool) throws {
        #expect(
            try AlertMatcher(text).matches([
                "severity": "page", "note": "a=b", "path": #"C:\temp"#, "quote": #"say "hi""#, "lines": "a\nb",
            ]) == matches)
    }

    @Test("A matcher that makes no sense says what would be right", arguments: ["", "severity", "=x", "1a=b", "a b=c", "a!b"])
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

    @Test(
        "A pattern that cannot be read says why, and what can be",
        arguments: [("(", "a ( without its )"), ("(?=a)", "'(?=a', which is not supported")])
    func wrongPattern(_ pattern: String, _ why: String) {
        let error = #expect(throws: ParameterError.self) { _ = try AlertMatcher("severity=~\"\(pattern)\"") }
        #expect(error?.problem.contains(why) == true)
    }

    @Test func findings() async throws {
        let check = try FiringAlert(.init(matchers: [#"severity=~"page|critical""#], within: ConfiguredDuration(.minutes(10))))
        let web = ["namespace": "shop", "deployment": "web", "severity": "page"]
        let reading = AlertReading(
            version: 1,
            alerts: [
                alert(web, fingerprint: "a"), alert(web, heard: 60, fingerprint: "b"), alert(web, resolved: true, fingerprint: "c"),
                alert(web.merging(["severity": "info"]) { $1 }, fingerprint: "d"),
                alert(["severity": "critical"], heard: 60, resolved: true, fingerprint: "e"),
            ], toldSince: Self.start)
        let found = await check.findings(reading, at: Self.start + .minutes(5))
        #expect(found.map(\.subject.name) == ["QueueFull/e", "web"])
        guard case .seen(let over) = found[0].observation, case .seen(let firing) = found[1].observation else {
            Issue.record("something is unknown")
            return
        }
        #expect(over.figure("firing") == 0 && over.reasons.isEmpty)
        #expect(firing.figure("firing") == 2)
        #expect(firing.reasons.map(\.code) == ["Firing", "Firing"] && firing.reasons[0].message == "the queue is full")
        // The first was not repeated, the resolved ones need not be.
        let later = await check.findings(reading, at: Self.start + .seconds(601))
        guard case .unknown(let why) = later[1].observation else {
            Issue.record("it is known")
            return
        }
        #expect(why.contains("not repeated within 10 min"))
        if case .unknown = later[0].observation { Issue.record("what is over is unknown") }
    }

    @Test("Before it was told for its time it says what fires, and why it decides nothing; then everything; anew after a change of leader")
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
        // The process runs for a long time, and only now leads.
        notes.elapsed.store(3600, ordering: .relaxed)
        alerts.lead(since: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await check.watch(in: given) { notes.add(ReportText.of($0)) } }
            func until(_ condition: ([String]) -> Bool) async throws {
                for _ in 0..<4000 {
                    if condition(notes.all) { return }
                    try await Task.sleep(for: .milliseconds(5))
                }
                Issue.record("it did not come: \(notes.all)")
            }
            try await until { $0.last == "waiting: alerts are told to the process that leads, and this one does not" }
            alerts.lead(since: Self.start + .seconds(3600))
            alerts.tell([alert([:], heard: 3600)])
            let fires = "alert/QueueFull/ab12: Firing firing 1"
            try await until { $0.contains(fires) }
            let end = (Self.start + .seconds(4200)).timeOfDay
            #expect(notes.all.contains { $0.hasPrefix("waiting: what fires is told") && $0.contains("until \(end) ") })
            notes.elapsed.store(4199, ordering: .relaxed)
            #expect(notes.all.allSatisfy { !$0.hasPrefix("complete") && $0 != "current" })
            notes.elapsed.store(4200, ordering: .relaxed)
            try await until { $0.contains("complete[\(fires)]") }
            try await until { $0.last == "current" }
            alerts.tell([])
            try await until { $0.contains("complete[]") }
            alerts.lead(since: nil)
            try await until { $0.last?.hasPrefix("waiting") == true }
            // Nothing is known of what is told to another; the same as before is told as a whole again.
            alerts.lead(since: Self.start)
            try await until { $0.last == "current" }
            #expect(notes.all.count { $0 == "complete[]" } == 2)
            group.cancelAll()
        }
    }
}

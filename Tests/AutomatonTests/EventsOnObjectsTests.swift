import AutomatonCore
import Engine
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import automaton

/// What is told of healing is queued, and never held up.
@Suite("Events on objects are written beside healing", .timeLimit(.minutes(5)))
struct EventsOnObjectsTests {
    /// A place for events that takes them as it is told to.
    private final class Place: ObjectEvents {
        let events = Mutex<[ObjectEvent]>([])
        let failure = Mutex<PortError?>(nil)
        let isStuck = Mutex(false)

        func write(_ event: ObjectEvent) async throws(PortError) {
            while isStuck.withLock({ $0 }) {
                do { try await Task.sleep(for: .milliseconds(2)) } catch { throw .outcomeUnknown("cancelled") }
            }
            if let failure = failure.withLock({ $0 }) { throw failure }
            events.withLock { $0.append(event) }
        }
    }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
        let results = Mutex<[ObjectEventResult: Int]>([:])

        func count(_ result: ObjectEventResult) { results.withLock { $0[result, default: 0] += 1 } }
        func of(_ result: ObjectEventResult) -> Int { results.withLock { $0[result] ?? 0 } }
    }

    private struct Handler: LogHandler {
        let log: Log
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { log.lines.withLock { $0.append("\(event.message)") } }
    }

    /// Told of each event in this order.
    private struct Observers {
        let all: [any EngineObserver]
        func observe(_ event: EngineEvent, at instant: Instant) { for observer in all { observer.observe(event, at: instant) } }
    }

    private static let at = Instant(seconds: 1_795_000_000)
    private static let subject = Subject(.deployment, namespace: "shop", name: "my-app")

    private static func attempted(_ number: Int = 0, on subject: Subject = subject) -> EngineEvent {
        let finding = Finding(subject, observedAt: at, .seen(Evidence(reasons: [Reason("OOMKilled", part: "my-app-1", container: "app")])))
        let incident = Incident(
            key: IncidentKey(rule: "oom-killed", subject: subject), detectedAt: at, priority: .critical, finding: finding)
        let report = AttemptReport("memory 512Mi → \(512 + number)Mi")
        return .incident(IncidentChange(incident, .attempted(AttemptID("1"), remediation: "raise-memory", report), at: at))
    }

    private func run(
        isElected: Bool = false, _ body: (Observers, Place, Log) async throws -> Void
    ) async throws {
        let (place, log) = (Place(), Log())
        let leading = LeadingEngine(isElected: isElected)
        let events = EventsOnObjects(
            place, of: leading, lastWords: .seconds(3), logger: Logger(label: "test") { _ in Handler(log: log) }, count: log.count)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: events, successTerminationBehavior: .ignore)],
                logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(Observers(all: [leading, events]), place, log)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func saysWhatWasDoneInOrder() async throws {
        try await run { events, place, log in
            for number in 0..<5 { events.observe(Self.attempted(number), at: Self.at) }
            // No object of the API.
            events.observe(Self.attempted(on: Subject(.consumerGroup, namespace: "", name: "group")), at: Self.at)
            try await until("they are written") { log.of(.written) == 5 }
            let written = place.events.withLock { $0 }
            #expect(written.map(\.note).first?.hasPrefix("memory 512Mi → 512Mi (raise-memory, rule oom-killed: OOMKilled") == true)
            #expect(written.map { $0.note.prefix(20).suffix(5) } == ["512Mi", "513Mi", "514Mi", "515Mi", "516Mi"])
            #expect(written.allSatisfy { $0.reason == "RemediationApplied" && $0.action == "RaiseMemory" && $0.kind == .normal })
        }
    }

    @Test func dropsAndCountsWhatASlowServerDoesNotTake() async throws {
        try await run { events, place, log in
            place.isStuck.withLock { $0 = true }
            // None of these calls waits.
            for number in 0..<1000 { events.observe(Self.attempted(number), at: Self.at) }
            #expect((742...744).contains(log.of(.dropped)), "\(log.of(.dropped))")
            #expect(log.lines.withLock { $0 }.count == 1)
            place.isStuck.withLock { $0 = false }
            try await until("the rest is written") { log.of(.written) + log.of(.dropped) == 1000 }
        }
    }

    @Test func saysOnceWhatIsMissing() async throws {
        try await run { events, place, log in
            place.failure.withLock { $0 = .refused("grant verb create on resource events") }
            for number in 0..<5 { events.observe(Self.attempted(number), at: Self.at) }
            try await until("they have failed") { log.of(.failed) == 5 }
            #expect(
                log.lines.withLock { $0 } == ["An event was not written on shop/deployment/my-app: grant verb create on resource events"])
            place.failure.withLock { $0 = nil }
            events.observe(Self.attempted(), at: Self.at)
            try await until("it is written") { log.of(.written) == 1 }
        }
    }

    @Test func writesNothingWhileItFollowsOrRunsDry() async throws {
        try await run(isElected: true) { events, place, log in
            events.observe(Self.attempted(1), at: Self.at)
            events.observe(.leadership(.leading(term: 1)), at: Self.at)
            var policy = SafetyPolicy()
            policy.dryRun = true
            events.observe(.configured(rules: [], policy: policy, checks: []), at: Self.at)
            events.observe(Self.attempted(2), at: Self.at)
            policy.dryRun = false
            events.observe(.configured(rules: [], policy: policy, checks: []), at: Self.at)
            events.observe(Self.attempted(3), at: Self.at)
            events.observe(.leadership(.following(holder: "other")), at: Self.at)
            events.observe(Self.attempted(4), at: Self.at)
            try await until("one is written") { log.of(.written) == 1 }
            #expect(place.events.withLock { $0.map(\.note) }.first?.contains("515Mi") == true)
        }
    }
}

import AutomatonCore
import Engine
import Logging
import ServiceLifecycle
import Synchronization

/// Writes on the objects themselves what the automaton did to them, so that `kubectl describe` shows it.
///
/// Healing never waits for it: what happens goes into a queue of bounded length, and is dropped and counted when the API is slow.
final class EventsOnObjects: Service, EngineObserver {
    private static let queueLength = 256

    /// How long nothing more is said of dropped events.
    private static let silence = Duration.minutes(10)

    private let port: any ObjectEvents
    private let lastWords: Duration
    private let logger: Logger
    private let count: @Sendable (ObjectEventResult) -> Void
    private let queue: AsyncStream<ObjectEvent>
    private let continuation: AsyncStream<ObjectEvent>.Continuation
    private let leading: LeadingEngine
    /// A dry run writes nothing at all.
    private let isDryRun = Mutex(false)
    /// Why the last one was not written, as it was told; nil when it was, and for what is in the queue.
    private let told = Mutex<String?>(nil)
    private let toldOfDrops = Mutex<Instant?>(nil)

    /// Nothing is written before ``run()``.
    /// - Parameters:
    ///   - leading: Nothing is written of what happens while this process does not lead.
    ///   - lastWords: How long what is left in the queue is still written when the program ends.
    ///   - count: Told what became of each event.
    init(
        _ port: any ObjectEvents, of leading: LeadingEngine, lastWords: Duration, logger: Logger,
        count: @escaping @Sendable (ObjectEventResult) -> Void
    ) {
        self.port = port
        self.lastWords = lastWords
        self.logger = logger
        self.count = count
        self.leading = leading
        (queue, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLength))
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        if case .configured(_, let policy, _) = event { isDryRun.withLock { $0 = policy.dryRun } }
        guard leading.leads, !isDryRun.withLock({ $0 }), let note = Self.note(event, at: instant) else { return }
        guard case .dropped = continuation.yield(note) else { return }
        count(.dropped)
        let isNews = toldOfDrops.withLock { last in
            if let last, instant - last < Self.silence { return false }
            last = instant
            return true
        }
        if isNews { logger.warning("Events on objects are dropped: the API server takes them too slowly") }
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await event in self.queue { await self.write(event) } }
                group.addTask {
                    do {
                        try await gracefulShutdown()
                        try await Task.sleep(for: self.lastWords)
                    } catch {}
                }
                _ = await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.continuation.finish()
        }
    }

    private func write(_ event: ObjectEvent) async {
        do throws(PortError) {
            try await port.write(event)
            count(.written)
            told.withLock { $0 = nil }
        } catch .notFound {
            // Nobody looks at it any more.
            count(.failed)
        } catch {
            count(.failed)
            let why = error.description
            let isNews = told.withLock { told in
                defer { told = why }
                return told != why
            }
            if isNews { logger.warning("An event was not written on \(event.subject): \(why)") }
        }
    }

    /// What is noted on the object; nil for what is not, and for what is no object of the API.
    private static func note(_ event: EngineEvent, at instant: Instant) -> ObjectEvent? {
        switch event {
        case .incident(let change):
            let rule = "rule \(change.incident.key.rule)"
            func note(_ kind: ObjectEvent.Kind, _ reason: String, _ remediation: String, _ text: String) -> ObjectEvent? {
                self.note(change.incident, kind, reason, action: camelCase(remediation), text, at: change.at)
            }
            switch change.kind {
            case .attempted(_, let remediation, let report):
                return note(
                    .normal, "RemediationApplied", remediation, "\(report.summary) (\(remediation), \(rule): \(change.incident.cause))")
            case .verified(_, let remediation, .helped):
                return note(.normal, "RemediationHelped", remediation, "\(remediation) helped: what \(rule) found is over")
            case .verified(_, let remediation, .noChange):
                return note(.warning, "RemediationDidNotHelp", remediation, "\(remediation) did not help against what \(rule) found")
            case .verified(_, let remediation, .worse):
                return note(.warning, "RemediationMadeItWorse", remediation, "after \(remediation), what \(rule) found got worse")
            case .reverted(_, let remediation):
                return note(.normal, "RemediationReverted", remediation, "What \(remediation) had changed was taken back (\(rule))")
            case .restored(_, let remediation, _):
                return note(
                    .normal, "RemediationRestored", remediation,
                    "What \(remediation) had changed for as long as it was needed was put back (\(rule))")
            case .opened, .priority, .closed: return nil
            }
        case .escalated(let incident, let why):
            return note(
                incident, .warning, "PersonNeeded", action: "TellPerson", "A person is needed: \(why) (rule \(incident.key.rule))",
                at: instant)
        default: return nil
        }
    }

    private static func note(
        _ incident: Incident, _ kind: ObjectEvent.Kind, _ reason: String, action: String, _ text: String, at instant: Instant
    ) -> ObjectEvent? {
        let subject = incident.key.subject
        guard Set<Subject.Kind>.workloads.contains(subject.kind) || subject.kind == .volume, !subject.namespace.isEmpty else { return nil }
        return ObjectEvent(subject, kind, reason: reason, action: action, note: text, at: instant)
    }

    /// `RaiseMemory` for `raise-memory`.
    private static func camelCase(_ name: String) -> String {
        name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

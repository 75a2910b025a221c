import AutomatonCore
import CurlHTTP
import Engine
import Logging
import Notify
import ServiceLifecycle
import Synchronization

/// Tells people what happens in the engine, while this process leads; notes on incidents who was told.
final class Notifications: EngineObserver, Service {
    /// Who is told, as it was read, and over which client: one of its own, so that a dead service takes no connection from the cluster.
    struct Setup: Sendable {
        var configuration: NotifyConfiguration
        var http: HTTPClient
    }

    /// The engine, once there is one: it needs its observers to be made.
    private final class Link: Sendable {
        let engine = Mutex<Engine?>(nil)
        var now: Engine? { engine.withLock { $0 } }
    }

    private let dispatcher: Dispatcher
    private let http: HTTPClient
    private let link = Link()
    private let leads: Mutex<Bool>

    /// Makes it; nobody is told before ``run()``.
    /// - Parameters:
    ///   - isElected: whether it leads only once it is told to.
    ///   - lastWords: how long what waits at the end may still go out.
    init(_ setup: Setup, isElected: Bool, lastWords: Duration, clock: EngineClock, metrics: HealingMetrics, logger: Logger) {
        http = setup.http
        leads = Mutex(!isElected)
        let configuration = setup.configuration
        var policy = DeliveryPolicy()
        policy.lastWords = lastWords
        metrics.prepare(notifiers: configuration.receivers.map(\.name))
        dispatcher = Dispatcher(
            configuration.receivers, Grouping(configuration.routing, link: configuration.link),
            clock: DispatchClock(now: clock.now, sleep: clock.sleep, spread: clock.spread), policy: policy,
            silences: { [link] in await link.now?.suspensions ?? [] }
        ) { [link] event in
            Self.count(event, metrics)
            Self.log(event, logger)
            if case .delivered(let receiver, let kind, let message, let at, _) = event, let engine = link.now {
                for entry in message.entries {
                    await engine.amend(entry.record.id) { record in
                        record.notified = (record.notified ?? [:]).merging([receiver: at]) { $1 }
                        if kind == EmailNotifier.kind { record.emailedAt = at }
                    }
                }
            }
        }
    }

    /// Names the engine whose incidents are told.
    func attach(to engine: Engine) { link.engine.withLock { $0 = engine } }

    func run() async throws {
        try await dispatcher.run()
        // The engine has ended and writes nothing by itself any more: the next run would tell again what was told last.
        await link.now?.writeNotes()
    }

    /// Ends the connections.
    func shutdown() async { await http.shutdown() }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .leadership(let state): lead(state.isLeading)
        case .deposed: lead(false)
        case .recorded(let record): if leads.withLock({ $0 }) { dispatcher.take(record) }
        case .escalated(let incident, _):
            if leads.withLock({ $0 }) { dispatcher.personNeeded(IncidentID(incident.key, detectedAt: incident.detectedAt)) }
        case .noticed(let notice): if leads.withLock({ $0 }) { dispatcher.take(notice) }
        // What waits for others goes out while the engine still ends, and can still note it.
        case .stopping: dispatcher.hurry()
        case .configured, .iteration, .checked, .unknown, .decided, .incident, .writeFailed, .journalFailed, .recalled: break
        }
    }

    private func lead(_ isLeading: Bool) {
        leads.withLock { $0 = isLeading }
        // The one that leads knows from the journal who was told.
        if !isLeading { dispatcher.standDown() }
    }

    private static func count(_ event: DispatchEvent, _ metrics: HealingMetrics) {
        switch event {
        case .due(_, let message, let occasions):
            let type = [Occasion.person, .attempt, .detected, .notice, .suspension, .resolved].first { occasions.contains($0) }
            metrics.alertTriggered(severity: message.severity, type: type?.rawValue ?? "repeat")
        case .delivered(let receiver, _, _, _, _): metrics.notification(notifier: receiver, result: .delivered)
        case .failed(let receiver, _, _, _, _, _): metrics.notification(notifier: receiver, result: .retried)
        case .gaveUp(let receiver, _, _, _): metrics.notification(notifier: receiver, result: .failed)
        case .dropped(let receiver, _, _, _): metrics.notification(notifier: receiver, result: .dropped)
        case .overflowed: break
        }
    }

    private static func log(_ event: DispatchEvent, _ logger: Logger) {
        func metadata(_ receiver: String, _ kind: String, _ message: Message) -> Logger.Metadata {
            ["receiver": "\(receiver)", "kind": "\(kind)", "title": "\(message.title)"]
        }
        switch event {
        case .due: break
        case .delivered(let receiver, let kind, let message, _, let isRecovery):
            logger.log(
                level: isRecovery ? .notice : .debug, isRecovery ? "\(receiver) can be told again" : "Told \(receiver)",
                metadata: metadata(receiver, kind, message))
        case .failed(let receiver, let kind, let message, let why, let again, let isFirst):
            logger.log(
                level: isFirst ? .warning : .debug, "\(receiver) could not be told: \(why). Again in \(again.readable)",
                metadata: metadata(receiver, kind, message).merging(["reason": "\(why)"]) { $1 })
        case .gaveUp(let receiver, let kind, let message, let why):
            logger.error(
                "\(receiver) was not told, and will not be: \(why)",
                metadata: metadata(receiver, kind, message).merging(["reason": "\(why)"]) { $1 })
        case .dropped(let receiver, let kind, let message, let isFirst):
            logger.log(
                level: isFirst ? .error : .debug, "So many messages wait for \(receiver) that the least of them are dropped",
                metadata: metadata(receiver, kind, message))
        case .overflowed(let count):
            logger.error("There are too many open incidents to tell of all", metadata: ["left_out": .stringConvertible(count)])
        }
    }
}

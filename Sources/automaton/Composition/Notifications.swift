import AutomatonCore
import CurlHTTP
import Engine
import Logging
import Notify
import Rules
import ServiceLifecycle

/// Tells people what happens in the engine, while this process leads; notes on incidents who was told.
final class Notifications: EngineObserver, Service {
    /// Who is told, as it was read, and over which client: one of its own, so that a dead service takes no connection from the cluster.
    struct Setup: Sendable {
        var file: NotifyFile
        var http: HTTPClient

        /// As it was read at the start.
        var configuration: NotifyConfiguration { file.first }
    }

    private let dispatcher: Dispatcher
    private let file: NotifyFile
    private let interval: @Sendable () async -> Duration
    private let clock: EngineClock
    private let metrics: HealingMetrics
    private let logger: Logger
    private let http: HTTPClient
    private let leading: LeadingEngine

    /// Makes it; nobody is told before ``run()``.
    /// - Parameters:
    ///   - leading: whose incidents are told.
    ///   - lastWords: how long what waits at the end may still go out.
    ///   - interval: how often the file is looked at.
    init(
        _ setup: Setup, of leading: LeadingEngine, lastWords: Duration, clock: EngineClock, metrics: HealingMetrics, logger: Logger,
        every interval: @escaping @Sendable () async -> Duration
    ) {
        (file, http) = (setup.file, setup.http)
        (self.interval, self.clock, self.metrics, self.logger) = (interval, clock, metrics, logger)
        self.leading = leading
        let configuration = setup.configuration
        var policy = DeliveryPolicy()
        policy.lastWords = lastWords
        metrics.prepare(notifiers: configuration.receivers.map(\.name))
        metrics.notifyReloaded(successfully: true, at: clock.now())
        dispatcher = Dispatcher(
            configuration.receivers, Grouping(configuration),
            clock: DispatchClock(now: clock.now, sleep: clock.sleep, spread: clock.spread), policy: policy,
            silences: { await leading.engine?.suspensions ?? [] }
        ) { event in
            Self.count(event, metrics)
            Self.log(event, logger)
            if case .delivered(let receiver, let kind, let message, let at, _) = event, let engine = leading.engine {
                for entry in message.entries {
                    await engine.amend(entry.record.id) { record in
                        record.notified = (record.notified ?? [:]).merging([receiver: at]) { $1 }
                        if kind == EmailNotifier.kind { record.emailedAt = at }
                    }
                }
            }
        }
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.dispatcher.run()
                return true
            }
            group.addTask {
                await cancelWhenGracefulShutdown { await self.follow() }
                return false
            }
            for try await isOver in group where isOver { group.cancelAll() }
        }
        // The engine has ended and writes nothing by itself any more: the next run would tell again what was told last.
        await leading.engine?.writeNotes()
    }

    // MARK: The file

    /// Looks at the file again and again, and puts what is right in force.
    private func follow() async {
        while !Task.isCancelled {
            do { try await clock.sleep(await interval()) } catch { return }
            guard let change = await file.poll() else { continue }
            metrics.notifyReloaded(successfully: change.isRight, at: clock.now())
            switch change {
            case .loaded(let configuration):
                metrics.prepare(notifiers: configuration.receivers.map(\.name))
                dispatcher.configure(configuration)
                await remind()
                logger.notice(
                    "Who is told was read anew", metadata: ["receivers": .array(configuration.receivers.map { "\($0.name)" })])
            case .restored: logger.notice("Who is told is right again; it is what was in force all the time")
            case .rejected(let errors):
                for problem in errors.problems { logger.error("Who is told was rejected", metadata: ["problem": "\(problem)"]) }
                logger.error("The last good one stays in force: the same are told as before")
            }
        }
    }

    /// Open incidents that were told to nobody may be told to somebody now.
    private func remind() async {
        guard let engine = leading.engineThatLeads else { return }
        // A journal that does not answer has been told already; incidents tell their next changes themselves.
        guard let page = try? await engine.incidents(IncidentQuery(isOpen: true, limit: Self.mostReminded)) else { return }
        dispatcher.remind(page.records)
    }

    private static let mostReminded = 1000

    /// Ends the connections.
    func shutdown() async { await http.shutdown() }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        // The one that leads knows from the journal who was told.
        case .leadership, .deposed: if event.leads == false { dispatcher.standDown() }
        case .recorded(let record): if leading.leads { dispatcher.take(record) }
        case .escalated(let incident, _):
            if leading.leads { dispatcher.personNeeded(IncidentID(incident.key, detectedAt: incident.detectedAt)) }
        case .noticed(let notice): if leading.leads { dispatcher.take(notice) }
        // What waits for others goes out while the engine still ends, and can still note it.
        case .stopping: dispatcher.hurry()
        case .configured, .iteration, .checked, .measured, .unknown, .decided, .incident, .writeFailed, .journalFailed, .recalled,
            .fix, .fixesKept:
            break
        }
    }

    private static func count(_ event: DispatchEvent, _ metrics: HealingMetrics) {
        switch event {
        case .due(_, let message, let occasions):
            let type = [Occasion.person, .attempt, .detected, .notice, .suspension, .resolved].first { occasions.contains($0) }
            metrics.alertTriggered(
                severity: message.severity, type: type?.rawValue ?? "repeat", about: message.entries.first?.record.id)
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
                "\(receiver) was not told: \(why). Once more later, for a day",
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

extension NotifyFile.Change {
    /// Whether what the file says is in force.
    fileprivate var isRight: Bool { if case .rejected = self { false } else { true } }
}

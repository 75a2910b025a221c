import Analysis
import AutomatonCore
import Engine
import Logging
import ServiceLifecycle

/// Hands incidents on to who writes summaries, and what they wrote back to the engine. Only the process that leads asks.
final class Summaries: Service, EngineObserver {
    /// The most news that wait to be looked at; more of them push the oldest out. An incident is told again when it changes.
    private static let mostNews = 1000

    private enum News: Sendable {
        case record(IncidentRecord)
        case standDown
    }

    private let summariser: Summariser
    private let news = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(mostNews))
    private let leading: LeadingEngine

    /// - Parameter leading: whose incidents they are.
    init(
        _ provider: any SummaryProvider, budget: Int, of leading: LeadingEngine, clock: EngineClock, metrics: HealingMetrics, logger: Logger
    ) {
        self.leading = leading
        summariser = Summariser(
            provider: provider, budget: budget,
            surroundings: Summariser.Surroundings(
                now: clock.now, sleep: clock.sleep,
                keep: { id, summary in await leading.engine?.amend(id) { $0.summary = summary } },
                tell: { Self.tell($0, metrics, logger) }))
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        if case .recorded(let record) = event, Summariser.isWorthAsking(record), leading.leads { news.continuation.yield(.record(record)) }
        if event.leads == false { news.continuation.yield(.standDown) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.summariser.run() }
                group.addTask {
                    for await news in self.news.stream {
                        switch news {
                        case .record(let record): await self.summariser.take(record)
                        case .standDown: await self.summariser.standDown()
                        }
                    }
                }
                await group.waitForAll()
            }
        }
    }

    private static func tell(_ news: Summariser.News, _ metrics: HealingMetrics, _ logger: Logger) {
        switch news {
        case .result(let provider, let result): metrics.summary(provider: provider, result: result.rawValue)
        case .failed(let id, let failure):
            logger.info("No summary was written; the built-in one stays", metadata: ["incident": "\(id)", "reason": "\(failure)"])
        case .paused(let pause, let failure):
            logger.warning(
                "Nobody is asked for summaries for a while; the built-in ones stay",
                metadata: ["for": "\(pause.readable)", "reason": "\(failure)"])
        case .resumed: logger.notice("Summaries are written again")
        }
    }
}

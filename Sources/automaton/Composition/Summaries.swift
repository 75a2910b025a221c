import Analysis
import AutomatonCore
import Engine
import Logging
import ServiceLifecycle
import Synchronization

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
    private let leads: Mutex<Bool>
    private let engine: Later<Engine>

    /// The engine, which is made after its observers.
    private final class Later<Value: Sendable>: Sendable {
        private let stored = Mutex<Value?>(nil)

        var value: Value? {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }

    /// - Parameter leads: whether this process leads from the start, since nobody is elected.
    init(_ provider: any SummaryProvider, budget: Int, leads: Bool, clock: EngineClock, metrics: HealingMetrics, logger: Logger) {
        let engine = Later<Engine>()
        self.engine = engine
        self.leads = Mutex(leads)
        summariser = Summariser(
            provider: provider, budget: budget,
            surroundings: Summariser.Surroundings(
                now: clock.now, sleep: clock.sleep,
                keep: { id, summary in await engine.value?.amend(id) { $0.summary = summary } },
                tell: { Self.tell($0, metrics, logger) }))
    }

    /// Says whose incidents they are, before anything runs.
    func write(for engine: Engine) { self.engine.value = engine }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .recorded(let record):
            if Summariser.isWorthAsking(record), leads.withLock({ $0 }) { news.continuation.yield(.record(record)) }
        case .leadership(let state):
            leads.withLock { $0 = state.isLeading }
            if !state.isLeading { news.continuation.yield(.standDown) }
        case .deposed:
            leads.withLock { $0 = false }
            news.continuation.yield(.standDown)
        default: break
        }
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

import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Ends the process when another run has taken its journal over: what it remembers is no longer so, and it would do nothing for ever. Who
/// starts it again has it begin with what the other one wrote; a Lease that it held is given back.
final class Tenure: Service, EngineObserver {
    /// Another run has the journal.
    struct Lost: Error, CustomStringConvertible {
        let why: String

        var description: String {
            "\(why). Two runs without leader election must not share a journal: end one of them, or give each its own"
        }
    }

    /// How long the election may take to say that another leads.
    private let patience: Duration
    private let clock: EngineClock
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let lost = Mutex<String?>(nil)

    init(patience: Duration, clock: EngineClock) {
        self.patience = patience
        self.clock = clock
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .deposed(let why):
            lost.withLock { $0 = why }
            news.continuation.yield()
        case .recalled: lost.withLock { $0 = nil }
        case .leadership(let state) where !state.isLeading: lost.withLock { $0 = nil }
        default: break
        }
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            for await _ in self.news.stream {
                do { try await self.clock.sleep(self.patience) } catch { return }
                if let why = self.lost.withLock({ $0 }) { throw Lost(why: why) }
            }
        }
    }
}

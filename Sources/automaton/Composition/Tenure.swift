import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Ends the process when another run has taken its journal over: what it remembers is no longer so, and it would do nothing for ever. Who
/// starts it again has it begin with what the other one wrote; a Lease that it held is given back.
///
/// It asks the journal every half a minute: a process that has nothing to write would say for long that it leads.
final class Tenure: Service, EngineObserver {
    /// Another run has the journal.
    struct Lost: Error, CustomStringConvertible {
        let why: String

        var description: String {
            "\(why). Two runs without leader election must not share a journal: end one of them, or give each its own"
        }
    }

    private static let interval: Duration = .seconds(30)

    private let journal: (any Journal)?
    /// How long the election may take to say that another leads.
    private let patience: Duration
    private let clock: EngineClock
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Whether this run took the journal over, and nobody said since that it leads no more.
    private let holds = Mutex(false)
    private let lost = Mutex<String?>(nil)

    init(of journal: (any Journal)?, patience: Duration, clock: EngineClock) {
        self.journal = journal
        self.patience = patience
        self.clock = clock
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .deposed(let why): lose(why)
        case .recalled:
            holds.withLock { $0 = true }
            lost.withLock { $0 = nil }
        case .leadership(let state) where !state.isLeading:
            holds.withLock { $0 = false }
            lost.withLock { $0 = nil }
        default: break
        }
    }

    private func lose(_ why: String) {
        lost.withLock { $0 = why }
        news.continuation.yield()
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let journal = self.journal { group.addTask { await self.watch(journal) } }
                group.addTask { try await self.wait() }
                defer { group.cancelAll() }
                while try await group.next() != nil {}
            }
        }
    }

    private func wait() async throws {
        for await _ in news.stream {
            do { try await clock.sleep(patience) } catch { return }
            if let why = lost.withLock({ $0 }) { throw Lost(why: why) }
        }
    }

    /// Writes nothing, which only the run may that has the journal. Other failures are the engine's to tell.
    private func watch(_ journal: any Journal) async {
        while !Task.isCancelled {
            do { try await clock.sleep(Self.interval) } catch { return }
            guard holds.withLock({ $0 }) else { continue }
            do throws(JournalError) {
                try await journal.write([])
            } catch {
                if case .takenOver(let why) = error, holds.withLock({ $0 }) { lose(why) }
            }
        }
    }
}

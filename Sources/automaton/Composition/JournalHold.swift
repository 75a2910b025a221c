import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Ends the process when another run has taken its journal over: what it remembers is no longer so, and it would do nothing for ever. Who
/// starts it again has it begin with what the other one wrote; a Lease that it held is given back.
///
/// It asks the journal every half a minute: a process that has nothing to write would say for long that it leads.
final class JournalHold: Service, EngineObserver {
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
    private let standing = Mutex(Standing.out)

    private enum Standing: Equatable {
        /// It has not taken the journal over, or another leads since.
        case out
        case held
        /// Another run has it, and why that is known.
        case lost(String)
    }

    init(of journal: (any Journal)?, patience: Duration, clock: EngineClock) {
        self.journal = journal
        self.patience = patience
        self.clock = clock
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .deposed(let why): lose(why)
        case .recalled: standing.withLock { $0 = .held }
        case .leadership(let state) where !state.isLeading: standing.withLock { $0 = .out }
        default: break
        }
    }

    private func lose(_ why: String) {
        standing.withLock { $0 = .lost(why) }
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
            if case .lost(let why) = standing.withLock({ $0 }) { throw Lost(why: why) }
        }
    }

    /// Writes nothing, which only the run may that has the journal. Other failures are the engine's to tell.
    private func watch(_ journal: any Journal) async {
        while !Task.isCancelled {
            do { try await clock.sleep(Self.interval) } catch { return }
            guard standing.withLock({ $0 == .held }) else { continue }
            do throws(JournalError) {
                try await journal.write([])
            } catch {
                if case .takenOver(let why) = error, standing.withLock({ $0 == .held }) { lose(why) }
            }
        }
    }
}

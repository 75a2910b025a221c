import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Reads what stands around each new incident, and notes it on its record: beside the engine, which never waits for it.
///
/// While this process leads, once an incident. A storm of incidents must not become a storm of reads: so many at once and a minute, and the
/// rest is told that it was not read.
final class ContextReading: Service, EngineObserver {
    /// How much is read.
    struct Bounds: Sendable {
        /// Incidents that are read around at the same time.
        var atOnce = 2
        /// Incidents that wait for that.
        var waiting = 50
        /// Incidents that are read around in a minute.
        var perMinute = 30
    }

    /// Incidents that are told that nothing was read, and wait for that, at most; of more than these nothing is said at all.
    private static let mostRefused = 1000
    /// Incidents that are remembered not to be read twice.
    private static let mostSeen = 4096

    private struct State {
        var waiting: [IncidentRecord] = []
        var refused: [IncidentID] = []
        var seen: Set<IncidentID> = []
        /// In order.
        var seenFirst: [IncidentID] = []
        /// When reads of the last minute began, in order.
        var begun: [Instant] = []

        mutating func see(_ id: IncidentID) -> Bool {
            guard seen.insert(id).inserted else { return false }
            seenFirst.append(id)
            if seenFirst.count > ContextReading.mostSeen { seen.remove(seenFirst.removeFirst()) }
            return true
        }
    }

    private enum Job {
        case read(IncidentRecord)
        case refuse(IncidentID, why: String)
    }

    private let contexts: any IncidentContexts
    private let bounds: Bounds
    private let clock: EngineClock
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let state = Mutex(State())
    private let leading: LeadingEngine

    /// Reads nothing before ``run()``.
    /// - Parameter leading: keeps the records.
    init(_ contexts: any IncidentContexts, of leading: LeadingEngine, bounds: Bounds = Bounds(), clock: EngineClock) {
        self.contexts = contexts
        self.bounds = bounds
        self.clock = clock
        self.leading = leading
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .leadership, .deposed:
            // The next leader reads what is left.
            if event.leads == false { state.withLock { ($0.waiting, $0.refused) = ([], []) } }
        case .recorded(let record) where record.status == .detected && record.context == nil:
            let isNew = state.withLock { state -> Bool in
                guard leading.leads, state.see(record.id) else { return false }
                if state.waiting.count < bounds.waiting {
                    state.waiting.append(record)
                } else if state.refused.count < Self.mostRefused {
                    state.refused.append(record.id)
                }
                return true
            }
            if isNew { news.continuation.yield() }
        default: break
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                var reading = 0
                for await _ in self.news.stream {
                    while !Task.isCancelled, let job = self.next() {
                        switch job {
                        case .refuse(let id, let why): await self.note(IncidentContext(readAt: self.clock.now(), missing: why), on: id)
                        case .read(let record):
                            if reading == self.bounds.atOnce {
                                await group.next()
                                reading -= 1
                            }
                            reading += 1
                            group.addTask { await self.note(await self.contexts.context(of: record), on: record.id) }
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func next() -> Job? {
        let now = clock.now()
        return state.withLock { state in
            state.begun.removeAll { $0 <= now - .minutes(1) }
            if !state.refused.isEmpty {
                return .refuse(state.refused.removeFirst(), why: "not read: too many incidents at once (\(bounds.waiting) wait already)")
            }
            guard !state.waiting.isEmpty else { return nil }
            let record = state.waiting.removeFirst()
            guard state.begun.count < bounds.perMinute else {
                return .refuse(record.id, why: "not read: too many incidents at once (more than \(bounds.perMinute) in a minute)")
            }
            state.begun.append(now)
            return .read(record)
        }
    }

    private func note(_ context: IncidentContext, on id: IncidentID) async {
        // What was cut off by the end of the program, the next run reads.
        guard !Task.isCancelled, let engine = leading.engineThatLeads else { return }
        await engine.amend(id) { record in if record.context == nil { record.context = context } }
    }
}

public import AutomatonCore

/// Asks a provider about incidents, one at a time, once each, within a budget; the built-in summary is there all the time.
///
/// An incident is asked about when its story can be told: when a person was told of it, or when it is over and something was tried or it
/// was bad. One that goes on while attempts are made would be told half; one that came and went by itself is told well enough by the
/// built-in text.
public actor Summariser {
    /// Where it stands in the world.
    public struct Surroundings: Sendable {
        /// Wall time.
        public var now: @Sendable () -> Instant
        /// Waits; throws when it is cancelled.
        public var sleep: @Sendable (Duration) async throws -> Void
        /// Keeps a summary with its incident.
        public var keep: @Sendable (IncidentID, WrittenSummary) async -> Void
        /// Is told what happens.
        public var tell: @Sendable (News) -> Void

        /// Makes surroundings.
        public init(
            now: @escaping @Sendable () -> Instant, sleep: @escaping @Sendable (Duration) async throws -> Void,
            keep: @escaping @Sendable (IncidentID, WrittenSummary) async -> Void, tell: @escaping @Sendable (News) -> Void
        ) {
            self.now = now
            self.sleep = sleep
            self.keep = keep
            self.tell = tell
        }
    }

    /// What others may want to know.
    public enum News: Hashable, Sendable {
        /// What became of asking about an incident, for the metric.
        case result(provider: String, SummaryResult)
        /// Why it was not written.
        case failed(IncidentID, SummaryFailure)
        /// The provider is left alone for so long.
        case paused(Duration, SummaryFailure)
        /// The provider answers again.
        case resumed
    }

    private let provider: any SummaryProvider
    private let surroundings: Surroundings
    /// How long after the news of an incident it is asked about: the context is read meanwhile, and changes that come together are one.
    private let settling: Duration
    private var pace: SummaryPace
    private var isTroubled = false

    /// Incidents to ask about, the longest waiting first, each as it was last heard of.
    private var waiting: [Entry] = []
    /// Asked about, or given up; the last ones.
    private var done = RecentIDs()
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    private struct Entry {
        var record: IncidentRecord
        var due: Instant
        var isUrgent: Bool { record.personTold != nil }
    }

    /// The most incidents that wait.
    static let mostWaiting = 100

    /// Makes one. It asks nobody before ``run()``.
    /// - Parameter budget: Calls in any 24 hours.
    public init(provider: any SummaryProvider, budget: Int, settling: Duration = .seconds(5), surroundings: Surroundings) {
        self.provider = provider
        self.settling = settling
        self.surroundings = surroundings
        pace = SummaryPace(budget: budget)
    }

    /// Whether the story of an incident can be told, and nobody has yet.
    public static func isWorthAsking(_ record: IncidentRecord) -> Bool {
        // What another incident explains is told there.
        guard record.summary == nil, record.explainedBy == nil else { return false }
        if record.personTold != nil { return true }
        switch record.ending {
        case .healed, .recovered, .gone: return !record.attempts.isEmpty || record.severity >= .high
        case .ruleRemoved, nil: return false
        }
    }

    /// Takes the news of an incident. Asks nobody; it is looked at by and by.
    public func take(_ record: IncidentRecord) {
        guard Self.isWorthAsking(record), !done.contains(record.id) else { return }
        if let index = waiting.firstIndex(where: { $0.record.id == record.id }) {
            waiting[index].record = record
        } else {
            waiting.append(Entry(record: record, due: surroundings.now() + settling))
            if waiting.count > Self.mostWaiting { drop() }
        }
        bell.continuation.yield()
    }

    /// Forgets what waits: another process leads, and asks.
    public func standDown() { waiting = [] }

    /// Gives up the one that is missed least: the longest waiting that no person was told of.
    private func drop() {
        let entry = waiting.remove(at: waiting.firstIndex { !$0.isUrgent } ?? 0)
        done.insert(entry.record.id)
        surroundings.tell(.result(provider: provider.name, .dropped))
    }

    /// Asks until it is cancelled.
    public func run() async {
        var bells = bell.stream.makeAsyncIterator()
        while !Task.isCancelled {
            guard let due = nextDue() else {
                guard await bells.next(isolation: self) != nil else { return }
                continue
            }
            let now = surroundings.now()
            let wait = max(due - now, pace.pause(at: now) ?? .zero)
            guard wait <= .zero else {
                do { try await surroundings.sleep(min(wait, .seconds(5))) } catch { return }
                continue
            }
            await askNext()
        }
    }

    private func nextDue() -> Instant? { waiting.map(\.due).min() }

    /// Asks about the most urgent incident that is due.
    private func askNext() async {
        let now = surroundings.now()
        let due = waiting.indices.filter { waiting[$0].due <= now }
        guard let index = due.first(where: { waiting[$0].isUrgent }) ?? due.first else { return }
        let entry = waiting.remove(at: index)
        done.insert(entry.record.id)
        guard pace.mayCall(isUrgent: entry.isUrgent, at: now) else {
            surroundings.tell(.result(provider: provider.name, .budget))
            return
        }
        pace.called(at: now)
        do throws(SummaryFailure) {
            let prompt = Prompt(entry.record)
            let text = try SummaryText.taken(from: await provider.summary(of: prompt), fence: prompt.fence)
            surroundings.tell(.result(provider: provider.name, .ok))
            pace.succeeded()
            if isTroubled {
                isTroubled = false
                surroundings.tell(.resumed)
            }
            await surroundings.keep(entry.record.id, WrittenSummary(text: text, provider: provider.name, at: surroundings.now()))
        } catch {
            if let result = SummaryResult(error.kind) { surroundings.tell(.result(provider: provider.name, result)) }
            guard error.kind != .cancelled else { return }
            surroundings.tell(.failed(entry.record.id, error))
            if let pause = pace.failed(error.kind, at: surroundings.now()) {
                isTroubled = true
                surroundings.tell(.paused(pause, error))
            }
        }
    }
}

/// The last names of incidents, as many as the history keeps in memory.
private struct RecentIDs {
    private var known: Set<IncidentID> = []
    private var order: [IncidentID] = []

    func contains(_ id: IncidentID) -> Bool { known.contains(id) }

    mutating func insert(_ id: IncidentID) {
        guard known.insert(id).inserted else { return }
        order.append(id)
        if order.count > IncidentHistory.most { known.remove(order.removeFirst()) }
    }
}

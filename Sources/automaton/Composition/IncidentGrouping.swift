import AutomatonCore
import Engine
import ServiceLifecycle
import Synchronization

/// Notes on each incident which one explains it, as records come and change: beside the engine, for people.
///
/// While this process leads. After a restart the engine tells its open records again, with what was noted on them.
final class IncidentGrouping: Service, EngineObserver {
    /// Records that are held against each other, the last ones: those of a storm.
    private static let most = 2000
    /// How long one is held: longer than anything may be explained by it.
    private static let horizon: Duration = .hours(2)
    /// What comes within it is judged together.
    private static let pause: Duration = .milliseconds(500)

    private struct State {
        var rules: [Rule] = []
        var records: [IncidentID: IncidentRecord] = [:]
    }

    private let clock: EngineClock
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let state = Mutex(State())
    private let leading: LeadingEngine

    /// Notes nothing before ``run()``.
    /// - Parameter leading: keeps the records.
    init(of leading: LeadingEngine, clock: EngineClock) {
        self.clock = clock
        self.leading = leading
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .configured(let rules, _, _): state.withLock { $0.rules = rules }
        case .leadership, .deposed: if event.leads == false { state.withLock { $0.records = [:] } }
        case .recorded(let record):
            let isNews = state.withLock { state -> Bool in
                guard leading.leads, record.detectedAt > instant - Self.horizon else { return false }
                let before = state.records.updateValue(record, forKey: record.id)
                // By half as many more, so that they are not sorted for each.
                if state.records.count > Self.most * 3 / 2 { Self.trim(&state.records, at: instant) }
                return before.map { !$0.isAlike(record) } ?? true
            }
            if isNews { news.continuation.yield() }
        default: break
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.news.stream {
                do { try await self.clock.sleep(Self.pause) } catch { return }
                await self.judge()
            }
        }
    }

    private func judge() async {
        let now = clock.now()
        let (rules, records) = state.withLock { state in
            Self.trim(&state.records, at: now)
            return (state.rules, Array(state.records.values))
        }
        guard let engine = leading.engineThatLeads else { return }
        let explanations = Correlation(rules).explanations(of: records, at: now)
        for record in records.sorted(by: { $0.id < $1.id }) where record.explainedBy != explanations[record.id] {
            guard !Task.isCancelled else { return }
            let by = explanations[record.id]
            await engine.amend(record.id) { $0.explainedBy = by }
        }
    }

    private static func trim(_ records: inout [IncidentID: IncidentRecord], at now: Instant) {
        records = records.filter { $0.value.detectedAt > now - horizon }
        guard records.count > most else { return }
        let last = records.values.sorted { ($0.detectedAt, $0.id) > ($1.detectedAt, $1.id) }.prefix(most)
        records = Dictionary(uniqueKeysWithValues: last.map { ($0.id, $0) })
    }
}

extension IncidentRecord {
    /// Whether nothing is different that rules of explanation go by.
    fileprivate func isAlike(_ other: IncidentRecord) -> Bool {
        reason == other.reason && severity == other.severity && closedAt == other.closedAt && context == other.context
            && explainedBy == other.explainedBy
    }
}

import Synchronization
import Testing

@testable import Analysis
@testable import AutomatonCore

/// Runs a summariser as long as a closure takes.
func running(_ summariser: Summariser, _ body: @escaping @Sendable () async throws -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await summariser.run() }
        do { try await body() } catch { Issue.record(error) }
        group.cancelAll()
    }
}

/// Waits for a condition.
func until(_ holds: @Sendable () async -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(90)
    while await !holds() {
        guard ContinuousClock.now < end else {
            struct NotInTime: Error {}
            throw NotInTime()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// When, how often, and about what a provider is asked.
@Suite(.timeLimit(.minutes(5))) struct SummariserTests {
    /// A provider that answers as told, and a time that passes when it is waited for.
    private final class World: SummaryProvider {
        struct State {
            var now = Incidents.noon
            var answers: [Result<String, SummaryFailure>] = []
            var asked: [String] = []
            var askedAt: [Instant] = []
            var atOnce = 0
            var mostAtOnce = 0
            var isHeld = false
            var kept: [IncidentID: WrittenSummary] = [:]
            var news: [Summariser.News] = []
        }

        let name = "gemini"
        let state = Mutex(State())

        init(_ answers: [Result<String, SummaryFailure>] = []) { state.withLock { $0.answers = answers } }

        func summary(of prompt: Prompt) async throws(SummaryFailure) -> WrittenText {
            let answer: Result<String, SummaryFailure> = state.withLock { state in
                state.asked.append(prompt.data)
                state.askedAt.append(state.now)
                state.atOnce += 1
                state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
                return state.answers.isEmpty ? .success("It was killed for want of memory.") : state.answers.removeFirst()
            }
            while state.withLock({ $0.isHeld }) {
                do { try await Task.sleep(for: .milliseconds(1)) } catch { throw SummaryFailure(.cancelled, "") }
            }
            await Task.yield()
            state.withLock { $0.atOnce -= 1 }
            return WrittenText(try answer.get())
        }

        func summariser(budget: Int = 50, settling: Duration = .zero) -> Summariser {
            Summariser(
                provider: self, budget: budget, settling: settling,
                surroundings: .init(
                    now: { self.state.withLock { $0.now } },
                    sleep: { duration in
                        try Task.checkCancellation()
                        self.state.withLock { $0.now = $0.now + duration }
                        await Task.yield()
                    }, keep: { id, summary in self.state.withLock { $0.kept[id] = summary } },
                    tell: { news in self.state.withLock { $0.news.append(news) } }))
        }

        var results: [SummaryResult] {
            state.withLock { $0.news.compactMap { if case .result(_, let result) = $0 { result } else { nil } } }
        }
        var asked: Int { state.withLock { $0.asked.count } }
        var askedAt: [Instant] { state.withLock { $0.askedAt } }
        var pauses: [Duration] { state.withLock { $0.news.compactMap { if case .paused(let pause, _) = $0 { pause } else { nil } } } }
    }

    @Test func onlyWhatCanBeToldIsAskedAbout() {
        #expect(!Summariser.isWorthAsking(Incidents.open()))
        #expect(Summariser.isWorthAsking(Incidents.told()))
        #expect(Summariser.isWorthAsking(Incidents.over()))
        #expect(!Summariser.isWorthAsking(Incidents.over(severity: .warning)))
        #expect(!Summariser.isWorthAsking(Incidents.over(0, .ruleRemoved)))
        var tried = Incidents.over(severity: .warning)
        tried.attempts = [.init(id: AttemptID("a"), remediation: "scale", at: Incidents.noon, summary: "", changes: [])]
        #expect(Summariser.isWorthAsking(tried))
        var explained = Incidents.told()
        explained.explainedBy = IncidentID("another")
        #expect(!Summariser.isWorthAsking(explained))
        var written = Incidents.told()
        written.summary = WrittenSummary(text: "x", provider: "gemini", at: Incidents.noon)
        #expect(!Summariser.isWorthAsking(written))
    }

    @Test func anIncidentIsAskedAboutOnce() async throws {
        let world = World()
        let summariser = world.summariser()
        await running(summariser) {
            for _ in 0..<3 { await summariser.take(Incidents.told()) }
            try await until { world.state.withLock { $0.kept.count == 1 } }
            await summariser.take(Incidents.told())
            await summariser.take(Incidents.over(1))
            try await until { world.state.withLock { $0.kept.count == 2 } }
        }
        #expect(world.asked == 2)
        #expect(world.results == [.ok, .ok])
        #expect(world.state.withLock { $0.kept[Incidents.told().id]?.text } == "It was killed for want of memory.")
    }

    /// The context that was read meanwhile is in the question.
    @Test func theLatestNewsIsAskedAbout() async throws {
        let world = World()
        let summariser = world.summariser(settling: .seconds(5))
        await summariser.take(Incidents.told())
        await summariser.take(Incidents.with(log: ["the last words"]))
        await running(summariser) { try await until { world.asked == 1 } }
        #expect(world.state.withLock { $0.asked.first?.contains("the last words") } == true)
        #expect(world.askedAt.first.map { $0 >= Incidents.noon + .seconds(5) } == true)
    }

    @Test func oneAtATime() async throws {
        let world = World()
        let summariser = world.summariser()
        await running(summariser) {
            for number in 0..<20 { await summariser.take(Incidents.told(number)) }
            try await until { world.state.withLock { $0.kept.count == 20 } }
        }
        #expect(world.state.withLock { $0.mostAtOnce } == 1)
    }

    /// Whatever goes wrong, the incident keeps its built-in summary, is not asked about again, and the next one is.
    @Test(arguments: [
        SummaryFailure.Kind.timeout, .unreachable, .blocked, .empty, .invalid, .failing(retryAfter: nil), .quota(retryAfter: .seconds(34)),
        .denied, .rejected,
    ]) func aFailureLeavesTheBuiltInOne(_ kind: SummaryFailure.Kind) async throws {
        let world = World([.failure(SummaryFailure(kind, "x"))])
        let summariser = world.summariser()
        await running(summariser) {
            await summariser.take(Incidents.told())
            try await until { world.asked == 1 }
            await summariser.take(Incidents.told())
            await summariser.take(Incidents.told(1))
            try await until { world.state.withLock { $0.kept.count == 1 } }
        }
        #expect(world.asked == 2)
        #expect(world.results == [try #require(SummaryResult(kind)), .ok])
        #expect(world.state.withLock { $0.kept[Incidents.told().id] } == nil)
    }

    @Test func theBudgetHoldsForAnyDay() async throws {
        let world = World()
        let summariser = world.summariser(budget: 5)
        await running(summariser) {
            for number in 0..<6 {
                await summariser.take(Incidents.over(number))
                try await until { world.results.count == number + 1 }
            }
            // A fifth is kept for those that a person was told of.
            #expect(world.results == [.ok, .ok, .ok, .ok, .budget, .budget])
            for number in 6..<8 {
                await summariser.take(Incidents.told(number))
                try await until { world.results.count == number + 1 }
            }
            #expect(world.results.suffix(2) == [.ok, .budget])
            world.state.withLock { $0.now = $0.now + .hours(24) }
            await summariser.take(Incidents.over(9))
            try await until { world.results.count == 9 }
            #expect(world.results.last == .ok)
        }
        #expect(world.asked == 6)
    }

    @Test func noBudgetAsksNobody() async throws {
        let world = World()
        let summariser = world.summariser(budget: 0)
        await running(summariser) {
            await summariser.take(Incidents.told())
            try await until { world.results == [.budget] }
        }
        #expect(world.asked == 0)
    }

    /// Three failures in a row, and it is left alone, for longer each time; then one call tells whether it is over.
    @Test func whoFailsIsLeftAlone() async throws {
        let world = World(Array(repeating: .failure(SummaryFailure(.timeout, "x")), count: 5))
        let summariser = world.summariser()
        await running(summariser) {
            for number in 0..<7 { await summariser.take(Incidents.told(number)) }
            try await until { world.results.count == 7 }
        }
        #expect(world.pauses == [.minutes(5), .minutes(10), .minutes(20)])
        try #require(world.askedAt.count >= 7)
        let times = world.askedAt.map { $0 - Incidents.noon }
        #expect(times[2] < .minutes(1) && times[3] >= .minutes(5) && times[4] >= .minutes(15) && times[5] >= .minutes(35))
        #expect(times[6] < times[5] + .minutes(1))
        #expect(world.results.suffix(2) == [.ok, .ok])
        #expect(world.state.withLock { $0.news.contains(.resumed) })
    }

    @Test(arguments: [
        (SummaryFailure.Kind.quota(retryAfter: .seconds(90)), Duration.seconds(90)), (.quota(retryAfter: nil), .minutes(5)),
        (.quota(retryAfter: .seconds(1)), .seconds(10)), (.failing(retryAfter: .seconds(60)), .seconds(60)), (.denied, .hours(2)),
        (.rejected, .hours(2)),
        (.quota(retryAfter: .hours(1000)), .hours(24)),
    ]) func whatItSaysIsHeard(_ kind: SummaryFailure.Kind, _ pause: Duration) async throws {
        let world = World([.failure(SummaryFailure(kind, "x"))])
        let summariser = world.summariser()
        await running(summariser) {
            await summariser.take(Incidents.told())
            try await until { world.pauses.count == 1 }
            await summariser.take(Incidents.told(1))
            try await until { world.asked == 2 }
        }
        #expect(world.pauses == [pause])
        let asked = world.askedAt
        try #require(asked.count == 2)
        #expect(asked[1] - asked[0] >= pause)
    }

    /// Blocked and empty answers are about one incident.
    @Test func blockedAnswersAreNoTrouble() async throws {
        let world = World((0..<10).map { .failure(SummaryFailure($0.isMultiple(of: 2) ? .blocked : .empty, "x")) })
        let summariser = world.summariser()
        await running(summariser) {
            for number in 0..<11 { await summariser.take(Incidents.told(number)) }
            try await until { world.results.count == 11 }
        }
        #expect(world.pauses.isEmpty && world.results.last == .ok)
    }

    @Test func thoseThatWaitAreBounded() async throws {
        let world = World()
        let summariser = world.summariser()
        await summariser.take(Incidents.told(0))
        for number in 1..<150 { await summariser.take(Incidents.over(number)) }
        #expect(world.results.count == 50 && world.results.allSatisfy { $0 == .dropped })
        await running(summariser) { try await until { world.state.withLock { $0.kept[Incidents.told(0).id] != nil } } }
    }

    @Test func whoDoesNotLeadForgetsWhatWaits() async throws {
        let world = World()
        let summariser = world.summariser()
        await summariser.take(Incidents.told())
        await summariser.standDown()
        await running(summariser) {
            await summariser.take(Incidents.told(1))
            try await until { world.asked == 1 }
        }
        #expect(world.state.withLock { $0.kept[Incidents.told().id] } == nil)
    }

    @Test func itEndsInTheMiddleOfAQuestion() async throws {
        let world = World()
        world.state.withLock { $0.isHeld = true }
        let summariser = world.summariser()
        await summariser.take(Incidents.told())
        await running(summariser) { try await until { world.asked == 1 } }
        #expect(world.results.isEmpty)
    }
}

import AutomatonCore
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import Notify

/// The dispatcher with notifiers that do as a test says.
@Suite("Dispatcher", .timeLimit(.minutes(10)))
struct DispatcherTests {
    /// Delivers as a test says.
    struct Scripted: Notifier {
        static let kind = "scripted"
        let pace: Duration
        let body: @Sendable (Message) async -> DeliveryFailure?

        init(pace: Duration = .zero, _ body: @escaping @Sendable (Message) async -> DeliveryFailure?) {
            self.pace = pace
            self.body = body
        }

        func deliver(_ message: Message) async throws(DeliveryFailure) { if let failure = await body(message) { throw failure } }
    }

    /// What the dispatcher said.
    final class Journal: Sendable {
        let events = Mutex<[DispatchEvent]>([])

        func take(_ event: DispatchEvent) { events.withLock { $0.append(event) } }

        var words: [String] {
            events.withLock { events in
                events.map { event in
                    switch event {
                    case .due(let receiver, _, _): "due \(receiver)"
                    case .delivered(let receiver, _, _, _, let isRecovery): isRecovery ? "recovered \(receiver)" : "delivered \(receiver)"
                    case .failed(let receiver, _, _, _, _, let isFirst): isFirst ? "failed first \(receiver)" : "failed \(receiver)"
                    case .gaveUp(let receiver, _, _, _): "gave up \(receiver)"
                    case .dropped(let receiver, _, _, let isFirst): isFirst ? "dropped first \(receiver)" : "dropped \(receiver)"
                    case .overflowed: "overflowed"
                    }
                }
            }
        }

        func count(_ word: String) -> Int { words.count { $0 == word } }

        /// The titles of what was given up.
        var givenUp: [String] {
            events.withLock { $0.compactMap { if case .gaveUp(_, _, let message, _) = $0 { message.title } else { nil } } }
        }

        var delays: [Duration] {
            events.withLock { $0.compactMap { if case .failed(_, _, _, _, let again, _) = $0 { again } else { nil } } }
        }
    }

    /// Wall time that does not wait: whoever sleeps goes on at once, later.
    final class QuickClock: Sendable {
        private let time = Mutex(Sample.start)

        var clock: DispatchClock {
            DispatchClock(
                now: { self.time.withLock { $0 } },
                sleep: { duration in
                    // A delivery's limit and the last words are no waits of the test.
                    if duration >= .hours(1) || duration == .seconds(45) || duration == .seconds(3) {
                        try await Task.sleep(for: .seconds(60))
                        return
                    }
                    try Task.checkCancellation()
                    self.time.withLock { $0 = $0 + duration }
                    await Task.yield()
                }, spread: { 0 })
        }
    }

    private func dispatcher(
        _ receivers: [Receiver], _ journal: Journal, clock: DispatchClock = QuickClock().clock, policy: DeliveryPolicy = DeliveryPolicy()
    ) -> Dispatcher {
        var route = Route(to: receivers.map(\.name))
        route.groupBy = [.subject]
        route.groupWait = .zero
        // Its clock is quick: hours pass while a test looks.
        route.repeatInterval = .hours(1_000_000)
        return Dispatcher(receivers, Grouping(Routing([route])), clock: clock, policy: policy) { journal.take($0) }
    }

    /// Runs a dispatcher for as long as the body does.
    private func run(_ dispatcher: Dispatcher, _ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            try await body()
            group.cancelAll()
        }
    }

    private func attempted(_ name: String) -> IncidentRecord {
        var sample = Sample(name)
        return sample.attempted(at: Sample.start)
    }

    @Test("A dead notifier delays nobody, and what waits for it is bounded and as things are now")
    func dead() async throws {
        let journal = Journal()
        let told = Mutex<[String]>([])
        let dead = Scripted { _ in
            try? await Task.sleep(for: .seconds(600))
            return DeliveryFailure("cut", retry: .later(after: nil))
        }
        let alive = Scripted { message in
            told.withLock { $0.append(message.title) }
            return nil
        }
        var policy = DeliveryPolicy()
        policy.most = 20
        let dispatcher = dispatcher(
            [Receiver(name: "dead", notifier: dead), Receiver(name: "alive", notifier: alive)], journal, policy: policy)
        try await run(dispatcher) {
            for index in 0..<200 {
                dispatcher.take(attempted("app-\(index)"))
                if index % 20 == 19 { try await until { told.withLock { $0.count } == index + 1 } }
            }
        }
        #expect(journal.count("delivered alive") == 200 && journal.count("delivered dead") == 0)
        #expect(journal.count("dropped first dead") == 1 && journal.count("dropped dead") >= 158)
        #expect(journal.count("dropped alive") == 0)
    }

    @Test("Failures are retried at growing delays, never before the service asks, and the recovery is told once")
    func retries() async throws {
        let journal = Journal()
        let count = Mutex(0)
        let flaky = Scripted { _ in
            let now = count.withLock { count in
                count += 1
                return count
            }
            return switch now {
            case 1, 2, 4: DeliveryFailure("503", retry: .later(after: nil))
            case 3: DeliveryFailure("429", retry: .later(after: .seconds(90)))
            default: nil
            }
        }
        let dispatcher = dispatcher([Receiver(name: "chat", notifier: flaky)], journal)
        try await run(dispatcher) {
            dispatcher.take(attempted("app"))
            try await until { journal.count("recovered chat") == 1 }
        }
        #expect(journal.delays == [.seconds(2), .seconds(4), .seconds(90), .seconds(16)])
        #expect(journal.words == ["due chat", "failed first chat", "failed chat", "failed chat", "failed chat", "recovered chat"])
    }

    @Test("What the service refuses is not sent again, and the next is; so is what failed too often")
    func givesUp() async throws {
        let journal = Journal()
        let picky = Scripted { message in
            if message.title.contains("poison") { return DeliveryFailure("400", retry: .never) }
            if message.title.contains("stuck") { return DeliveryFailure("500", retry: .later(after: nil)) }
            return nil
        }
        // One after another: the time that passes while one is told again is not the other's.
        for names in [["stuck"], ["poison", "good"]] {
            let dispatcher = dispatcher([Receiver(name: "chat", notifier: picky)], journal)
            try await run(dispatcher) {
                for name in names { dispatcher.take(attempted(name)) }
                try await until { journal.givenUp.contains { $0.contains(names[0]) } }
                if names.contains("good") {
                    try await until { journal.words.contains("delivered chat") || journal.words.contains("recovered chat") }
                }
            }
        }
        #expect(journal.words.contains("delivered chat") || journal.words.contains("recovered chat"))
        #expect(journal.delays.count >= DeliveryPolicy().tries - 1)
    }

    @Test("What was given up, of how it began or that it is over, is told again once the service takes it, and then no more")
    func toldAgain() async throws {
        for isOver in [false, true] {
            let journal = Journal()
            let tries = Mutex(0)
            let refused = isOver ? 2...3 : 1...2
            let told = Mutex<[Message.Kind]>([])
            let rotating = Scripted { message in
                let now = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if refused.contains(now) { return DeliveryFailure("401", retry: .never) }
                told.withLock { $0.append(message.kind) }
                return nil
            }
            let dispatcher = dispatcher([Receiver(name: "pager", notifier: rotating)], journal)
            var sample = Sample("app")
            let begun = sample.attempted(at: Sample.start)
            let over = sample.closed(at: Sample.start + .minutes(1))
            try await run(dispatcher) {
                dispatcher.take(begun)
                if isOver {
                    try await until { journal.count("delivered pager") == 1 }
                    dispatcher.take(over)
                }
                try await until { journal.count("recovered pager") == 1 }
            }
            #expect(journal.count("gave up pager") == 2)
            #expect(told.withLock { $0 } == (isOver ? [.firing, .resolved] : [.firing]))
        }
    }

    @Test("A delivery that never ends is ended, and the queue goes on")
    func limit() async throws {
        let journal = Journal()
        let count = Mutex(0)
        let slow = Scripted { _ in
            let isFirst = count.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { try? await Task.sleep(for: .seconds(600)) }
            return nil
        }
        var policy = DeliveryPolicy()
        policy.limit = .milliseconds(20)
        policy.firstDelay = .milliseconds(1)
        let real = ContinuousClock()
        let start = real.now
        let clock = DispatchClock(
            now: { Sample.start + start.duration(to: real.now) }, sleep: { try await Task.sleep(for: $0, clock: real) })
        let dispatcher = dispatcher([Receiver(name: "chat", notifier: slow)], journal, clock: clock, policy: policy)
        try await run(dispatcher) {
            dispatcher.take(attempted("app"))
            try await until { journal.count("recovered chat") == 1 }
        }
        #expect(journal.count("failed first chat") == 1)
    }

    @Test("At the end of the process what waits goes out, and a dead service holds nothing up for long")
    func shutdown() async throws {
        let journal = Journal()
        let told = Mutex<[String]>([])
        let dead = Scripted { _ in
            try? await Task.sleep(for: .seconds(600))
            return DeliveryFailure("cut", retry: .later(after: nil))
        }
        let alive = Scripted { message in
            told.withLock { $0.append(message.title) }
            return nil
        }
        var route = Route(to: ["dead", "alive"])
        route.groupWait = .minutes(10)
        var policy = DeliveryPolicy()
        policy.lastWords = .milliseconds(300)
        let real = ContinuousClock()
        let start = real.now
        let clock = DispatchClock(
            now: { Sample.start + start.duration(to: real.now) }, sleep: { try await Task.sleep(for: $0, clock: real) })
        let dispatcher = Dispatcher(
            [Receiver(name: "dead", notifier: dead), Receiver(name: "alive", notifier: alive)], Grouping(Routing([route])), clock: clock,
            policy: policy
        ) { journal.take($0) }
        let group = ServiceGroup(services: [dispatcher], logger: .init(label: "test"))
        let running = Task { try await group.run() }
        dispatcher.take(attempted("app"))
        try await Task.sleep(for: .milliseconds(20))
        #expect(told.withLock { $0.isEmpty }, "it waits for others")
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(told.withLock { $0.count } == 1)
        #expect(journal.count("gave up dead") == 1, "\(journal.words)")
    }

    @Test("While another process leads, nothing is told that belongs to it")
    func standDown() async throws {
        let journal = Journal()
        let dispatcher = dispatcher([Receiver(name: "chat", notifier: Scripted { _ in nil })], journal)
        dispatcher.take(attempted("app-1"))
        dispatcher.standDown()
        dispatcher.take(attempted("app-2"))
        try await run(dispatcher) { try await until { journal.count("delivered chat") == 1 } }
        #expect(journal.words == ["due chat", "delivered chat"])
    }

    @Test("What waits is one message a thing: a newer one takes its place and brings what was not heard")
    func conflation() throws {
        let outbox = Outbox(Receiver(name: "x", notifier: Scripted { _ in nil }), most: 2)
        var first = sampleMessage()
        first.key = "one"
        var second = first
        second.title = "newer"
        var other = Sample("other")
        second.entries = [.init(record: other.opened(), summary: "s")]
        #expect(outbox.put(first, at: Sample.start) == nil)
        #expect(outbox.put(second, at: Sample.start) == nil)
        let item = try #require(outbox.take())
        #expect(item.message.title == "newer" && item.message.entries.count == 2)
        #expect(outbox.take() == nil)
        // The least goes first: what is over before what is wrong.
        for (key, kind) in [("a", Message.Kind.firing), ("b", .resolved)] {
            var message = sampleMessage(kind)
            message.key = key
            #expect(outbox.put(message, at: Sample.start) == nil)
        }
        var last = sampleMessage()
        last.key = "c"
        #expect(outbox.put(last, at: Sample.start)?.dropped.key == "b")
    }

    @Test("Delays double, are spread by a fifth, and are never above what is sensible")
    func delays() {
        let policy = DeliveryPolicy()
        for failures in 1...40 {
            for spread in [-1, -0.3, 0, 1.0] {
                let delay = policy.delay(after: failures, asked: nil, spread: spread)
                let plain = min(Duration.seconds(2) * (1 << min(failures - 1, 20)), .minutes(5))
                #expect(delay >= plain * 0.79 && delay <= plain * 1.21)
            }
        }
        #expect(policy.delay(after: 1, asked: .hours(30), spread: 0) == .minutes(30))
    }
}

/// Waits until a condition holds.
func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(2)) }
}

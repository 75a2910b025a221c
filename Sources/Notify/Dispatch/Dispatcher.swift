public import AutomatonCore
public import ServiceLifecycle
internal import Synchronization

/// Tells people: takes news without waiting, groups them, and delivers them with a queue for each receiver, so that a dead one delays
/// nobody, and healing never.
public final class Dispatcher: Service {
    private let first: [Outbox]
    private let clock: DispatchClock
    private let policy: DeliveryPolicy
    private let silences: @Sendable () async -> [Suspension]
    private let tell: @Sendable (DispatchEvent) async -> Void
    private let grouping: Grouping
    private let inbox = Mutex(Inbox())
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// Those that are to be emptied: a few, and more with each receiver that is new.
    private let opened = AsyncStream.makeStream(of: Outbox.self)

    /// Makes a dispatcher. Nothing goes out before ``run()``.
    /// - Parameters:
    ///   - silences: asked before people are told: what a silence covers waits for its end.
    ///   - tell: told what becomes of messages.
    public init(
        _ receivers: [Receiver], _ grouping: Grouping, clock: DispatchClock, policy: DeliveryPolicy = DeliveryPolicy(),
        silences: @escaping @Sendable () async -> [Suspension] = { [] }, tell: @escaping @Sendable (DispatchEvent) async -> Void
    ) {
        first = receivers.map { Outbox($0, most: policy.most) }
        self.grouping = grouping
        self.clock = clock
        self.policy = policy
        self.silences = silences
        self.tell = tell
    }

    // MARK: News; none of these waits

    /// An incident is as this record has it.
    public func take(_ record: IncidentRecord) { put { $0.put(record) } }

    /// Incidents that were open a moment ago; of those that are known something newer may have come.
    public func remind(_ records: [IncidentRecord]) { put { $0.put(reminders: records) } }

    /// The automaton cannot mend an incident.
    public func personNeeded(_ incident: IncidentID) { put { $0.put(person: incident) } }

    /// Something that concerns more than one incident.
    public func take(_ notice: Notice) {
        let now = clock.now()
        put { $0.put(notice, at: now) }
    }

    /// Others are told from here on, or of other things. What waits for a receiver still goes to it, over the service that its name
    /// stands for now; where it is gone, over the one that it had.
    public func configure(_ configuration: NotifyConfiguration) { put { $0.put(configuration) } }

    /// Another process tells people from here on.
    public func standDown() { put { $0.standDown() } }

    /// The process is about to end: what waits for others of its group goes out.
    public func hurry() { put { $0.hurry() } }

    private func put(_ body: (inout Inbox) -> Void) {
        inbox.withLock { body(&$0) }
        news.continuation.yield()
    }

    // MARK: Running

    private enum Part { case pump, deliveries, bound }

    /// Runs until graceful shutdown, and a short while longer for what waits; or until it is cancelled.
    public func run() async throws {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                await self.pump()
                return .pump
            }
            group.addTask {
                await withDiscardingTaskGroup { deliveries in
                    for await outbox in self.opened.stream { deliveries.addTask { await self.deliver(outbox) } }
                }
                return .deliveries
            }
            group.addTask {
                try? await gracefulShutdown()
                self.news.continuation.finish()
                try? await self.clock.sleep(self.policy.lastWords)
                return .bound
            }
            for await part in group where part != .pump { group.cancelAll() }
        }
    }

    /// What is told to whom, while it runs.
    private struct State {
        var grouping: Grouping
        var outboxes: [Outbox]
        var overflow = 0
    }

    /// Looks at news, and at the groups whose time has come.
    private func pump() async {
        var state = State(grouping: grouping, outboxes: first)
        for outbox in first { opened.continuation.yield(outbox) }
        await withDiscardingTaskGroup { timers in
            var armed: Instant?
            for await _ in news.stream {
                await take(into: &state)
                // One that wakes too early finds nothing and is set anew.
                if let armed, armed > clock.now(), armed <= state.grouping.next ?? armed { continue }
                armed = state.grouping.next
                guard let next = armed else { continue }
                let wait = max(.zero, next - clock.now())
                timers.addTask {
                    try? await self.clock.sleep(wait)
                    self.news.continuation.yield()
                }
            }
            timers.cancelAll()
        }
        if !Task.isCancelled {
            inbox.withLock { $0.hurry() }
            await take(into: &state)
        }
        opened.continuation.finish()
        for outbox in state.outboxes { outbox.close() }
    }

    private func take(into state: inout State) async {
        let (news, left) = inbox.withLock { ($0.takeAll(), $0.overflow) }
        let now = clock.now()
        if news.standsDown { state.grouping.standDown() }
        if let configuration = news.configuration { await adopt(configuration, into: &state, at: now) }
        for outcome in news.outcomes {
            if outcome.isDelivered {
                state.grouping.settle(outcome.message.key, of: outcome.receiver)
            } else {
                state.grouping.giveBack(outcome.message, to: outcome.receiver, at: now)
            }
        }
        for record in news.records { state.grouping.take(record, at: now) }
        for record in news.reminders { state.grouping.remind(record, at: now) }
        for incident in news.people { state.grouping.personNeeded(incident, at: now) }
        for (notice, at) in news.notices { state.grouping.take(notice, at: at) }
        if news.hurries { state.grouping.hurry(at: now) }
        if left + state.grouping.overflow > state.overflow {
            state.overflow = left + state.grouping.overflow
            await tell(.overflowed(state.overflow))
        }
        guard let next = state.grouping.next, next <= now else { return }
        await put(state.grouping.due(at: now, silences: await silences()), into: state.outboxes, at: now)
    }

    private func put(_ dues: [Grouping.Due], into outboxes: [Outbox], at now: Instant) async {
        for due in dues {
            await tell(.due(receiver: due.receiver, due.message, due.occasions))
            guard let outbox = outboxes.first(where: { $0.receiver.name == due.receiver }) else { continue }
            if let (dropped, isFirst) = outbox.put(due.message, at: now) {
                await tell(.dropped(receiver: due.receiver, kind: outbox.receiver.kind, dropped, isFirst: isFirst))
            }
        }
    }

    /// Goes on with other receivers and routes; those that are gone are told their last words.
    private func adopt(_ configuration: NotifyConfiguration, into state: inout State, at now: Instant) async {
        await put(state.grouping.adopt(Grouping(configuration), at: now), into: state.outboxes, at: now)
        let before = state.outboxes
        state.outboxes = configuration.receivers.map { receiver in
            if let known = before.first(where: { $0.receiver.name == receiver.name && $0.receiver.kind == receiver.kind }) {
                known.replace(receiver)
                return known
            }
            let outbox = Outbox(receiver, most: policy.most)
            opened.continuation.yield(outbox)
            return outbox
        }
        for outbox in before where !state.outboxes.contains(where: { $0 === outbox }) { outbox.close() }
    }

    /// Delivers what waits for one receiver, one after the other, at the pace that its service allows.
    private func deliver(_ outbox: Outbox) async {
        var failures = 0
        var notBefore = Instant.epoch
        while await outbox.isFilled() {
            let pace = outbox.receiver.notifier.pace
            guard await reaches(notBefore, pace: pace), !Task.isCancelled, var item = outbox.take() else { break }
            let receiver = outbox.receiver
            let start = clock.now()
            do throws(DeliveryFailure) {
                try await deliver(item.message, by: receiver.notifier)
                await tell(
                    .delivered(
                        receiver: receiver.name, kind: receiver.kind, item.message, at: clock.now(), isRecovery: failures > 0))
                // It is looked at with the next news: until then nothing is told again of what was on its way.
                inbox.withLock { $0.put(.init(receiver: receiver.name, message: item.message, isDelivered: true)) }
                failures = 0
                notBefore = start + pace
            } catch {
                failures += 1
                item.failures += 1
                notBefore = max(start + pace, clock.now())
                let age = clock.now() - item.since
                guard case .later(let asked) = error.retry, item.failures < policy.tries, age < policy.age, !Task.isCancelled else {
                    await giveUp(item, receiver, error.description)
                    put { $0.put(.init(receiver: receiver.name, message: item.message, isDelivered: false)) }
                    continue
                }
                let delay = policy.delay(after: failures, asked: asked, spread: clock.spread())
                notBefore = max(notBefore, clock.now() + delay)
                await tell(
                    .failed(
                        receiver: receiver.name, kind: receiver.kind, item.message, why: error.description, again: delay,
                        isFirst: failures == 1))
                outbox.putBack(item)
            }
        }
        while let item = outbox.take() { await giveUp(item, outbox.receiver, "the process ended before it was delivered") }
    }

    private func giveUp(_ item: Outbox.Item, _ receiver: Receiver, _ why: String) async {
        let tries = item.failures == 1 ? "" : " (tried \(item.failures) times)"
        await tell(.gaveUp(receiver: receiver.name, kind: receiver.kind, item.message, why: why + tries))
    }

    /// Waits until an instant; false when the process ends before: a pace is kept even then, a failure's delay has no end to wait for.
    private func reaches(_ instant: Instant, pace: Duration) async -> Bool {
        let wait = instant - clock.now()
        guard wait > .zero else { return true }
        guard wait > pace else { return (try? await clock.sleep(wait)) != nil }
        return await cancelWhenGracefulShutdown { (try? await self.clock.sleep(wait)) != nil }
    }

    /// One delivery within its time, whatever the notifier does.
    private func deliver(_ message: Message, by notifier: any Notifier) async throws(DeliveryFailure) {
        let limit = policy.limit
        let clock = clock
        let result = await withTaskGroup(of: Result<Void, DeliveryFailure>.self) { group in
            group.addTask {
                do throws(DeliveryFailure) {
                    try await notifier.deliver(message)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await clock.sleep(limit)
                return .failure(DeliveryFailure("it took longer than \(limit.readable)", retry: .later(after: nil)))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .success(())
        }
        try result.get()
    }
}

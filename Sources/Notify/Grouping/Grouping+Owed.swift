internal import Analysis
internal import AutomatonCore

/// What a receiver was to be told and was not: kept, and told again later.
struct Owed: Hashable, Sendable {
    /// Names what it is about, and who is to hear of it.
    struct ID: Hashable, Sendable {
        var receiver: String
        var key: String
    }

    /// After this time nobody wants to read it any more.
    static let longest: Duration = .hours(24)
    /// The shortest and the longest time until it is told again.
    static let pause: ClosedRange<Duration> = .minutes(1) ... .minutes(50)
    /// So many are kept.
    static let most = 1000

    var message: Message
    /// When it was given up first.
    let since: Instant
    /// How often it was given up.
    var rounds = 0
    /// When it is told again; nil while it waits for its delivery.
    var dueAt: Instant?
}

/// Deliveries that were given up: a token that was being changed, a service that was away for long.
extension Grouping {
    /// A message was given up: it is told again after the group's interval, and ever more rarely, for a day.
    mutating func giveBack(_ message: Message, to receiver: String, at now: Instant) {
        let id = Owed.ID(receiver: receiver, key: message.key)
        var entry = owed[id] ?? Owed(message: message, since: now)
        guard message.kind != .test, now - entry.since < Owed.longest,
            let interval = routing.routes.filter({ $0.receivers.contains(receiver) }).map(\.groupInterval).min()
        else { return owed[id] = nil }
        entry.message = message
        entry.rounds += 1
        let pause = max(Owed.pause.lowerBound, interval) * (1 << min(entry.rounds - 1, 10))
        entry.dueAt = now + min(pause, Owed.pause.upperBound)
        owed[id] = entry
        if owed.count > Owed.most, let oldest = owed.min(by: { $0.value.since < $1.value.since })?.key { owed[oldest] = nil }
    }

    /// The last that there was to tell was delivered.
    mutating func settle(_ key: String, of receiver: String) { owed[Owed.ID(receiver: receiver, key: key)] = nil }

    /// Adds what is told again now. What is told anyway says it, too.
    mutating func addOwed(to dues: inout [Due], at now: Instant) {
        guard !owed.isEmpty else { return }
        for index in dues.indices {
            let id = Owed.ID(receiver: dues[index].receiver, key: dues[index].message.key)
            guard let entry = owed[id] else { continue }
            dues[index].message = dues[index].message.including(entry.message)
            owed[id]?.dueAt = nil
        }
        let again = owed.filter { $0.value.dueAt.map { $0 <= now } ?? false }
        for (id, entry) in again.sorted(by: {
            ($0.value.since, $0.key.receiver, $0.key.key) < ($1.value.since, $1.key.receiver, $1.key.key)
        }) {
            owed[id]?.dueAt = nil
            dues.append(Due(receiver: id.receiver, message: current(entry.message, for: id.receiver), occasions: []))
        }
    }

    /// The message with its incidents as they are now, as far as they go on.
    private func current(_ message: Message, for receiver: String) -> Message {
        var message = message
        for index in message.entries.indices {
            let incident = message.entries[index].record.id
            guard let group = places[incident]?.first(where: { $0.receiver == receiver }),
                let record = groups[group]?.members[incident]?.record
            else { continue }
            message.entries[index] = Message.Entry(record: record, summary: record.summary?.text ?? BuiltInSummary(record).text)
        }
        return message
    }
}

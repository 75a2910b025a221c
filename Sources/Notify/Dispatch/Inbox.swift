internal import AutomatonCore

/// What came and was not looked at yet. Of an incident only the last record counts, so that a storm of changes is no storm of work.
struct Inbox: Sendable {
    /// What became of a message.
    struct Outcome: Sendable {
        var receiver: String
        var message: Message
        var isDelivered: Bool
    }

    /// What was taken out.
    struct News: Sendable {
        var records: [IncidentRecord] = []
        var people: [IncidentID] = []
        var notices: [(notice: Notice, at: Instant)] = []
        /// What was given up, and what was delivered, in order.
        var outcomes: [Outcome] = []
        /// Another process tells people from here on.
        var standsDown = false
        /// The process ends: nothing waits any more.
        var hurries = false
        /// Open incidents as they were a moment ago, for routes that did not look at them.
        var reminders: [IncidentRecord] = []
        /// Who is told from here on; nil when that did not change.
        var configuration: NotifyConfiguration?
    }

    static let mostRecords = 20_000
    static let mostNotices = 1000

    private var records: [IncidentID: IncidentRecord] = [:]
    private var order: [IncidentID] = []
    private var rest = News()
    /// Incidents that were left out since there were too many.
    private(set) var overflow = 0

    mutating func put(_ record: IncidentRecord) {
        if records[record.id] == nil {
            guard order.count < Self.mostRecords else {
                overflow += 1
                return
            }
            order.append(record.id)
        }
        records[record.id] = record
    }

    mutating func put(person incident: IncidentID) {
        if !rest.people.contains(incident), rest.people.count < Self.mostRecords { rest.people.append(incident) }
    }

    mutating func put(_ notice: Notice, at instant: Instant) {
        if rest.notices.count < Self.mostNotices { rest.notices.append((notice, instant)) }
    }

    mutating func put(_ outcome: Outcome) {
        if rest.outcomes.count < Self.mostNotices { rest.outcomes.append(outcome) }
    }

    /// What came before belongs to the other process.
    mutating func standDown() {
        let (hurries, configuration) = (rest.hurries, rest.configuration)
        self = Inbox()
        rest.standsDown = true
        (rest.hurries, rest.configuration) = (hurries, configuration)
    }

    mutating func put(reminders: [IncidentRecord]) { rest.reminders = reminders }

    mutating func put(_ configuration: NotifyConfiguration) { rest.configuration = configuration }

    mutating func hurry() { rest.hurries = true }

    mutating func takeAll() -> News {
        var news = rest
        news.records = order.compactMap { records[$0] }
        let overflow = overflow
        self = Inbox()
        self.overflow = overflow
        return news
    }
}

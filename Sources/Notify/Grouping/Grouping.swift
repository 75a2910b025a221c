internal import Analysis
public import AutomatonCore

/// Says who is told of what, and when: routes, groups, waits, repeats, and that it is over. Pure: time is a parameter.
public struct Grouping: Sendable {
    /// A message for a receiver.
    public struct Due: Hashable, Sendable {
        /// Who.
        public var receiver: String
        /// What.
        public var message: Message
        /// What for; empty when it is told again.
        public var occasions: Set<Occasion>
    }

    let routing: Routing
    /// The dashboard's address, without a slash at its end.
    let link: String?
    /// The kinds of those that keep open what they were told of, by the receivers' names.
    let lasting: [String: String]
    private let most: Int
    var groups: [Group.ID: Group] = [:]
    var places: [IncidentID: [Group.ID]] = [:]
    /// Those that are over, and of which nothing is owed any more: what is noted on them later is no news.
    var finished = RecentSet<IncidentID>(most: 4096)
    var notices: [Due] = []
    /// What was given up and is told again.
    var owed: [Owed.ID: Owed] = [:]
    /// Incidents of which nobody could be told, since there are too many already.
    public internal(set) var overflow = 0

    private static let mostNotices = 200

    /// Makes one that knows of nothing.
    /// - Parameters:
    ///   - link: the dashboard's address: `https://heal.example.org`.
    ///   - lasting: the kinds of those that keep open what they were told of, by the receivers' names.
    ///   - most: open incidents times receivers that are kept.
    public init(_ routing: Routing, link: String? = nil, lasting: [String: String] = [:], most: Int = 20_000) {
        self.routing = routing
        self.lasting = lasting
        self.link = link.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.most = most
    }

    /// As a configuration has it.
    public init(_ configuration: NotifyConfiguration) {
        let lasting = configuration.receivers.filter { type(of: $0.notifier).keepsOpen }.map { ($0.name, $0.kind) }
        self.init(configuration.routing, link: configuration.link, lasting: Dictionary(lasting) { first, _ in first })
    }

    /// Incidents times receivers that are kept now.
    private(set) var count = 0

    // MARK: News

    /// An incident is as this record has it.
    public mutating func take(_ record: IncidentRecord, at now: Instant) {
        if finished.contains(record.id) {
            if !record.isOpen { return }
            finished.remove(record.id)
        }
        let known = places[record.id] ?? []
        for (index, receiver) in routing.choose(Topic(record)) where !known.contains(where: { $0.receiver == receiver }) {
            join(record, index, receiver)
        }
        for id in places[record.id] ?? [] {
            groups[id]?.members[record.id]?.record = record
            arrange(record.id, in: id, at: now)
        }
        if !record.isOpen, places[record.id] == nil { finished.insert(record.id) }
    }

    /// The automaton cannot mend an incident.
    public mutating func personNeeded(_ incident: IncidentID, at now: Instant) {
        for id in places[incident] ?? [] {
            groups[id]?.members[incident]?.owesPerson = true
            arrange(incident, in: id, at: now)
        }
    }

    /// Something that concerns more than one incident.
    public mutating func take(_ notice: Notice, at now: Instant) {
        let (occasion, topic, message) = NoticeWording.message(notice, link: link, at: now)
        let incident = notice.incident
        for (index, receiver) in routing.choose(topic) where routing.routes[index].on.contains(occasion) {
            // What is asked of an incident has no end of its own: where it would stay open it goes with the incident's, below.
            guard incident == nil || lasting[receiver] == nil else { continue }
            notices.append(Due(receiver: receiver, message: message, occasions: [occasion]))
        }
        if let incident { ask(message, of: incident, on: occasion, at: now) }
        if notices.count > Self.mostNotices { notices.removeFirst(notices.count - Self.mostNotices) }
    }

    /// Asks those who keep open what they are told of: by the key of the incident's group, which is closed when the incident is over.
    private mutating func ask(_ message: Message, of incident: IncidentID, on occasion: Occasion, at now: Instant) {
        for id in places[incident] ?? [] where lasting[id.receiver] != nil && routing.routes[id.route].on.contains(occasion) {
            guard let group = groups[id], let member = group.members[incident], member.record.isOpen else { continue }
            var question = message
            question.key = group.key
            question.entries = [Message.Entry(record: member.record, summary: BuiltInSummary(member.record).text)]
            notices.append(Due(receiver: id.receiver, message: question, occasions: [occasion]))
            groups[id]?.members[incident]?.isTold = true
            groups[id]?.toldAt = now
        }
    }

    /// Another process tells people from here on.
    public mutating func standDown() {
        groups = [:]
        places = [:]
        count = 0
        notices = []
        owed = [:]
    }

    /// Nothing waits any more: the process ends.
    public mutating func hurry(at now: Instant) {
        for id in groups.keys where groups[id]?.dueAt != nil { groups[id]?.dueAt = now }
    }

    // MARK: Messages

    /// When ``due(at:silences:)`` is asked next; nil when nothing is waited for.
    public var next: Instant? {
        if !notices.isEmpty { return .epoch }
        return (groups.compactMap { id, group in group.next(routing.routes[id.route]) } + owed.values.compactMap(\.dueAt)).min()
    }

    /// What is told now.
    /// - Parameter silences: what people asked for: nobody is told of what they cover until they end.
    public mutating func due(at now: Instant, silences: [Suspension] = []) -> [Due] {
        var due = notices
        notices = []
        for id in groups.keys.sorted() {
            let route = routing.routes[id.route]
            guard let told = groups[id]?.tell(route, silences: silences, at: now), let key = groups[id]?.key else { continue }
            let (records, occasions) = told
            for record in records where !record.isOpen { leave(record.id, id) }
            if groups[id]?.members.isEmpty == true { groups[id] = nil }
            due.append(Due(receiver: id.receiver, message: message(key, records, route, at: now), occasions: occasions))
        }
        addOwed(to: &due, at: now)
        return due
    }

    private func message(_ key: String, _ records: [IncidentRecord], _ route: Route, at now: Instant) -> Message {
        let isOver = route.on.contains(.resolved) && records.allSatisfy { !$0.isOpen }
        let entries = records.prefix(Group.mostEntries).map {
            Message.Entry(record: $0, summary: $0.summary?.text ?? BuiltInSummary($0).text)
        }
        let severity = records.filter { $0.isOpen || isOver }.map(\.severity).max() ?? records.map(\.severity).max() ?? .warning
        return Message(
            key: key, kind: isOver ? .resolved : .firing, severity: severity, title: Wording.title(records), text: "", entries: entries,
            more: records.count - entries.count,
            link: link.map { $0 + "/incidents" + (records.count == 1 ? records.first.map { "/\($0.id)" } ?? "" : "") }, at: now)
    }

    // MARK: Groups

    func labels(of record: IncidentRecord, _ route: Int) -> [String] { routing.routes[route].groupBy.map { $0.value(of: record) } }

    /// Puts it into its group.
    /// - Parameters:
    ///   - known: what was told of it; nil for what earlier runs told.
    ///   - earlier: the group in which it was told until now.
    mutating func join(_ record: IncidentRecord, _ index: Int, _ receiver: String, as known: Member? = nil, of earlier: Group? = nil) {
        let route = routing.routes[index]
        let labels = labels(of: record, index)
        let id = Group.ID(route: index, receiver: receiver, labels: labels)
        let member = known ?? Member(record, toldBefore: record.notified?[receiver])
        // Nothing is kept of what is over and owes nothing.
        guard record.isOpen || !member.owed(route.on).isEmpty else { return }
        guard count < most else {
            overflow += 1
            return
        }
        var group = groups[id] ?? Group(key: GroupKey.text(route, labels))
        let before = known == nil ? record.notified?[receiver] : member.isTold ? earlier?.toldAt : nil
        if let before { group.toldAt = max(group.toldAt ?? before, before) }
        if let due = earlier?.dueAt { group.dueAt = min(group.dueAt ?? due, due) }
        group.members[record.id] = member
        groups[id] = group
        places[record.id, default: []].append(id)
        count += 1
    }

    mutating func arrange(_ incident: IncidentID, in id: Group.ID, at now: Instant) {
        guard var group = groups[id], let member = group.members[incident] else { return }
        let route = routing.routes[id.route]
        let owed = member.owed(route.on)
        group.arrange(owed, route, at: now)
        if !member.record.isOpen, owed.isEmpty {
            group.members[incident] = nil
            leave(incident, id)
        }
        groups[id] = group.members.isEmpty ? nil : group
    }

    private mutating func leave(_ incident: IncidentID, _ id: Group.ID) {
        guard let index = places[incident]?.firstIndex(of: id) else { return }
        places[incident]?.remove(at: index)
        count -= 1
        if places[incident]?.isEmpty == true {
            places[incident] = nil
            finished.insert(incident)
        }
    }
}

extension GroupLabel {
    func value(of record: IncidentRecord) -> String {
        switch self {
        case .rule: record.key.rule
        case .namespace: record.key.subject.namespace
        case .severity: record.severity.rawValue
        case .priority: record.priority.description
        case .subject: record.key.subject.description
        }
    }
}

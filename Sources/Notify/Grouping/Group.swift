internal import AutomatonCore

/// Incidents that one receiver is told of together.
struct Group: Hashable, Sendable {
    /// Names it in memory.
    struct ID: Hashable, Comparable, Sendable {
        var route: Int
        var receiver: String
        /// The values of the route's labels.
        var labels: [String]

        static func < (lhs: ID, rhs: ID) -> Bool {
            if lhs.route != rhs.route { return lhs.route < rhs.route }
            if lhs.receiver != rhs.receiver { return lhs.receiver < rhs.receiver }
            return lhs.labels.lexicographicallyPrecedes(rhs.labels)
        }
    }

    /// One that needs a person waits so long for others that come at the same moment.
    static let urgentWait: Duration = .seconds(1)
    /// The shortest time between two messages when a person is needed.
    static let urgentInterval: Duration = .seconds(30)
    /// How often it is looked whether a silence was lifted.
    static let silenceLook: Duration = .minutes(1)
    /// Entries of one message.
    static let mostEntries = 50

    let key: String
    var members: [IncidentID: Member] = [:]
    /// When people were told last.
    var toldAt: Instant?
    /// When they are told next of what is owed.
    var dueAt: Instant?

    init(key: String) { self.key = key }

    /// Sees to it that what is owed is told in time.
    mutating func arrange(_ owed: Set<Occasion>, _ route: Route, at now: Instant) {
        guard !owed.isEmpty else { return }
        // After a restart many come at the same moment.
        var due = toldAt.map { max(now + Self.urgentWait, $0 + route.groupInterval) } ?? now + route.groupWait
        if owed.contains(.person) {
            let gap = min(Self.urgentInterval, route.groupInterval)
            due = min(due, max(now + Self.urgentWait, toldAt.map { $0 + gap } ?? now))
        }
        dueAt = min(dueAt ?? due, due)
    }

    /// When what goes on is told again; nil when nothing was told that goes on.
    func repeatAt(_ route: Route) -> Instant? {
        guard let toldAt, members.values.contains(where: { $0.isTold && $0.record.isOpen }) else { return nil }
        return toldAt + route.repeatInterval
    }

    /// When it is looked at next.
    func next(_ route: Route) -> Instant? {
        switch (dueAt, repeatAt(route)) {
        case (let due?, let again?): min(due, again)
        case (let due, let again): due ?? again
        }
    }

    /// What is told now, the worst first, and for which occasions (none: again); nil for nothing.
    mutating func tell(_ route: Route, silences: [Suspension], at now: Instant) -> (told: [IncidentRecord], on: Set<Occasion>)? {
        let isRepeat = repeatAt(route).map { $0 <= now } ?? false
        guard isRepeat || dueAt.map({ $0 <= now }) ?? false else { return nil }
        var occasions: Set<Occasion> = []
        var records: [IncidentRecord] = []
        var isHeld = false
        for (id, member) in members {
            let owed = member.owed(route.on)
            guard member.isTold || !owed.isEmpty else { continue }
            guard !member.isSilenced(by: silences, at: now) else {
                isHeld = isHeld || !owed.isEmpty
                continue
            }
            occasions.formUnion(owed)
            records.append(member.record)
            members[id]?.told()
        }
        dueAt = isHeld ? now + Self.silenceLook : nil
        guard !occasions.isEmpty || (isRepeat && !records.isEmpty) else {
            // All that would be told again is silenced: looked at again as if it had been told.
            if isRepeat { toldAt = now }
            return nil
        }
        toldAt = now
        for record in records where !record.isOpen { members[record.id] = nil }
        return (records.sorted { $0.isBefore($1) }, occasions)
    }
}

extension IncidentRecord {
    /// Whether it needs a person now.
    var needsPerson: Bool { isOpen && personTold != nil }

    /// The order in messages: what goes on, what needs a person, what is worst, what is oldest.
    func isBefore(_ other: IncidentRecord) -> Bool {
        if isOpen != other.isOpen { return isOpen }
        if needsPerson != other.needsPerson { return needsPerson }
        if severity != other.severity { return severity > other.severity }
        return (detectedAt, id) < (other.detectedAt, other.id)
    }
}

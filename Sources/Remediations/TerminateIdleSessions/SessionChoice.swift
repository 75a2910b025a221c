import AutomatonCore

/// Which sessions of a reading are to be ended, in order, and what became of the others.
struct SessionChoice {
    /// What the rule says about them.
    struct Terms: Hashable, Sendable {
        var idleFor: Duration
        /// In the order in which sessions are ended.
        var states: [Session.State]
        /// Percent of slots; nil for all that qualify.
        var downTo: Double?
        var limit: Int
        var exemptRoles: [NamePattern]
        var exemptApplications: [NamePattern]
        var exemptAddresses: [AddressRange]

        /// Whether the rule spares it.
        func exempts(_ session: Session) -> Bool {
            exemptRoles.contains { $0.matches(session.role) } || exemptApplications.contains { $0.matches(session.application) }
                || exemptAddresses.contains { $0.contains(session.address) }
        }
    }

    /// Those that are to be ended.
    private(set) var chosen: [Session] = []
    /// Sessions in one of the states.
    private(set) var idle = 0
    private(set) var protected = 0
    private(set) var exempt = 0
    private(set) var young = 0
    /// When the first of those that have not been idle for long enough has been; nil when there is none.
    private(set) var firstQualifiesIn: Duration?
    /// More sessions than qualify now will within a moment, and when the last of them does: they are one leak, and one attempt ends them.
    private(set) var moreQualifyIn: Duration?
    /// Those that may be ended.
    private(set) var qualified = 0
    /// How many must go to come down to the share; nil when all that qualify may go.
    private(set) var needed: Int?

    init(_ reading: SessionsReading, _ terms: Terms) {
        var qualifying: [Session] = []
        let moment = min(terms.idleFor / 10, .seconds(30))
        var soon: [Duration] = []
        for session in reading.sessions where terms.states.contains(session.state) {
            idle += 1
            if session.isProtected {
                protected += 1
            } else if terms.exempts(session) {
                exempt += 1
            } else if session.stateFor < terms.idleFor {
                young += 1
                if terms.idleFor - session.stateFor <= moment { soon.append(terms.idleFor - session.stateFor) }
                firstQualifiesIn = min(firstQualifiesIn ?? .hours(24 * 7), terms.idleFor - session.stateFor)
            } else {
                qualifying.append(session)
            }
        }
        qualified = qualifying.count
        if soon.count > qualified { moreQualifyIn = soon.max() }
        needed = terms.downTo.map { max(0, reading.sessions.count - Int(Double(reading.slots) * $0 / 100)) }
        qualifying.sort {
            // Transactions that nobody goes on with hold locks and keep VACUUM from its work: they go first.
            let (left, right) = ($0.state == .idle ? 1 : 0, $1.state == .idle ? 1 : 0)
            return (left, $1.stateFor, $0.pid) < (right, $0.stateFor, $1.pid)
        }
        chosen = Array(qualifying.prefix(min(terms.limit, needed ?? .max)))
    }

    /// What is wrong with the sessions that may not be ended: `100 idle: 3 protected, 90 exempt, 7 idle for less than 10 min`.
    func rest(_ terms: Terms) -> String {
        var parts: [String] = []
        if protected > 0 { parts.append("\(protected) protected (superuser, replication or automaton)") }
        if exempt > 0 { parts.append("\(exempt) exempt by the rule") }
        if young > 0 { parts.append("\(young) idle for less than \(terms.idleFor.readable)") }
        return parts.isEmpty ? "\(idle) idle" : "\(idle) idle: \(parts.joined(separator: ", "))"
    }
}

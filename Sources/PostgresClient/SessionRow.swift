import AutomatonCore

/// One row of the statement that reads.
struct SessionRow {
    let maximum: Int
    let reserved: Int
    let quotedRole: String
    let seesAll: Bool
    let maySignal: Bool
    private let columns: [String?]

    /// Nil when it is no such row.
    init?(_ columns: [String?]) {
        guard columns.count == 14, let maximum = columns[0].flatMap({ Int($0) }), let reserved = columns[1].flatMap({ Int($0) }),
            let quotedRole = columns[2]
        else { return nil }
        self.maximum = maximum
        self.reserved = reserved
        self.quotedRole = quotedRole
        seesAll = columns[3] == "t"
        maySignal = columns[4] == "t"
        self.columns = columns
    }

    /// The session; nil when a column is missing.
    var session: Session? {
        guard let pid = columns[5].flatMap({ Int32($0) }), let startedAt = columns[6].flatMap({ Int64($0) }), let role = columns[7],
            let database = columns[8], let application = columns[9], let address = columns[10], let state = columns[11],
            let stateFor = columns[12].flatMap({ Int64($0) })
        else { return nil }
        return Session(
            pid: pid, startedAt: Instant(microseconds: startedAt), role: role, database: database, application: application,
            address: address, state: Session.State(rawValue: state) ?? .unknown, stateFor: .microseconds(stateFor),
            isProtected: columns[13] != "f")
    }
}

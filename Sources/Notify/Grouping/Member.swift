internal import AutomatonCore

/// An incident in a group, and what was told of it.
struct Member: Hashable, Sendable {
    var record: IncidentRecord
    /// Whether anything was told of it.
    var isTold = false
    /// The last attempt that was told.
    var attemptTold: AttemptID?
    /// A person is needed, and nobody said so yet.
    var owesPerson = false

    /// When it was noted last that somebody was told, and yet the record was changed by something else.
    private static let grace: Duration = .minutes(2)

    /// Takes up what earlier runs told: after a restart nobody is told the same again, and what they did not come to is told.
    init(_ record: IncidentRecord, toldBefore instant: Instant?) {
        self.record = record
        guard let instant else {
            owesPerson = record.isOpen && record.personTold != nil
            return
        }
        isTold = true
        attemptTold = record.attempts.last { $0.writtenAt.map { $0 <= instant } ?? false }?.id
        // Nobody wrote down when the person was told: rather twice than never.
        owesPerson = record.isOpen && record.personTold != nil && record.updatedAt > instant + Self.grace
    }

    private var lastAttempt: AttemptID? { record.attempts.last { $0.writtenAt != nil }?.id }

    /// What is to be told of it, of these.
    func owed(_ on: Set<Occasion>) -> Set<Occasion> {
        var owed: Set<Occasion> = []
        if let lastAttempt, lastAttempt != attemptTold { owed.insert(.attempt) }
        if owesPerson { owed.insert(.person) }
        if record.isOpen {
            if !isTold { owed.insert(.detected) }
        } else {
            owed.formIntersection(on)
            // What came and went by itself before anybody was told is told to nobody.
            if isTold || !owed.isEmpty { owed.insert(.resolved) }
        }
        return owed.intersection(on)
    }

    /// Notes that everything was told.
    mutating func told() {
        isTold = true
        attemptTold = lastAttempt ?? attemptTold
        owesPerson = false
    }

    /// Whether a silence of a person covers it.
    func isSilenced(by silences: [Suspension], at now: Instant) -> Bool {
        silences.contains {
            $0.kind == .silence && $0.covers(rule: record.key.rule, subject: record.key.subject) && ($0.until.map { $0 > now } ?? true)
        }
    }
}

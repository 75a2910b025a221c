public import AutomatonCore

/// A line of the trail in the API's JSON: a decision, or a change of an incident.
public struct TrailReport: Hashable, Codable, Sendable {
    /// When.
    public var at: Timestamp
    /// The rule of the incident.
    public var rule: String
    /// Its subject: `production/deployment/email-service`.
    public var subject: String
    /// How urgent it was.
    public var priority: String
    /// `opened`, `hold`, `act`, `would_act`, `ask_approval`, `attempted`, `verified`, `revert`, `escalate`, `tell_person`, `closed`, …
    public var kind: String
    /// The guard of a hold, the remediation of an attempt, the outcome of a verification; empty where there is none.
    public var word: String
    /// Why, with figures.
    public var text: String
    /// The attempt, where there is one.
    public var attempt: String?
    /// When it is looked at again, where a time is known.
    public var until: Timestamp?

    /// As the trail has it. A time without an end is left out.
    public init(_ entry: TrailEntry) {
        at = Timestamp(entry.at)
        rule = entry.incident.rule
        subject = entry.incident.subject.description
        priority = entry.priority.description
        kind = entry.kind
        word = entry.word
        text = entry.text
        attempt = entry.attempt?.text
        until = entry.until.flatMap(Timestamp.init(finite:))
    }
}

/// What `GET /api/autoheal/decisions` answers.
public struct DecisionsReport: Hashable, Codable, Sendable {
    /// When it was asked.
    public var at: Timestamp
    /// From when on.
    public var since: Timestamp
    /// Oldest first.
    public var decisions: [TrailReport]
    /// Whether older ones were left out, as there are more than the limit.
    public var isCut: Bool
    /// Why these may not be all: the process that was asked does not lead. Left out when it does.
    public var partial: String?

    /// Makes a report.
    public init(at: Instant, since: Instant, entries: [TrailEntry], limit: Int, partial: String? = nil) {
        self.at = Timestamp(at)
        self.since = Timestamp(since)
        decisions = entries.map { TrailReport($0) }
        isCut = entries.count >= limit
        self.partial = partial
    }
}

extension Timestamp {
    /// Nil for the end of all time, which stands for "until it is lifted".
    init?(finite instant: Instant) {
        // RFC 3339 ends with the year 9999.
        guard instant < Instant(seconds: 253_402_300_800), instant >= Instant(seconds: -62_167_219_200) else { return nil }
        self.init(instant)
    }
}

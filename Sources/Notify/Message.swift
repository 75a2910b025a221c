public import AutomatonCore

/// What people are told: incidents that belong together, or something that concerns more than one.
public struct Message: Hashable, Sendable {
    /// What for.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Something is wrong, was done about it, or needs a person.
        case firing
        /// All of it is over.
        case resolved
        /// Something that concerns more than incidents: a storm, a rule that stepped down, a question to confirm.
        case notice
        /// Somebody asked for it, to see that it arrives.
        case test
    }

    /// An incident as it is now, with what is said of it.
    public struct Entry: Hashable, Sendable {
        /// The incident.
        public var record: IncidentRecord
        /// What happened, what is likely to be behind it, what to do next: plain text that holds hostile input.
        public var summary: String

        /// Makes an entry.
        public init(record: IncidentRecord, summary: String) {
            self.record = record
            self.summary = summary
        }
    }

    /// Names what it is about: the same for every message about it, so that a service can join them (at most 255 bytes).
    public var key: String
    /// What for.
    public var kind: Kind
    /// The worst of it.
    public var severity: Severity
    /// One line: `Auto-Heal: my-app-xyz Restarted (OOMKilled)`.
    public var title: String
    /// What it says when it is about no incident; plain text.
    public var text: String
    /// The incidents, the worst first; empty for a notice.
    public var entries: [Entry]
    /// How many incidents more it is about than ``entries`` has.
    public var more: Int
    /// Where more is to be read; nil where no address of the dashboard is configured.
    public var link: String?
    /// When.
    public var at: Instant

    /// Makes a message.
    public init(
        key: String, kind: Kind, severity: Severity, title: String, text: String, entries: [Entry] = [], more: Int = 0, link: String? = nil,
        at: Instant
    ) {
        self.key = key
        self.kind = kind
        self.severity = severity
        self.title = title
        self.text = text
        self.entries = entries
        self.more = more
        self.link = link
        self.at = at
    }
}

extension Message {
    /// Somebody wants to see that it arrives.
    /// - Parameter resolves: whether what an earlier test began is over.
    public static func test(of receiver: String, by person: String, resolves: Bool, at now: Instant) -> Message {
        Message(
            key: GroupKey.text(["test", receiver]), kind: resolves ? .resolved : .test, severity: .warning,
            title: Wording.line(resolves ? "Test of \(receiver) Over" : "Test of \(receiver)"),
            text: "\(person) asked for this with 'automaton notify test \(receiver)'. Nothing is wrong.".lines, at: now)
    }
}

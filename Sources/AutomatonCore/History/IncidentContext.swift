/// What was read around an incident, for people: nothing is decided by it.
public struct IncidentContext: Hashable, Codable, Sendable {
    /// An event of the subject, as the cluster has it.
    public struct ObjectEvent: Hashable, Codable, Sendable {
        /// When it was last seen.
        public var at: Instant
        /// `Normal` or `Warning`.
        public var type: String
        /// `BackOff`.
        public var reason: String
        /// What it says; hostile input, scrubbed.
        public var note: String
        /// How often it was seen.
        public var count: Int
        /// What it is about: `pod/email-7c9-x2`.
        public var about: String

        /// Makes an event.
        public init(at: Instant, type: String, reason: String, note: String, count: Int, about: String) {
            self.at = at
            self.type = type
            self.reason = reason
            self.note = note
            self.count = count
            self.about = about
        }
    }

    /// When it was read.
    public var readAt: Instant
    /// The last lines of the container that ended, oldest first; hostile input, scrubbed.
    public var log: [String]
    /// Whose lines they are, and of which run: `container app of pod email-7c9-x2, which ended with exit code 137 (OOMKilled)`.
    public var logOf: String?
    /// Why there are none.
    public var logMissing: String?
    /// Recent events of the subject and its pods, oldest first.
    public var events: [ObjectEvent]
    /// Why there are none, or which could not be read.
    public var eventsMissing: String?
    /// The node that the pod is on; nil where there is none, or nobody knows.
    public var node: String?

    /// Makes a context.
    public init(
        readAt: Instant, log: [String] = [], logOf: String? = nil, logMissing: String? = nil, events: [ObjectEvent] = [],
        eventsMissing: String? = nil, node: String? = nil
    ) {
        self.readAt = readAt
        self.log = log
        self.logOf = logOf
        self.logMissing = logMissing
        self.node = node
        self.events = events
        self.eventsMissing = eventsMissing
    }
}

extension IncidentContext {
    /// Nothing was read, for one reason.
    public init(readAt: Instant, missing why: String) { self.init(readAt: readAt, logMissing: why, eventsMissing: why) }
}

/// What was said of an incident by somebody who was asked: hostile input, which nothing is decided by.
public struct WrittenSummary: Hashable, Codable, Sendable {
    /// Plain text.
    public var text: String
    /// Who wrote it: `gemini`.
    public var provider: String
    /// When.
    public var at: Instant

    /// Makes a summary.
    public init(text: String, provider: String, at: Instant) {
        self.text = text
        self.provider = provider
        self.at = at
    }
}

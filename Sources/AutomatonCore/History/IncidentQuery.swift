/// Which incidents of the history, the latest first.
public struct IncidentQuery: Hashable, Sendable {
    /// Where a page ended.
    public struct Cursor: Hashable, Sendable {
        /// Of the last record of the page.
        public var detectedAt: Instant
        /// Of the last record of the page.
        public var id: IncidentID

        /// Makes a cursor.
        public init(detectedAt: Instant, id: IncidentID) {
            self.detectedAt = detectedAt
            self.id = id
        }
    }

    /// Nil for all.
    public var status: IncidentRecord.Status?
    /// Only those that are open; nil for all.
    public var isOpen: Bool?
    /// Nil for all.
    public var namespace: String?
    /// Nil for all.
    public var severity: Severity?
    /// Nil for all.
    public var rule: String?
    /// What is mended; nil for all.
    public var subject: SubjectFilter?
    /// Detected at or after; nil for all.
    public var since: Instant?
    /// Those that come after the end of an earlier page; nil for the first page.
    public var after: Cursor?
    /// At most so many.
    public var limit: Int

    /// Makes a query; by default for the last 50.
    public init(
        status: IncidentRecord.Status? = nil, isOpen: Bool? = nil, namespace: String? = nil, severity: Severity? = nil,
        rule: String? = nil, subject: SubjectFilter? = nil, since: Instant? = nil, after: Cursor? = nil, limit: Int = 50
    ) {
        self.status = status
        self.isOpen = isOpen
        self.namespace = namespace
        self.severity = severity
        self.rule = rule
        self.subject = subject
        self.since = since
        self.after = after
        self.limit = limit
    }

    /// Whether a record is asked for, on whatever page.
    public func matches(_ record: IncidentRecord) -> Bool {
        (status.map { record.status == $0 } ?? true) && (isOpen.map { record.isOpen == $0 } ?? true)
            && (namespace.map { record.key.subject.namespace == $0 } ?? true) && (severity.map { record.severity == $0 } ?? true)
            && (rule.map { record.key.rule == $0 } ?? true) && (subject.map { $0.matches(record.key.subject) } ?? true)
            && (since.map { record.detectedAt >= $0 } ?? true)
    }
}

/// A page of the history.
public struct IncidentPage: Hashable, Sendable {
    /// The latest first.
    public var records: [IncidentRecord]
    /// How many there are on all pages.
    public var total: Int

    /// Makes a page.
    public init(records: [IncidentRecord], total: Int) {
        self.records = records
        self.total = total
    }

    /// The page of these that a query asks for.
    public init(of records: [IncidentRecord], _ query: IncidentQuery) {
        let all = records.filter { query.matches($0) }.sorted { ($1.detectedAt, $1.id) < ($0.detectedAt, $0.id) }
        let rest = query.after.map { end in all.drop { (end.detectedAt, end.id) <= ($0.detectedAt, $0.id) } } ?? all[...]
        self.init(records: Array(rest.prefix(max(0, query.limit))), total: all.count)
    }
}

/// How many incidents there are, by status; none of those that are not named.
public typealias IncidentCounts = [IncidentRecord.Status: Int]

extension IncidentQuery {
    /// How many of these it finds on all pages, by status.
    public func counts(of records: some Sequence<IncidentRecord>) -> IncidentCounts {
        records.reduce(into: [:]) { counts, record in if matches(record) { counts[record.status, default: 0] += 1 } }
    }
}

/// What a person asked for: nothing new on an incident for a time (a silence), or no new attempts (a pause).
public struct Suspension: Hashable, Codable, Sendable {
    /// Which of the two.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// Nothing is begun, and nobody is told. It always has an end.
        case silence
        /// Nothing is begun; people are told as ever.
        case pause
    }

    /// Its name, by which it is lifted.
    public var id: String
    /// Which of the two.
    public var kind: Kind
    /// Of one rule; nil for all.
    public var rule: String?
    /// Of some subjects; nil for all.
    public var subject: SubjectFilter?
    /// When it was asked for.
    public var at: Instant
    /// When it ends; nil when it is lifted.
    public var until: Instant?
    /// Who asked for it.
    public var by: String
    /// Why.
    public var why: String

    /// The longest that a silence, or a pause with an end, may last.
    public static let longest: Duration = .hours(366 * 24)

    /// Makes one.
    public init(
        id: String, kind: Kind, rule: String? = nil, subject: SubjectFilter? = nil, at: Instant, until: Instant? = nil, by: String,
        why: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.rule = rule
        self.subject = subject
        self.at = at
        self.until = until
        self.by = by
        self.why = why
    }

    /// Whether it is about an incident.
    public func covers(rule: String, subject: Subject) -> Bool {
        (self.rule.map { $0 == rule } ?? true) && (self.subject.map { $0.matches(subject) } ?? true)
    }
}

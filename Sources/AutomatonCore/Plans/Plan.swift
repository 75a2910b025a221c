/// Names one attempt; unique across restarts, since the stamp on the mended object carries it.
public struct AttemptID: Hashable, Codable, Sendable, CustomStringConvertible {
    /// `4f1c9a02-17`: the run of the program, and a number within it.
    public let text: String

    /// Names an attempt.
    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// The mark that an attempt leaves on the object it mended, in the same write as the change.
///
/// It carries the cooldown through a crash and to another leader.
public struct Stamp: Hashable, Codable, Sendable {
    /// The attempt.
    public var attempt: AttemptID
    /// The rule that asked for it.
    public var rule: String
    /// The remediation.
    public var remediation: String
    /// When it was authorised, wall time.
    public var at: Instant

    /// Makes a stamp.
    public init(attempt: AttemptID, rule: String, remediation: String, at: Instant) {
        self.attempt = attempt
        self.rule = rule
        self.remediation = remediation
        self.at = at
    }
}

/// One field that a plan changes, before and after, as people read it; with the number where a limit applies.
public struct Change: Hashable, Codable, Sendable {
    /// Which limit of the safety policy the new value is held against.
    public enum Measure: Hashable, Codable, Sendable {
        /// Replicas of a workload.
        case replicas(Int)
        /// Memory limit of a container.
        case memory(ByteQuantity)
        /// Nothing that a cap speaks of.
        case unmeasured
    }

    /// Where: `containers[email].resources.limits.memory`.
    public var field: String
    /// The value that was read; nil when it was unset.
    public var before: String?
    /// The value that will be written; nil when it will be unset.
    public var after: String?
    /// The new value, where a cap applies.
    public var measure: Measure

    /// In one line, for people: `replicas 6 → 2`.
    public var summary: String { "\(field) \(before ?? "unset") → \(after ?? "unset")" }

    /// Makes a change.
    public init(_ field: String, before: String?, after: String?, measure: Measure = .unmeasured) {
        self.field = field
        self.before = before
        self.after = after
        self.measure = measure
    }
}

/// Exactly what an attempt would change on one subject, read from the subject as it is observed.
public struct Plan: Hashable, Codable, Sendable {
    /// The subject that is changed.
    public var subject: Subject
    /// In one line, for people: `raise memory of container email from 1Gi to 2Gi`.
    public var summary: String
    /// Every field that changes; never empty.
    public var changes: [Change]
    /// What is written. The ports know how.
    public var write: PlannedWrite
    /// What takes it back; nil when it cannot be taken back (a restart).
    public var inverse: WorkloadWrite?
    /// The stamps that were found on the subject, newest last.
    public var stamps: [Stamp]
    /// What else was read of the object, for the safety policy; nil when the plan changes no object of the cluster.
    public var circumstances: Circumstances?

    /// Makes a plan.
    public init(
        subject: Subject, summary: String, changes: [Change], write: PlannedWrite, inverse: WorkloadWrite? = nil, stamps: [Stamp] = [],
        circumstances: Circumstances? = nil
    ) {
        self.subject = subject
        self.summary = summary
        self.changes = changes
        self.write = write
        self.inverse = inverse
        self.stamps = stamps
        self.circumstances = circumstances
    }
}

extension [Change] {
    /// Names what people see of a plan, so that what they confirm is what is done: 64 hexadecimal digits, of each field with its value before
    /// and after. A time that is written (of a restart) is another one with each plan of the same, and is left out.
    public var digest: String {
        let text = map { change in
            let after = change.after.map { Instant(rfc3339: $0) == nil ? $0 : "\u{2}" } ?? "\u{1}"
            return "\(change.field)\u{0}\(change.before ?? "\u{1}")\u{0}\(after)"
        }.joined(separator: "\u{3}")
        return SHA256.hex(SHA256.digest(text.utf8))
    }
}

/// What a plan writes, in the words of the port that takes it.
public enum PlannedWrite: Hashable, Codable, Sendable {
    /// A change of a workload.
    case workload(WorkloadWrite)
    /// Ending sessions of a database.
    case sessions(SessionTermination)
    /// Deleting files.
    case files(FileCleaning)
    /// Evicting pods.
    case evictions(PodEviction)
}

extension PlannedWrite {
    /// The change of a workload; nil when it is something else.
    public var workload: WorkloadWrite? { if case .workload(let write) = self { write } else { nil } }
}

extension AttemptID {
    /// Reads its text.
    public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }

    /// Writes its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

public import AutomatonCore

/// A fix that is kept, in the API's JSON: the fields of `fixes.yaml`, its name, and how it stands.
public struct FixReport: Hashable, Codable, Sendable {
    /// Its name, by which it is forgotten.
    public var id: String
    /// The namespace.
    public var namespace: String
    /// `deployment/catalog`.
    public var resource: String
    /// The container; nil where the field is none of a container.
    public var container: String?
    /// `memory`, `replicas` or `storage`.
    public var type: String
    /// What is kept: the limit, the replicas, the size.
    public var value: String
    /// The memory request that is kept; nil where there is none.
    public var request: String?
    /// What the value was before.
    public var before: String?
    /// What the request was before.
    public var requestBefore: String?
    /// When it was seen to help, or was written down by a person.
    public var timestamp: Timestamp
    /// True where a person imported it, or wrote it where people edit fixes: what follows is what they say.
    public var imported: Bool?
    /// The rule that it comes from; nil where a person wrote it down.
    public var rule: String?
    /// The remediation.
    public var remediation: String?
    /// The incident that it healed.
    public var incident: String?
    /// The attempt.
    public var attempt: String?
    /// How it stands in the workload, as a rule's check saw it last.
    public var state: State
    /// The same in words, where there is more to say.
    public var detail: String?

    /// How a fix stands.
    public enum State: String, Hashable, Codable, Sendable, CaseIterable {
        /// The field holds what is kept.
        case holds
        /// Somebody lowered it.
        case drifted
        /// Somebody raised it further.
        case outgrown
        /// It does not apply to what is there.
        case idle
        /// No rule looks, or it could not be seen.
        case unknown
    }

    /// As the automaton has it.
    /// - Parameter finding: what was seen of its workload last.
    public init(_ fix: Fix, finding: Finding?) {
        id = fix.key.id.text
        namespace = fix.key.subject.namespace
        resource = "\(fix.key.subject.kind.rawValue)/\(fix.key.subject.name)"
        container = fix.key.container
        type = fix.key.kind.rawValue
        value = fix.value.amountText
        request = fix.value.request?.description
        before = fix.before?.amountText
        requestBefore = fix.before?.request?.description
        timestamp = Timestamp(fix.at)
        imported = fix.origin.isImported ? true : nil
        rule = fix.origin.rule
        remediation = fix.origin.remediation
        incident = fix.origin.incident?.text
        attempt = fix.origin.attempt?.text
        switch finding?.observation {
        case .seen(let evidence):
            let remark = evidence.remark(on: fix.key)
            state = remark.map { State(rawValue: $0.word.rawValue) ?? .unknown } ?? .holds
            detail = remark?.text
        case .unknown(let why): (state, detail) = (.unknown, why)
        case nil: state = .unknown
        }
    }

    /// The fix itself; nil when what came is none.
    public var fix: Fix? {
        let texts: [String: String?] = [
            "namespace": namespace, "resource": resource, "container": container, "type": type, "value": value, "request": request,
            "before": before, "requestBefore": requestBefore, "timestamp": timestamp.instant.rfc3339Milli,
            "imported": imported.map(\.description), "rule": rule, "remediation": remediation, "incident": incident, "attempt": attempt,
        ]
        return try? FixFields.fix(now: timestamp.instant) { texts[$0] ?? nil }
    }
}

/// What `GET /api/autoheal/fixes` answers.
public struct FixesReport: Hashable, Codable, Sendable {
    /// Sorted by workload.
    public var fixes: [FixReport]
    /// Why this is not all there is; nil when it is.
    public var partial: String?

    /// As the automaton has them.
    public init(fixes: [FixReport], partial: String? = nil) { (self.fixes, self.partial) = (fixes, partial) }
}

/// What `POST /api/autoheal/fixes` answers.
public struct FixKeptReport: Hashable, Codable, Sendable {
    /// What is kept now; nil when it was forgotten since the time of what was sent.
    public var fix: FixReport?
    /// Whether it is what was sent: else what was known is newer, or says the same.
    public var isTaken: Bool
    /// What the asker should know.
    public var warnings: [String]
}

/// What `DELETE /api/autoheal/fixes/ID` answers.
public struct FixForgottenReport: Hashable, Codable, Sendable {
    /// What is kept no longer. The workload stays as it is.
    public var forgotten: FixReport
}

internal import AutomatonCore
internal import Logging

extension IncidentKey {
    var metadata: Logger.Metadata { ["rule": "\(rule)", "subject": "\(subject)"] }
}

extension Incident {
    var metadata: Logger.Metadata {
        key.metadata.merging(["priority": "\(priority)", "detected": "\(detectedAt.rfc3339Milli)"]) { $1 }
    }
}

extension IncidentChange {
    /// From detection to the instant of the change.
    var timeToRecover: Duration { at - incident.detectedAt }

    /// What the kind of the change adds to the incident's metadata.
    var metadata: Logger.Metadata {
        switch kind {
        case .opened: ["finding": "\(incident.cause)"]
        case .priority(let from): ["before": "\(from)"]
        case .attempted(let id, let remediation, let report):
            report.details.isEmpty
                ? ["attempt": "\(id)", "remediation": "\(remediation)"]
                : ["attempt": "\(id)", "remediation": "\(remediation)", "details": .array(report.details.map { "\($0)" })]
        case .reverted(let id, let remediation), .restored(let id, let remediation, _):
            ["attempt": "\(id)", "remediation": "\(remediation)"]
        case .verified(let id, let remediation, let outcome):
            ["attempt": "\(id)", "remediation": "\(remediation)", "outcome": "\(outcome.rawValue)"]
        case .closed(let ending):
            [
                "ending": "\(ending.rawValue)", "seconds": .stringConvertible(timeToRecover.inSeconds),
                "attempts": .stringConvertible(incident.attempts),
            ]
        }
    }
}

extension Decision {
    var metadata: Logger.Metadata {
        var metadata = incident.metadata
        metadata["priority"] = "\(priority)"
        metadata["choice"] = "\(choice.label)"
        metadata["reason"] = "\(reason)"
        if let until { metadata["until"] = "\(until.rfc3339)" }
        switch choice {
        case .act(let id, let remediation, let plan):
            metadata["attempt"] = "\(id)"
            metadata["remediation"] = "\(remediation)"
            metadata["changes"] = plan.changesMetadata
        case .wouldAct(let remediation, let plan), .askApproval(let remediation, let plan):
            metadata["remediation"] = "\(remediation)"
            metadata["changes"] = plan.changesMetadata
        case .revert(let id, let remediation), .restore(let id, let remediation):
            metadata["attempt"] = "\(id)"
            metadata["remediation"] = "\(remediation)"
        case .escalate(let next): metadata["remediation"] = "\(next)"
        case .hold(let guardian): metadata["guard"] = "\(guardian.rawValue)"
        case .tellPerson: break
        }
        return metadata
    }
}

extension Plan {
    /// `containers[email].resources.limits.memory: 1Gi → 2Gi`, a field each.
    fileprivate var changesMetadata: Logger.MetadataValue {
        .array(changes.map { "\($0.field): \($0.before ?? "unset") → \($0.after ?? "unset")" })
    }
}

extension Suspension {
    /// What it is, in a few words: `Silence of rule kafka-lag until 2026-01-01T00:00:00Z`.
    var words: String {
        let what = kind == .silence ? "Silence" : "Pause"
        let whose = [rule.map { "rule \($0)" }, subject.map { "\($0)" }].compactMap { $0 }.joined(separator: " on ")
        return "\(what) of \(whose.isEmpty ? "everything" : whose)\(until.map { " until \($0.rfc3339)" } ?? "")"
    }

    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["suspension": "\(id)", "by": "\(by)"]
        if let rule { metadata["rule"] = "\(rule)" }
        if let subject { metadata["subject"] = "\(subject)" }
        if let until { metadata["until"] = "\(until.rfc3339)" }
        if !why.isEmpty { metadata["reason"] = "\(why)" }
        return metadata
    }
}

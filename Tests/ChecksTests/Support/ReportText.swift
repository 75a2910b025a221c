import AutomatonCore

/// Reports in one line, so that tables can be read.
enum ReportText {
    static func of(_ report: CheckReport) -> String {
        switch report {
        case .complete(let findings): "complete[" + findings.map(of).joined(separator: ", ") + "]"
        case .changed(let finding): of(finding)
        case .gone(let subject): "gone \(name(subject))"
        case .current: "current"
        case .population(let workloads): "population \(workloads.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
        case .blind(let why): "blind: \(why)"
        case .waiting(let why): "waiting: \(why)"
        }
    }

    /// `email: OOMKilled#0 restarts 0 unwell 1 pods 1`; the number is the restart count at which the fault was seen.
    static func of(_ finding: Finding) -> String {
        "\(name(finding.subject)): " + of(finding.observation)
    }

    static func of(_ observation: Observation) -> String {
        switch observation {
        case .unknown(let why): return "unknown: \(why)"
        case .seen(let evidence):
            let reasons = evidence.reasons.map { reason in
                let container = reason.container.flatMap { $0 == "main" ? nil : "(\($0))" } ?? ""
                return reason.code + container + (reason.restartCount.map { "#\($0)" } ?? "")
            }
            return (reasons + evidence.figures.map { "\($0.name) \(Int($0.value))" }).joined(separator: " ")
        }
    }

    private static func name(_ subject: Subject) -> String {
        subject.kind == .deployment ? subject.name : "\(subject.kind.rawValue)/\(subject.name)"
    }
}

import AutomatonCore

/// Finds the workloads that rules name by a label, for the things that a check reports on.
///
/// An answer holds for a minute, and for longer only while nobody can be asked: which workload carries a label changes seldom, and a plan
/// reads the workload anew.
actor WorkloadLocator {
    private static let lifetime: Duration = .minutes(1)
    private static let limit = 10_000

    private struct Key: Hashable {
        var template: SubjectTemplate
        var value: String
    }

    private let workloads: any Workloads
    private var answers: [Key: (answer: Result<Subject, Missing>, at: Instant)] = [:]

    /// Why no workload, or not exactly one, was found.
    struct Missing: Error, Hashable {
        var why: String
    }

    init(_ workloads: any Workloads) { self.workloads = workloads }

    /// Fills in what each template stands for. What cannot be found is left out, and told.
    func locate(_ finding: Finding, _ templates: [SubjectTemplate], at now: Instant) async -> (Finding, missing: [String]) {
        var finding = finding
        var missing: [String] = []
        for template in templates {
            switch await find(template, for: finding.subject, at: now) {
            case .success(let subject): finding.located[template] = subject
            case .failure(let error): missing.append(error.why)
            }
        }
        return (finding, missing)
    }

    private func find(_ template: SubjectTemplate, for source: Subject, at now: Instant) async -> Result<Subject, Missing> {
        guard case .label(let label, _) = template.name, let value = template.labelValue(for: source) else {
            return .failure(Missing(why: "\(template) names no label"))
        }
        let key = Key(template: template, value: value)
        let known = answers[key]
        if let known, now - known.at < Self.lifetime { return known.answer }
        do throws(PortError) {
            let answer = try await ask(template, label, value)
            if answers.count >= Self.limit { answers.removeAll() }
            answers[key] = (answer, now)
            return answer
        } catch {
            // What was found before holds until the API answers again: an incident is not over because nobody could be asked.
            if case .success(let subject)? = known?.answer { return .success(subject) }
            return .failure(Missing(why: "the \(template.kind.rawValue) with the label \(label)=\(value) cannot be looked up: \(error)"))
        }
    }

    private func ask(_ template: SubjectTemplate, _ label: String, _ value: String) async throws(PortError) -> Result<Subject, Missing> {
        let found = try await workloads.workloads(template.kind, inNamespace: template.namespace, label: label, value: value)
        if found.count == 1 { return .success(found[0]) }
        let what = "\(template.kind.rawValue) in namespace \(template.namespace) carries the label \(label)=\(value)"
        if found.isEmpty { return .failure(Missing(why: "no \(what)")) }
        let names = found.prefix(5).map(\.name).joined(separator: ", ")
        return .failure(Missing(why: "more than one \(what): \(names); one is needed"))
    }
}

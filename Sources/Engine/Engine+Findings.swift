import AutomatonCore

/// What checks report, on its way to the core.
extension Engine {
    /// Takes what a check came back with: its report, with the workloads that its rules find by a label, and how the run went.
    func receive(_ report: CheckReport, from id: CheckID, _ outcome: CheckOutcome, took: Duration? = nil) async {
        let report = await locate(in: report, for: id)
        let unnamed = await lookAtUnnamed(with: report, from: id)
        // The time was over meanwhile, and the check is told to be blind: what came late says nothing.
        if Task.isCancelled, case .complete = report { return }
        receive(report, unnamed, from: id)
        if id.check == Fix.check { tellFixes() }
        tell(.checked(id, outcome, took: took))
        if case .complete(let findings) = report, let check = ruleset.checks[id], !(check is any WatchingCheck) {
            tell(.measured(id, findings.highestFigures))
        }
    }

    /// A report with the workloads that the check's rules find by a label.
    private func locate(in report: CheckReport, for id: CheckID) async -> CheckReport {
        let templates = labelTemplates(of: id)
        guard !templates.isEmpty else { return report }
        switch report {
        case .complete(let findings):
            var located: [Finding] = []
            for finding in findings { located.append(await locate(finding, templates, for: id)) }
            return .complete(located)
        case .changed(let finding): return .changed(await locate(finding, templates, for: id))
        case .gone, .current, .population, .blind, .waiting: return report
        }
    }

    private func receive(_ report: CheckReport, _ unnamed: (there: [Finding], gone: [Subject]), from id: CheckID) {
        guard ruleset.checks[id] != nil else { return }
        observations?.record(report, of: id, at: clock.now())
        for (subject, why) in unknowns.take(report, from: id, at: clock.now()) { tell(.unknown(id, subject, why)) }
        switch report {
        case .complete, .current, .blind: waiting[id] = nil
        case .waiting(let why): waiting[id] = why
        case .changed, .gone, .population: break
        }
        switch report {
        case .complete(let findings):
            reported[id] = Dictionary(findings.map { ($0.subject, $0) }) { _, last in last }
            completed.insert(id)
            if let counts = census.recount(id, findings) { step(.census(id, counts)) }
            unheard.remove(id)
            step(.complete(id, findings + unnamed.there))
        case .changed(let finding):
            if reported[id, default: [:]].updateValue(finding, forKey: finding.subject) == nil,
                let counts = census.change(id, finding.subject, by: 1)
            {
                step(.census(id, counts))
            }
            step(.changed(id, finding))
        case .gone(let subject):
            if reported[id]?.removeValue(forKey: subject) != nil, let counts = census.change(id, subject, by: -1) {
                step(.census(id, counts))
            }
            step(.gone(id, subject))
        case .current:
            step(.current(id))
            // What new rules could not be told while nobody knew that it was still so.
            if unheard.remove(id) != nil { return step(.repeated(id, known(id) + unnamed.there)) }
            for finding in unnamed.there { if case .seen = finding.observation { step(.changed(id, finding)) } }
            for subject in unnamed.gone { step(.gone(id, subject)) }
        case .population(let workloads):
            if let counts = census.take(id, workloads) { step(.census(id, counts)) }
        case .blind(let why), .waiting(let why): step(.blind(id, why))
        }
    }

    /// Has the core take what a check reported last once more; not as a new observation: a check that cannot see would seem to see again.
    func repeatKnown(_ id: CheckID) {
        // Against what earlier runs remembered only what was seen after them says something.
        guard completed.contains(id), unheard.insert(id).inserted else { return }
        step(.repeated(id, known(id)))
    }

    /// Has the core take what each check reported last once more as soon as the check says that it is still so: an earlier run may have
    /// seen something later.
    func repeatKnownLater() { unheard.formUnion(completed) }

    /// What a check reported last, in order.
    private func known(_ id: CheckID) -> [Finding] { (reported[id] ?? [:]).values.sorted { $0.subject < $1.subject } }

    private func locate(_ finding: Finding, _ templates: [SubjectTemplate], for id: CheckID) async -> Finding {
        let (located, missing) = await locator.locate(finding, templates, at: clock.now())
        note(missing: missing.first, of: finding.subject, by: id)
        return located
    }

    /// The templates of rules that find their workload by a label.
    private func labelTemplates(of id: CheckID) -> [SubjectTemplate] {
        ruleset.rules.compactMap { rule in
            guard rule.check == id, let template = rule.subject, case .label = template.name else { return nil }
            return template
        }
    }

    /// A rule's workload could not be found; nil when all were.
    private func note(missing why: String?, of subject: Subject, by id: CheckID) {
        guard ruleset.checks[id] != nil, unknowns.note(missing: why, of: subject, by: id) else { return }
        tell(.unknown(id, subject, why))
    }
}

extension [Finding] {
    /// Of each figure that was measured, the highest value; in order of the names.
    fileprivate var highestFigures: [Figure] {
        var highest: [String: Figure] = [:]
        for finding in self {
            guard case .seen(let evidence) = finding.observation else { continue }
            for figure in evidence.figures where figure.value > highest[figure.name]?.value ?? -.infinity { highest[figure.name] = figure }
        }
        return highest.values.sorted { $0.name < $1.name }
    }
}

import AutomatonCore
import Rules

/// A case with the names that it uses found in the rules: what happens when.
struct Script {
    /// Something that happens at a time.
    struct Entry {
        var at: Instant
        var sighting: Sighting
        var check: CheckID
    }

    let test: RehearsalCase
    let file: String
    /// In the order of their times.
    let entries: [Entry]
    /// The checks that say something in this case.
    let checks: [CheckID]

    /// - Throws: names that the rules do not know.
    init(_ test: RehearsalCase, _ loaded: LoadedConfiguration, file: String) throws(ConfigurationErrors) {
        var problems: [Problem] = []
        var entries: [Entry] = []
        let rules = loaded.ruleset.rules
        func report(_ position: Position, _ message: String) { problems.append(position.place(in: file).problem(message)) }

        for sighting in test.sightings {
            let id: CheckID
            do throws(Unknown) { id = try Self.check(sighting, rules) } catch {
                report(sighting.position, error.message)
                continue
            }
            if let check = loaded.ruleset.checks[id] { Self.hold(sighting, against: check).forEach { report(sighting.position, $0) } }
            for round in 0...(sighting.repetition?.times ?? 0) {
                let at = sighting.at + (sighting.repetition?.every ?? .zero) * round
                guard at <= test.until else { break }
                entries.append(Entry(at: test.start + at, sighting: sighting, check: id))
            }
        }
        let names = rules.map(\.name)
        let remediations = Set(rules.flatMap(\.remediations).map(\.use))
        for (position, rule) in test.expectations.map({ ($0.position, $0.rule) }) + test.requests.map({ ($0.position, $0.rule) }) {
            guard let rule, !names.contains(rule) else { continue }
            report(position, NearestName.unknown("rule", rule, known: names))
        }
        for expectation in test.expectations {
            guard let name = expectation.remediation, !remediations.contains(name) else { continue }
            report(expectation.position, NearestName.unknown("remediation", name, known: remediations))
        }
        for fate in test.attempts {
            guard let use = fate.use, !remediations.contains(use) else { continue }
            report(fate.position, NearestName.unknown("remediation", use, known: remediations))
        }
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        self.test = test
        self.file = file
        // Those of one time in the order in which they are written.
        self.entries = entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        checks = Set(entries.map(\.check)).sorted()
    }

    private struct Unknown: Error { var message: String }

    /// The run of a check that a finding is from.
    private static func check(_ sighting: Sighting, _ rules: [Rule]) throws(Unknown) -> CheckID {
        if let name = sighting.rule {
            guard let rule = rules.first(where: { $0.name == name }) else {
                throw Unknown(message: NearestName.unknown("rule", name, known: rules.map(\.name)))
            }
            return rule.check
        }
        let all = Set(rules.map(\.check))
        guard let name = sighting.check else {
            if all.count == 1, let only = all.first { return only }
            throw Unknown(message: "which check found it is not said: write check: \(all.map(\.check).sorted().joined(separator: " or "))")
        }
        let found = all.filter { $0.check == name }
        if found.count > 1 {
            let users = rules.filter { found.contains($0.check) }.map(\.name).joined(separator: ", ")
            throw Unknown(message: "rules run \(name) with different parameters: write 'rule:' in place of 'check:', one of \(users)")
        }
        guard let only = found.first else {
            throw Unknown(message: NearestName.unknown("check of these rules", name, known: Set(all.map(\.check))))
        }
        return only
    }

    /// What the check never says.
    private static func hold(_ sighting: Sighting, against check: any Check) -> [String] {
        var messages: [String] = []
        if let subject = sighting.subject, !check.subjects.contains(subject.kind) {
            let kinds = check.subjects.map(\.rawValue).sorted().joined(separator: ", ")
            messages.append("subject: \(type(of: check).name) reports on \(kinds), not on a \(subject.kind.rawValue)")
        }
        guard case .seen(let figures, let reasons, _) = sighting.kind else { return messages }
        let vocabulary = type(of: check).vocabulary
        for figure in figures where !vocabulary.figures.contains(figure.name) {
            messages.append(NearestName.unknown("figure", figure.name, known: vocabulary.figures))
        }
        for reason in reasons where !vocabulary.reasons.contains(reason.code) {
            messages.append(NearestName.unknown("reason", reason.code, known: vocabulary.reasons))
        }
        return messages
    }
}

extension Expectation {
    /// The remediation that it names.
    fileprivate var remediation: String? {
        switch kind {
        case .deed(_, let remediation, _): remediation
        case .escalate(let remediation): remediation
        default: nil
        }
    }
}

public import AutomatonCore

/// Reads rules strictly: `*.yaml` and `*.yml` of a directory (or one such file), one rule a document.
///
/// Whatever is wrong in any file is reported with its file, line and column; one error, and nothing is loaded. Other files of the
/// directory (a README) are left alone. An empty list of remediations is allowed: when such an incident is due, a person is told.
public struct RuleLoader: Sendable {
    let catalogue: Catalogue
    let namespace: String?
    let environment: [String: String]?

    /// Makes a loader that knows these plugins; of two with one name the first counts.
    /// - Parameters:
    ///   - namespace: where a rule's `subject` is that names none; nil when it has to.
    ///   - environment: holds what rules need (`needs`); nil puts every rule in force.
    public init(
        checks: [any Check.Type], remediations: [any Remediation.Type], namespace: String? = nil, environment: [String: String]? = nil
    ) {
        catalogue = Catalogue(checks: checks, remediations: remediations)
        self.namespace = namespace
        self.environment = environment
    }

    /// Reads the rules of a directory or a file.
    /// - Throws: everything that is wrong, when anything is.
    public func load(path: String, thresholds: Thresholds) throws(ConfigurationErrors) -> Ruleset {
        let (ruleset, problems) = read(Self.source(path).content(), path: path, thresholds: thresholds)
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return ruleset
    }

    /// Reads the rules of files that are already in memory.
    /// - Throws: everything that is wrong, when anything is.
    public func load(_ files: [SourceFile], thresholds: Thresholds) throws(ConfigurationErrors) -> Ruleset {
        let content = MountedSource.Content(files: files)
        let (ruleset, problems) = read(content, path: files.first?.path ?? "rules", thresholds: thresholds)
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return ruleset
    }

    /// The YAML files of a directory, or one file, as rules are read, and what cannot be.
    package static func files(_ path: String, noun: String) -> (files: [SourceFile], problems: [Problem]) {
        let content = MountedSource(path, noun: noun) { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.content()
        return (content.files, content.problems)
    }

    static func source(_ path: String) -> MountedSource {
        MountedSource(path, noun: "rule") { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
    }

    func read(_ content: MountedSource.Content, path: String, thresholds: Thresholds) -> (ruleset: Ruleset, problems: [Problem]) {
        var problems = content.problems
        var readings: [RuleReader.Reading] = []
        var set = RuleNames()
        let substitution = Substitution(names: thresholds.names)
        for file in content.files {
            let documents: [YAMLNode]
            do {
                documents = try YAMLNode.documents(in: file.text(), file: file.path).filter { !$0.isNull }
            } catch {
                problems.append(error)
                set.isComplete = false
                continue
            }
            if documents.isEmpty {
                problems.append(Problem(file: file.path, line: 1, message: "holds no rule; write one or remove the file"))
            }
            for document in documents {
                var unresolved: [Problem] = []
                let node = substitution.apply(to: document, file: file.path, problems: &unresolved)
                var reader = RuleReader(node, file: file.path, catalogue: catalogue, thresholds: thresholds, namespace: namespace)
                let reading = reader.read()
                // A value that could not be put in is wrong for its reader as well; that is no second fault.
                let places = Set(unresolved.map { Position(line: $0.line ?? 0, column: $0.column ?? 0) })
                problems += unresolved
                problems += reader.problems.filter { !places.contains(Position(line: $0.line ?? 0, column: $0.column ?? 0)) }
                if let reading, unresolved.isEmpty { readings.append(reading) }
                set.add(reader.name, inhibits: reader.inhibits)
            }
        }
        if content.files.isEmpty, problems.isEmpty {
            problems.append(Problem(file: path, message: "holds no rule (*.yaml); without rules nothing would be watched"))
        }
        problems += set.problems()
        return (ruleset(of: readings), problems)
    }

    private func ruleset(of readings: [RuleReader.Reading]) -> Ruleset {
        let inForce = readings.filter { isSupplied($0.needs) }
        var ruleset = Ruleset(rules: inForce.map(\.rule).sorted { $0.name < $1.name })
        ruleset.idle = readings.filter { !isSupplied($0.needs) }.map { Ruleset.Idle(rule: $0.rule.name, needs: $0.needs) }
            .sorted { $0.rule < $1.rule }
        for reading in inForce {
            if ruleset.checks[reading.rule.check] == nil { ruleset.checks[reading.rule.check] = reading.check }
            ruleset.remediations[reading.rule.name] = reading.remediations
        }
        return ruleset
    }

    /// An empty value counts as not set, as in a manifest that leaves it open.
    private func isSupplied(_ needs: [String]) -> Bool {
        guard let environment, !needs.isEmpty else { return true }
        return needs.contains { !(environment[$0] ?? "").isEmpty }
    }
}

import AutomatonCore

/// Reads one document as a rule.
///
/// Its keys: `name`, `summary`, `check`, `with`, `needs`, `subject`, `when`, `predict`, `remediations`, `mode`, `approveWithin`,
/// `inhibits`, `cooldown`, `maintenance`.
struct RuleReader {
    static let keys = [
        "name", "summary", "check", "with", "needs", "subject", "when", "predict", "remediations", "mode", "approveWithin", "inhibits",
        "cooldown", "maintenance",
    ]

    /// A rule as it was read, with the places that checks across rules report at.
    struct Reading {
        var rule: Rule
        /// Environment variables of which one must be set for the rule to be in force; empty for always.
        var needs: [String]
        var check: any Check
        var remediations: [any Remediation]
    }

    /// A name and where it was written.
    struct Named: Hashable {
        var name: String
        var place: Place
    }

    let catalogue: Catalogue
    let thresholds: Thresholds
    let namespace: String?
    private var fields: MappingReader
    /// The rule's name, also when the rest is wrong.
    private(set) var name: Named?
    /// The rules that it names under `inhibits`.
    private(set) var inhibits: [Named] = []
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, catalogue: Catalogue, thresholds: Thresholds, namespace: String?) {
        self.catalogue = catalogue
        self.thresholds = thresholds
        self.namespace = namespace
        fields = MappingReader(node, file: file, noun: "a rule", known: Self.keys)
    }

    /// Reads everything; nil when there are ``problems``.
    mutating func read() -> Reading? {
        guard fields.isMapping else { return nil }
        readName()
        let summary = readSummary()
        let (check, type) = readCheck()
        let needs = readNeeds()
        let subject = readSubject()
        let tiers = readTiers(vocabulary: type?.vocabulary)
        let predict = readPrediction(tiers, isPolling: type.map { !($0 is any WatchingCheck.Type) } ?? false)
        // Beside a subject that is wrong, the kind that is meant is not known.
        let isKnown = subject != nil || fields.value("subject") == nil
        if let subject, let made = check?.made { hold(subject, against: made) }
        let steps = readSteps(subject, isKnown ? check?.made : nil)
        let mode = readMode()
        readInhibits()
        let cooldown = readCooldown()
        let approveWithin = readApproveWithin(mode)
        let maintenance = readMaintenance()
        guard problems.isEmpty, let name, let check, let tiers, let steps else { return nil }
        let id = CheckID(check.name, parameters: fields.value("with")?.canonicalPairs ?? "")
        let rule = Rule(
            name: name.name, check: id, subject: subject, tiers: tiers, remediations: steps.map(\.step), mode: mode,
            inhibits: inhibits.map(\.name), cooldown: cooldown, approveWithin: approveWithin, maintenance: maintenance, predict: predict,
            summary: summary)
        return Reading(rule: rule, needs: needs, check: check.made, remediations: steps.map(\.remediation))
    }

    private mutating func readName() {
        guard let value = fields.required("name", "a word of a-z, 0-9 and '-'"),
            let text = fields.read(value, "name", ScalarReading.text)
        else { return }
        guard Self.isName(text) else {
            return fields.report(value, "name: \(text.quoted) must be 1 to 63 of a-z, 0-9 and '-', with a letter or digit at both ends")
        }
        name = Named(name: text, place: value.place(in: fields.file))
    }

    /// As a DNS label (RFC 1123), so that it fits labels of metrics and Kubernetes alike.
    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
    }

    private mutating func readSummary() -> String {
        guard let value = fields.value("summary"), var text = fields.read(value, "summary", ScalarReading.text) else { return "" }
        while text.last?.isNewline == true { text.removeLast() }
        if text.contains(where: \.isNewline) { fields.report(value, "summary: must be one line; fold a longer text with 'summary: >-'") }
        if text.count > 500 { fields.report(value, "summary: has \(text.count) characters; at most 500 are shown to people") }
        return text
    }

    private mutating func readCheck() -> (check: (name: String, made: any Check)?, type: (any Check.Type)?) {
        guard let value = fields.required("check", "one of " + catalogue.checks.keys.sorted().joined(separator: ", ")),
            let text = fields.read(value, "check", ScalarReading.text)
        else { return (nil, nil) }
        guard let type = catalogue.checks[text] else {
            fields.report(value, NearestName.unknown("check", text, known: catalogue.checks.keys))
            return (nil, nil)
        }
        do {
            return ((text, try Catalogue.make(type, with: fields.value("with"), fallback: value.position)), type)
        } catch {
            for failure in error.list { fields.report(failure.position, failure.message) }
            return (nil, type)
        }
    }

    private mutating func readTiers(vocabulary: Vocabulary?) -> [Tier]? {
        let hint = "the tiers that make a finding unhealthy: [{ reason: OOMKilled, priority: critical }]"
        guard let value = fields.required("when", hint) else { return nil }
        guard case .sequence(let items) = value.content, !items.isEmpty else {
            fields.report(
                value.isNull ? fields.place(of: "when") : value.position,
                "when: must be a list with at least one tier, not \(value.isList ? "an empty one" : value.kind)")
            return nil
        }
        var tiers: [Tier] = []
        for item in items {
            var reader = TierReader(item, file: fields.file, vocabulary: vocabulary)
            let tier = reader.read()
            fields.adopt(reader.problems)
            guard let tier else { continue }
            if tiers.contains(where: { $0.conditions == tier.conditions }) {
                fields.report(item, "when: an earlier tier has the same conditions; of two, only the higher priority can count")
            }
            tiers.append(tier)
        }
        return tiers
    }

    private mutating func readSteps(_ subject: SubjectTemplate?, _ check: (any Check)?) -> [(
        step: RemediationStep, remediation: any Remediation
    )]? {
        let hint = "what to try, in order; [] only tells a person"
        guard let value = fields.required("remediations", hint) else { return nil }
        guard case .sequence(let items) = value.content else {
            fields.report(
                value.isNull ? fields.place(of: "remediations") : value.position,
                "remediations: must be a list of steps ([] to only tell a person), not \(value.kind)")
            return nil
        }
        var steps: [(step: RemediationStep, remediation: any Remediation)] = []
        for item in items {
            var reader = StepReader(item, file: fields.file, catalogue: catalogue, thresholds: thresholds)
            if let step = reader.read() {
                steps.append(step)
                if let check { hold(step.remediation, against: check, subject, at: item) }
            }
            fields.adopt(reader.problems)
        }
        return steps
    }

    /// What a remediation cannot do with what the check reports is told now, and not when somebody needs it.
    private mutating func hold(
        _ remediation: any Remediation, against check: any Check, _ subject: SubjectTemplate?, at item: YAMLNode
    ) {
        let (use, name) = (type(of: remediation).name, type(of: check).name)
        func list(_ kinds: Set<Subject.Kind>) -> String { kinds.map(\.rawValue).sorted().joined(separator: ", ") }
        if remediation.subjects.isDisjoint(with: subject.map { [$0.kind] } ?? check.subjects) {
            let found = subject.map { "the rule's subject is a \($0.kind.rawValue)" } ?? "\(name) reports on \(list(check.subjects)) here"
            let hint =
                subject == nil && remediation.subjects.contains(.deployment)
                ? ": write which workload is meant (subject: deployment/NAME)" : ""
            fields.report(item, "use: \(use) mends \(list(remediation.subjects)) here, and \(found)\(hint)")
        }
        let figures = type(of: check).vocabulary.figures
        for figure in remediation.figures where !figures.contains(figure) {
            fields.report(item, "with: " + NearestName.unknown("figure", figure, known: figures))
        }
        if let server = remediation.serverName, let read = check.serverName, server != read {
            fields.report(item, "with: \(use) goes to another server than \(name) reads: write connection and name alike")
        }
    }

    /// A placeholder stands for the name of what the check reports on: under another word it would name something else.
    private mutating func hold(_ subject: SubjectTemplate, against check: any Check) {
        guard let value = fields.value("subject") else { return }
        let kinds = SubjectTemplate.placeholderKinds
        for (word, kind) in kinds where subject.description.contains("{\(word)}") && !check.subjects.contains(kind) {
            let right = kinds.first { check.subjects == [$0.kind] }.map { "{\($0.word)}" } ?? "{name}"
            fields.report(value, "subject: {\(word)} is nothing that \(type(of: check).name) reports on: write \(right)")
        }
    }

    private mutating func readNeeds() -> [String] {
        guard let value = fields.value("needs") else { return [] }
        var items = [value]
        if case .sequence(let list) = value.content { items = list }
        let isWord: (String) -> Bool = { name in
            !name.isEmpty && name.utf8.allSatisfy { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
        }
        if items.isEmpty { fields.report(value, "needs: names no environment variable; leave the key out for a rule that needs none") }
        return items.compactMap { item in
            guard let name = fields.read(item, "needs", ScalarReading.text) else { return nil }
            if !isWord(name) {
                fields.report(item, "needs: \(name.quoted) is no name of an environment variable (KAFKA_BOOTSTRAP_SERVERS)")
            }
            return name
        }
    }

    private mutating func readSubject() -> SubjectTemplate? {
        guard let value = fields.value("subject"), let text = fields.read(value, "subject", ScalarReading.text) else { return nil }
        do {
            return try SubjectReading.template(text, namespace: namespace)
        } catch {
            fields.report(value, "subject: \(error.message)")
            return nil
        }
    }

    private mutating func readPrediction(_ tiers: [Tier]?, isPolling: Bool) -> Prediction? {
        guard let value = fields.value("predict") else { return nil }
        var reader = PredictionReader(value, file: fields.file, place: fields.place(of: "predict"))
        let prediction = reader.read()
        fields.adopt(reader.problems)
        if let prediction, isPolling, prediction.window < thresholds.checkInterval * (prediction.observations - 1) {
            fields.report(
                fields.place(of: "predict"),
                "predict: a window of \(prediction.window.configured) never holds \(prediction.observations) observations, with one each "
                    + "CHECK_INTERVAL (\(thresholds.checkInterval.configured)): lengthen the window or ask for fewer")
        }
        let isFigure = tiers?.allSatisfy { tier in
            if tier.conditions.count == 1, case .reasons = tier.conditions[0] { return false }
            return tier.conditions.count == 1
        }
        if isFigure == false {
            fields.report(
                fields.place(of: "predict"), "predict: each tier must be one bound on a figure (above or below); a reason has no trend")
        }
        if isFigure == true, Set(tiers?.flatMap(\.conditions).map(Self.figure) ?? []).count > 1 {
            fields.report(
                fields.place(of: "predict"),
                "predict: every tier must bound the same figure, since the trend is of one: write a rule for each figure")
        }
        return prediction
    }

    private static func figure(_ condition: Condition) -> String? {
        switch condition {
        case .above(let figure, _), .below(let figure, _): figure
        case .reasons: nil
        }
    }

    private mutating func readMode() -> Rule.Mode {
        guard let value = fields.value("mode"), let text = fields.read(value, "mode", ScalarReading.text) else { return .auto }
        guard let mode = Rule.Mode(rawValue: text) else {
            fields.report(value, NearestName.unknown("mode", text, known: Rule.Mode.allCases.map(\.rawValue)))
            return .observe
        }
        return mode
    }

    private mutating func readInhibits() {
        guard let value = fields.value("inhibits") else { return }
        guard case .sequence(let items) = value.content else {
            fields.report(
                value.isNull ? fields.place(of: "inhibits") : value.position,
                "inhibits: must be a list of rule names ([crash-loop]), not \(value.kind)")
            return
        }
        for item in items {
            guard let text = fields.read(item, "inhibits", ScalarReading.text) else { continue }
            if inhibits.contains(where: { $0.name == text }) { fields.report(item, "inhibits: \(text.quoted) is named twice") }
            inhibits.append(Named(name: text, place: item.place(in: fields.file)))
        }
    }

    private mutating func readApproveWithin(_ mode: Rule.Mode) -> Duration? {
        guard let value = fields.value("approveWithin"), let span = fields.read(value, "approveWithin", ScalarReading.duration)
        else { return nil }
        if mode != .approve {
            fields.report(value, "approveWithin: a person is asked in mode approve only; write mode: approve, or leave it out")
        }
        if span < .minutes(1) || span > .hours(24) { fields.report(value, "approveWithin: \(span.configured) is not from 1m to 1d") }
        return span
    }

    private mutating func readMaintenance() -> [MaintenanceWindow] {
        guard let value = fields.value("maintenance") else { return [] }
        var reader = MaintenanceReader(file: fields.file)
        let windows = reader.read(value, place: fields.place(of: "maintenance"))
        fields.adopt(reader.problems)
        return windows
    }

    private mutating func readCooldown() -> Duration? {
        guard let value = fields.value("cooldown"), let span = fields.read(value, "cooldown", ScalarReading.duration) else { return nil }
        let policy = thresholds.policy.cooldown
        if span < policy {
            fields.report(
                value, "cooldown: \(span.configured) is shorter than COOLDOWN (\(policy.configured)); a rule can only lengthen it")
        }
        if span > .hours(168) { fields.report(value, "cooldown: \(span.configured) is longer than 7d, the longest that makes sense") }
        return span
    }
}

extension YAMLNode {
    var isList: Bool { if case .sequence = content { true } else { false } }
}

import AutomatonCore

/// Reads one entry of a rule's `when`: `above`, `below` (of the check's main figure, or of `figure`), `reason` or `reasons`, and
/// the `priority` that they give together.
struct TierReader {
    private static let keys = ["above", "below", "figure", "reason", "reasons", "priority"]
    private static let example = "{ above: 20000, priority: high } or { reason: OOMKilled, priority: critical }"

    let vocabulary: Vocabulary?
    private var fields: MappingReader
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, vocabulary: Vocabulary?) {
        self.vocabulary = vocabulary
        fields = MappingReader(node, file: file, noun: "a tier of 'when'", known: Self.keys)
    }

    mutating func read() -> Tier? {
        guard fields.isMapping else { return nil }
        let figure = readFigure()
        let above = fields.read("above", ScalarReading.number)
        let below = fields.read("below", ScalarReading.number)
        let reasons = readReasons()
        let priority = readPriority()
        if let above, let below, above >= below, let value = fields.value("below") {
            fields.report(value, "below: nothing is above \(above) and below \(below); this tier can never hold")
        }
        if !["above", "below", "reason", "reasons"].contains(where: fields.has) {
            fields.report(fields.node, "a tier needs a condition: \(Self.example)")
        }
        guard problems.isEmpty, let priority else { return nil }
        var conditions: [Condition] = []
        if let above { conditions.append(.above(figure: figure, above)) }
        if let below { conditions.append(.below(figure: figure, below)) }
        if let reasons { conditions.append(.reasons(reasons)) }
        return Tier(conditions, priority: priority)
    }

    private mutating func readFigure() -> String? {
        let isBounded = fields.has("above") || fields.has("below")
        if let vocabulary, isBounded, vocabulary.figures.isEmpty {
            fields.report(fields.place(of: fields.has("above") ? "above" : "below"), "this check measures no figure; use 'reason'")
        }
        // Named explicitly: an observation may lack the main figure, and its first is then another.
        let main = vocabulary?.figures.first
        guard let value = fields.value("figure"), let text = fields.read(value, "figure", ScalarReading.text) else { return main }
        if !isBounded { fields.report(value, "figure: says what 'above' and 'below' mean, and neither is written") }
        if let vocabulary, !vocabulary.figures.contains(text) {
            fields.report(value, NearestName.unknown("figure", text, known: vocabulary.figures))
        }
        return text
    }

    private mutating func readReasons() -> [String]? {
        if fields.has("reason"), fields.has("reasons") {
            fields.report(fields.place(of: "reasons"), "'reason' and 'reasons' mean the same; write one of them")
        }
        let key = fields.has("reason") ? "reason" : "reasons"
        guard let value = fields.value(key) else { return nil }
        var items = [value]
        if case .sequence(let list) = value.content {
            items = list
            if list.isEmpty { fields.report(value, "\(key): needs at least one") }
        }
        var reasons: [String] = []
        for item in items {
            guard let text = fields.read(item, key, ScalarReading.text) else { continue }
            if reasons.contains(text) { fields.report(item, "\(key): \(text.quoted) is written twice") }
            if let vocabulary, !vocabulary.reasons.contains(text) {
                fields.report(item, NearestName.unknown("reason", text, known: vocabulary.reasons))
            }
            reasons.append(text)
        }
        return reasons
    }

    private mutating func readPriority() -> Priority? {
        guard let value = fields.required("priority", "critical, high, medium or low"),
            let text = fields.read(value, "priority", ScalarReading.text)
        else { return nil }
        guard let priority = Priority(text) else {
            fields.report(value, NearestName.unknown("priority", text, known: Priority.allCases.map(\.description)))
            return nil
        }
        return priority
    }
}

internal import AutomatonCore
internal import Rules

/// Reads one entry of `routes`, or the settings of `defaults`.
struct RouteReader {
    static let settings = ["on", "groupBy", "groupWait", "groupInterval", "repeatInterval"]
    static let keys = ["match", "receivers", "continue"] + settings
    private static let matchKeys = ["rule", "namespace", "severity", "priority"]

    private let receivers: [String]
    private var fields: MappingReader
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, noun: String, known: [String], receivers: [String]) {
        self.receivers = receivers
        fields = MappingReader(node, file: file, noun: noun, known: known)
    }

    mutating func read(_ defaults: Route) -> Route? {
        guard fields.isMapping else { return nil }
        var route = defaults
        if fields.required("receivers", "who is told, by name: [chat]") != nil {
            route.receivers = words("receivers", known: receivers, "receiver") { $0 } ?? []
        }
        if let value = fields.value("match") { readMatch(value, into: &route) }
        readSettings(into: &route)
        if let goesOn = fields.read("continue", ScalarReading.flag) { route.goesOn = goesOn }
        return problems.isEmpty ? route : nil
    }

    mutating func readSettings(into route: inout Route) {
        if let on = words("on", known: Occasion.allCases.map(\.rawValue), "occasion", { Occasion(rawValue: $0) }) { route.on = Set(on) }
        if let labels = words(
            "groupBy", known: GroupLabel.allCases.map(\.rawValue), "label", { GroupLabel(rawValue: $0) }, mayBeEmpty: true)
        {
            route.groupBy = labels
        }
        if let span = span("groupWait", from: .zero, to: .minutes(10)) { route.groupWait = span }
        if let span = span("groupInterval", from: .seconds(10), to: .hours(24)) { route.groupInterval = span }
        if let span = span("repeatInterval", from: .minutes(5), to: .hours(24 * 30)) { route.repeatInterval = span }
        if route.repeatInterval < route.groupInterval, fields.has("repeatInterval") || fields.has("groupInterval") {
            fields.report(
                fields.place(of: fields.has("repeatInterval") ? "repeatInterval" : "groupInterval"),
                "repeatInterval (\(route.repeatInterval.readable)) is shorter than groupInterval (\(route.groupInterval.readable))")
        }
    }

    private mutating func readMatch(_ value: YAMLNode, into route: inout Route) {
        let outer = fields
        fields = MappingReader(value, file: outer.file, noun: "'match'", known: Self.matchKeys)
        if let rules = words("rule", known: nil, "rule", { NamePattern($0) }) { route.match.rules = rules }
        if let namespaces = words("namespace", known: nil, "namespace", { NamePattern($0) }) { route.match.namespaces = namespaces }
        if let all = words("severity", known: Severity.allCases.map(\.rawValue), "severity", { Severity(rawValue: $0) }) {
            route.match.severities = all
        }
        if let all = words("priority", known: Priority.allCases.map(\.description), "priority", { Priority($0) }) {
            route.match.priorities = all
        }
        let found = fields.problems
        fields = outer
        fields.adopt(found)
    }

    /// A word or a list of them; nil when the key is not written or something is wrong.
    private mutating func words<T>(
        _ key: String, known: [String]?, _ noun: String, _ make: (String) -> T?, mayBeEmpty: Bool = false
    ) -> [T]? {
        guard let value = fields.value(key) else { return nil }
        var items = [value]
        if case .sequence(let list) = value.content {
            items = list
            if list.isEmpty, !mayBeEmpty {
                fields.report(value, "\(key): needs at least one" + (known.map { ": \($0.joined(separator: ", "))" } ?? ""))
            }
        }
        var texts: [String] = []
        var made: [T] = []
        for item in items {
            guard let text = fields.read(item, key, ScalarReading.text) else { continue }
            if texts.contains(text) { fields.report(item, "\(key): \(text.quoted) is written twice") }
            texts.append(text)
            if let known, !known.contains(text) {
                fields.report(item, NearestName.unknown(noun, text, known: known))
            } else if let one = make(text) {
                made.append(one)
            }
        }
        return made
    }

    private mutating func span(_ key: String, from shortest: Duration, to longest: Duration) -> Duration? {
        guard let value = fields.value(key), let span = fields.read(value, key, ScalarReading.duration) else { return nil }
        if span < shortest || span > longest {
            fields.report(value, "\(key): \(span.readable) is not from \(shortest.readable) to \(longest.readable)")
        }
        return span
    }
}

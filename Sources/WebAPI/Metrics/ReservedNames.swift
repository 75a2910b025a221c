internal import Engine

/// The names that the metrics of an OpenMetrics text take: a counter `x_total` also has `x` and `x_created` to itself, whether they are
/// shown or not, and no other metric may have one of them.
struct ReservedNames {
    private var taken: Set<String> = []

    /// The name and type to show a metric under, which are its own from here on.
    ///
    /// A counter whose names are taken is shown without a type; nil for another metric whose names are.
    mutating func take(_ name: String, _ kind: MetricDescriptor.Kind) -> (name: String, type: String)? {
        var choices: [(name: String, type: String, suffixes: [String])] = []
        switch kind {
        case .counter:
            if name.hasSuffix("_total") { choices.append((String(name.dropLast(6)), kind.word, ["", "_total", "_created"])) }
            choices.append((name, "unknown", [""]))
        case .gauge: choices.append((name, kind.word, [""]))
        case .histogram: choices.append((name, kind.word, ["", "_bucket", "_count", "_sum", "_created"]))
        }
        for choice in choices where !choice.name.isEmpty {
            let names = choice.suffixes.map { choice.name + $0 }
            guard taken.isDisjoint(with: names) else { continue }
            taken.formUnion(names)
            return (choice.name, choice.type)
        }
        return nil
    }
}

extension MetricDescriptor.Kind {
    /// The word of the comment `# TYPE`.
    var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

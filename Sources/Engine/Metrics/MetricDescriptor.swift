/// What is known of a metric before it is first used: the text that a scrape shows, and the series that start at 0.
public struct MetricDescriptor: Hashable, Sendable {
    /// The type of a metric, in Prometheus' words.
    public enum Kind: Hashable, Sendable {
        /// Only goes up, but for a restart.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations by upper bound. The bounds ascend; `+Inf` is implied.
        case histogram(buckets: [Double])
    }

    /// A label and the values that are known beforehand.
    public struct Label: Hashable, Sendable {
        /// The label's name.
        public var name: String
        /// Values known beforehand; empty when they come with the rules.
        public var values: [String]

        /// Makes a label.
        public init(_ name: String, values: [String] = []) {
            self.name = name
            self.values = values
        }
    }

    /// The name, with the unit and `_total` as Prometheus' naming rules ask.
    public var name: String
    /// The type.
    public var kind: Kind
    /// One line for people.
    public var help: String
    /// The labels. Where all have known values, every combination starts at 0 (so does a metric without labels).
    public var labels: [Label]
    /// Whether what is known of it shows at 0 before it is first used; not where a 0 would say something.
    public var startsAtZero: Bool

    /// Describes a metric.
    public init(_ name: String, _ kind: Kind, _ help: String, labels: [Label] = [], startsAtZero: Bool = true) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.startsAtZero = startsAtZero
    }

    /// Every combination of the labels' known values; one empty combination without labels. None where nothing starts at 0.
    public var knownDimensions: [[(String, String)]] {
        guard startsAtZero else { return [] }
        return labels.reduce(into: [[]]) { combinations, label in
            combinations = combinations.flatMap { combination in label.values.map { combination + [(label.name, $0)] } }
        }
    }
}

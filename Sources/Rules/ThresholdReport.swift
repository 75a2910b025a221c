/// Each threshold with everything that every source says of it: what `config show` tells.
public struct ThresholdReport: Sendable {
    /// One threshold.
    public struct Setting: Sendable {
        /// Its key, unit and range.
        public var threshold: Threshold
        /// What is in force; the default where what was written is wrong.
        public var value: String
        /// Who says so.
        public var origin: Thresholds.Origin
        /// Where exactly, where it is a file: `config.yaml:7`.
        public var place: String?
        /// What lost, the nearest to winning first: where it stands, and the value.
        public var overridden: [(place: String, value: String)]
        /// What is wrong with it, if anything.
        public var problems: [Problem]
    }

    /// In the table's order.
    public var settings: [Setting]
    /// Everything that is wrong, also what is no threshold's.
    public var problems: [Problem]
}

extension ThresholdLoader {
    /// Reads all sources, and says of each threshold where it comes from.
    public func report() -> ThresholdReport {
        let content = source?.content() ?? MountedSource.Content()
        let (thresholds, found) = read(content)
        // Sorted, and each once, as an error tells them.
        let problems = found.isEmpty ? [] : ConfigurationErrors(found).problems
        let entries = Dictionary(grouping: entries(content).entries, by: \.key)
        let settings = Threshold.all.map { threshold in
            let own = entries[threshold.key] ?? []
            let origin = thresholds.origin(of: threshold.key)
            let inForce = own.last { $0.origin == origin }
            let lost = own.reversed().filter { $0 != inForce }
            let places = Set(own.map(\.place))
            return ThresholdReport.Setting(
                threshold: threshold, value: threshold.text(in: thresholds), origin: origin, place: inForce?.place.text,
                overridden: lost.map { (place: $0.place.text, value: threshold.shown($0.value)) },
                problems: problems.filter { problem in
                    places.contains { $0.file == problem.file && $0.line == problem.line && $0.column == problem.column }
                        && problem.message.contains(threshold.key)
                })
        }
        return ThresholdReport(settings: settings, problems: problems)
    }
}

extension Threshold {
    /// A value that lost, for people; of one that is no such value only the beginning.
    fileprivate func shown(_ text: String) -> String {
        var scratch = Thresholds()
        return read(text, into: &scratch) ? text.quoted : text.rejected
    }
}

extension Place {
    /// `config.yaml:7`, `environment`.
    fileprivate var text: String { line.map { "\(file):\($0)" } ?? file }
}

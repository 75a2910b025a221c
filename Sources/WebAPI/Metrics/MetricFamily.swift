internal import Engine

/// One series: a metric with one set of label values.
protocol MetricSeries: AnyObject, Sendable {
    var identity: SeriesIdentity { get }
    /// Appends its samples.
    func write(_ text: inout ExpositionText, _ family: MetricFamily)
}

/// Names a series.
struct SeriesIdentity: Hashable, Sendable {
    /// The metric.
    var family: String
    /// The labels as the exposition shows them, sorted by name: `action="scale",success="true"`.
    var labels: String
}

/// The series of one name.
struct MetricFamily: Sendable {
    var name: String
    var kind: MetricDescriptor.Kind
    var help: String
    /// By labels.
    var series: [String: any MetricSeries] = [:]

    func makeSeries(_ labels: String) -> any MetricSeries {
        let identity = SeriesIdentity(family: name, labels: labels)
        return switch kind {
        case .counter: CounterSeries(identity)
        case .gauge: GaugeSeries(identity)
        case .histogram(let buckets): HistogramSeries(identity, bounds: buckets)
        }
    }

    func write(_ text: inout ExpositionText) {
        guard !series.isEmpty, text.head(name, kind, help) else { return }
        for labels in series.keys.sorted() { series[labels]?.write(&text, self) }
    }
}

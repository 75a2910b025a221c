public import CoreMetrics
public import Engine
internal import Synchronization

/// A backend of swift-metrics that shows its metrics in Prometheus' text format, or in OpenMetrics with the incidents of ``Exemplar`` as
/// exemplars.
///
/// Counters and gauges are atomics, histograms have a lock each; the registry's own lock is taken when a series is made, destroyed or
/// a scrape begins, never when something is counted.
public final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Buckets, in seconds, of timers and recorders that no descriptor names: those of Prometheus' own clients.
    public static let defaultBuckets: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    /// The counter of series that were refused since there were too many.
    static let droppedName = "healing_metrics_series_dropped_total"

    private let families: Mutex<[String: MetricFamily]>
    private let seriesPerFamily: Int
    private let dropped: CounterSeries
    private let process: ProcessMetrics?

    /// Makes a registry.
    /// - Parameters:
    ///   - descriptors: what is known beforehand. Series whose label values are all known show at 0 at once. Metrics that are not
    ///     among them come out too, under their name in the allowed characters.
    ///   - seriesPerFamily: series that one metric, and metrics that the registry, may have. What goes beyond is counted in
    ///     `healing_metrics_series_dropped_total` and not shown: one label with unbounded values must not eat the memory.
    ///   - processMetrics: whether a scrape also reads `process_*` of this process.
    public init(
        descriptors: [MetricDescriptor] = HealingMetrics.descriptors, seriesPerFamily: Int = 1000, processMetrics: Bool = true
    ) {
        var families: [String: MetricFamily] = [:]
        for descriptor in descriptors {
            var family = MetricFamily(name: descriptor.name, kind: descriptor.kind, help: descriptor.help)
            for dimensions in descriptor.knownDimensions {
                let labels = ExpositionText.labels(dimensions)
                family.series[labels] = family.makeSeries(labels)
            }
            families[descriptor.name] = family
        }
        dropped = CounterSeries(SeriesIdentity(family: Self.droppedName, labels: ""))
        families[Self.droppedName] = MetricFamily(
            name: Self.droppedName, kind: .counter,
            help: "Series that were not made since their metric has too many or is of another type.", series: ["": dropped])
        self.families = Mutex(families)
        self.seriesPerFamily = seriesPerFamily
        process = processMetrics ? ProcessMetrics() : nil
    }

    /// Everything, sorted by name and labels, in the text format 0.0.4.
    public func text() -> [UInt8] { text(.text) }

    /// Everything, sorted by name and labels.
    func text(_ format: ExpositionFormat) -> [UInt8] {
        var snapshot = families.withLock { $0 }
        for family in process?.families() ?? [] { snapshot[family.name] = family }
        var text = ExpositionText(format)
        for name in snapshot.keys.sorted() { snapshot[name]?.write(&text) }
        text.end()
        return text.bytes
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(Self.counterName(label), dimensions, .counter) as? any CounterHandler ?? refused()
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(Self.counterName(label), dimensions, .counter) as? any FloatingPointCounterHandler ?? refused()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) as? any MeterHandler ?? refused()
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let kind: MetricDescriptor.Kind = aggregate ? .histogram(buckets: Self.defaultBuckets) : .gauge
        return series(label, dimensions, kind) as? any RecorderHandler ?? refused()
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram(buckets: Self.defaultBuckets)) as? any TimerHandler ?? refused()
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }

    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }

    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }

    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }

    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    /// The series of these labels, made if need be; nil when there are too many.
    ///
    /// A family that exists keeps its type, whatever is asked for: the descriptor knows better than the caller.
    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: MetricDescriptor.Kind) -> (any MetricSeries)? {
        let name = ExpositionText.metricName(label)
        let labels = ExpositionText.labels(dimensions)
        return families.withLock { families in
            if let known = families[name]?.series[labels] { return known }
            let isNew = families[name] == nil
            guard !isNew || families.count < seriesPerFamily else { return nil }
            var family = families[name] ?? MetricFamily(name: name, kind: kind, help: "\(label), of a library.")
            guard family.series.count < seriesPerFamily else { return nil }
            let series = family.makeSeries(labels)
            family.series[labels] = series
            families[name] = family
            return series
        }
    }

    private func refused() -> DroppedSeries {
        dropped.increment(by: Int64(1))
        return .only
    }

    private func destroy(_ handler: AnyObject) {
        guard let series = handler as? any MetricSeries else { return }
        families.withLock { families in
            let identity = series.identity
            guard families[identity.family]?.series[identity.labels] === series else { return }
            families[identity.family]?.series[identity.labels] = nil
        }
    }

    /// Counters of libraries that do not follow Prometheus' naming get the `_total` that belongs there.
    private static func counterName(_ label: String) -> String { label.hasSuffix("_total") ? label : label + "_total" }
}

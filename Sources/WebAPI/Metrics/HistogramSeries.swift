internal import CoreMetrics
internal import Synchronization

/// One series of a histogram. Recorded under a lock that a scrape holds just to copy the counts out.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    let identity: SeriesIdentity
    private let bounds: [Double]
    private let state: Mutex<State>

    private struct State {
        /// Observations by bucket, not cumulative; the last is above every bound.
        var counts: [UInt64]
        var sum = 0.0
        /// The last incident in each bucket.
        var exemplars: [TakenExemplar?]
    }

    init(_ identity: SeriesIdentity, bounds: [Double]) {
        self.identity = identity
        self.bounds = bounds
        state = Mutex(
            State(counts: Array(repeating: 0, count: bounds.count + 1), exemplars: Array(repeating: nil, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// Counts an observation; NaN belongs to no bucket and is ignored.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        let exemplar = TakenExemplar(value)
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
            if let exemplar { $0.exemplars[bucket] = exemplar }
        }
    }

    /// Counts a duration, in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(_ text: inout ExpositionText, _ family: MetricFamily) {
        // Copied element by element: a shared array would make the next writer copy it.
        var counts = [UInt64](repeating: 0, count: bounds.count + 1)
        var exemplars = [TakenExemplar?](repeating: nil, count: bounds.count + 1)
        let sum = state.withLock { state in
            for index in counts.indices { (counts[index], exemplars[index]) = (state.counts[index], state.exemplars[index]) }
            return state.sum
        }
        var cumulative: UInt64 = 0
        for (index, count) in counts.enumerated() {
            cumulative += count
            let bound = index < bounds.count ? text.bound(bounds[index]) : "+Inf"
            let labels = identity.labels.isEmpty ? "le=\"\(bound)\"" : "\(identity.labels),le=\"\(bound)\""
            text.sample(family.name + "_bucket", labels, Double(cumulative), exemplars[index])
        }
        text.sample(family.name + "_sum", identity.labels, sum)
        text.sample(family.name + "_count", identity.labels, Double(cumulative))
    }
}

internal import CoreMetrics
internal import Synchronization

/// One series of a gauge.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler, TimerHandler {
    let identity: SeriesIdentity
    /// Bit pattern of the value.
    private let value = Atomic<UInt64>(0)

    init(_ identity: SeriesIdentity) { self.identity = identity }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { self.value.store(value.bitPattern, ordering: .relaxed) }

    func increment(by amount: Double) { value.add(amount) }

    func decrement(by amount: Double) { value.add(-amount) }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    /// The last duration, in seconds.
    func recordNanoseconds(_ duration: Int64) { set(Double(duration) / 1e9) }

    func write(_ text: inout ExpositionText, _ family: MetricFamily) {
        text.sample(family.name, identity.labels, Double(bitPattern: value.load(ordering: .relaxed)))
    }
}

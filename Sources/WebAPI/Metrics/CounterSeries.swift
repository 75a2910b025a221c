internal import CoreMetrics
internal import Synchronization

/// One series of a counter. Whole amounts cost one atomic addition.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    let identity: SeriesIdentity
    private let whole = Atomic<Int64>(0)
    /// Bit pattern of what was added in fractions.
    private let fraction = Atomic<UInt64>(0)
    /// The last incident that was counted.
    private let exemplar = Mutex<TakenExemplar?>(nil)

    init(_ identity: SeriesIdentity) { self.identity = identity }

    /// Adds; a counter never goes down, so an amount below 0 is ignored.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(amount, ordering: .relaxed)
        takeExemplar(Double(amount))
    }

    /// Adds; an amount below 0, NaN and infinity are ignored.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fraction.add(amount)
        takeExemplar(amount)
    }

    private func takeExemplar(_ amount: Double) {
        guard let taken = TakenExemplar(amount) else { return }
        exemplar.withLock { $0 = taken }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fraction.store(0, ordering: .relaxed)
        exemplar.withLock { $0 = nil }
    }

    func write(_ text: inout ExpositionText, _ family: MetricFamily) {
        let fraction = Double(bitPattern: fraction.load(ordering: .relaxed))
        text.sample(family.name, identity.labels, Double(whole.load(ordering: .relaxed)) + fraction, exemplar.withLock { $0 })
    }
}

extension Atomic<UInt64> {
    /// Adds to the Double whose bit pattern this is.
    func add(_ amount: Double) {
        var seen = load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}

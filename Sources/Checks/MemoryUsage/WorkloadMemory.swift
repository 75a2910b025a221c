import AutomatonCore

/// What is known of the memory of one workload's containers.
struct WorkloadMemory: Hashable, Sendable {
    /// A container that was measured.
    private struct Measured: Hashable {
        var pod: String
        var container: String
        var workingSet: Int64
        var limit: Int64

        var share: Double { Double(workingSet) / Double(limit) * 100 }
    }

    /// An older measurement says nothing of now; and a container that runs that long should have been measured.
    static let patience = Duration.minutes(3)

    private var fullest: Measured?
    private var measured = 0
    /// Containers with a limit that should have been measured, and were not.
    private var missing = 0
    /// Containers with a limit that run too short to have been measured.
    private var fresh = 0
    /// Why the first of the unmeasured could not be told.
    private var why = ""

    /// Takes a container into account.
    mutating func add(_ reading: ContainerMemoryReading, at now: Instant) {
        guard let limit = reading.limit, limit > 0 else { return }
        switch reading.workingSet {
        case .known(let measurement) where now - measurement.at <= Self.patience:
            measured += 1
            let candidate = Measured(
                pod: reading.pod.name, container: reading.container, workingSet: measurement.bytes, limit: limit)
            if fullest.map({ Self.isFuller(candidate, than: $0) }) ?? true { fullest = candidate }
        case .known(let measurement):
            missing += 1
            note("\(reading.container) of \(reading.pod.name) was measured last \((now - measurement.at).readable) ago")
        case .unknown(let reason):
            if isFresh(reading, at: now) { fresh += 1 } else { missing += 1 }
            note("\(reading.container) of \(reading.pod.name): \(reason)")
        }
    }

    /// Of two that are equally full, the first by name: the finding must not change from run to run for nothing.
    private static func isFuller(_ one: Measured, than other: Measured) -> Bool {
        one.share == other.share ? (one.pod, one.container) < (other.pod, other.container) : one.share > other.share
    }

    private func isFresh(_ reading: ContainerMemoryReading, at now: Instant) -> Bool {
        guard let row = reading.pod.containers.first(where: { $0.name == reading.container }), case .running(let since?) = row.state else {
            return false
        }
        return now - since < Self.patience
    }

    private mutating func note(_ text: String) { if why.isEmpty { why = text } }

    /// What a finding says of it.
    ///
    /// A container that should have been measured and was not could be the fullest of all: then nothing is known of the workload. One that
    /// began a moment ago has not filled its memory yet, and is left out where others are known.
    var observation: Observation {
        if missing > 0 {
            return .unknown("the memory of \(missing) of \(missing + measured + fresh) containers is not known: \(why)")
        }
        guard let fullest else {
            return fresh > 0 ? .unknown("the memory of \(fresh) containers is not known yet: \(why)") : .seen(Evidence())
        }
        let percent = (fullest.share * 10).rounded() / 10
        let figures = [
            Figure("used", percent, unit: "%"), Figure("workingSetBytes", Double(fullest.workingSet), unit: "bytes"),
            Figure("limitBytes", Double(fullest.limit), unit: "bytes"), Figure("containers", Double(measured)),
        ]
        let message = "\(percent) % of \(ByteQuantity(bytes: fullest.limit))"
        let reason = Reason(MemoryUsage.reasonCode, part: fullest.pod, container: fullest.container, message: message)
        return .seen(Evidence(figures: figures, reasons: [reason]))
    }
}

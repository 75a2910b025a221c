import Rules
import Synchronization

/// The thresholds that people were told of last.
final class ThresholdsTold: Sendable {
    private let values: Mutex<[String: String]>

    init(_ thresholds: Thresholds) { values = Mutex(thresholds.names) }

    /// What is otherwise now, a threshold each: `KAFKA_LAG_THRESHOLD: 15000 → 12000`. It is told from here on.
    func changes(to thresholds: Thresholds) -> [String] {
        let new = thresholds.names
        let old = values.withLock { values in
            defer { values = new }
            return values
        }
        return new.sorted { $0.key < $1.key }.compactMap { key, value in
            old[key] == value ? nil : "\(key): \(old[key] ?? "unset") → \(value)"
        }
    }
}

import AutomatonCore

/// A rule begins nothing in its maintenance windows, by the run's own clock.
///
/// Only windows that begin once an hour are used here: they are read without the product's own reading of cron.
final class MaintenanceKept: Invariant {
    static let name = "maintenance windows kept"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact,
            scene.isForbidden(stamp, by: run, { rule, _ in rule.maintenance.contains { Self.isOpen($0, at: stamp.at) } })
        else { return nil }
        return "\(stamp.attempt) of rule \(stamp.rule) on \(plan.subject) was begun at \(stamp.at.timeOfDay) of its own clock, in a window"
    }

    private static func isOpen(_ window: MaintenanceWindow, at now: Instant) -> Bool {
        let fields = window.begins.description.split(separator: " ")
        // One that is not understood counts as open: it would never be judged.
        guard fields.count == 5, fields.dropFirst().allSatisfy({ $0 == "*" }), let minute = Int64(fields[0]) else { return true }
        let hour: Int64 = 3_600_000_000
        let since = (now.microseconds - minute * 60_000_000) % hour
        return Duration.microseconds(since < 0 ? since + hour : since) < window.lasts
    }
}

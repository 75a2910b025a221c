import AutomatonCore
import Rules
import Synchronization
import WebAPI

/// What is wrong with the configuration's files by now, for the page that shows them.
final class RejectedConfiguration: Sendable {
    private let lines = Mutex<[String]>([])

    /// A line each; none while the files are what is in force.
    var problems: [String] { lines.withLock { $0 } }

    func set(_ problems: [String]) { lines.withLock { $0 = problems } }
}

extension SettingsInForce {
    /// The thresholds in force, where each comes from, and how their last reading went.
    static func read(from source: ConfigurationSource, _ rejected: RejectedConfiguration) async -> SettingsInForce {
        let (loaded, status) = (await source.current, await source.status)
        return SettingsInForce(
            settings: loaded.thresholds.settings.map { threshold, value, origin in
                Setting(
                    name: threshold.key, value: value, origin: origin.description, isDefault: origin == .byDefault,
                    standard: threshold.defaultText, summary: threshold.summary)
            },
            fingerprint: loaded.fingerprint, lastGoodAt: status.lastSuccessAt,
            problems: status.lastReloadSuccessful ? [] : rejected.problems)
    }
}

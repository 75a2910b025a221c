import ArgumentParser
import AutomatonCore
import Checks
import Engine
import Remediations
import Replay
import Rules
import Store

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton replay`
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Say what rules would have done on the recorded observations.",
        discussion: """
            What fires, what each guard stops, and the difference to the rules in force. Nothing is planned and nothing is changed: the \
            recorded history shows what really happened. Rules and thresholds are read as 'automaton run' reads them.

            Exit code 0 when it was told, 1 when the rules or thresholds are wrong or nothing was recorded in that time, 2 when the journal \
            cannot be read, 64 when the command line is wrong.
            """)

    @Option(
        name: .long, help: "The rules in question: a directory, or one file.", completion: .file(extensions: ["yaml", "yml"]))
    var rules: String

    @Option(name: .long, help: "Their thresholds: a directory or file. Default: those in force.")
    var config: String?

    @Option(
        name: .long,
        help: "The rules to compare with. Default: those in force (\(ConfigurationOptions.mountedRules)), where they are.")
    var against: String?

    @Option(name: .long, help: "The thresholds of the rules to compare with. Default: those in force.")
    var againstConfig: String?

    @Option(
        name: .long, help: "From when on: a time (2026-03-01T12:00:00Z), or how long ago (12h, 30d). Default: 30d.",
        transform: PastTime.init(argument:))
    var since = PastTime(ago: .hours(30 * 24))

    @Option(name: .long, help: "Until when: a time, or how long ago. Default: now.", transform: PastTime.init(argument:))
    var until: PastTime?

    @Option(name: [.short, .long], help: "Where a rule's subject is that names no namespace.")
    var namespace = "default"

    @OptionGroup var journal: JournalOptions

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    func validate() throws {
        let now = WallClock.read()
        let (from, to) = (since.instant(before: now), until?.instant(before: now) ?? now)
        guard from < to else { throw ValidationError("--since \(from.rfc3339) is not before --until \(to.rfc3339)") }
        guard journal.isThere else {
            throw ValidationError("no journal to read: name its directory (--state DIR) or its database (--journal CONNECTION)")
        }
    }

    func run() async throws {
        let now = WallClock.read()
        let (from, to) = (since.instant(before: now), until?.instant(before: now) ?? now)
        let ruleset = try load(rules, config)
        let other = try comparedRules().map { try load($0, againstConfig) }
        var replay = Replay(ruleset, against: other)
        let start = ContinuousClock.now
        var count = 0
        let progress = Progress("Replaying", total: 1)
        defer { progress.end() }
        do {
            guard let reader = try await journal.reader() else { return }
            _ = try await ObservationReader(reader).read(from: from, to: to) {
                replay.take($0)
                count += 1
                progress.advance(to: ($0.at - from).inSeconds / max(1, (to - from).inSeconds))
            }
        } catch {
            progress.end()
            throw AskFailure("\(error)", exit: .unreachable).told()
        }
        guard count > 0 else {
            throw AskFailure(
                "nothing was recorded from \(from.rfc3339) to \(to.rfc3339) in the journal (\(journal.description)): "
                    + "choose another time (--since, --until), or the journal of the automaton that ran then", exit: .nothing
            ).told()
        }
        let report = replay.finish()
        progress.end()
        switch output {
        case .json: do throws(AskFailure) { Terminal.out(try report.prettyJSON()) } catch { throw error.told() }
        case .text:
            let text = ReplayText(report: report, ink: Terminal.ink)
            for line in text.lines(took: ContinuousClock.now - start) { Terminal.out(line) }
        }
    }

    /// The rules to compare with; nil when there are none.
    private func comparedRules() -> String? {
        if let against { return against }
        return FileManager.default.fileExists(atPath: ConfigurationOptions.mountedRules) ? ConfigurationOptions.mountedRules : nil
    }

    /// All of the rules there, also those that would not be in force for lack of a server: what was recorded is there to be judged.
    private func load(_ path: String, _ config: String?) throws -> ReplayRuleset {
        let mounted = FileManager.default.fileExists(atPath: ConfigurationOptions.mountedConfig) ? ConfigurationOptions.mountedConfig : nil
        let loader = ConfigurationLoader(
            thresholds: ThresholdLoader(path: config ?? mounted, environment: ProcessInfo.processInfo.environment),
            rulesPath: path,
            rules: RuleLoader(checks: builtInChecks, remediations: builtInRemediations, namespace: namespace, environment: nil))
        do throws(ConfigurationErrors) {
            let loaded = try loader.load()
            let name = config.map { "\(path) with \($0)" } ?? path
            return ReplayRuleset(name: name, rules: loaded.ruleset.rules, policy: loaded.thresholds.policy)
        } catch {
            throw error.told()
        }
    }
}

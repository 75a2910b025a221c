import AutomatonCore
import Simulation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is said about many simulations.
struct SimulationSummary {
    var text: String

    init(_ result: Campaign.Result, took: Duration, jobs: Int) {
        let hours = result.lived.inSeconds / 3600
        let tally = result.tally
        func table(_ counts: [String: Int], _ over: [String: Int]? = nil) -> String {
            counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { name, count in "  \(Self.padded(count)) \(name)" + (over.map { ", \($0[name] ?? 0) over in the end" } ?? "") }
                .joined(separator: "\n")
        }
        text = """
            \(result.simulations) simulated clusters, \(Int(hours)) cluster-hours (\(Self.tenths(hours / 24 / 365.25 * 10)) cluster-years) in \
            \(Int(took.inSeconds)) s: \(Self.tenths(hours / max(0.001, took.inSeconds) * 10)) cluster-hours a second on \(jobs) threads.
            Went wrong in the world:
            \(table(tally.ailments, tally.over))
            Went wrong between it and the automaton:
            \(table(tally.faults))
            Happened to the automaton:
            \(table(["kill -9": tally.crashes, "frozen": tally.freezes, "clock set": tally.clocks, "rules and limits reloaded": tally.reloads]))
            People and the automaton:
            \(table(tally.people))
            The automaton:
            \(table(["attempts that landed": tally.attempts, "fixes applied again": tally.fixesApplied, "taken back or put back": tally.reverts, "incidents healed": tally.healed, "decisions told": tally.decisions]))
            \(result.violations.isEmpty ? "No limit was broken." : "\(result.violations.count) simulations broke a limit.")
            """
    }

    private static func tenths(_ value: Double) -> String {
        let whole = Int(value.rounded())
        return "\(whole / 10).\(whole % 10)"
    }

    private static func padded(_ count: Int) -> String {
        let text = String(count)
        return String(repeating: " ", count: max(0, 7 - text.utf8.count)) + text
    }
}

/// The processors of this machine.
enum Processors {
    static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

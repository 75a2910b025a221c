import ArgumentParser
import AutomatonCore
import Simulation

/// `automaton simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the automaton through simulated days in which much goes wrong, and check that it keeps its limits.",
        discussion: """
            The same seed gives the same history. A history that breaks a limit is shortened and shown.

            Exit code 0 when no limit was broken, 1 when one was, 64 when the command line is wrong.
            """)

    @Option(help: "Seeds, one a simulated cluster: 7, or 1..200. Default: 1..20.", transform: SeedRange.init(argument:))
    var seeds: SeedRange = SeedRange(1...20)

    @Option(help: "Virtual hours of each in which things go wrong; some quiet ones follow.")
    var hours: Int = 24

    @Option(help: "Threads; by default one a processor.")
    var jobs: Int = Processors.count

    @Flag(help: "Print everything that happens; for one seed.")
    var trace = false

    func validate() throws {
        guard (1...10_000).contains(hours) else { throw ValidationError("--hours \(hours) is out of range: write 1 to 10000") }
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs \(jobs) is out of range: write 1 to 1024") }
        if trace, seeds.range.count > 1 { throw ValidationError("--trace is for one seed: write --seeds 7") }
    }

    func run() throws {
        if trace { return try show() }
        let clock = ContinuousClock()
        let began = clock.now
        let progress = Progress("Simulating", total: Double(seeds.range.count), unit: "clusters")
        let result = try Campaign(seeds: seeds.range, hours: hours, jobs: jobs).run { seed, outcome in
            if let violation = outcome.violation {
                progress.pause()
                Terminal.out("seed \(seed): \(violation)")
            }
            progress.advance()
        }
        progress.end()
        Terminal.out(SimulationSummary(result, took: clock.now - began, jobs: jobs).text)
        guard let first = result.violations.first else { return }
        Terminal.out("\nShortening the history of seed \(first.seed).")
        if let short = Shortening(of: Simulation(seed: first.seed, hours: hours)) { Terminal.out(short.report) }
        Terminal.out("Repeat it with: automaton simulate --seeds \(first.seed) --hours \(hours) --trace")
        throw ExitCode(1)
    }

    private func show() throws {
        let outcome = Simulation(seed: seeds.range.lowerBound, hours: hours).run(isTracing: true)
        for line in outcome.trace { Terminal.out(line) }
        guard let violation = outcome.violation else { return }
        Terminal.out("\(violation)")
        throw ExitCode(1)
    }
}

/// `7`, or `1..200`.
struct SeedRange: CustomStringConvertible {
    var range: ClosedRange<UInt64>

    init(_ range: ClosedRange<UInt64>) { self.range = range }

    /// Reads it.
    /// - Throws: `ValidationError`, which says what would be right.
    init(argument: String) throws {
        let text = argument.replacing("...", with: "..")
        let parts = text.split(separator: "..", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let first = UInt64(parts[0]), let last = parts.count == 2 ? UInt64(parts[1]) : first,
            first <= last, last - first < 10_000_000
        else { throw ValidationError("write one seed (7) or the first and the last (1..200), at most ten million of them") }
        range = first...last
    }

    var description: String { "\(range.lowerBound)..\(range.upperBound)" }
}

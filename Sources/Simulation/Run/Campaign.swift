import Synchronization
import Threads

/// Many simulations, on as many threads as wanted; each of them wholly on one.
public struct Campaign: Sendable {
    /// The seeds, one a simulation.
    public var seeds: ClosedRange<UInt64>
    /// Virtual hours of each in which things go wrong.
    public var hours: Int
    /// Threads.
    public var jobs: Int

    /// Makes a campaign.
    public init(seeds: ClosedRange<UInt64>, hours: Int, jobs: Int) {
        self.seeds = seeds
        self.hours = hours
        self.jobs = max(1, jobs)
    }

    /// What came of it. The same seeds give the same, however many threads there are.
    public struct Result: Sendable {
        /// Simulations that were run.
        public var simulations = 0
        /// Virtual time of all of them together.
        public var lived: Duration = .zero
        /// What happened in all of them.
        public var tally = Tally()
        /// Limits that were broken, by seed, in the order of the seeds.
        public var violations: [(seed: UInt64, violation: Violation)] = []
    }

    private struct Progress {
        var next: UInt64?
        var result = Result()
    }

    /// Runs all of them, and calls `report` after each, on any thread.
    /// - Throws: `NoThread` when the system has no threads left.
    public func run(report: @escaping @Sendable (UInt64, Outcome) -> Void = { _, _ in }) throws -> Result {
        let progress = Mutex(Progress(next: seeds.lowerBound))
        let shared = Shared(progress: progress)
        let (hours, last) = (hours, seeds.upperBound)
        let threads = try (0..<min(jobs, seeds.count)).map { _ in
            try OwnThread {
                while let seed = shared.take(upTo: last) {
                    let outcome = Simulation(seed: seed, hours: hours).run()
                    shared.add(outcome, of: seed)
                    report(seed, outcome)
                }
            }
        }
        for thread in threads { thread.join() }
        var result = shared.result
        result.violations.sort { $0.seed < $1.seed }
        return result
    }

    private final class Shared: Sendable {
        private let progress: Mutex<Progress>

        init(progress: consuming sending Mutex<Progress>) { self.progress = progress }

        func take(upTo last: UInt64) -> UInt64? {
            progress.withLock { progress in
                guard let seed = progress.next else { return nil }
                progress.next = seed < last ? seed + 1 : nil
                return seed
            }
        }

        func add(_ outcome: Outcome, of seed: UInt64) {
            progress.withLock { progress in
                progress.result.simulations += 1
                progress.result.lived += outcome.lived
                progress.result.tally.add(outcome.tally)
                if let violation = outcome.violation { progress.result.violations.append((seed, violation)) }
            }
        }

        var result: Result { progress.withLock { $0.result } }
    }
}

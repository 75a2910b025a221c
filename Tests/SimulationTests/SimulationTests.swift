import AutomatonCore
import Testing

@testable import Simulation

/// Some whole histories, and what the simulation is made of.
@Suite struct SimulationTests {
    @Test(arguments: [1, 2] as [UInt64]) func keepsItsLimits(seed: UInt64) async throws {
        let outcome = try await aside { Simulation(seed: seed, hours: 12).run() }
        #expect(outcome.violation == nil)
        #expect(outcome.tally.attempts > 0)
        #expect(outcome.tally.healed > 0)
        #expect(outcome.lived > .hours(12) + Stage.rest)
    }

    @Test func campaignsGiveTheSameOnAnyNumberOfThreads() async throws {
        let one = try await aside { try Campaign(seeds: 11...14, hours: 1, jobs: 1).run() }
        let three = try await aside { try Campaign(seeds: 11...14, hours: 1, jobs: 3).run() }
        #expect(one.simulations == 4)
        #expect(one.tally == three.tally)
        #expect(one.lived == three.lived)
    }

    @Test func shortensWhatBreaksALimit() async throws {
        var distortion = Distortion()
        distortion.policy = { policy in
            var policy = policy
            policy.delays = Array(repeating: .zero, count: 4)
            return policy
        }
        let simulation = Simulation(seed: 1, hours: 12, remembers: false)
        let found = try await aside { [distortion] in Shortening(of: simulation, distortion: distortion) }
        let short = try #require(found)
        #expect(short.outcome.violation?.invariant == DelayKept.name)
        #expect(short.script.count < simulation.script.count / 4)
        #expect(short.report.contains("break: delays kept"))
    }

    @Test func nothingToShortenWhereNothingBreaks() async throws {
        let short = try await aside { Shortening(of: Simulation(seed: 1, hours: 1)) }
        #expect(short == nil)
    }

    @Test func timersRunInOrderAndTimePassesOnlyThen() {
        let time = VirtualTime(at: .epoch)
        var seen: [Int] = []
        time.after(.seconds(2)) { seen.append(3) }
        time.after(.seconds(1)) {
            seen.append(1)
            time.after(.zero) { seen.append(2) }
        }
        time.after(.seconds(9)) { seen.append(4) }
        time.run(until: .epoch + .seconds(5), unless: { false })
        #expect(seen == [1, 2, 3])
        #expect(time.now == .epoch + .seconds(5))
    }

    @Test func tasksRunOnTheirLaneAndStandStillWhileItIsFrozen() {
        let time = VirtualTime(at: .epoch)
        let lane = Lane(time)
        let parcel = Parcel<Int>()
        let log = Log()
        _ = Task(executorPreference: lane) {
            log.lines.append("begins")
            log.lines.append("got \(await parcel.wait(cancelled: -1))")
        }
        time.run(until: .epoch, unless: { false })
        #expect(log.lines == ["begins"])
        lane.freeze()
        parcel.deliver(7)
        time.run(until: .epoch + .seconds(1), unless: { false })
        #expect(log.lines == ["begins"])
        lane.thaw()
        time.run(until: .epoch + .seconds(2), unless: { false })
        #expect(log.lines == ["begins", "got 7"])
    }

    /// `@unchecked Sendable`: the test is one thread.
    private final class Log: @unchecked Sendable {
        var lines: [String] = []
    }
}

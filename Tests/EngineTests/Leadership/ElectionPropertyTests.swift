import AutomatonCore
import Testing

@testable import Engine

/// What holds of several electors whatever happens to them, in virtual time.
///
/// One after the other, and stepping aside between runs: they compute, and others wait for the same threads.
@Suite("Election of several", .serialized)
struct ElectionPropertyTests {
    /// Clocks that differ by 15 % each way: 1.35, where 1.5 is the limit.
    static let storm = ElectionWorld.Weather(loss: 0.15, delay: 0.15, fate: 500...12_000, rates: 0.85...1.15)

    @Test("Two gates are never open at once, and calm weather brings a leader that stays", arguments: 1...5)
    func neverTwo(part: Int) async {
        for seed in 0..<UInt64(12) {
            var world = ElectionWorld(seed: UInt64(part) * 1000 + seed, electors: 2 + Int(seed % 3), weather: Self.storm)
            await world.run(minutes: 12)
            #expect(world.violations.isEmpty, "seed \(part * 1000 + Int(seed)): \(world.violations.first ?? "")")
            #expect(Set(world.terms.map { "\($0.term) \($0.process)" }).count == Set(world.terms.map(\.term)).count, "one term, one leader")
            world.weather = .calm
            await world.run(minutes: 3)
            let terms = world.terms.count
            #expect(world.leaders.count == 1, "seed \(part * 1000 + Int(seed)) has no leader")
            await world.run(minutes: 1)
            #expect(world.leaders.count == 1 && world.terms.count == terms && world.violations.isEmpty)
        }
    }

    /// Else nothing above would mean anything.
    @Test("Clocks that differ by more than the lease allows for are found out")
    func canFail() async {
        var weather = Self.storm
        weather.rates = 0.4...1.6
        for seed in 1...40 {
            var world = ElectionWorld(seed: UInt64(seed), electors: 3, weather: weather)
            await world.run(minutes: 10)
            if !world.violations.isEmpty { return }
        }
        Issue.record("never found out")
    }

    @Test("A dead leader is succeeded within the lease, two tries of a follower and what is under way")
    func succession() async throws {
        let bound = Duration.milliseconds(15_000 + 2 * 4400 + 8 * 25)
        for seed in 1...100 {
            await Task.yield()
            var world = ElectionWorld(seed: UInt64(seed), electors: 3, weather: .calm)
            world.run(for: .milliseconds(60_000 + seed * 17))
            let leader = try #require(world.leaders.first)
            world.crash(leader)
            let death = world.now
            world.run(for: .minutes(2)) { !$0.leaders.isEmpty }
            #expect(world.now - death <= bound, "seed \(seed)")
            #expect(world.now - death >= .seconds(10), "not before the lease is over: \(seed)")
            #expect(world.terms.last?.term == 1 && world.terms.last?.process != leader)
        }
    }

    @Test("A leader that is shut down is succeeded at the next try of a follower")
    func handOver() async throws {
        for seed in 1...100 {
            await Task.yield()
            var world = ElectionWorld(seed: UInt64(seed), electors: 3, weather: .calm)
            world.run(for: .milliseconds(60_000 + seed * 17))
            let leader = try #require(world.leaders.first)
            world.shutDown(leader)
            let end = world.now
            world.run(for: .minutes(2)) { $0.leaders.contains { $0 != leader } }
            #expect(world.now - end <= .milliseconds(4400 + 8 * 25), "seed \(seed)")
        }
    }
}

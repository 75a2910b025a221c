@testable import AutomatonCore
import Foundation
import Testing

/// Random histories against ``Monitor``: no sequence of events breaks a limit, and nothing that is broken waits for ever.
@Suite struct PropertyTests {
    /// Runs a script; says what broke.
    static func run(_ seed: UInt64, leaders: Int, _ script: [ScriptStep], journal: Bool = false) -> (world: World, broken: String?) {
        var world = World(seed: seed, leaders: leaders, journal: journal)
        for (index, step) in script.enumerated() {
            world.play(step)
            if let broken = world.monitor.broken { return (world, "step \(index): \(broken)") }
        }
        for (index, leader) in world.leaders.enumerated() {
            let open = Set(leader.automaton.incidents.map { Monitor.Seen.Key(rule: $0.key.rule, subject: $0.key.subject) })
            if open != world.monitor.seen[index]?.open { return (world, "incidents that were told and that are kept differ") }
        }
        return (world, nil)
    }

    /// Leaves out what the failure does not need.
    static func shorten(_ seed: UInt64, leaders: Int, _ script: [ScriptStep], journal: Bool) -> [ScriptStep] {
        var script = script
        var size = script.count / 2
        while size > 0 {
            var start = 0
            while start < script.count {
                var shorter = script
                shorter.removeSubrange(start..<min(start + size, script.count))
                if run(seed, leaders: leaders, shorter, journal: journal).broken != nil { script = shorter } else { start += size }
            }
            size /= 2
        }
        return script
    }

    static func report(_ seed: UInt64, leaders: Int, _ script: [ScriptStep], _ broken: String, journal: Bool = false) -> Comment {
        let short = shorten(seed, leaders: leaders, script, journal: journal)
        let steps = short.map { "  after \($0.wait.readable): \($0.what)" }.joined(separator: "\n")
        let again = run(seed, leaders: leaders, short, journal: journal).broken ?? "?"
        return "seed \(seed), \(leaders) automatons: \(broken)\nshortest: \(again)\n\(steps)"
    }

    @Test(arguments: [1, 2]) func noHistoryBreaksALimit(leaders: Int) async {
        for seed in 0..<Self.seeds {
            // The threads are few, and other tests keep an eye on the time.
            await Task.yield()
            let script = World.script(seed, leaders: leaders, length: 60)
            if let broken = Self.run(seed, leaders: leaders, script).broken {
                Issue.record(Self.report(seed, leaders: leaders, script, broken))
                return
            }
        }
    }
}

extension PropertyTests {
    /// How many histories a run of the tests tries; `PROPERTY_SEEDS` for more.
    static var seeds: UInt64 { ProcessInfo.processInfo.environment["PROPERTY_SEEDS"].flatMap { UInt64($0) } ?? 24 }

    /// After any history: what is broken and stays so is attempted, told a bounded number of times, and when it heals nothing is left.
    /// With a journal that loses what was not yet written, and no stamp is needed to hold the budgets.
    @Test func noCrashForgetsALimit() async {
        for seed in 30_000..<(30_000 + Self.seeds) {
            await Task.yield()
            let script = World.script(seed, leaders: 1, length: 60)
            if let broken = Self.run(seed, leaders: 1, script, journal: true).broken {
                Issue.record(Self.report(seed, leaders: 1, script, broken, journal: true))
                return
            }
        }
    }

    @Test(arguments: [(1, false), (2, false), (1, true)]) func nothingWaitsForEver(leaders: Int, journal: Bool) async {
        var restorations = 0
        for seed in 10_000..<(10_000 + Self.seeds / 4) {
            await Task.yield()
            let script = World.script(seed, leaders: leaders, length: 40)
            if let broken = Self.calmDown(seed, leaders: leaders, script, &restorations, journal: journal) {
                Issue.record("seed \(seed), \(leaders) automatons\(journal ? " with a journal" : ""): \(broken)")
                return
            }
        }
        // What is put back when all is well belongs to these histories.
        #expect(restorations > 0)
    }

    static func calmDown(
        _ seed: UInt64, leaders: Int, _ script: [ScriptStep], _ restorations: inout Int, journal: Bool
    ) -> String? {
        var (world, broken) = run(seed, leaders: leaders, script, journal: journal)
        defer { restorations += world.monitor.restorations }
        if let broken { return broken }
        world.calm(["OOMKilled", "LAG"])
        let before = world.monitor
        world.monitor.written = []
        world.pass(.hours(8))
        if let broken = world.monitor.broken { return "calm: \(broken)" }
        for subject in World.subjects {
            for rule in ["oom", "lag"] where !world.monitor.written.contains(Monitor.Seen.Key(rule: rule, subject: subject)) {
                return "\(rule) on \(subject) was never attempted in 8 hours"
            }
        }
        for leader in world.leaders.indices {
            for (key, count) in world.monitor.seen[leader]?.holds ?? [:] {
                let told = count - (before.seen[leader]?.holds[key] ?? 0)
                if told > 120 { return "\(key) was told \(told) holds in 8 hours" }
            }
            let automaton = world.leaders[leader].automaton
            if automaton.deadlines.count > 2 * World.subjects.count + 130 { return "\(automaton.deadlines.count) deadlines" }
        }
        world.calm([])
        world.pass(.hours(9))
        if let broken = world.monitor.broken { return "healed: \(broken)" }
        if let open = world.book?.attempts.values.first(where: \.isOpen) {
            return "an intent without an outcome: \(open.intent.attempt) \(open.intent.kind) on \(open.intent.incident)"
        }
        for leader in world.leaders {
            let automaton = leader.automaton
            if !automaton.incidents.isEmpty { return "open after all is well: \(automaton.incidents.map(\.key))" }
            if automaton.attemptsInFlight != 0 || !automaton.attemptSubjects.isEmpty { return "places that leaked" }
            if !automaton.subjects.isEmpty { return "subjects that are never forgotten: \(automaton.subjects)" }
        }
        return nil
    }

    @Test func sameEventsSameEffects() async {
        for seed in 20_000..<(20_000 + Self.seeds / 8) {
            await Task.yield()
            let script = World.script(seed, leaders: 2, length: 60)
            let first = Self.run(seed, leaders: 2, script).world.effects
            #expect(first.count > 10)
            #expect(first == Self.run(seed, leaders: 2, script).world.effects, "seed \(seed)")
        }
    }

    @Test func timeNeverRunsBackwards() {
        var stage = Stage([.oom()])
        stage.pass(.hours(1))
        let before = stage.automaton.now
        _ = stage.automaton.step(.tick, at: noon)
        #expect(stage.automaton.now == before)
    }
}

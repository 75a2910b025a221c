import SeededRandom
import AutomatonCore
import Testing

@testable import Checks

/// What must hold whatever happens: pods that die in every order, statuses told twice or not at all, lists in between.
@Suite struct PodHealthPropertyTests {
    /// What a world told the check, and what truly happened.
    struct Run {
        var scene = Scene(settle: .minutes(2), window: .hours(24))
        var pods: [SimulatedPod]
        var random: SplitMix64
        /// The restart counts that each pod was first seen with.
        let baseline: [Int32]

        init(_ seed: UInt64, firstList: Bool = true) {
            random = SplitMix64(seed)
            pods = (1...4).map { SimulatedPod($0, restarts: Int32($0 - 1) * 3) }
            baseline = pods.map { $0.row.containers[0].restartCount }
            if firstList { list() } else { scene.list() }
        }

        mutating func list() { scene.see(.listing, .page(pods.map(\.row)), .listed) }

        /// One thing happens in the world, and may or may not be told.
        mutating func step() {
            scene.wait(.seconds(Int.random(in: 0...3, using: &random)))
            let index = Int.random(in: 0..<pods.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: list()
            case 1: scene.change(pods[index].row)
            case 2: pods[index].step(at: scene.now, using: &random)
            case 3:
                scene.see(.disconnected("reset"))
                pods[index].step(at: scene.now, using: &random)
                list()
            default:
                pods[index].step(at: scene.now, using: &random)
                scene.change(pods[index].row)
            }
        }

        var finding: Evidence? {
            guard case .seen(let evidence)? = scene.lastFinding(email)?.observation else { return nil }
            return evidence
        }
    }

    @Test(arguments: 0..<60) func noRestartIsCountedTwiceAndNoneIsLost(_ seed: UInt64) {
        var run = Run(seed)
        for _ in 0..<60 { run.step() }
        run.list()
        let grown = zip(run.pods, run.baseline).map { Int($0.row.containers[0].restartCount - $1) }.reduce(0, +)
        let counted = run.scene.state.troubles.values.map(\.restartCount).reduce(0, +)
        #expect(counted == grown)
        if let finding = run.finding { #expect(finding.figure("restarts") == Double(grown)) }
    }

    @Test(arguments: 0..<60) func everyFaultReportedTrulyHappenedAndHasOneTime(_ seed: UInt64) {
        var run = Run(seed)
        for _ in 0..<60 { run.step() }
        struct Death: Hashable {
            var code: String
            var pod: String
            var finishedAt: Instant?
        }
        var tellings: [Death: Set<Int32?>] = [:]
        for finding in run.scene.reports.flatMap(findings) {
            guard case .seen(let evidence) = finding.observation else { continue }
            for reason in evidence.reasons where reason.code != "CrashLoopBackOff" {
                tellings[Death(code: reason.code, pod: reason.part, finishedAt: reason.since), default: []].insert(reason.restartCount)
            }
        }
        #expect(!tellings.isEmpty)
        for (death, counts) in tellings {
            let ends = run.pods.first { $0.row.name == death.pod }?.ends.values.filter { $0.finishedAt == death.finishedAt } ?? []
            #expect(ends.contains { $0.reason == death.code }, "\(death) never happened")
            // Two ends within one second are two; one end is told with one restart count, however often it is told.
            #expect(counts.count <= ends.count, "\(death) was told as several")
        }
    }

    private func findings(_ report: CheckReport) -> [Finding] {
        switch report {
        case .complete(let findings): findings
        case .changed(let finding): [finding]
        case .gone, .current, .population, .blind, .waiting: []
        }
    }

    @Test(arguments: 0..<20) func listThenWatchEqualsWatchAlone(_ seed: UInt64) {
        var listed = Run(seed)
        var watched = Run(seed, firstList: false)
        for pod in watched.pods { watched.scene.change(pod.row) }
        for _ in 0..<40 {
            let index = Int.random(in: 0..<4, using: &listed.random)
            listed.scene.wait(.seconds(5))
            watched.scene.wait(.seconds(5))
            listed.pods[index].step(at: listed.scene.now, using: &listed.random)
            listed.scene.change(listed.pods[index].row)
            watched.scene.change(listed.pods[index].row)
            #expect(listed.scene.lastFinding(email) == watched.scene.lastFinding(email))
        }
    }

    @Test(arguments: 0..<20) func aTruthThatIsToldAgainChangesNothing(_ seed: UInt64) {
        var run = Run(seed)
        for _ in 0..<40 {
            run.step()
            run.list()
            let before = run.scene.lastFinding(email)?.observation
            let count = run.scene.reports.count
            for pod in run.pods { run.scene.change(pod.row) }
            #expect(run.scene.reports.count == count)
            run.list()
            #expect(run.scene.lastFinding(email)?.observation == before)
        }
    }

    @Test(arguments: 0..<20) func peaceEndsInHealthAndIsForgotten(_ seed: UInt64) {
        var run = Run(seed)
        for _ in 0..<40 { run.step() }
        for index in run.pods.indices {
            while !run.pods[index].row.isReady { run.pods[index].step(at: run.scene.now, using: &run.random) }
        }
        run.list()
        run.scene.now = run.scene.now + .minutes(3)
        run.scene.wait(.seconds(1))
        if let finding = run.finding { #expect(finding.reasons.isEmpty) }
        run.scene.now = run.scene.now + .hours(25)
        run.scene.wait(.seconds(1))
        run.scene.now = run.scene.now + .hours(25)
        run.scene.wait(.seconds(1))
        #expect(run.scene.state.troubles.isEmpty)
        #expect(run.scene.state.workloads.isEmpty)
    }
}

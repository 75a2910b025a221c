import AutomatonCore
import Foundation
import Synchronization
import Testing

@testable import Rules

@Suite struct ConfigurationSourceTests {
    private static let rule = """
        name: lag
        check: gauge
        with: { target: email }
        when: [{ above: $(KAFKA_LAG_THRESHOLD), priority: high }]
        remediations: [{ use: rollout-restart }]
        """

    /// A wall clock that tests move.
    private final class Clock: Sendable {
        private let time = Mutex(Instant(seconds: 1000))
        var now: Instant { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    private struct World {
        let thresholds: Mount
        let rules: Mount
        let clock = Clock()

        init() throws {
            thresholds = try Mount()
            rules = try Mount()
            try thresholds.project(["KAFKA_LAG_THRESHOLD": "100"])
            try rules.project(["lag.yaml": ConfigurationSourceTests.rule, "README.md": "no: rule"])
        }

        var loader: ConfigurationLoader {
            ConfigurationLoader(thresholds: ThresholdLoader(path: thresholds.path), rulesPath: rules.path, rules: .fake)
        }

        func source() throws -> ConfigurationSource {
            let clock = clock
            return try ConfigurationSource(loader) { clock.now }
        }
    }

    private func bound(_ configuration: LoadedConfiguration) -> Double? {
        guard case .above(_, let bound)? = configuration.ruleset.rules.first?.tiers.first?.conditions.first else { return nil }
        return bound
    }

    @Test func aSwapOfTheThresholdsReachesTheRules() async throws {
        let world = try World()
        let source = try world.source()
        #expect(await bound(source.current) == 100)
        #expect(await source.poll() == nil)
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "200", "MAX_REPLICAS": "4"])
        world.clock.advance(.seconds(7))
        guard case .loaded(let loaded)? = await source.poll() else {
            Issue.record("the swap was not seen")
            return
        }
        #expect(bound(loaded) == 200)
        #expect(loaded.thresholds.policy.maximumReplicas == 4)
        #expect(await bound(source.current) == 200)
        #expect(await source.status == .init(lastReloadSuccessful: true, lastSuccessAt: Instant(seconds: 1007)))
        #expect(await source.poll() == nil)
    }

    @Test func aSwapOfTheRulesIsSeen() async throws {
        let world = try World()
        let source = try world.source()
        try world.rules.project(["lag.yaml": Self.rule, "other.yaml": Self.rule.replacing("name: lag", with: "name: other")])
        guard case .loaded(let loaded)? = await source.poll() else {
            Issue.record("the swap was not seen")
            return
        }
        #expect(loaded.ruleset.rules.map(\.name) == ["lag", "other"])
        #expect(loaded.ruleset.checks.count == 1, "equal parameters share the run")
    }

    @Test func aBadConfigurationKeepsTheGoodOneAndIsToldOnce() async throws {
        let world = try World()
        let source = try world.source()
        let good = await source.current.fingerprint
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "85%", "MIN_REPLICAS": "11", "BOGUS": "1"])
        world.clock.advance(.seconds(5))
        guard case .rejected(let errors)? = await source.poll() else {
            Issue.record("the bad one was not told")
            return
        }
        #expect(errors.problems.count == 3)
        #expect(await source.current.fingerprint == good)
        #expect(await source.status == .init(lastReloadSuccessful: false, lastSuccessAt: Instant(seconds: 1000)))
        #expect(await source.poll() == nil)
        // The same bad content in a new directory is no news.
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "85%", "MIN_REPLICAS": "11", "BOGUS": "1"])
        #expect(await source.poll() == nil)
        // Another bad one is.
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "86%"])
        guard case .rejected? = await source.poll() else {
            Issue.record("the other bad one was not told")
            return
        }
        // Back to what is in force.
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "100"])
        guard case .restored(let restored)? = await source.poll() else {
            Issue.record("the way back was not told")
            return
        }
        #expect(restored.fingerprint == good)
        #expect(await source.status == .init(lastReloadSuccessful: true, lastSuccessAt: Instant(seconds: 1005)))
    }

    @Test func badRulesAndThresholdsAreToldTogether() throws {
        let world = try World()
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "85%"])
        try world.rules.project(["lag.yaml": Self.rule.replacing("high", with: "hihg")])
        let errors = #expect(throws: ConfigurationErrors.self) { try world.source() }
        #expect(errors?.problems.count == 2)
    }

    @Test func vanishedRulesKeepTheGoodOnes() async throws {
        let world = try World()
        let source = try world.source()
        try world.rules.project(["README.md": "no rule left"])
        guard case .rejected(let errors)? = await source.poll() else {
            Issue.record("an empty directory was taken")
            return
        }
        #expect(errors.description.contains("holds no rule"))
        #expect(await source.current.ruleset.rules.count == 1)
    }

    @Test func aWriteInPlaceWithTheSameSizeIsSeen() async throws {
        let world = try World()
        let plain = try Mount()
        try plain.write("KAFKA_LAG_THRESHOLD", "100")
        let loader = ConfigurationLoader(
            thresholds: ThresholdLoader(path: plain.path), rulesPath: world.rules.path, rules: .fake)
        let source = try ConfigurationSource(loader) { .epoch }
        for value in 101...115 {
            // Within the grain of the file system's clock, with the same inode and size.
            let handle = try #require(FileHandle(forWritingAtPath: plain.path + "/KAFKA_LAG_THRESHOLD"))
            try handle.write(contentsOf: Data(String(value).utf8))
            try handle.close()
            guard case .loaded(let loaded)? = await source.poll() else {
                Issue.record("the write of \(value) was not seen")
                return
            }
            #expect(loaded.thresholds.kafkaLag == value)
        }
    }

    @Test func settledFilesAreNotReadAgain() async throws {
        let plain = try Mount()
        try plain.write("COOLDOWN", "6m")
        var source = MountedSource(plain.path, noun: "threshold")
        #expect(!source.signature().isSettled)
        let past: [FileAttributeKey: Any] = [.modificationDate: Date(timeIntervalSinceNow: -3600)]
        try FileManager.default.setAttributes(past, ofItemAtPath: plain.path + "/COOLDOWN")
        // The time of the change of attributes is now: still not settled, since it cannot be set back.
        #expect(!source.signature().isSettled)
        source = MountedSource(plain.path + "/none", noun: "threshold")
        #expect(source.signature().failure == ENOENT && !source.signature().isSettled)
    }

    @Test func readsThatRaceWithSwapsAreNeverMixed() async throws {
        let world = try World()
        let keys = ["KAFKA_LAG_THRESHOLD", "RESTART_THRESHOLD", "MAX_REPLICAS", "ATTEMPTS_AN_HOUR"]
        func values(_ number: Int) -> [String: String] { Dictionary(uniqueKeysWithValues: keys.map { ($0, String(number)) }) }
        try world.thresholds.project(values(1))
        let mount = world.thresholds
        let swapping = Thread { [mount] in
            for number in 2...100 { try? mount.project(Dictionary(uniqueKeysWithValues: keys.map { ($0, String(number)) })) }
        }
        swapping.start()
        var seen: Set<Int> = []
        let loader = world.loader
        while !swapping.isFinished {
            let configuration = try loader.load()
            let thresholds = configuration.thresholds
            let numbers: Set<Int> = [
                thresholds.kafkaLag, thresholds.restarts, thresholds.policy.maximumReplicas, thresholds.policy.attemptsAnHour,
            ]
            #expect(numbers.count == 1, "one snapshot, never half of two: \(numbers)")
            seen.formUnion(numbers)
        }
        #expect(try loader.load().thresholds.kafkaLag == 100)
        #expect(seen.count > 1, "the reads did race with the swaps")
    }

    @Test func followSleepsAsConfiguredAndReportsEachChange() async throws {
        let world = try World()
        try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "100", "CHECK_INTERVAL": "8s"])
        let source = try world.source()
        let slept = Mutex<[Duration]>([])
        let changes = Mutex<[String]>([])
        await #expect(throws: CancellationError.self) {
            try await source.follow { duration in
                let count = slept.withLock {
                    $0.append(duration)
                    return $0.count
                }
                switch count {
                case 2: try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "300"])
                case 3: try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "-300"])
                case 5: try world.thresholds.project(["KAFKA_LAG_THRESHOLD": "300"])
                case 6: throw CancellationError()
                default: break
                }
            } report: { change in
                let text =
                    switch change {
                    case .loaded(let loaded): "loaded \(loaded.thresholds.kafkaLag)"
                    case .rejected: "rejected"
                    case .restored: "restored"
                    }
                changes.withLock { $0.append(text) }
            }
        }
        #expect(slept.withLock { $0 } == [.seconds(4), .seconds(4), .seconds(10), .seconds(10), .seconds(10), .seconds(10)])
        #expect(changes.withLock { $0 } == ["loaded 300", "rejected", "restored"])
    }

    @Test func followEndsWhenItIsCancelled() async throws {
        let world = try World()
        let source = try world.source()
        let task = Task { try await source.follow { _ in } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

import SeededRandom
import AutomatonCore
import Testing

@testable import Checks

/// What ten observations of a partition say.
@Suite struct KafkaLagHistoryTests {
    private func status(_ observations: [(committed: Int64, lag: Int64)], members: Bool? = nil) -> PartitionStatus {
        var history = PartitionHistory()
        for (minute, seen) in observations.enumerated() {
            history.observe(seen.committed, lag: seen.lag, at: start + .minutes(minute))
        }
        return history.status(hasMembers: members)
    }

    private func steps(_ count: Int, _ make: (Int64) -> (Int64, Int64)) -> [(committed: Int64, lag: Int64)] {
        (0..<Int64(count)).map { make($0) }
    }

    @Test func keepsUp() { #expect(status(steps(10) { ($0 * 10, 0) }) == .ok) }

    @Test func caughtUpOnceInTheWindow() { #expect(status(steps(10) { (5, $0 == 3 ? 0 : $0) }) == .ok) }

    @Test func fallsBehindWhileItMoves() {
        #expect(status(steps(10) { ($0 * 10, 100 + $0) }) == .warn)
        #expect(status(steps(10) { ($0 * 10, 100) }) == .warn)
        #expect(status(steps(10) { ($0 * 10, $0 == 5 ? 99 : 100) }) == .ok)
    }

    @Test func doesNotMove() {
        #expect(status(steps(9) { _ in (5, 100) }) == .ok)
        #expect(status(steps(10) { _ in (5, 100) }) == .stall)
        #expect(status(steps(40) { _ in (5, 100) }, members: true) == .stall)
    }

    @Test func nobodyCommitsForLongerThanTheWindow() {
        #expect(status(steps(10) { _ in (5, 100) }, members: false) == .stall)
        #expect(status(steps(11) { _ in (5, 100) }, members: false) == .stop)
        #expect(status(steps(11) { _ in (5, 0) }, members: false) == .ok)
    }

    @Test func wentBack() {
        #expect(status([(50, 10), (20, 40)]) == .rewind)
        #expect(status([(50, 10), (20, 40), (50, 20)]) == .ok)
        #expect(status([(50, 10), (20, 0)]) == .ok)
        // When the higher offset has left the window, the going back is history.
        #expect(status([(50, 10)] + steps(10) { _ in (20, 40) }) == .stall)
    }

    @Test func persistentLag() {
        var history = PartitionHistory()
        history.observe(5, lag: 100, at: start)
        #expect(!history.hasPersistentLag)
        history.observe(5, lag: 100, at: start + .seconds(1))
        #expect(!history.hasPersistentLag, "a consumer commits every 5 s")
        history.observe(5, lag: 100, at: start + .seconds(10))
        #expect(history.hasPersistentLag)
        history.observe(6, lag: 100, at: start + .seconds(60))
        #expect(!history.hasPersistentLag)
        history.observe(6, lag: 0, at: start + .seconds(120))
        #expect(!history.hasPersistentLag)
    }

    /// Whatever a partition does: without lag it is OK, STALL and STOP mean that it stood still, and only so much is kept.
    @Test(arguments: 0..<200)
    func properties(_ seed: Int) {
        var random = SplitMix64(UInt64(seed))
        var history = PartitionHistory()
        var (committed, latest): (Int64, Int64) = (0, 0)
        var seen: [Int64] = []
        for minute in 0..<40 {
            latest += Int64.random(in: 0...20, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: committed = Int64.random(in: 0...committed, using: &random)
            case 1...4: committed = min(latest, committed + Int64.random(in: 0...25, using: &random))
            default: break
            }
            seen.append(committed)
            history.observe(committed, lag: latest - committed, at: start + .minutes(minute))
            #expect(history.window.count == min(minute + 1, 10))
            let last = seen.suffix(10)
            for members in [true, false, nil] {
                let status = history.status(hasMembers: members)
                if committed == latest { #expect(status == .ok) }
                if status == .stall || status == .stop { #expect(last.count == 10 && Set(last).count == 1) }
                if status == .stop { #expect(members == false) }
                if status == .rewind { #expect(last.max() ?? 0 > committed) }
            }
        }
    }
}

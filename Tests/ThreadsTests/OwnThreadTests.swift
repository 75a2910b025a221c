import Synchronization
import Testing
import Threads

/// Threads of the system, started and waited for.
@Suite struct OwnThreadTests {
    private struct Reason: Error, Equatable { let text: String }

    /// Something whose end is noticed.
    private final class Held: Sendable {
        let isGone: Flag
        init(_ isGone: Flag) { self.isGone = isGone }
        deinit { isGone.raised.store(true, ordering: .releasing) }
    }

    private final class Flag: Sendable {
        let raised = Atomic<Bool>(false)
    }

    @Test func whatItGivesAndThrowsComesBack() async throws {
        #expect(try await OwnThread.run { 6 * 7 } == 42)
        await #expect(throws: Reason(text: "no")) { try await OwnThread.run { throw Reason(text: "no") } }
    }

    @Test func manyRunAtOnceAndEachOnItsOwn() throws {
        let meeting = Meeting(of: 20)
        // None of them ends before all have begun.
        let threads = try (0..<20).map { _ in try OwnThread { meeting.arrive() } }
        for thread in threads { thread.join() }
        #expect(meeting.count == 20)
    }

    @Test func whatItHeldIsLetGoAtItsEnd() throws {
        let flag = Flag()
        var held: Held? = Held(flag)
        let thread = try OwnThread { [held] in _ = held?.isGone }
        held = nil
        thread.join()
        let isGone = flag.raised.load(ordering: .acquiring)
        #expect(isGone)
    }

    /// Ends when all have come.
    private final class Meeting: Sendable {
        private let size: Int
        private let arrived = Mutex(0)
        init(of size: Int) { self.size = size }
        var count: Int { arrived.withLock { $0 } }

        func arrive() {
            arrived.withLock { $0 += 1 }
            while count < size {}
        }
    }
}

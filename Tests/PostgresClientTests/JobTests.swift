import AutomatonCore
import Foundation
import Testing

@testable import PostgresClient

/// Whoever waits is answered once, also when a thread is stuck in a call that cannot be interrupted.
@Suite struct JobTests {
    @Test func whoWaitsIsAnsweredThoughTheThreadIsStuck() async throws {
        let (stuck, freed) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let job = Job<Int>(deadline: .now + .seconds(60)) { _, attendance in
            _ = attendance.beginStatement()
            freed.signal()
            stuck.wait()
            return .success(attendance.isOver ? 1 : 2)
        }
        let thread = try ConnectionThread.start(unusedFor: .seconds(60)) {
            ServerConnection("", passwordFile: nil, use: .sessions, wakePipe: $0)
        }
        #expect(thread.submit(job))
        async let answer = job.result()
        await Task.detached { freed.wait() }.value
        job.giveUp { $0 ? .outcomeUnknown("sent") : .unavailable("not sent", retryAfter: nil) }
        #expect(await answer == .failure(.outcomeUnknown("sent")))

        // The end is not waited for beyond its bound, and is there once the call returns.
        thread.stop()
        let begun = ContinuousClock.now
        await thread.stopped(within: .milliseconds(50))
        #expect(ContinuousClock.now - begun < .seconds(60))
        #expect(thread.isClosed)
        let late = Job<Int>(deadline: .now) { _, _ in .success(3) }
        #expect(!thread.submit(late))
        stuck.signal()
    }

    @Test func whatNobodyWaitsForIsNotBegun() async throws {
        let thread = try ConnectionThread.start(unusedFor: .seconds(60)) {
            ServerConnection("", passwordFile: nil, use: .sessions, wakePipe: $0)
        }
        let given = Job<Int>(deadline: .now) { _, _ in
            Issue.record("nobody waits for it")
            return .success(1)
        }
        given.giveUp { $0 ? .outcomeUnknown("sent") : .unavailable("not sent", retryAfter: nil) }
        #expect(thread.submit(given))
        let next = Job<Int>(deadline: .now) { _, _ in .success(2) }
        #expect(thread.submit(next))
        #expect(await given.result() == .failure(.unavailable("not sent", retryAfter: nil)))
        #expect(await next.result() == .success(2))
        thread.stop()
        await thread.stopped(within: .seconds(5))
    }

    @Test func whatWasGivenUpIsNotSent() async {
        let job = Job<Int>(deadline: .now + .seconds(60)) { _, _ in .success(1) }
        job.giveUp { $0 ? .outcomeUnknown("sent") : .unavailable("not sent", retryAfter: nil) }
        #expect(await job.result() == .failure(.unavailable("not sent", retryAfter: nil)))
        #expect(!job.beginStatement())
    }
}

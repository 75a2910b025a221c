import AutomatonCore
import Synchronization

@testable import Engine

/// A clock that a test moves.
final class VirtualClock: Sendable {
    private struct State {
        var now = Duration.zero
        var sleepers: [Int: (due: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
        var number = 0
    }

    private let state = Mutex(State())

    var now: Duration { state.withLock { $0.now } }

    var clock: LeadershipClock {
        LeadershipClock(
            now: { self.now }, wall: { Instant(seconds: 1_700_000_000) + self.now }, sleep: { try await self.sleep($0) }, random: { 0 })
    }

    func sleep(_ duration: Duration) async throws {
        let (number, due) = state.withLock { state in
            state.number += 1
            return (state.number, state.now + duration)
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if due <= state.now { return .success(()) }
                    state.sleepers[number] = (due, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    func advance(_ duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let now = state.now
            let woken = state.sleepers.filter { $0.value.due <= now }.sorted { $0.value.due < $1.value.due }
            for sleeper in woken { state.sleepers[sleeper.key] = nil }
            return woken
        }
        for sleeper in woken { sleeper.value.continuation.resume() }
    }

    /// Moves the clock in small steps until the condition holds, and gives everybody time between them.
    /// - Returns: how long that took on this clock.
    @discardableResult func advance(
        upTo limit: Duration = .seconds(60), until what: String, _ condition: () -> Bool
    ) async throws -> Duration {
        let start = now
        while !condition() {
            guard now - start < limit else { throw NeverHappened(description: "did not happen within \(limit) of virtual time: \(what)") }
            advance(.milliseconds(50))
            try await Task.sleep(for: .milliseconds(2))
        }
        return now - start
    }
}

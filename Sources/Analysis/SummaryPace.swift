internal import AutomatonCore

/// How often a provider may be asked: a budget for any 24 hours, and a pause after failures that the next incident would share.
struct SummaryPace: Sendable {
    /// Calls in any 24 hours.
    let budget: Int
    private var calls: [Instant] = []
    private var failures = 0
    private var pauses = 0
    private(set) var pausedUntil: Instant?

    /// Failures in a row that lead to a pause.
    static let mostFailures = 3
    static let shortestPause: Duration = .minutes(5)
    static let longestPause: Duration = .hours(2)

    init(budget: Int) { self.budget = budget }

    /// Of the budget, what is kept for incidents that a person was told of: a day of small troubles must not use it up.
    var reserve: Int { budget / 5 }

    /// Whether another call is within the budget.
    mutating func mayCall(isUrgent: Bool, at now: Instant) -> Bool {
        calls.removeAll { now - $0 >= .hours(24) }
        return calls.count < budget - (isUrgent ? 0 : reserve)
    }

    /// How long the provider is left alone from now; nil when it may be asked.
    func pause(at now: Instant) -> Duration? {
        guard let pausedUntil, pausedUntil > now else { return nil }
        return pausedUntil - now
    }

    mutating func called(at now: Instant) { calls.append(now) }

    mutating func succeeded() {
        (failures, pauses) = (0, 0)
        pausedUntil = nil
    }

    /// Notes a failure. Answers with how long the provider is left alone; nil where it is not.
    mutating func failed(_ kind: SummaryFailure.Kind, at now: Instant) -> Duration? {
        let pause: Duration
        switch kind {
        // About this incident alone, or about nothing at all.
        case .blocked, .empty, .cancelled: return nil
        // It will not be right by itself.
        case .denied, .rejected: pause = Self.longestPause
        case .quota(let after): pause = max(after ?? Self.shortestPause, .seconds(10))
        case .failing(let after?): pause = max(after, .seconds(10))
        case .timeout, .unreachable, .failing(nil), .invalid:
            failures += 1
            guard failures >= Self.mostFailures else { return nil }
            // One call tells whether it is over.
            failures = Self.mostFailures - 1
            pause = min(Self.shortestPause * (1 << min(pauses, 8)), Self.longestPause)
            pauses += 1
        }
        pausedUntil = now + min(pause, .hours(24))
        return min(pause, .hours(24))
    }
}

/// How much may be done across all rules.
struct Budget: Sendable {
    /// When attempts were authorised, oldest first, no older than an hour.
    private var authorised: [Instant] = []
    private var first = 0
    /// Subjects with an attempt in flight.
    private(set) var inFlight = 0

    /// Counts an authorised attempt.
    mutating func authorise(at now: Instant) {
        forget(at: now)
        authorised.append(now)
    }

    /// An attempt that was authorised at `earlier` is tried again: it counts from now, once.
    mutating func authoriseAgain(_ earlier: Instant, at now: Instant) {
        if let index = authorised[first...].firstIndex(of: earlier) { authorised.remove(at: index) }
        authorise(at: now)
    }

    /// Takes or gives back one of the places for attempts at once.
    mutating func begin() { inFlight += 1 }
    mutating func end() { inFlight -= 1 }

    /// Why no more attempt may be authorised, and until when; nil when one may.
    mutating func refusal(_ policy: SafetyPolicy, at now: Instant) -> (reason: String, until: Instant)? {
        forget(at: now)
        let used = authorised.count - first
        guard used >= policy.attemptsAnHour else { return nil }
        let until = used > 0 ? authorised[authorised.count - max(1, policy.attemptsAnHour)] + .hours(1) : now + .hours(1)
        return ("budget: \(used) of \(policy.attemptsAnHour) attempts an hour are used; the next at \(until.timeOfDay)", until)
    }

    /// Why no more subject may be begun; nil when one may.
    func refusalAtOnce(_ policy: SafetyPolicy) -> String? {
        guard inFlight >= policy.attemptsAtOnce else { return nil }
        return "budget: \(inFlight) of \(policy.attemptsAtOnce) subjects have an attempt in flight"
    }

    private mutating func forget(at now: Instant) {
        while first < authorised.count, authorised[first] + .hours(1) <= now { first += 1 }
        if first > 64, first * 2 > authorised.count {
            authorised.removeFirst(first)
            first = 0
        }
    }
}

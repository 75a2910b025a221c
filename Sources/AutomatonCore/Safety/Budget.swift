/// How much may be done across all rules.
struct Budget: Sendable {
    /// An attempt that counts.
    struct Spent: Hashable, Sendable {
        let at: Instant
        let subject: Subject
        /// Whether it was only shown: its subject was not changed.
        var isShown = false
    }

    /// Why no more may be done, and until when; nil when that is not known.
    struct Refusal: Sendable {
        var reason: String
        var until: Instant?
    }

    /// When attempts were authorised, oldest first, no older than an hour.
    private var authorised: [Spent] = []
    private var first = 0
    /// Subjects with an attempt in flight.
    private(set) var inFlight = 0

    /// Counts an authorised attempt, or one that is shown as if it were.
    mutating func authorise(_ subject: Subject, isShown: Bool = false, at now: Instant) {
        forget(at: now)
        authorised.append(Spent(at: now, subject: subject, isShown: isShown))
    }

    /// An attempt that was authorised at `earlier` is tried again: it counts from now, once.
    mutating func authoriseAgain(_ earlier: Instant, _ subject: Subject, at now: Instant) {
        if let index = authorised[first...].firstIndex(of: Spent(at: earlier, subject: subject)) { authorised.remove(at: index) }
        authorise(subject, at: now)
    }

    /// From here on everything is done: what was only shown before does not count.
    mutating func forgetShown() {
        authorised = authorised[first...].filter { !$0.isShown }
        first = 0
    }

    /// What other runs spent within the hour counts, too; what is known already counts once.
    mutating func recall(_ spent: [Spent], at now: Instant) {
        var all = Set(authorised[first...])
        for each in spent where each.at <= now { all.insert(each) }
        authorised = all.sorted { ($0.at, $0.subject) < ($1.at, $1.subject) }
        first = 0
        forget(at: now)
    }

    /// Takes or gives back one of the places for attempts at once.
    mutating func begin() { inFlight += 1 }
    mutating func end() { inFlight -= 1 }

    /// Why no more attempt of such a priority may be authorised; nil when one may.
    /// - Parameter isCounted: whether it is about one that counts already, and is tried again.
    mutating func refusal(_ policy: SafetyPolicy, _ priority: Priority, isCounted: Bool = false, at now: Instant) -> Refusal? {
        forget(at: now)
        let used = authorised.count - first - (isCounted ? 1 : 0)
        let reserve = priority == .critical ? 0 : min(policy.criticalReserve, policy.attemptsAnHour / 3)
        let most = policy.attemptsAnHour - reserve
        guard used >= most else { return nil }
        // The oldest `used - most + 1` of them have to be an hour old.
        let until = used > 0 ? authorised[first + min(used - most, used - 1)].at + .hours(1) : now + .hours(1)
        let kept = reserve > 0 ? ", \(reserve) of them kept for critical incidents" : ""
        return Refusal(
            reason: "budget: \(used) of \(policy.attemptsAnHour) attempts an hour are used\(kept); the next at \(until.timeOfDay)",
            until: until)
    }

    /// Why no more subject may be begun; nil when one may.
    func refusalAtOnce(_ policy: SafetyPolicy) -> String? {
        guard inFlight >= policy.attemptsAtOnce else { return nil }
        return "budget: \(inFlight) of \(policy.attemptsAtOnce) subjects have an attempt in flight"
    }

    /// Why no other workload of the subject's namespace may be changed, or shown to be; nil when one may.
    mutating func refusal(_ policy: SafetyPolicy, _ subject: Subject, of total: Int, isShown: Bool = false, at now: Instant) -> Refusal? {
        forget(at: now)
        guard !subject.namespace.isEmpty else { return nil }
        var lately: [Subject: Instant] = [:]
        for spent in authorised[first...] where spent.subject.namespace == subject.namespace && (isShown || !spent.isShown) {
            lately[spent.subject] = spent.at
        }
        let most = policy.namespaceShare.most(of: total)
        // One that has its place keeps it; when more have one than a lower share allows now, nobody does.
        guard lately.count + (lately[subject] == nil ? 1 : 0) > most else { return nil }
        let until = (lately.values.min() ?? now) + .hours(1)
        return Refusal(
            reason: "budget: \(lately.count) workloads of namespace \(subject.namespace) were changed within the hour, NAMESPACE_SHARE "
                + "(\(policy.namespaceShare)\(policy.namespaceShare.whole(total))) allows \(most); the next at \(until.timeOfDay)",
            until: until)
    }

    private mutating func forget(at now: Instant) {
        while first < authorised.count, authorised[first].at + .hours(1) <= now { first += 1 }
        if first > 64, first * 2 > authorised.count {
            authorised.removeFirst(first)
            first = 0
        }
    }
}

extension Quota {
    /// The most that it allows of a whole: a count, and none, to the letter; a share of few things at least ``SafetyPolicy/leastShare``.
    func most(of total: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(0): 0
        case .percent: max(SafetyPolicy.leastShare, of(total))
        }
    }

    /// Of what a share is taken, for people.
    func whole(_ total: Int) -> String {
        switch self {
        case .count, .percent(0): ""
        case .percent: " of \(total), at least \(SafetyPolicy.leastShare)"
        }
    }
}

/// Stops attempts on an incident that they do not help, and tells a person; each opening lasts twice as long as the one before.
struct Breaker: Hashable, Codable, Sendable {
    /// Ineffective attempts in a row.
    private(set) var ineffective = 0
    /// How often it opened in a row.
    private(set) var openings = 0
    /// Open until; nil when closed.
    private(set) var openUntil: Instant?
    /// When it opened last.
    private(set) var openedAt: Instant?
    /// Why it opened.
    private(set) var why = ""
    /// Whether it opened because every remediation was tried, rather than on the count alone.
    private(set) var isExhausted = false

    /// Counts an attempt that did not help. Returns whether that makes the threshold.
    mutating func countIneffective(_ policy: SafetyPolicy) -> Bool {
        ineffective += 1
        return ineffective >= policy.breakerThreshold
    }

    /// Opens it: 1, 2, 4, … times the first backoff, up to the longest.
    mutating func open(_ why: String, exhausted: Bool, policy: SafetyPolicy, at now: Instant) {
        openedAt = now
        openUntil = now + Self.length(openings, policy)
        openings += 1
        isExhausted = exhausted
        self.why = why
    }

    /// Lets one more round through when the time is over. Returns whether it was open until now.
    mutating func closeIfOver(at now: Instant) -> Bool {
        guard let until = openUntil, now >= until else { return false }
        openUntil = nil
        return true
    }

    /// Every remediation of a list that is no longer in force was tried: the new list is not held back by that.
    mutating func closeIfExhausted() {
        if isExhausted { openUntil = nil }
    }

    /// How long the opening after `openings` others lasts.
    static func length(_ openings: Int, _ policy: SafetyPolicy) -> Duration {
        min(policy.breakerBackoff * (1 << min(openings, 16)), policy.breakerLongest)
    }

    /// How long the incident must have been over before all is forgotten.
    func forgottenAfter(_ policy: SafetyPolicy) -> Duration {
        max(Self.length(openings, policy), policy.cooldown)
    }
}

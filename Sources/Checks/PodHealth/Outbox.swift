import AutomatonCore

/// What is to be reported, and whether the watch sees well enough to report it.
struct Outbox: Sendable {
    /// A list is on its way: what is known is half old and half new.
    var isListing = false
    /// The engine waits for an answer to "is that still so".
    var isCurrentDue = false
    /// Before this nothing is taken to have settled.
    private(set) var quietUntil = Instant(microseconds: .min)
    private(set) var isCompleteDue = false
    private var hasListed = false
    private var interruption: (since: Instant, why: String)?
    private var isBlind = false
    private var isBlindDue = false
    private var gone: [Subject] = []
    private var changed: [Subject] = []
    private var next = 0

    /// Whether the pods cannot be seen at this moment.
    var seesNothing: Bool { isListing || interruption != nil }

    /// How long an interruption may last before it is told: what was never seen at all is told at once.
    var patience: Duration { hasListed ? PodHealthState.grace : .zero }

    /// Whether changes may be reported one by one.
    var isOpen: Bool { hasListed && !isListing && !isBlind && !isCompleteDue }

    /// A list is complete, and so the next report is.
    mutating func listed(at now: Instant) {
        isListing = false
        hasListed = true
        interruption = nil
        quietUntil = now
        isCompleteDue = true
    }

    mutating func disconnected(_ why: String, at now: Instant) {
        interruption = (interruption?.since ?? now, why)
    }

    /// The watch goes on where it was interrupted. False when it was not.
    mutating func reconnected(quietUntil: Instant) -> Bool {
        guard interruption != nil else { return false }
        interruption = nil
        self.quietUntil = quietUntil
        if isBlind && hasListed { isCompleteDue = true }
        return true
    }

    /// Makes an interruption that lasts a report. Answers when it will be one, if it is none yet.
    mutating func advance(to now: Instant) -> Instant? {
        guard let interruption, !isBlind else { return nil }
        let due = interruption.since + patience
        guard due <= now else { return due }
        isBlind = true
        isBlindDue = true
        isCompleteDue = false
        return nil
    }

    mutating func add(changed subject: Subject) { changed.append(subject) }

    mutating func add(gone subject: Subject) { gone.append(subject) }

    /// The report that the pods cannot be seen, once.
    mutating func takeBlind() -> CheckReport? {
        guard isBlindDue else { return nil }
        isBlindDue = false
        return .blind(interruption?.why ?? "the watch of the pods is interrupted")
    }

    /// Takes everything that waits, since a complete report says it all.
    mutating func takeAll() {
        isCompleteDue = false
        isBlind = false
        isBlindDue = false
        isCurrentDue = false
        gone = []
        changed = []
        next = 0
    }

    mutating func takeGone() -> Subject? { gone.popLast() }

    /// The subject that has waited longest.
    mutating func takeChanged() -> Subject? {
        guard next < changed.count else {
            changed.removeAll(keepingCapacity: changed.capacity < 1024)
            next = 0
            return nil
        }
        next += 1
        return changed[next - 1]
    }
}

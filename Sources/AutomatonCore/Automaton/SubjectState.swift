/// All that the automaton knows of one subject. Subjects that are well and have no history have none.
struct SubjectState: Sendable {
    var incidents: [IncidentState] = []
    /// At most one; out of line, since it is large and most subjects have none.
    private var attempts: [AttemptState] = []
    var attempt: AttemptState? {
        get { attempts.first }
        set { attempts = newValue.map { [$0] } ?? [] }
    }
    var memories: [RuleMemory] = []
    /// Last attempts by remediation, whatever the rule.
    var remediations: [RemediationMemory] = []
    /// Stamps from clocks that run ahead, as found at the last plan, with the instant at which each was first seen.
    var ahead: [Cooldown] = []
    /// What attempts changed and is to be put back when the subject stays healthy.
    var restorations: [Restoration] = []
    /// The one that is being put back.
    var restoring: (id: AttemptID, restoration: Restoration, until: Instant)?
    /// What of this is remembered beyond the run.
    var remembered: SubjectMemory?
    /// An attempt of an earlier run that was not found on the object; it may still turn up there.
    var disowned: AttemptID?
    /// Whether it is counted among the unhealthy of its namespace.
    var isCounted = false
    /// When this subject is looked at next, as it stands in the deadlines.
    var wake: (at: Instant, ticket: Agenda<Instant, Subject>.Ticket)?
    /// The place among those that wait for the budget.
    var place: (priority: Priority, ticket: Agenda<Automaton.Urgency, Subject>.Ticket)?

    /// Whether there is nothing left to know.
    var isEmpty: Bool {
        incidents.isEmpty && attempts.isEmpty && memories.isEmpty && remediations.isEmpty && restorations.isEmpty && restoring == nil
            && remembered == nil
    }

    /// Takes a finding from which nothing can follow: each rule says of the same fault what it said before, and nobody waited for a
    /// report. Answers false, and takes nothing, when something may follow.
    mutating func takeRepeated(_ finding: Finding, _ rules: [Rule], _ check: Automaton.CheckState, _ now: Instant, _ policy: SafetyPolicy)
        -> Bool
    {
        if !restorations.isEmpty { return false }
        for rule in check.direct {
            // A forecast may change although the figure says what it said.
            if rules[rule].predict != nil { return false }
            let verdict = Rule.highest(rules[rule].tiers, finding.observation)
            guard let index = incidents.firstIndex(where: { $0.rule == rules[rule].name }) else {
                if verdict == nil { continue }
                return false
            }
            guard let verdict, case .unhealthy(verdict) = incidents[index].verdict, !incidents[index].cameStale,
                !incidents[index].followsAnyFinding, now - max(incidents[index].observedAt, check.currentAt ?? .epoch) <= policy.staleAfter,
                incidents[index].finding.observation.isSameOccurrence(as: finding.observation)
            else { return false }
        }
        for index in incidents.indices where incidents[index].check == check.id && incidents[index].sources.isEmpty {
            incidents[index].observedAt = min(now, finding.observedAt)
            incidents[index].round = check.round
            incidents[index].finding = finding
        }
        return true
    }

    /// The memory of a rule on this subject, made when it is missing.
    mutating func memory(_ rule: String) -> Int {
        if let index = memories.firstIndex(where: { $0.rule == rule }) { return index }
        memories.append(RuleMemory(rule: rule))
        return memories.count - 1
    }

    /// Keeps the quiet time after an attempt that was made elsewhere, of its remediation and of its rule.
    mutating func remember(_ cooldown: Cooldown, rule: String, remediation: String, over own: AttemptID?, at now: Instant) {
        remember(cooldown, remediation: remediation, over: own)
        let memory = memory(rule)
        memories[memory].cooldown = cooldown.joined(memories[memory].cooldown, over: own)
        // Without an incident it is remembered until it limits nothing any more.
        if memories[memory].closed == nil, !incidents.contains(where: { $0.rule == rule }) {
            memories[memory].closed = RuleMemory.Closed(at: now, healed: false)
        }
    }

    /// Keeps the quiet time of a remediation; see ``Cooldown/joined(_:over:)``.
    mutating func remember(_ cooldown: Cooldown, remediation: String, over own: AttemptID?) {
        if let index = remediations.firstIndex(where: { $0.name == remediation }) {
            remediations[index].cooldown = cooldown.joined(remediations[index].cooldown, over: own)
        } else {
            remediations.append(RemediationMemory(name: remediation, cooldown: cooldown))
        }
        for index in restorations.indices where restorations[index].remediation == remediation {
            let restoration = restorations[index]
            guard restoration.latest != cooldown.attempt, cooldown.since > restoration.authorisedAt else { continue }
            restorations[index].overtaken = restoration.overtaken ?? cooldown
        }
    }

    /// The attempt left nothing behind: what came before it can be put back as if it had not been.
    mutating func leftNothing(_ attempt: AttemptID) {
        for index in restorations.indices where restorations[index].overtaken?.attempt == attempt { restorations[index].overtaken = nil }
    }
}

/// An open incident.
struct IncidentState: Sendable {
    let rule: String
    let check: CheckID
    let detectedAt: Instant
    /// The last unhealthy finding: it speaks for the incident.
    var finding: Finding
    /// Of a rule that mends something else than its check reports on: everything reported on that was unhealthy in this incident.
    var sources: [IncidentSource] = []
    /// Why it is unhealthy ahead of the threshold; nil when a tier holds.
    var forecast: String?
    /// Whether a person was told of this one although nothing was tried.
    var isPersonTold = false
    /// When it was last observed, also when that was healthy or unknown.
    var observedAt: Instant
    /// What was observed then, if it was not ``finding``.
    var other: Observation?
    /// Parts of the subject that did not work then; nil where nobody counts, or the rule mends another subject.
    var unwell: Int?
    /// The last finding was too old already when it came.
    var cameStale = false
    /// The check's complete observation in which it was last seen, or after which.
    var round: UInt64 = 0
    var verdict: Verdict
    /// The last priority that was told.
    var priority: Priority
    /// Since when it has been at least this urgent, by priority; nil where it is not.
    var since: PrioritySince
    /// Since when it is unknown.
    var unknownSince: Instant?
    var attempts = 0
    /// The last decision to hold, so that it is told once.
    var held: Held?
    /// When a decision to hold was last told.
    var toldAt: Instant?
    /// When a decision was last told again because the fault happened again.
    var toldAgainAt: Instant?
    /// Reading or writing failed, or the object asks to be left alone: not before, and why.
    var retry: Retry?
    /// A person asked that it does not wait for its priority's delay; nil when nobody did.
    var hurry: Hurry?
    /// What a person is to be told when the incident is no longer silenced.
    var untold: String?
    /// When a guard that said no may say yes.
    var lookAgain: Instant?

    struct Retry: Sendable {
        var at: Instant
        var hold = Decision.Guard.backoff
        var why: String
    }

    struct Held: Equatable, Sendable {
        var hold: Decision.Guard
        /// What the decision rests on: told again when it changes.
        var basis: Basis
    }

    /// What a decision to hold rests on.
    enum Basis: Equatable, Sendable {
        /// The guard alone.
        case itself
        case until(Instant)
        case attempt(AttemptID)
        case shown(AttemptID)
        case text(String)
    }

    /// Whether any finding lifts the hold, also one that says what was said before.
    var followsAnyFinding: Bool {
        switch held?.hold {
        case nil, .notObserved, .unknown, .stale: true
        default: false
        }
    }

    /// Whether a new occurrence of the fault has the decision told again: why an attempt that was made is not made once more, and that
    /// once a minute at most. A fault that has not been tried yet says nothing new by happening again.
    func isToldAgain(at now: Instant) -> Bool {
        switch held?.hold {
        case .cooldown, .inFlight, .breaker, .exhausted:
            // Several statuses tell of one occurrence: what was said a moment ago answers them too.
            (toldAgainAt.map { now - $0 >= .minutes(1) } ?? true) && (toldAt.map { now - $0 >= .seconds(5) } ?? true)
        default: false
        }
    }

    /// Nobody knows since when it has been unhealthy: since now.
    mutating func restartDelay(at now: Instant) {
        since.forget()
        // What was asked for then was about what was seen then.
        hurry = nil
        if case .unhealthy(let priority) = verdict { since.observe(priority, at: now) }
    }
}

/// What a person wants at once.
struct Hurry: Hashable, Sendable {
    var by: String
    /// The digest of the plan that they saw; nil for whatever is planned.
    var plan: String?
}

extension Observation {
    /// Whether two reports of a fault are of the same occurrence: the same reasons on the same parts, at the same restart counts.
    func isSameOccurrence(as other: Observation) -> Bool {
        guard case .seen(let left) = self, case .seen(let right) = other else { return false }
        return left.reasons.elementsEqual(right.reasons) {
            $0.restartCount == $1.restartCount && $0.code == $1.code && $0.part == $1.part && $0.container == $1.container
        }
    }
}

/// Since when an incident has been at least as urgent as each priority.
struct PrioritySince: Hashable, Codable, Sendable {
    private var times = SIMD4<Int64>(repeating: .max)

    subscript(_ priority: Priority) -> Instant? {
        let time = times[Int(priority.rawValue)]
        return time == .max ? nil : Instant(microseconds: time)
    }

    /// The incident is this urgent at `now`: times of lower priorities go on, those of higher ones are forgotten.
    mutating func observe(_ priority: Priority, at now: Instant) {
        for each in Priority.allCases {
            let index = Int(each.rawValue)
            if each > priority { times[index] = .max } else if times[index] == .max { times[index] = now.microseconds }
        }
    }

    mutating func forget() { times = SIMD4(repeating: .max) }

    /// When the first of the delays is over, and of which priority.
    func due(_ policy: SafetyPolicy) -> (at: Instant, priority: Priority)? {
        var earliest: (at: Instant, priority: Priority)?
        for priority in Priority.allCases.reversed() {
            guard let since = self[priority] else { continue }
            let at = since + policy.delay(priority)
            if earliest.map({ at < $0.at }) ?? true { earliest = (at, priority) }
        }
        return earliest
    }
}

/// What outlives an incident: cooldown, breaker, and how far its escalation went.
struct RuleMemory: Hashable, Codable, Sendable {
    let rule: String
    var cooldown: Cooldown?
    var breaker = Breaker()
    /// Index of the remediation that is next.
    var step = 0
    /// Attempts already made with it.
    var attemptsAtStep = 0
    /// The last attempt of another run that was counted.
    var counted: AttemptID?
    /// An attempt of another run, and until when it has to help.
    var elsewhere: Elsewhere?
    /// When the incident ended, and whether an attempt ended it.
    var closed: Closed?
    /// In dry run: when a plan was made last, and what it would have changed.
    var shown: Shown?
    /// What a person was asked to confirm: in mode `approve`, and after an objection.
    var approval: Approval?
    /// A person took back what the rule did here: it asks before it acts again.
    var objection: Objection?

    init(rule: String) { self.rule = rule }

    struct Elsewhere: Hashable, Codable, Sendable {
        var stamp: Stamp
        var until: Instant
    }
    struct Closed: Hashable, Codable, Sendable {
        var at: Instant
        var healed: Bool
    }
    struct Approval: Hashable, Codable, Sendable {
        var changes: [Change]
        var askedAt: Instant
        var until: Instant
        /// Who confirmed it; nil while nobody has.
        var by: String?
    }
    struct Objection: Hashable, Codable, Sendable {
        var by: String
        var at: Instant
        /// What was taken back.
        var remediation: String
        var until: Instant
    }
    struct Shown: Hashable, Codable, Sendable {
        var cooldown: Cooldown
        var changes: [Change]
        /// Whether the object's own annotation asked for it, and not the rule or the limits; nil means no.
        var isWished: Bool?
    }
}

/// The attempt that a subject has in flight, from the question for a plan to the end of its verification.
struct AttemptState: Hashable, Codable, Sendable {
    enum Phase: Hashable, Codable, Sendable {
        /// A plan was asked for; given up at.
        case planning(until: Instant)
        /// The write was asked for; given up at.
        case applying(until: Instant)
        /// Reading or writing failed; asked again at.
        case waiting(until: Instant)
        /// Written: must be clear by.
        case verifying(until: Instant)
        /// Taking back was asked for; given up at.
        case reverting(until: Instant)
        /// Of an earlier run: what became of its write was asked for; asked again at.
        case settling(until: Instant)
    }

    let id: AttemptID
    let rule: String
    let stepIndex: Int
    let step: RemediationStep
    var phase: Phase
    var plan: Plan?
    /// When it was authorised; nil before.
    var authorisedAt: Instant?
    /// The write may have happened although no answer said so.
    var mayBeWritten = false
    /// It was planned again, and other values were sent than before: with a write that landed late, nobody knows which are there. Nil means no.
    var isReplanned: Bool?
    /// The write happened.
    var isWritten = false
    /// Whether it helped is known.
    var isVerified = false
    /// Why it ended without that, where something is known.
    var ending: String?
    /// The rule's list of remediations changed since: it moves nothing in the new list, and is not planned again.
    var isOutdated = false
    /// Its incident is over while a write was on its way: the subject's place is kept until the answer.
    var isLeft = false
    /// At the end of its time to verify nothing could be seen: it is given as long again.
    var isOvertime = false
    var priorityAtStart: Priority
    /// Parts of the subject that did not work when it began.
    var unwellAtStart: Int?
    var clearSince: Instant?
    var conflicts = 0
    var backoff = Backoff()
}

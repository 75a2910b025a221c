/// What a person wants taken back.
public struct TakingBack: Hashable, Sendable {
    /// The attempt, as the journal has it.
    public var intent: AttemptIntent
    /// The incident that it was made in.
    public var incident: Incident

    /// Makes a request.
    public init(_ intent: AttemptIntent, of incident: Incident) {
        self.intent = intent
        self.incident = incident
    }
}

/// Why something that a person asks for is not done.
public struct Refusal: Hashable, Sendable {
    /// The guard that says no.
    public var hold: Decision.Guard
    /// In words, with figures.
    public var reason: String

    /// Makes a refusal.
    public init(_ hold: Decision.Guard, _ reason: String) {
        self.hold = hold
        self.reason = reason
    }
}

/// What a person takes back by hand. It is a write like another: under every limit, over nothing but what the attempt left.
extension Automaton {
    /// Why an attempt may not be taken back now; nil when it may.
    public mutating func refusal(of request: TakingBack, at instant: Instant) -> Refusal? {
        now = max(now, instant)
        let subject = request.intent.plan.subject
        return refusal(of: request, subjects[subject] ?? SubjectState())
    }

    /// What would be changed: the values that it left, and the former ones. What would be put back by itself goes back as far as that would.
    public func changes(takingBack request: TakingBack) -> [Change] {
        (subjects[request.intent.plan.subject] ?? SubjectState()).plan(takingBack: request).inverseChanges
    }

    /// Whether an attempt is watched still.
    public func isWatched(_ attempt: AttemptID, on subject: Subject) -> Bool {
        guard let current = subjects[subject]?.attempt, current.id == attempt, case .verifying = current.phase else { return false }
        return true
    }

    mutating func takeBack(_ request: TakingBack, _ by: String) {
        let subject = request.intent.plan.subject
        if subjects[subject] == nil { subjects[subject] = SubjectState() }
        with(subject) { automaton, state in
            guard automaton.refusal(of: request, state) == nil else { return }
            automaton.object(to: request.intent, by, &state)
            if state.attempt?.id == request.intent.attempt {
                automaton.takeBackWatched(by, subject, &state)
            } else {
                automaton.takeBackPast(request, by, subject, &state)
            }
        }
    }

    /// What a person took back is not done again unasked: they know something that the check does not see.
    private mutating func object(to intent: AttemptIntent, _ by: String, _ state: inout SubjectState) {
        let rule = intent.incident.rule
        let memory = state.memory(rule)
        state.memories[memory].objection = RuleMemory.Objection(
            by: by, at: now, remediation: intent.remediation, until: now + policy.objectionTime)
        // Of an incident that was forgotten long ago nothing else says when its memory may go.
        if state.memories[memory].closed == nil, !state.incidents.contains(where: { $0.rule == rule }) {
            state.memories[memory].closed = RuleMemory.Closed(at: now, healed: false)
        }
    }

    /// The attempt is watched still: it ends as one that did not help.
    private mutating func takeBackWatched(_ by: String, _ subject: Subject, _ state: inout SubjectState) {
        guard let attempt = state.attempt, let plan = attempt.plan,
            let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule })
        else { return }
        let why = "was taken back, \(by) asked for it"
        state.attempt?.isVerified = true
        note(attempt.id, .unverified("it \(why)"))
        state.attempt?.phase = .reverting(until: now + Self.writeTime)
        decide(
            .revert(attempt.id, remediation: attempt.step.use),
            "\(by) asks for it: \(plan.inverseChanges.map(\.summary).joined(separator: ", ")), if it is still as it was left", index,
            subject,
            state)
        effects.append(.revert(attempt.takingBack(plan, on: subject, at: now), of: attempt.id, quiet: .zero))
        guard let rule = ruleIndex[attempt.rule].map({ rules[$0] }) else { return }
        countIneffective(rule, subject, &state, because: "\(attempt.step.use) \(why)")
    }

    /// The attempt is over: what it left is put back, also what would be later by itself.
    private mutating func takeBackPast(_ request: TakingBack, _ by: String, _ subject: Subject, _ state: inout SubjectState) {
        // When it comes back, that is not because what healed it did not last.
        for index in state.memories.indices where state.memories[index].rule == request.intent.incident.rule {
            state.memories[index].closed?.healed = false
        }
        var restoration: Restoration
        if let index = state.restorations.firstIndex(where: { $0.attempt == request.intent.attempt }) {
            restoration = state.restorations.remove(at: index)
            restoration.by = by
        } else {
            restoration = Restoration(request, plan: request.intent.plan, by: by, at: now)
        }
        putBack(restoration, "\(by) asks for it", subject, &state)
    }

    private mutating func refusal(of request: TakingBack, _ state: SubjectState) -> Refusal? {
        let intent = request.intent
        let subject = intent.plan.subject
        let changes = state.plan(takingBack: request).inverseChanges
        guard intent.kind == .apply, intent.plan.inverse != nil, !changes.isEmpty else {
            return Refusal(.refused, "\(intent.remediation) cannot be taken back: it leaves nothing behind that could be")
        }
        if let why = standDown { return Refusal(.standDown, "stand down: \(why)") }
        if let hold = suspensionHold(intent.incident.rule, subject), hold.hold == .paused { return Refusal(.paused, hold.reason()) }
        if let why = storm(over: subject.namespace) { return Refusal(.storm, why) }
        if let why = policy.protection(of: subject) { return Refusal(.protected, why) }
        if policy.dryRun { return Refusal(.refused, "dry run") }
        guard let rule = ruleIndex[intent.incident.rule].map({ rules[$0] }), rule.remediations.indices.contains(intent.step),
            rule.remediations[intent.step].use == intent.remediation
        else { return Refusal(.refused, "rule \(intent.incident.rule) does not have \(intent.remediation) at this place any more") }
        if isDry(rule) { return Refusal(.refused, "rule \(rule.name) is in mode observe") }
        if let why = policy.refusal(changes) { return Refusal(.cap, why) }
        return refusal(of: intent, besides: state)
    }

    /// What else is done, or was done, on the subject.
    private mutating func refusal(of intent: AttemptIntent, besides state: SubjectState) -> Refusal? {
        let subject = intent.plan.subject
        if let attempt = state.attempt {
            guard attempt.id == intent.attempt else {
                return Refusal(
                    .inFlight, "in flight: attempt \(attempt.id) (\(attempt.step.use)) is made on \(subject); ask when it is over")
            }
            switch attempt.phase {
            // It has its place and was counted.
            case .verifying: return nil
            case .reverting: return Refusal(.inFlight, "in flight: it is being taken back already")
            case .planning, .applying, .waiting, .settling:
                return Refusal(.inFlight, "in flight: whether it was written is not known yet; ask in a moment")
            }
        }
        if let restoring = state.restoring {
            return Refusal(.inFlight, "in flight: \(restoring.restoration.remediation) is being put back; ask when that is over")
        }
        let pending = state.restorations.first { $0.attempt == intent.attempt }
        if let later = pending.map(\.overtaken) ?? state.remediations.first(where: { $0.name == intent.remediation })?.cooldown,
            later.attempt != intent.attempt, later.attempt != intent.attempt.back, later.since >= intent.at
        {
            return Refusal(
                .refused, "attempt \(later.attempt) of \(later.since.timeOfDay) came after it: what is there now may be that one's")
        }
        if let why = budget.refusalAtOnce(policy) { return Refusal(.budget, why) }
        if let refusal = budget.refusal(policy, .critical, at: now) { return Refusal(.budget, refusal.reason) }
        if let refusal = budget.refusal(policy, subject, of: known(in: subject.namespace), at: now) {
            return Refusal(.namespaceShare, refusal.reason)
        }
        return nil
    }
}

extension SubjectState {
    /// The plan whose inverse is written: of what would be put back by itself the one that is remembered, which may go back further.
    fileprivate func plan(takingBack request: TakingBack) -> Plan {
        restorations.first { $0.attempt == request.intent.attempt }?.plan ?? request.intent.plan
    }
}

extension Restoration {
    /// As it is put back by itself; nil where only a person asked for it.
    var unasked: Restoration? {
        guard by != nil else { return self }
        guard after > .zero else { return nil }
        var copy = self
        copy.by = nil
        return copy
    }
}

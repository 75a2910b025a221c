/// What an attempt changed for as long as it is needed, and is put back when the subject has been healthy for a time: replicas that a
/// backlog needed.
struct Restoration: Hashable, Codable, Sendable {
    let attempt: AttemptID
    let rule: String
    let step: Int
    let remediation: String
    /// The plan whose inverse is written.
    var plan: Plan
    /// The incident that the attempt healed, as it was then.
    let incident: Incident
    /// The subject must have been healthy for this long.
    let after: Duration
    /// Since when it has been seen to be.
    var healthySince: Instant
    /// Since when what was heard of it was unknown, or nothing: the time begins anew when it is seen to be healthy.
    var doubtfulSince: Instant?
    /// The check's complete observation in which it was last seen.
    var round: UInt64
    /// How often putting it back failed for a passing reason.
    var tries = 0
    /// When the attempt was authorised.
    let authorisedAt: Instant
    /// The last write of this remediation on the subject that this speaks of: the attempt's, or an earlier putting back that failed.
    var latest: AttemptID
    /// Another attempt of the remediation that was authorised after it: the value that is there may be that one's.
    var overtaken: Cooldown?
    /// The person who asks for it now; nil where it is put back by itself.
    var by: String?

    /// The restoration of an attempt that helped; nil when its step wants none, or it has no inverse.
    init?(of attempt: AttemptState, _ incident: Incident, clearSince: Instant, round: UInt64) {
        guard let after = attempt.step.restoreAfter, let plan = attempt.plan, plan.inverse != nil else { return nil }
        self.attempt = attempt.id
        rule = attempt.rule
        step = attempt.stepIndex
        remediation = attempt.step.use
        self.plan = plan
        self.incident = incident
        self.after = after
        healthySince = clearSince
        self.round = round
        authorisedAt = attempt.authorisedAt ?? clearSince
        latest = attempt.id
    }

    /// What a person wants taken back of an attempt that is over.
    init(_ request: TakingBack, plan: Plan, by: String, at now: Instant) {
        let intent = request.intent
        attempt = intent.attempt
        rule = intent.incident.rule
        step = intent.step
        remediation = intent.remediation
        self.plan = plan
        incident = request.incident
        after = .zero
        healthySince = now
        round = 0
        authorisedAt = intent.at
        latest = intent.attempt
        self.by = by
    }

    /// What is put back: the values that the attempt left, and the former ones.
    var changes: [Change] { plan.inverseChanges }

    /// A later attempt wrote what this one had left: somebody had changed it in between, and what that one found is what is put back.
    mutating func rebase(on later: Plan) {
        guard let inverse = plan.inverse, case .values(let uid, let left) = inverse.precondition,
            let written = later.write.workload?.edits, let found = later.inverse, case .values(let laterUID, _) = found.precondition
        else { return }
        let former = zip(left, inverse.edits).map { left, former in
            zip(written, found.edits).first { $0.0 == left }?.1 ?? former
        }
        // Of an object that was made anew all of it has to be known.
        guard uid == laterUID || left.allSatisfy(written.contains) else { return }
        plan.inverse = WorkloadWrite(former, precondition: .values(uid: laterUID, left))
    }

    /// Nobody knows that the subject is healthy.
    mutating func doubt(at now: Instant) { doubtfulSince = doubtfulSince ?? now }
}

extension Plan {
    /// What its inverse changes: the values that the attempt left, and the former ones.
    public var inverseChanges: [Change] {
        guard let inverse, case .values(_, let left) = inverse.precondition else { return [] }
        return zip(left, inverse.edits).flatMap { left, former -> [Change] in
            switch (left, former) {
            case (.replicas(let left), .replicas(let former)):
                return [Change("replicas", before: "\(left)", after: "\(former)", measure: .replicas(former))]
            case (.memory(let container, let left, let leftRequest), .memory(_, let former, let formerRequest)):
                let limit = Change(
                    "memory limit of \(container)", before: left?.description, after: former?.description,
                    measure: former.map { .memory($0) } ?? .unmeasured)
                guard leftRequest != formerRequest else { return [limit] }
                return [
                    limit,
                    Change("memory request of \(container)", before: leftRequest?.description, after: formerRequest?.description),
                ]
            default: return [Change(summary, before: nil, after: nil)]
            }
        }
    }
}

extension SubjectState {
    /// Keeps what is to be put back. After a second attempt of the same remediation, what was before the first one is put back, if the
    /// second one found what the first one left; else a person changed it in between, and what the person set is put back.
    mutating func keep(_ restoration: Restoration) {
        guard let index = restorations.firstIndex(where: { $0.rule == restoration.rule && $0.remediation == restoration.remediation })
        else {
            return restorations.append(restoration)
        }
        let (before, overtaken) = (restorations[index].plan.inverse, restorations[index].overtaken)
        restorations[index] = restoration
        // With another attempt between the two, a person may have set by hand what the first one left.
        guard overtaken == nil || overtaken?.attempt == restoration.attempt else { return }
        if let before, case .values(_, let left) = before.precondition, left == restoration.plan.inverse?.edits {
            restorations[index].plan.inverse?.edits = before.edits
        }
    }
}

extension Automaton {
    /// Puts back what is due. The inverse is written only if the field still holds what the attempt wrote: what a person set since stays.
    mutating func putBack(_ subject: Subject, _ state: inout SubjectState) {
        if let restoring = state.restoring, now >= restoring.until {
            restored("no answer within \(Self.writeTime.readable)", isKnown: false, &state)
        }
        guard !state.restorations.isEmpty else { return }
        for index in state.restorations.indices where !isHealthy(state.restorations[index], state) {
            state.restorations[index].healthySince = now
        }
        guard standDown == nil, !policy.dryRun, state.attempt == nil, state.restoring == nil,
            budget.refusalAtOnce(policy) == nil, budget.refusal(policy, .low, at: now) == nil,
            budget.refusal(policy, subject, of: known(in: subject.namespace), at: now) == nil, storm(over: subject.namespace) == nil,
            let index = state.restorations.firstIndex(where: {
                now - $0.healthySince >= $0.after && !isQuiet($0, state) && suspensionHold($0.rule, subject) == nil
            })
        else { return }
        let restoration = state.restorations.remove(at: index)
        if let refusal = refusal(restoration)
            ?? restoration.overtaken.map({ "attempt \($0.attempt) of \($0.since.timeOfDay) came after it" })
        {
            effects.append(.decided(decision(restoration, .hold(.refused), "\(restoration.remediation) is not put back: \(refusal)")))
            dropFixes(of: restoration.plan)
            return
        }
        putBack(
            restoration, "healthy for \((now - restoration.healthySince).readable), restoreAfter is \(restoration.after.readable)", subject,
            &state)
    }

    /// Asks for the write; the caller asked whether it may be.
    mutating func putBack(_ restoration: Restoration, _ why: String, _ subject: Subject, _ state: inout SubjectState) {
        let id = nextAttemptID()
        state.restoring = (id, restoration, now + Self.writeTime)
        attemptSubjects[id] = subject
        budget.begin()
        budget.authorise(subject, at: now)
        // What is put back counts as an attempt: the same remediation does not undo it at once.
        state.remember(Cooldown(since: now, attempt: id), remediation: restoration.remediation, over: nil)
        effects.append(
            .decided(
                decision(
                    restoration, .restore(id, remediation: restoration.remediation),
                    "\(why): \(restoration.changes.map(\.summary).joined(separator: ", ")), if it is still as it was left")))
        let intent = AttemptIntent(
            attempt: id, kind: .putBack, incident: restoration.incident.key, step: restoration.step, remediation: restoration.remediation,
            plan: restoration.plan, at: now)
        // A person may take back what was written a moment ago.
        effects.append(.revert(intent, of: id, quiet: restoration.by == nil ? policy.cooldown : .zero))
    }

    /// Why the former values are not written any more: the rule only observes now, or the limits changed.
    private func refusal(_ restoration: Restoration) -> String? {
        if let why = policy.protection(of: restoration.plan.subject) { return why }
        if let rule = ruleIndex[restoration.rule], isDry(rules[rule]) { return "rule \(restoration.rule) is in mode observe" }
        return policy.refusal(restoration.changes)
    }

    /// What was heard of a subject, for what is to be put back on it: only what is seen to be healthy all the time is.
    func note(_ judgement: Judgement, _ rule: String, _ check: CheckState, _ state: inout SubjectState) {
        for index in state.restorations.indices where state.restorations[index].rule == rule {
            state.restorations[index].round = check.round
            switch judgement.verdict {
            case .unknown: state.restorations[index].doubt(at: now)
            case .healthy where state.restorations[index].doubtfulSince == nil: continue
            case .healthy, .unhealthy: (state.restorations[index].healthySince, state.restorations[index].doubtfulSince) = (now, nil)
            }
        }
    }

    /// Changes what is to be put back by rules on a check, and drops what nobody waits for any more.
    mutating func withRestorations(of check: CheckID, _ body: (inout Restoration) -> Void) {
        for subject in restorable.sorted() {
            with(subject) { automaton, state in
                for index in state.restorations.indices
                where automaton.ruleIndex[state.restorations[index].rule].map({ automaton.rules[$0].check }) == check {
                    body(&state.restorations[index])
                }
                automaton.dropRestorations(&state)
            }
        }
    }

    /// The putting back could not be done for a passing reason: it is tried again after the cooldown, a few times.
    mutating func restoringFailed(_ why: String, isKnown: Bool = true, _ state: inout SubjectState) {
        guard let (id, former, _) = state.restoring else { return }
        guard var restoration = former.unasked, restoration.tries < Self.restoringTries else {
            return restored(why, isKnown: isKnown, &state)
        }
        restored("\(why); tried again after the cooldown", isKnown: isKnown, isOver: false, &state)
        restoration.tries += 1
        restoration.latest = id
        state.keep(restoration)
    }

    /// What was not seen for so long is not put back any more.
    private static let longestDoubt: Duration = .hours(24)
    /// How often putting back is tried again.
    private static let restoringTries = 3

    /// The putting back ended; with the reason when it failed.
    /// - Parameters:
    ///   - isKnown: whether it is known that it failed; else nobody answered.
    ///   - isOver: whether it is not tried again.
    mutating func restored(_ failure: String?, isKnown: Bool = true, isOver: Bool = true, _ state: inout SubjectState) {
        guard let (id, restoration, _) = state.restoring else { return }
        // What was to be put back by itself was kept for as long as it was needed, and no longer. What may have been put back is not applied
        // again as a fix, whoever wanted it back, and also while it is tried again.
        if failure == nil || !isKnown || (isOver && restoration.by == nil) { dropFixes(of: restoration.plan) }
        state.restoring = nil
        attemptSubjects[id] = nil
        budget.end()
        note(
            id,
            failure.map { isKnown ? .notApplied($0) : .unknown($0) } ?? .applied(AttemptReport("\(restoration.remediation) was put back")))
        if let failure {
            let what =
                isKnown ? "\(restoration.remediation) was not put back" : "whether \(restoration.remediation) was put back is unknown"
            effects.append(.decided(decision(restoration, .hold(.refused), "\(what): \(failure)")))
        } else {
            // What came before it is there again.
            state.leftNothing(restoration.attempt)
            effects.append(
                .incident(
                    IncidentChange(
                        restoration.incident, .restored(id, remediation: restoration.remediation, of: restoration.attempt), at: now)))
        }
    }

    /// Without its rule nobody can tell whether the subject is healthy, nor when it was not seen for very long: what was to be put back
    /// stays as it is.
    mutating func dropRestorations(_ state: inout SubjectState) {
        for restoration in state.restorations where ruleIndex[restoration.rule] == nil {
            effects.append(
                .decided(decision(restoration, .hold(.refused), "\(restoration.remediation) is not put back: its rule is gone")))
        }
        for restoration in state.restorations where ruleIndex[restoration.rule] == nil { dropFixes(of: restoration.plan) }
        state.restorations.removeAll { ruleIndex[$0.rule] == nil }
        let isForgotten = { [now] (restoration: Restoration) in
            restoration.doubtfulSince.map { now - $0 > Self.longestDoubt } ?? false
        }
        for restoration in state.restorations where isForgotten(restoration) {
            let why = "\(restoration.remediation) is not put back: nobody has seen its subject for \(Self.longestDoubt.readable)"
            effects.append(.decided(decision(restoration, .hold(.refused), why)))
            dropFixes(of: restoration.plan)
        }
        state.restorations.removeAll(where: isForgotten)
    }

    /// Whether the rule's check sees, and sees nothing wrong with the subject.
    private func isHealthy(_ restoration: Restoration, _ state: SubjectState) -> Bool {
        guard let rule = ruleIndex[restoration.rule].map({ rules[$0] }), let check = checks[rule.check], check.blind == nil,
            let seen = check.currentAt, now - seen <= policy.staleAfter, restoration.doubtfulSince == nil
        else { return false }
        let explains = inhibitors[restoration.rule] ?? []
        return !state.incidents.contains { $0.rule == restoration.rule || explains.contains($0.rule) }
    }

    private func isQuiet(_ restoration: Restoration, _ state: SubjectState) -> Bool {
        state.remediations.contains { $0.name == restoration.remediation && $0.cooldown.refuses(policy.cooldown, at: now, unless: nil) }
    }

    func decision(_ restoration: Restoration, _ choice: Decision.Choice, _ reason: String) -> Decision {
        Decision(at: now, incident: restoration.incident.key, priority: restoration.incident.priority, choice: choice, reason: reason)
    }

    /// When a restoration is to be looked at.
    func nextPuttingBack(_ state: SubjectState) -> Instant? {
        if let restoring = state.restoring { return restoring.until }
        guard standDown == nil, !policy.dryRun else { return nil }
        return state.restorations.map { max($0.healthySince + $0.after, now + .seconds(10)) }.min()
    }
}

extension Automaton {
    /// Has what is durable of a subject remembered, if it changed.
    mutating func remember(_ subject: Subject, _ state: inout SubjectState) {
        if state.isRemembered { return }
        let memory = state.memory
        guard memory != state.remembered ?? SubjectMemory() else { return }
        state.remembered = memory.isEmpty ? nil : memory
        effects.append(.remember(subject, memory.isEmpty ? nil : memory))
    }

    /// Has what is known beyond single subjects remembered, if it changed.
    mutating func rememberAutomaton() {
        guard remembers, isMemoryChanged else { return }
        isMemoryChanged = false
        effects.append(.rememberAutomaton(memory))
    }

    /// Takes what earlier runs remembered in place of what this one does. Incidents go on where they stood, unknown until they are seen;
    /// an attempt whose outcome nobody knows is settled first. What this run saw stays; the longer of two quiet times counts.
    mutating func recall(_ recollection: Recollection) {
        if let automaton = recollection.automaton {
            memory = automaton
            arrangeNextLook()
            watchStorms()
        }
        fixBook = FixBook(recollection.fixes)
        // As in the run that authorised them: also those that seemed not to be written, which a stale answer may have said.
        budget.recall(
            recollection.attempts.filter { $0.intent.kind != .takeBack }.map {
                // By a clock that runs ahead of this one: it counts from now.
                Budget.Spent(at: min($0.intent.at, now), subject: $0.intent.plan.subject)
            }, at: now)
        // Attempts that this run has in flight, and that nobody remembers, are another's affair now.
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in
                let known = recollection.subjects[subject]?.attempt?.id
                if let attempt = state.attempt, attempt.id != known { _ = automaton.freePlace(&state) }
                state.restorations = []
                state.remembered = recollection.subjects[subject]
            }
        }
        for (subject, memory) in recollection.subjects.sorted(by: { $0.key < $1.key }) {
            if subjects[subject] == nil { subjects[subject] = SubjectState() }
            with(subject) { automaton, state in automaton.recall(memory, subject, recollection.lastWriteAt, &state) }
        }
        for record in recollection.attempts.sorted(by: { $0.intent.at < $1.intent.at }) { recall(record) }
        reconsider()
    }

    private mutating func recall(_ memory: SubjectMemory, _ subject: Subject, _ lastSeen: Instant?, _ state: inout SubjectState) {
        for remembered in memory.incidents {
            guard let rule = ruleIndex[remembered.rule], rules[rule].check == remembered.check else { continue }
            guard !state.incidents.contains(where: { $0.rule == remembered.rule }) else { continue }
            var incident = IncidentState(remembered, lastSeen: lastSeen)
            if rules[rule].subject != nil {
                incident.sources = [
                    IncidentSource(
                        judgement: Judgement(finding: incident.finding, cameStale: false, verdict: incident.verdict), round: incident.round)
                ]
            }
            state.incidents.append(incident)
            openSubjects[remembered.check, default: []].insert(subject)
        }
        for rule in memory.rules {
            let index = state.memory(rule.rule)
            let cooldown = state.memories[index].cooldown
            state.memories[index] = rule
            if let cooldown { state.memories[index].cooldown = cooldown.joined(rule.cooldown, over: nil) }
            // It ended while nobody looked; or it is one of the incidents above.
            if rule.closed == nil, !state.incidents.contains(where: { $0.rule == rule.rule }) {
                state.memories[index].closed = RuleMemory.Closed(at: now, healed: false)
            }
        }
        for remediation in memory.remediations { state.remember(remediation.cooldown, remediation: remediation.name, over: nil) }
        state.restorations = memory.restorations.map { $0.recalled(at: now) }
        guard state.attempt == nil, let attempt = memory.attempt else { return }
        take(up: attempt, subject, &state)
    }

    /// An attempt that an earlier run left. Its write was sent, or was about to be: that is found out first. One that was written is
    /// watched on, and one that was being taken back is taken back: the inverse is written only over what the attempt left.
    private mutating func take(up attempt: AttemptState, _ subject: Subject, _ state: inout SubjectState) {
        state.attempt = attempt
        attemptSubjects[attempt.id] = subject
        budget.begin()
        let listed = ruleIndex[attempt.rule].map { rules[$0].remediations.map(\.use) } ?? []
        if !listed.indices.contains(attempt.stepIndex) || listed[attempt.stepIndex] != attempt.step.use { state.attempt?.isOutdated = true }
        switch attempt.phase {
        case .verifying: break
        case .reverting:
            guard let plan = attempt.plan else { return endAttempt(&state) }
            // The verdict is that of the run before; whether it may be written is asked anew. It stands down at this moment in any case.
            state.attempt?.phase = .reverting(until: now + Self.writeTime)
            if let (_, why) = revertLimit(attempt, subject) {
                dropFixes(of: plan)
                return reverted("\(why); whether an earlier run took it back is unknown", &state)
            }
            effects.append(.revert(attempt.takingBack(plan, on: subject, at: now), of: attempt.id, quiet: .zero))
        case .planning, .applying, .waiting, .settling: settle(&state)
        }
    }

    /// An attempt as the journal has it, whose subject remembers nothing of it: the run ended between the two.
    private mutating func recall(_ record: AttemptRecord) {
        let (intent, subject) = (record.intent, record.intent.plan.subject)
        if let attempt = subjects[subject]?.attempt {
            if attempt.id == intent.attempt { return }
            // It is being taken back again; one that is remembered as not yet taken back is, when it has to be.
            if case .reverting = attempt.phase, attempt.id.back == intent.attempt { return }
        }
        let since = min(intent.at, now)
        if record.mayBeWritten, intent.kind != .takeBack, now < since + max(longestCooldown, .hours(1)) {
            if subjects[subject] == nil { subjects[subject] = SubjectState() }
            with(subject) { automaton, state in
                // What an earlier attempt wanted put back is not what this one found.
                state.restorations.removeAll {
                    $0.remediation == intent.remediation && $0.latest != intent.attempt && $0.authorisedAt < intent.at
                }
                let cooldown = Cooldown(since: since, attempt: intent.attempt)
                if intent.kind == .apply {
                    state.remember(
                        cooldown, rule: intent.incident.rule, remediation: intent.remediation, over: nil, at: automaton.now)
                } else {
                    state.remember(cooldown, remediation: intent.remediation, over: nil)
                }
            }
        }
        guard record.isOpen else { return }
        // Whether it was taken back nobody knows: it is not kept any more, since the next one would do again what somebody did not want.
        if intent.kind != .apply { dropFixes(of: intent.plan) }
        if intent.kind != .apply || subjects[subject]?.attempt != nil {
            // Taking back and putting back are held against what the attempt left: done twice, they change nothing twice.
            effects.append(.outcome(intent.attempt, .unknown("the run of the automaton ended before the answer")))
            return
        }
        if subjects[subject] == nil { subjects[subject] = SubjectState() }
        with(subject) { automaton, state in
            let rule = automaton.ruleIndex[intent.incident.rule].map { automaton.rules[$0] }
            let listed = rule?.remediations.indices.contains(intent.step) == true ? rule?.remediations[intent.step] : nil
            let step = listed.flatMap { $0.use == intent.remediation ? $0 : nil }
            var attempt = AttemptState(
                id: intent.attempt, rule: intent.incident.rule, stepIndex: intent.step,
                step: step ?? RemediationStep(use: intent.remediation), phase: .settling(until: automaton.now), priorityAtStart: .low)
            attempt.plan = intent.plan
            attempt.authorisedAt = since
            automaton.take(up: attempt, subject, &state)
        }
    }

    /// Finds out what became of the attempt's write.
    private mutating func settle(_ state: inout SubjectState) {
        guard let attempt = state.attempt else { return }
        guard attempt.authorisedAt != nil, let plan = attempt.plan else { return endAttempt(&state) }
        state.attempt?.mayBeWritten = true
        state.attempt?.phase = .settling(until: now + Self.planTime)
        effects.append(.settle(attempt.id, plan))
    }

    /// What became of an attempt of an earlier run is known now.
    mutating func settled(_ settlement: Settlement, _ state: inout SubjectState) {
        guard let attempt = state.attempt, case .settling = attempt.phase, let subject = attemptSubjects[attempt.id] else { return }
        switch settlement {
        case .done: written(&state, AttemptReport("\(attempt.plan?.summary ?? attempt.step.use), found on the object after a restart"))
        case .unknown(let why):
            written(
                &state, AttemptReport("\(attempt.plan?.summary ?? attempt.step.use); whether it was done is unknown: \(why)"),
                isKnown: false)
        case .notDone(let why):
            state.attempt?.mayBeWritten = false
            state.attempt?.ending = why
            // It was not made: nobody has to wait after it.
            state.remediations.removeAll { $0.cooldown.attempt == attempt.id }
            for index in state.memories.indices where state.memories[index].cooldown?.attempt == attempt.id {
                state.memories[index].cooldown = nil
            }
            state.disowned = attempt.id
            if let index = state.incidents.firstIndex(where: { $0.rule == attempt.rule }) {
                state.incidents[index].held = nil
                decide(.hold(.backoff), "an attempt of an earlier run was not made: \(why)", index, subject, state)
            }
            endAttempt(&state)
        }
    }

    /// Could not be found out in time: it counts as done.
    mutating func settlingFailed(_ why: String, retryAfter: Duration?, _ state: inout SubjectState) {
        guard var attempt = state.attempt, case .settling = attempt.phase, let plan = attempt.plan else { return }
        let until = attempt.backoff.failed(at: now, retryAfter: retryAfter)
        guard attempt.backoff.failures < Self.tries else { return settled(.unknown(why), &state) }
        attempt.phase = .settling(until: until + Self.planTime)
        state.attempt = attempt
        effects.append(.settle(attempt.id, plan))
    }

}

extension AttemptRecord {
    /// Whether the write happened, or may have.
    var mayBeWritten: Bool { if case .notApplied = write { false } else { true } }
}

extension AttemptState {
    /// The intent to take it back.
    func takingBack(_ plan: Plan, on subject: Subject, at now: Instant) -> AttemptIntent {
        AttemptIntent(
            attempt: id.back, kind: .takeBack, incident: IncidentKey(rule: rule, subject: subject), step: stepIndex, remediation: step.use,
            plan: plan, at: now)
    }
}

extension AttemptID {
    /// Names the taking back of the attempt.
    var back: AttemptID { AttemptID(text + "-back") }
}

extension IncidentState {
    /// An incident of an earlier run: unknown until it is seen.
    init(_ memory: IncidentMemory, lastSeen: Instant?) {
        self.init(
            rule: memory.rule, check: memory.check, detectedAt: memory.detectedAt, finding: memory.finding,
            observedAt: memory.finding.observedAt, round: 0, verdict: .unknown("not observed yet by this run"),
            priority: memory.priority, since: memory.since)
        attempts = memory.attempts
        isPersonTold = memory.isPersonTold
        // Until then somebody watched it; whether it was so all the time since, nobody knows.
        // A reload must not take what the run before saw for an observation.
        other = .unknown("not observed yet by this run")
        unknownSince = max(memory.finding.observedAt, lastSeen ?? memory.finding.observedAt)
    }
}

extension SubjectState {
    /// What is durable of it.
    var memory: SubjectMemory {
        var memory = SubjectMemory()
        memory.incidents = incidents.map { incident in
            // What is seen in between changes with each finding, and decides nothing later.
            if let before = remembered?.incidents.first(where: { $0.rule == incident.rule }), before.isSameStage(as: incident) {
                return before
            }
            return IncidentMemory(
                rule: incident.rule, check: incident.check, detectedAt: incident.detectedAt, priority: incident.priority,
                since: incident.since, attempts: incident.attempts, isPersonTold: incident.isPersonTold, finding: incident.finding)
        }
        memory.rules = memories
        memory.remediations = remediations
        memory.restorations = (restorations + (restoring?.restoration.unasked.map { [$0] } ?? [])).map(\.durable)
        if let attempt, attempt.authorisedAt != nil { memory.attempt = attempt }
        return memory
    }

    /// Whether nothing durable can have changed since it was remembered: the common case of an incident that is only watched.
    var isRemembered: Bool {
        guard memories.isEmpty, remediations.isEmpty, restorations.isEmpty, restoring == nil, attempt == nil else { return false }
        guard let remembered else { return incidents.isEmpty }
        return remembered.rules.isEmpty && remembered.remediations.isEmpty && remembered.restorations.isEmpty && remembered.attempt == nil
            && remembered.incidents.count == incidents.count
            && zip(remembered.incidents, incidents).allSatisfy { $0.isSameStage(as: $1) }
    }
}

extension Restoration {
    /// Without what is seen from moment to moment.
    var durable: Restoration {
        var copy = self
        (copy.healthySince, copy.doubtfulSince, copy.round) = (.epoch, nil, 0)
        return copy
    }

    /// Of an earlier run: nobody knows what happened since, so its time begins anew when the subject is seen to be healthy.
    func recalled(at now: Instant) -> Restoration {
        var copy = self
        (copy.healthySince, copy.doubtfulSince, copy.round) = (now, now, 0)
        return copy
    }
}

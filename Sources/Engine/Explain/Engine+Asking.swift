public import AutomatonCore

/// What people ask of a running automaton.
extension Engine {
    /// A person asks for quiet. The answer comes when the journal has it, or failed to take it (``forgets``).
    /// - Throws: ``NotLeading`` when another process leads: it has to be asked; ``NotReady`` when it would be forgotten.
    public func suspend(_ suspension: Suspension) async throws {
        try requireLeading()
        step(.suspended(suspension))
        await writeNotes()
    }

    /// A person lifts it. Answers with what there was of that name.
    public func lift(_ id: String) async throws -> Suspension? {
        try requireLeading()
        guard let suspension = automaton.suspensions.first(where: { $0.id == id }) else { return nil }
        step(.lifted(id))
        await writeNotes()
        return suspension
    }

    /// A person confirms what a rule in mode `approve` planned.
    /// - Parameter plan: the digest of the plan that the person saw; another one is not confirmed. Nil for whatever is asked.
    public func approve(_ incident: IncidentKey, by: String, plan: String? = nil) async throws -> Confirmation {
        try requireLeading()
        let now = clock.now()
        let standing = automaton.standing(incident, at: now)
        guard let question = automaton.question(of: incident, at: now), let standing else {
            return .notAsked(standing, mode: automaton.rulesInForce.first { $0.name == incident.rule }?.mode)
        }
        guard standing.hold == .approval else { return .held(standing) }
        guard plan == nil || plan == question.digest else { return .changed(question) }
        step(.approved(incident, by: by))
        await writeNotes()
        return .confirmed(question)
    }

    /// A person asks that an open incident does not wait for its priority's delay. Answers how it stands then; nil when it is not open.
    ///
    /// It is about this moment, and is not written down: it ends with the process, with the incident, and with a gap in what is seen. A
    /// process that takes over waits for what is left of the delay (without a journal, for all of it). So forgetting is safe: what the
    /// person wanted is done later, or asked for again, and nothing is done sooner than the rules say.
    /// - Parameter plan: the digest of the plan that the person saw; another one is not done for them. Nil for whatever is planned.
    public func hurry(_ incident: IncidentKey, by: String, plan: String? = nil) async throws -> Standing? {
        try requireLeading()
        guard automaton.standing(incident, at: clock.now()) != nil else { return nil }
        step(.hurried(incident, by: by, plan: plan))
        await writeNotes()
        return automaton.standing(incident, at: clock.now())
            ?? Standing(hold: nil, reason: "it is over", until: nil)
    }

    /// A person lets a rule act again that had stepped down. Answers whether it had.
    public func reinstate(_ rule: String) async throws -> Bool {
        try requireLeading()
        guard automaton.efficacies[rule]?.steppedDownAt != nil else { return false }
        step(.reinstated(rule: rule))
        await writeNotes()
        return true
    }

    /// Why what people ask for may be forgotten when this process ends; nil when it is remembered.
    public var forgets: String? {
        if keeper == nil { return "there is no journal (--state), so it ends with this process" }
        return journalProblem.map { "the journal cannot be written now, and until it can, this ends with this process: \($0)" }
    }

    /// Why what is told here of decisions and of what people asked for is not all there is; nil when it is.
    public var partial: String? { notLeading.map { "this process does not lead: \($0)" } }

    /// Asks whether this process takes the word of people: another one has it, and does not know what is kept here.
    /// - Throws: ``NotLeading`` when another process leads: it has to be asked; ``NotReady`` when what it were told would be forgotten.
    public func requireLeading() throws {
        if let why = notLeading { throw NotLeading(why: why) }
        if keeper != nil, !isRecalled { throw NotReady(why: journalProblem ?? "the journal has not been read yet") }
    }
}

/// What became of a person's confirmation.
public enum Confirmation: Hashable, Sendable {
    /// The plan with these changes is confirmed.
    case confirmed([Change])
    /// Another plan waits to be confirmed than the one that the person saw: nothing was changed.
    case changed([Change])
    /// A plan waits to be confirmed, and something else holds the incident first: nothing was changed.
    case held(Standing)
    /// No plan waits for anybody: how the incident stands, and the mode of its rule, where both are known.
    case notAsked(Standing?, mode: Rule.Mode?)
}

/// This process does not lead, so what it were told would be forgotten.
public struct NotLeading: Error, Hashable, Sendable, CustomStringConvertible {
    /// Who does, as far as it is known.
    public let why: String

    public var description: String { "this process does not lead: \(why)" }
}

/// What it were told would be overwritten by what the journal remembers.
public struct NotReady: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is waited for.
    public let why: String

    public var description: String { "it cannot take that yet: \(why); ask again in a moment" }
}

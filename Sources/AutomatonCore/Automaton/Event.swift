/// What happens to the automaton. Together with the instants, events are its whole input.
public enum Event: Hashable, Sendable {
    /// The rules and limits in force changed.
    case configured(rules: [Rule], policy: SafetyPolicy)
    /// A check saw everything there is: subjects it does not name are gone. Nothing acts before a check's first one.
    case complete(CheckID, [Finding])
    /// What a check said last, told once more for rules that are new, and for what earlier runs remembered. It says nothing about now: what was unknown or stale stays so.
    case repeated(CheckID, [Finding])
    /// A check saw a change of one subject.
    case changed(CheckID, Finding)
    /// A subject is gone.
    case gone(CheckID, Subject)
    /// A check saw that nothing changed.
    case current(CheckID)
    /// A check cannot see, and why: all it reported is unknown until it sees again.
    case blind(CheckID, String)
    /// A remediation answered with a plan.
    case planned(AttemptID, Plan)
    /// A remediation does not apply, and why; or the world refuses it.
    case refused(AttemptID, String)
    /// A plan could not be made, or a write did nothing, for a passing reason; with the wait the world asked for.
    case unavailable(AttemptID, String, retryAfter: Duration?)
    /// The object changed between plan and write; nothing was written.
    case conflicted(AttemptID, String)
    /// The write happened, and what it did.
    case applied(AttemptID, AttemptReport)
    /// The write was sent and no answer came.
    case outcomeUnknown(AttemptID, String)
    /// Nothing was written: the journal knows of another attempt that was authorised too short a time ago.
    case preceded(AttemptID, by: AttemptID, at: Instant)
    /// What became of an attempt of which only the intent is known.
    case settled(AttemptID, Settlement)
    /// The attempt was taken back.
    case reverted(AttemptID)
    /// The attempt could not be taken back, and why.
    case revertFailed(AttemptID, String)
    /// No new attempts from now on, and why; nil lifts it.
    case standDown(StandDown, String?)
    /// What earlier runs remembered; it takes the place of what this one does.
    case recalled(Recollection)
    /// How many workloads a check knows, by namespace.
    case census(CheckID, [String: Int])
    /// A person asked for quiet.
    case suspended(Suspension)
    /// A person lifted it, by its name.
    case lifted(String)
    /// A person confirmed what a rule in mode `approve` planned.
    case approved(IncidentKey, by: String)
    /// A person asks that an incident does not wait for its priority's delay. Every other guard is asked as ever. With the digest of the plan
    /// that the person saw nothing else is done for them.
    case hurried(IncidentKey, by: String, plan: String? = nil)
    /// A person wants what an attempt changed taken back. Nothing follows when that may not be: ``Automaton/refusal(of:at:)`` says why.
    case takeBack(TakingBack, by: String)
    /// A person lets a rule act again that had stepped down.
    case reinstated(rule: String)
    /// What lies where people may edit fixes, and what this program wrote there last.
    case fixesFound([Fix], mark: FixMark?)
    /// A person wants a fix kept; one that is newer stays.
    case fixImported(Fix)
    /// A person wants one kept no longer.
    case fixForgotten(FixKey)
    /// Time passed.
    case tick
}

/// Why nothing new is begun at all.
public enum StandDown: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The program ends.
    case shutdown
    /// Another process leads.
    case leadership
    /// The journal cannot be written: what is not remembered must not be done.
    case journal

    public static func < (lhs: StandDown, rhs: StandDown) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// What became of an attempt of which only the intent is known.
public enum Settlement: Hashable, Sendable {
    /// The object bears its stamp.
    case done
    /// The object does not bear its stamp, or is gone.
    case notDone(String)
    /// Nobody can tell; it counts as done.
    case unknown(String)
}

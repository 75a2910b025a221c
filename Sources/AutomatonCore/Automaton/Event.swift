/// What happens to the automaton. Together with the instants, events are its whole input.
public enum Event: Hashable, Sendable {
    /// The rules and limits in force changed.
    case configured(rules: [Rule], policy: SafetyPolicy)
    /// A check saw everything there is: subjects it does not name are gone. Nothing acts before a check's first one.
    case complete(CheckID, [Finding])
    /// What a check said last, told once more for rules that are new. It says nothing about now: what was unknown or stale stays so.
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
    /// The attempt was taken back.
    case reverted(AttemptID)
    /// The attempt could not be taken back, and why.
    case revertFailed(AttemptID, String)
    /// No new attempts from now on (shutdown, a person), and why; nil lifts it.
    case standDown(String?)
    /// Time passed.
    case tick
}

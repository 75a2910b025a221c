import AutomatonCore
import Engine

/// What happened, as somebody sees it who stands outside the automaton.
enum Fact {
    /// A run of the automaton began, with a wall clock that is wrong by so much.
    case started(RunName, skew: Duration)
    /// It was killed.
    case killed(RunName)
    case froze(RunName)
    case thawed(RunName)
    /// These rules and limits were given to it.
    case configured(RunName, [Rule], SafetyPolicy)
    /// It took a report of a check.
    case heard(RunName, CheckID, CheckReport)
    /// It told its observers something.
    case told(RunName, EngineEvent)
    /// It was answered what a workload is like: as it was, whatever it was told.
    case read(RunName, Workload)
    /// It begins to write an attempt.
    case applying(RunName, Plan, Stamp)
    /// It heard what became of the write; nil when it was done.
    case answered(RunName, AttemptID, PortError?)
    /// It begins to take back or put back a plan.
    case reverting(RunName, Plan)
    /// The spec of a workload changed, by whomever.
    case wrote(Landing)
    /// Sessions were ended, or files deleted, for an attempt.
    case swept(RunName, AttemptID)
    /// A pod was deleted; by its controller when `by` is nil.
    case podDeleted(Subject, pod: String, by: Hand?)
    /// A workload was deleted and made anew under its name.
    case replaced(Subject)
    case ailmentBegan(Ailment)
    case ailmentEnded(Ailment)
    /// The journal holds an intent, or an outcome.
    case intended(RunName, AttemptIntent)
    case settled(RunName, AttemptID, AttemptOutcome)
    /// The journal holds these suspensions, and no others.
    case kept(RunName, [Suspension])
    /// It took over what the journal holds.
    case tookOver(RunName)
    /// It told a person that this holds.
    case suspended(RunName, Suspension)
    /// A person no longer wants it.
    case lifted(String)
    /// It told a person that what it did for this incident is being taken back; with a journal, that holds it.
    case objected(RunName, IncidentKey)
    /// It told a person that the plan for this incident is confirmed.
    case confirmed(RunName, IncidentKey)
    /// An answer about the lease reached it, with its holder; the request left at.
    case leaseSeen(RunName, holder: String?, isOwnRenewal: Bool, sentAt: Instant)
}

/// A change of a workload, as the API server saw it.
struct Landing {
    var subject: Subject
    var before: Spec
    var after: Spec
    var stamp: Stamp?
    var by: Hand
    /// The object's resourceVersion before.
    var version: Int
    /// Whether an autoscaler sets its replicas.
    var isAutoscaled: Bool
}

/// A limit that no history may break. One file each.
protocol Invariant: AnyObject {
    /// How it is called in reports.
    static var name: String { get }
    /// Takes a fact, and says what is broken by it.
    func heed(_ fact: Fact, _ scene: Scene) -> String?
    /// The simulation is over: what is missing.
    func conclude(_ scene: Scene) -> String?
}

extension Invariant {
    func conclude(_ scene: Scene) -> String? { nil }
}

import AutomatonCore

/// What the automaton is told other than it is, while it is judged by what is true. None in an honest simulation; the tests break each
/// guard with it, to show that the simulation finds it.
struct Distortion: Sendable {
    /// The limits as the automaton gets them.
    var policy: @Sendable (SafetyPolicy) -> SafetyPolicy = { $0 }
    /// The rules as the automaton gets them.
    var rules: @Sendable ([Rule]) -> [Rule] = { $0 }
    /// A report on its way from a check.
    var report: @Sendable (CheckReport, Instant) -> CheckReport = { report, _ in report }
    /// A workload as it is read.
    var workload: @Sendable (Workload) -> Workload = { $0 }
    /// A plan on its way from the remediation to the core.
    var plan: @Sendable (Plan) -> Plan = { $0 }
    /// A write on its way to the API server, with the version that the object has now.
    var write: @Sendable (WorkloadWrite, Workload) -> WorkloadWrite = { write, _ in write }
    /// A stamp on its way to the object.
    var stamp: @Sendable (Stamp?) -> Stamp? = { $0 }
    /// Whether nobody seems to scale anything by himself.
    var hidesAutoscalers = false
    /// Whether a pod that was replaced is deleted in the automaton's name.
    var deletesPods = false
    /// What a person asks for on its way to the automaton; nil when it is lost.
    var suspension: @Sendable (Suspension) -> Suspension? = { $0 }
    /// What is kept of attempts that helped, as plugins read it.
    var fixes: @Sendable ([Fix]) -> [Fix] = { $0 }
    /// The journal as the automaton gets it.
    var journal: @Sendable (any Journal) -> any Journal = { $0 }
    /// Whether each process takes itself for the leader.
    var everybodyLeads = false

    init() {}
}

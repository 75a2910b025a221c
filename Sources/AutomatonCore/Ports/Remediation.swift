/// A way to mend. It plans, and then does exactly what it planned.
public protocol Remediation: Sendable {
    /// What a rule writes under `with:`. Decoding is strict: an unknown key is an error.
    associatedtype Parameters: Decodable & Sendable
    /// The word after `use:` in a rule.
    static var name: String { get }
    /// What people read about it, and the keys that `with:` may hold.
    static var documentation: Documentation { get }
    /// What the label `action` of `healing_actions_total` says; a rule may say otherwise (`action:`).
    static var action: String { get }
    /// What it needs to be allowed; the Role is made from these.
    static var permissions: [Permission] { get }
    /// The kinds of subjects that it may mend; rules are held against them.
    static var subjects: Set<Subject.Kind> { get }
    /// Of those, the ones that it can mend with these parameters.
    var subjects: Set<Subject.Kind> { get }
    /// The server that its parameters name, as a rule writes it; it must be the one that the check names.
    var serverName: String? { get }
    /// The check's figures that its parameters name; rules are held against them.
    var figures: [String] { get }
    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    init(_ parameters: Parameters) throws
    /// Reads what it needs and answers with the exact change. Changes nothing.
    ///
    /// `subject` is what is to be mended; `finding.subject` is what was observed, which may be another (a consumer group).
    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer
    /// Does what was planned, under its precondition, with the stamp in the same write. Answers with what was done.
    func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport
    /// Takes back what was applied, if the fields are still as it left them.
    func revert(_ plan: Plan, in environment: Environment) async throws(PortError)
}

extension Remediation {
    /// Any kind.
    public static var subjects: Set<Subject.Kind> { Set(Subject.Kind.allCases) }
    /// Those of the type.
    public var subjects: Set<Subject.Kind> { Self.subjects }
    /// None.
    public var serverName: String? { nil }
    /// None.
    public var figures: [String] { [] }

    /// Writes the plan's change, and its stamp, through the workloads port.
    public func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport {
        guard case .workload(let write) = plan.write else { throw .refused("\(Self.name) did not plan a change of a workload") }
        _ = try await environment.workloads.write(write, to: plan.subject, stamp: stamp)
        return AttemptReport(plan.summary)
    }

    /// Writes the plan's inverse.
    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        try await writeInverse(of: plan, in: environment)
    }

    /// Writes the plan's inverse through the workloads port, unless the object asks to be left alone by now, or somebody else set one of
    /// the fields since, be it to what the attempt had left there.
    public func writeInverse(of plan: Plan, in environment: Environment) async throws(PortError) {
        guard let inverse = plan.inverse else { throw .refused("\(Self.name) cannot be taken back") }
        let workload = try await environment.workloads.read(plan.subject)
        let now = environment.now()
        if let (_, reason, until) = environment.limits().refusal(workload.wish, at: now) {
            guard let until else { throw .refused(reason) }
            throw .unavailable(reason, retryAfter: min(until - now, .minutes(10)))
        }
        if workload.wish.mode == .observe {
            throw .refused("annotation self-healing-automaton/mode of \(plan.subject) is observe")
        }
        // The attempt changed them: whoever owns one of them wrote it after the attempt.
        let fields = Set(inverse.fieldsSetBack.map(\.description))
        if let owner = workload.owners.first(where: { fields.contains($0.field) }) {
            throw .refused("\(owner) by now: somebody set it since")
        }
        _ = try await environment.workloads.write(inverse, to: plan.subject, stamp: nil)
    }
}

/// What a remediation answers when it is asked for a plan.
public enum PlanAnswer: Hashable, Sendable {
    /// The exact change.
    case plan(Plan)
    /// It does not apply here, and why, with what it saw ("rollout of deployment x is paused").
    case refused(String)
}

/// What an attempt did, for people and for the record.
public struct AttemptReport: Hashable, Codable, Sendable {
    /// In one line: `Terminated 94 idle PostgreSQL connections`.
    public var summary: String
    /// One line a thing that was done (a session that was ended, a file that was deleted); bounded.
    public var details: [String]

    /// Makes a report.
    public init(_ summary: String, details: [String] = []) {
        self.summary = summary
        self.details = details
    }
}

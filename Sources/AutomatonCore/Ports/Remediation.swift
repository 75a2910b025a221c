/// A way to mend. It plans, and then does exactly what it planned.
public protocol Remediation: Sendable {
    /// What a rule writes under `with:`. Decoding is strict: an unknown key is an error.
    associatedtype Parameters: Decodable & Sendable
    /// The word after `use:` in a rule.
    static var name: String { get }
    /// The keys that `with:` may hold.
    static var parameterNames: [String] { get }
    /// What it needs to be allowed; the Role is made from these.
    static var permissions: [Permission] { get }
    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    init(_ parameters: Parameters) throws
    /// Reads what it needs and answers with the exact change. Changes nothing.
    func plan(for finding: Finding, in environment: Environment) async throws -> PlanAnswer
    /// Does what was planned, under its precondition, with the stamp in the same write.
    func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError)
    /// Takes back what was applied, if the fields are still as it left them.
    func revert(_ plan: Plan, in environment: Environment) async throws(PortError)
}

extension Remediation {
    /// Writes the plan's change, and its stamp, through the workloads port.
    public func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) {
        _ = try await environment.workloads.write(plan.write, to: plan.subject, stamp: stamp)
    }

    /// Writes the plan's inverse through the workloads port.
    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        guard let inverse = plan.inverse else { throw .refused("\(Self.name) cannot be taken back") }
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

/// What plugins see of the world: ports, never a library.
public struct Environment: Sendable {
    /// The pods.
    public var pods: any Pods
    /// The workloads.
    public var workloads: any Workloads
    /// The limits in force, for plans that fit them; the core checks the result again.
    public var limits: @Sendable () -> SafetyPolicy
    /// Wall time.
    public var now: @Sendable () -> Instant

    /// Makes an environment.
    public init(
        pods: any Pods, workloads: any Workloads, limits: @escaping @Sendable () -> SafetyPolicy, now: @escaping @Sendable () -> Instant
    ) {
        self.pods = pods
        self.workloads = workloads
        self.limits = limits
        self.now = now
    }
}

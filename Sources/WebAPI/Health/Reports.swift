/// Whether the program is alive: what `/healthz` answers. Kubernetes restarts a container that says no.
public struct HealthReport: Hashable, Sendable {
    /// What is wrong, a line each; none when it is alive.
    public var problems: [String]

    /// Makes a report.
    public init(problems: [String] = []) { self.problems = problems }
}

/// Whether the program can do its work: what `/readyz` answers.
public struct ReadinessReport: Hashable, Sendable {
    /// What is still missing, a line each; none when it is ready.
    public var missing: [String]

    /// Makes a report.
    public init(missing: [String] = []) { self.missing = missing }
}

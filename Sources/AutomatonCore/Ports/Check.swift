/// Reads the world and reports findings. It does not judge.
///
/// Adding one is a file with this type and a line in the list of built-ins.
public protocol Check: Sendable {
    /// What a rule writes under `with:`. Decoding is strict: an unknown key is an error.
    associatedtype Parameters: Decodable & Sendable
    /// The word after `check:` in a rule.
    static var name: String { get }
    /// What people read about it, and the keys that `with:` may hold.
    static var documentation: Documentation { get }
    /// The names of figures and the reason codes that its findings may carry; rules are held against them.
    static var vocabulary: Vocabulary { get }
    /// What it needs to be allowed, whatever its parameters.
    static var permissions: [Permission] { get }
    /// Of those, what it needs with these parameters; the Role is made from these.
    var permissions: [Permission] { get }
    /// The kinds of subjects that its findings may be about; rules are held against them.
    static var subjects: Set<Subject.Kind> { get }
    /// Of those, the ones that these parameters lead to.
    var subjects: Set<Subject.Kind> { get }
    /// Whether its complete reports name what is well, too. Of one whose do not, what it does not name is well, or is not there.
    static var namesWell: Bool { get }
    /// Of such a check: what it would say of a workload that it does not name; nil when nothing of it runs.
    static func observation(ofUnnamed workload: Workload) -> Observation?
    /// Of its vocabulary, what one look cannot tell: it is counted, or compared, over several.
    static var toldByHistory: Set<String> { get }
    /// The server that its parameters name, as a rule writes it; a remediation that names one must name the same.
    var serverName: String? { get }
    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    init(_ parameters: Parameters) throws
    /// Reads the world once: every subject, complete.
    func run(in environment: Environment) async throws -> [Finding]
    /// The same, and of how many subjects these are a part.
    func survey(in environment: Environment) async throws -> Survey
}

/// One look of a check.
public struct Survey: Hashable, Sendable {
    /// What it reports.
    public var findings: [Finding]
    /// How many subjects there are, also those that are well and not named; nil of a check that names them all.
    public var population: Int?

    /// Makes a survey.
    public init(findings: [Finding], population: Int? = nil) {
        self.findings = findings
        self.population = population
    }
}

extension Check {
    /// Any kind.
    public static var subjects: Set<Subject.Kind> { Set(Subject.Kind.allCases) }
    /// Those of the type.
    public var subjects: Set<Subject.Kind> { Self.subjects }
    /// Those of the type.
    public var permissions: [Permission] { Self.permissions }
    /// They do.
    public static var namesWell: Bool { true }
    /// Nothing: it names all there is.
    public static func observation(ofUnnamed workload: Workload) -> Observation? { nil }
    /// Nothing: what it tells is how things are now.
    public static var toldByHistory: Set<String> { [] }
    /// None.
    public var serverName: String? { nil }
    /// It names all there is.
    public func survey(in environment: Environment) async throws -> Survey { Survey(findings: try await run(in: environment)) }
}

/// A check that follows the world instead of polling it.
public protocol WatchingCheck: Check {
    /// Reports findings as they change, until it is cancelled.
    ///
    /// `report` returns when the engine has taken the report, so that a fast world cannot flood it.
    func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws
}

/// What a check tells the engine.
public enum CheckReport: Sendable {
    /// Everything there is: subjects that are not named are gone.
    case complete([Finding])
    /// One subject changed.
    case changed(Finding)
    /// A subject is gone.
    case gone(Subject)
    /// Nothing changed; what was reported is still so.
    case current
    /// How many workloads there are, by namespace: of a check whose findings name only those with something to tell.
    case population([String: Int])
    /// The world cannot be read for now, and why.
    case blind(String)
    /// Nothing is wrong, and yet nothing can be told for now, and why: nothing acts on what was reported.
    case waiting(String)
}

/// What a check may say.
public struct Vocabulary: Hashable, Sendable {
    /// Names of its figures, the main one first.
    public var figures: [String]
    /// Its reason codes.
    public var reasons: [String]

    /// Makes a vocabulary.
    public init(figures: [String] = [], reasons: [String] = []) {
        self.figures = figures
        self.reasons = reasons
    }
}

/// One line of a Role.
public struct Permission: Hashable, Sendable {
    /// `""` for the core group, `apps`, …
    public var group: String
    /// `pods`, `deployments`, `pods/log`.
    public var resource: String
    /// `get`, `list`, `watch`, `patch`.
    public var verbs: [String]
    /// The one object that it is about; nil for all.
    public var name: String?

    /// Makes a permission.
    public init(_ verbs: [String], _ resource: String, group: String = "", named name: String? = nil) {
        self.group = group
        self.resource = resource
        self.verbs = verbs
        self.name = name
    }
}

/// A parameter whose value makes no sense: which, and what would be right.
public struct ParameterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The key under `with:`.
    public var key: String
    /// What is wrong and what would be right.
    public var problem: String

    /// Makes the error.
    public init(_ key: String, _ problem: String) {
        self.key = key
        self.problem = problem
    }

    public var description: String { "\(key): \(problem)" }
}

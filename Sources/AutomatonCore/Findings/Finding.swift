/// Names one run of a check: the check and its parameters in canonical form. Rules that agree in both share the run.
public struct CheckID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The check's name, as rules write it: `pod-health`.
    public let check: String
    /// The parameters in canonical text; empty for the defaults.
    public let parameters: String

    /// Names a run of a check.
    public init(_ check: String, parameters: String = "") {
        self.check = check
        self.parameters = parameters
    }

    /// `pod-health` or `pod-health{namespace: production}`.
    public var description: String { parameters.isEmpty ? check : "\(check){\(parameters)}" }

    public static func < (lhs: CheckID, rhs: CheckID) -> Bool { (lhs.check, lhs.parameters) < (rhs.check, rhs.parameters) }
}

/// One observation of one subject by a check. A finding states what was seen; whether that is bad is for the rules to say.
public struct Finding: Hashable, Codable, Sendable {
    /// What it is about.
    public var subject: Subject
    /// When it was observed, wall time.
    public var observedAt: Instant
    /// What was seen.
    public var observation: Observation
    /// Parts of the subject that do not work, where the check counts them (pods with a fault, or not ready): more of them after an attempt
    /// than before make it worse. Nil where nobody counts.
    public var unwell: Int?
    /// For rules that find their workload by a label: what was found, by template; filled in by the engine.
    public var located: [SubjectTemplate: Subject] = [:]

    /// Makes a finding.
    public init(_ subject: Subject, observedAt: Instant, _ observation: Observation) {
        self.subject = subject
        self.observedAt = observedAt
        self.observation = observation
    }
}

/// What a check saw of a subject.
public enum Observation: Hashable, Codable, Sendable {
    /// It was observed: these are the figures and the reasons; both may be empty (nothing wrong was seen).
    case seen(Evidence)
    /// It could not be told, and why. Missing data is unknown, never zero; an unknown never acts.
    case unknown(String)
}

/// The figures and reasons of a finding, and what else helps a person to understand them.
public struct Evidence: Hashable, Codable, Sendable {
    /// Named numbers; the first is the check's main figure, which `above` means when a rule names none.
    public var figures: [Figure]
    /// What was reported as wrong, worst first.
    public var reasons: [Reason]
    /// What belongs to the subject and could not be read, and why; nil when all was read. What was seen can make the subject unhealthy,
    /// but while this is set nothing can make it healthy.
    public var unread: String?
    /// With ``unread``: the figures as they are when nothing is left out of them. Then the subject is only not healthy while a tier holds
    /// for these. Empty: nobody knows them.
    public var unreadFigures: [Figure]
    /// Lines for people, the most telling first, few and short (who holds the connections). Nothing is decided by them.
    public var details: [String]

    /// Makes evidence.
    public init(
        figures: [Figure] = [], reasons: [Reason] = [], unread: String? = nil, unreadFigures: [Figure] = [], details: [String] = []
    ) {
        self.figures = figures
        self.reasons = reasons
        self.unread = unread
        self.unreadFigures = unreadFigures
        self.details = details
    }

    /// The value of a figure; nil when it was not measured.
    public func figure(_ name: String) -> Double? {
        for figure in figures where figure.name == name { return figure.value }
        return nil
    }
}

/// A number that a check measured.
public struct Figure: Hashable, Codable, Sendable {
    /// Its name in rules: `restarts`.
    public var name: String
    /// Its value, in `unit`.
    public var value: Double
    /// The unit as people read it (`messages`, `%`); empty for a plain count.
    public var unit: String

    /// Makes a figure.
    public init(_ name: String, _ value: Double, unit: String = "") {
        self.name = name
        self.value = value
        self.unit = unit
    }
}

/// Something that the world itself reports as wrong, in its own word.
public struct Reason: Hashable, Codable, Sendable {
    /// The word: `OOMKilled`, `CrashLoopBackOff`, `Evicted`.
    public var code: String
    /// The pod (or other part of the subject) it was seen on; empty when it is the subject itself.
    public var part: String
    /// The container, where there is one.
    public var container: String?
    /// Exit code of the process, where one ended.
    public var exitCode: Int32?
    /// Restart count of the container when this was seen.
    public var restartCount: Int32?
    /// When it happened, by the reporter's clock.
    public var since: Instant?
    /// The reporter's own message, at most 300 characters.
    public var message: String

    /// Makes a reason.
    public init(
        _ code: String, part: String = "", container: String? = nil, exitCode: Int32? = nil, restartCount: Int32? = nil,
        since: Instant? = nil, message: String = ""
    ) {
        self.code = code
        self.part = part
        self.container = container
        self.exitCode = exitCode
        self.restartCount = restartCount
        self.since = since
        self.message = message
    }
}

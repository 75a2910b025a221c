/// What the safety policy needs to know of the object that a plan changes, beside the change itself. Read with the plan, in the same
/// version of the object.
public struct Circumstances: Hashable, Codable, Sendable {
    /// What the object's own annotations ask for.
    public var wish = ObjectWish()
    /// Pods that are ready now; nil when that was not read, or the plan restarts nothing.
    public var healthy: Int?
    /// Pods that are wanted.
    public var desired: Int?
    /// How many ready pods the change may take down at once; nil when it replaces no pod.
    public var takesDown: Int?
    /// Who else owns the fields that the plan changes.
    public var owners: [FieldOwner] = []

    /// Makes circumstances of which nothing is known.
    public init() {}
}

/// What an object's annotations ask of the automaton.
public struct ObjectWish: Hashable, Codable, Sendable {
    /// The annotation `self-healing-automaton/mode`.
    public enum Mode: String, Hashable, Codable, Sendable, CaseIterable {
        /// Nothing is done about it, and nobody is told.
        case ignore
        /// Plans are made and shown, nothing is changed.
        case observe
        /// It may be changed; needed where objects have to opt in.
        case auto
    }

    /// The mode; nil when the object says nothing.
    public var mode: Mode?
    /// `self-healing-automaton/paused-until` (RFC 3339, or `true` for ever): nothing is begun before.
    public var pausedUntil: Instant?
    /// An annotation that cannot be read, and what would be right. It counts as a no.
    public var problem: String?

    /// Makes a wish; by default none.
    public init(mode: Mode? = nil, pausedUntil: Instant? = nil, problem: String? = nil) {
        self.mode = mode
        self.pausedUntil = pausedUntil
        self.problem = problem
    }
}

/// Somebody who owns a field, as `managedFields` or an autoscaler tells.
public struct FieldOwner: Hashable, Codable, Sendable, CustomStringConvertible {
    /// What kind of owner.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// HorizontalPodAutoscaler, KEDA, VerticalPodAutoscaler.
        case autoscaler
        /// Argo CD, Flux, or another that applies what a repository says.
        case gitOps = "gitops"
        /// Another program that writes the field again and again.
        case controller
        /// A person, with kubectl or alike.
        case person
    }

    /// What kind.
    public var kind: Kind
    /// Its name: the autoscaler's kind and name, or the field manager's.
    public var name: String
    /// The field, as ``WorkloadField`` is described: `replicas`, `containers[email].resources.limits.memory`, `template`.
    public var field: String

    /// Names an owner.
    public init(kind: Kind, name: String, field: String) {
        self.kind = kind
        self.name = name
        self.field = field
    }

    /// Names an owner.
    public init(kind: Kind, name: String, field: WorkloadField) { self.init(kind: kind, name: name, field: field.description) }

    public var description: String { "\(name) owns \(field)" }
}

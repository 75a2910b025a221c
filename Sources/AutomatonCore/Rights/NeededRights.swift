/// What the automaton needs to be allowed for its rules, each right with those that need it.
public struct NeededRights: Hashable, Sendable {
    /// Who needs a right.
    public enum Purpose: Hashable, Comparable, Sendable, CustomStringConvertible {
        /// A rule, by its name.
        case rule(String)
        /// The automaton itself: `leader election`.
        case itself(String)

        public var description: String {
            switch self {
            case .rule(let name): name
            case .itself(let what): "(\(what))"
            }
        }
    }

    /// By right: who needs it.
    public private(set) var purposes: [Right: Set<Purpose>] = [:]

    /// Needs nothing.
    public init() {}

    /// What the rules of a ruleset need for their checks and remediations, the least that does.
    ///
    /// Of a remediation those rights count that it needs on the kinds that the rule can lead it to; in mode `observe` those to look.
    public init(of ruleset: Ruleset) {
        for rule in ruleset.rules {
            guard let check = ruleset.checks[rule.check] else { continue }
            let purpose = Purpose.rule(rule.name)
            for permission in check.permissions { add(permission.rights, for: purpose) }
            if let subject = rule.subject, let (group, resource) = subject.kind.resource {
                let verb = if case .label = subject.name { "list" } else { "get" }
                add([Right(verb, resource, group: group)], for: purpose)
            }
            let kinds = rule.subject.map { [$0.kind] } ?? check.subjects
            for remediation in ruleset.remediations[rule.name] ?? [] {
                var rights = Self.rights(of: remediation, on: kinds)
                if rule.mode == .observe { rights.removeAll { !$0.isReading } }
                add(rights, for: purpose)
            }
        }
    }

    private static func rights(of remediation: any Remediation, on kinds: Set<Subject.Kind>) -> [Right] {
        let reached = kinds.intersection(remediation.subjects).compactMap { $0.resource?.resource }
        guard !reached.isEmpty else { return [] }
        return type(of: remediation).permissions.flatMap(\.rights).filter {
            !mendedResources.contains($0.resource) || reached.contains($0.resource)
        }
    }

    /// What is read for its own sake alone; a ReplicaSet is read as a revision of its Deployment, too.
    private static let mendedResources: Set<String> = ["deployments", "statefulsets", "daemonsets", "jobs"]

    /// Adds rights.
    public mutating func add(_ rights: [Right], for purpose: Purpose) {
        for right in rights { purposes[right, default: []].insert(purpose) }
    }

    /// Only those that a condition holds for.
    public func filter(_ isKept: (Right) -> Bool) -> NeededRights {
        var kept = self
        kept.purposes = purposes.filter { isKept($0.key) }
        return kept
    }
}

import AutomatonCore

/// The pod template of a simulated workload, as far as anything here depends on it. Its one container is called `app`.
struct Template: Hashable {
    /// Which release: a bad one crashes.
    var image: Int
    /// Memory limit.
    var limit: ByteQuantity
    /// Memory request.
    var request: ByteQuantity?
    /// The annotation of `kubectl rollout restart`.
    var restartedAt: Instant?

    static let container = "app"

    /// As it was before any rollout restart.
    var withoutRestart: Template {
        var template = self
        template.restartedAt = nil
        return template
    }
}

/// What people and programs can change of a workload.
struct Spec: Hashable, CustomStringConvertible {
    /// Desired replicas; nil for a DaemonSet.
    var replicas: Int?
    var template: Template

    var description: String {
        let count = replicas.map { "\($0) × " } ?? ""
        let restart = template.restartedAt.map { " restarted \($0.timeOfDay)" } ?? ""
        return "\(count)image \(template.image) \(template.limit)\(restart)"
    }

    /// The spec after an edit; nil when the edit names something that is not there.
    func after(_ edit: WorkloadWrite.Edit, _ sets: [ReplicaSetObject]) -> Spec? {
        var spec = self
        switch edit {
        case .memory(let container, let limit, let request):
            guard container == Template.container, let limit else { return nil }
            spec.template.limit = limit
            spec.template.request = request
        case .restart(let at): spec.template.restartedAt = at
        case .replicas(let count):
            guard replicas != nil else { return nil }
            spec.replicas = count
        case .template(_, let uid):
            guard let set = sets.first(where: { $0.uid == uid }) else { return nil }
            spec.template = set.template
        }
        return spec
    }

    /// Whether the fields that an edit names hold what it says.
    func holds(_ edit: WorkloadWrite.Edit, _ sets: [ReplicaSetObject]) -> Bool { after(edit, sets) == self }
}

/// A ReplicaSet of a Deployment: it keeps a revision of the template. Other kinds have revisions, too, without an object.
struct ReplicaSetObject: Hashable {
    var name: String
    var uid: String
    var number: Int
    var template: Template
    var createdAt: Instant
}

/// Who changes things in the world.
enum Hand: Hashable, CustomStringConvertible {
    case automaton(RunName)
    case person
    case gitOps
    case autoscaler

    var description: String {
        switch self {
        case .automaton(let run): "automaton \(run)"
        case .person: "a person"
        case .gitOps: "GitOps"
        case .autoscaler: "an autoscaler"
        }
    }

    var run: RunName? { if case .automaton(let run) = self { run } else { nil } }
}

/// One run of one process of the automaton: `a1`, and `a2` when it was started anew. Attempts' names begin with it.
struct RunName: Hashable, Comparable, CustomStringConvertible {
    /// Which of the processes.
    var process: Int
    /// Which of its runs.
    var number: Int

    var description: String { "\(process == 0 ? "a" : process == 1 ? "b" : "p\(process)")\(number)" }

    static func < (lhs: RunName, rhs: RunName) -> Bool { (lhs.process, lhs.number) < (rhs.process, rhs.number) }
}

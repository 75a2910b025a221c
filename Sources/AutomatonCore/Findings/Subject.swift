/// What a finding is about: a Deployment, a bare pod, a consumer group, a database, a volume.
public struct Subject: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    /// The kinds of subjects that checks report on.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// A Deployment (apps/v1).
        case deployment
        /// A StatefulSet (apps/v1).
        case statefulSet = "statefulset"
        /// A DaemonSet (apps/v1).
        case daemonSet = "daemonset"
        /// A ReplicaSet that no Deployment owns (apps/v1).
        case replicaSet = "replicaset"
        /// A Job (batch/v1).
        case job
        /// A pod without a controller, or the pod of a controller that is not known here.
        case pod
        /// A consumer group of a Kafka cluster.
        case consumerGroup = "consumergroup"
        /// A PostgreSQL server, as the slots of its sessions are the server's.
        case database
        /// A PersistentVolumeClaim.
        case volume
        /// A machine: its name, and the path after a colon.
        case host
        /// An alert that names nothing of these: its name, and its fingerprint after a slash.
        case alert
    }

    /// The kind.
    public let kind: Kind
    /// The namespace; empty for a subject outside Kubernetes' namespaces.
    public let namespace: String
    /// The name within the namespace.
    public let name: String

    /// Names a subject.
    public init(_ kind: Kind, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// The kind is left out: subjects of one name in one namespace are few.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(namespace)
    }

    /// The subject as rules, logs and people write it: `production/deployment/email-service`.
    public var description: String { namespace.isEmpty ? "\(kind.rawValue)/\(name)" : "\(namespace)/\(kind.rawValue)/\(name)" }

    public static func < (lhs: Subject, rhs: Subject) -> Bool {
        (lhs.namespace, lhs.kind.rawValue, lhs.name) < (rhs.namespace, rhs.kind.rawValue, rhs.name)
    }
}

extension Set<Subject.Kind> {
    /// What runs pods in a cluster.
    public static let workloads: Set<Subject.Kind> = [.deployment, .statefulSet, .daemonSet, .replicaSet, .job, .pod]
    /// Of these, the ones whose pods are replaced when their template changes.
    public static let rollouts: Set<Subject.Kind> = [.deployment, .statefulSet, .daemonSet]
}

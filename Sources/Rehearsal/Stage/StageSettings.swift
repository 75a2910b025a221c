import AutomatonCore

/// The world that remediations find when a case begins.
struct StageSettings {
    /// A workload, and what belongs to it.
    struct WorkloadSettings {
        var workload: Workload
        var labels: [String: String] = [:]
        /// Who sets its fields now, beside those whom `managedFields` name.
        var autoscalers: [FieldOwner] = []
        /// Newest first; ages as of the beginning.
        var revisions: [RevisionSettings] = []
        /// Files that can be deleted, in each of its pods.
        var logs: [(path: String, bytes: Int64, age: Duration)] = []
    }

    /// A revision of a Deployment's template.
    struct RevisionSettings {
        var number: Int
        var age: Duration
        var images: [String]
        var ready: Int
        /// How long a pod of it has been ready; nil when none is.
        var readyFor: Duration?
    }

    /// The slots and sessions of a PostgreSQL server.
    struct DatabaseSettings {
        var name: String
        var maximum: Int
        var reserved: Int
        var sessions: [(count: Int, session: Session)]
    }

    var workloads: [Subject: WorkloadSettings] = [:]
    var databases: [String: DatabaseSettings] = [:]
    /// What is kept of attempts before the case.
    var fixes: [Fix] = []
}

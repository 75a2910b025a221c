public import AutomatonCore

/// What `GET /api/autoheal/status` answers: whether it is well, what it is doing now, and what it did in the last day.
public struct StatusReport: Hashable, Codable, Sendable {
    /// How many incidents.
    public struct Counts: Hashable, Codable, Sendable {
        /// Seen, and nothing was changed yet.
        public var detected: Int
        /// An attempt was written.
        public var healing: Int
        /// A person is needed, or it ended unseen.
        public var failed: Int
        /// It is well again.
        public var healed: Int
    }

    /// Always true.
    public var success = true
    /// When it was asked.
    public var at: Timestamp
    /// Whether this process is the one that acts.
    public var isLeader: Bool
    /// Why it is not, and who is: the leader alone knows what people asked for. Left out when this one leads.
    public var notLeading: String?
    /// Why nothing new is begun at all; left out when it may be.
    public var standDown: String?
    /// Whether changes are only shown.
    public var isDryRun: Bool
    /// Checks that cannot see, with the reason.
    public var blind: [String: String]
    /// Namespaces in which too many workloads are unhealthy at once; `*` for all.
    public var storms: [String]
    /// Pauses and silences that hold; left out where this process does not lead.
    public var suspensions: Int?
    /// Incidents that are open. None of them is healed.
    public var open: Counts
    /// Incidents that were detected in the last 24 hours, open or over.
    public var lastDay: Counts
}

extension StatusReport.Counts {
    init(_ counts: IncidentCounts) {
        self.init(
            detected: counts[.detected] ?? 0, healing: counts[.healing] ?? 0, failed: counts[.failed] ?? 0, healed: counts[.healed] ?? 0)
    }
}

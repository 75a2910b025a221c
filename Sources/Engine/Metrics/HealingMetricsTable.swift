internal import AutomatonCore

extension HealingMetrics {
    /// Every metric of the automaton. Labels are bounded by the rules and the catalogue of plugins: never a pod, a uid or an error text.
    public static let descriptors: [MetricDescriptor] = [
        MetricDescriptor(
            "healing_actions_total", .counter,
            "Attempts whose outcome is known, by remediation: true when the finding cleared, false when it did not or the write failed.",
            labels: [.init("action"), .init("success", values: ["true", "false"])]),
        MetricDescriptor(
            "healing_verifications_total", .counter,
            "Attempts that were verified, by rule: whether the finding cleared, did not, or got worse.",
            labels: [.init("rule"), .init("outcome", values: IncidentChange.Outcome.allCases.map(\.label))]),
        MetricDescriptor(
            "healing_latency_seconds", .histogram(buckets: recoveryBuckets),
            "Time from the detection of an incident to the instant from which its finding stayed clear, of those that were healed.",
            labels: [.init("rule")]),
        MetricDescriptor(
            "healing_checks_total", .counter, "Runs and reports of checks, by result: ok, error, timeout.",
            labels: [.init("check"), .init("result", values: CheckOutcome.labels)]),
        MetricDescriptor(
            "healing_check_duration_seconds", .histogram(buckets: checkBuckets), "How long runs of checks took.", labels: [.init("check")]),
        MetricDescriptor(
            "healing_check_highest_value", .gauge,
            "The highest value of a figure among all that a check saw in its last run (lag, used), in the figure's own unit; not there when the run failed.",
            labels: [.init("check"), .init("figure")]),
        MetricDescriptor(
            "healing_last_action_timestamp_seconds", .gauge, "Unix time of the last attempt that was written; 0 when there was none."),
        MetricDescriptor(
            "healing_suppressed_total", .counter, "Decisions to do nothing, by the guard that said no.",
            labels: [.init("guard", values: Decision.Guard.allCases.map(\.rawValue))]),
        MetricDescriptor(
            "healing_decisions_total", .counter, "Decisions, by what was chosen.", labels: [.init("choice", values: Decision.Choice.labels)]
        ),
        MetricDescriptor(
            "healing_incidents_open", .gauge, "Incidents that are open, by rule and priority.",
            labels: [.init("rule"), .init("priority", values: Priority.allCases.map(\.description))]),
        MetricDescriptor(
            "healing_incidents_held", .gauge, "Open incidents on which nothing is begun now, by the guard that said no last.",
            labels: [.init("guard", values: Decision.Guard.allCases.map(\.rawValue))]),
        MetricDescriptor("healing_incidents_total", .counter, "Incidents that were detected.", labels: [.init("rule")]),
        MetricDescriptor(
            "healing_incidents_created_total", .counter, "Incidents that were detected, by how bad they look to people.",
            labels: [.init("severity", values: Severity.allCases.map(\.rawValue)), .init("namespace")]),
        MetricDescriptor(
            "healing_incident_mttr_seconds", .histogram(buckets: recoveryBuckets),
            "Time from the detection of an incident until its finding cleared, with or without an attempt.",
            labels: [.init("severity", values: Severity.allCases.map(\.rawValue))]),
        MetricDescriptor(
            "healing_escalations_total", .counter, "Incidents for which a person was asked, by rule.", labels: [.init("rule")]),
        MetricDescriptor("healing_attempts_in_flight", .gauge, "Attempts that were authorised and whose outcome is not known yet."),
        MetricDescriptor("healing_leader", .gauge, "Whether this process is the one that acts (1) or only observes (0)."),
        MetricDescriptor(
            "healing_watch_last_contact_timestamp_seconds", .gauge,
            "Unix time at which a check last saw the world; 0 before the first time, not there while it waits for what is told to the leader.",
            labels: [.init("check")]),
        MetricDescriptor(
            "healing_kubernetes_requests_total", .counter, "Requests to the Kubernetes API, by status code; error when no answer came.",
            labels: [.init("method"), .init("code")]),
        MetricDescriptor(
            "healing_object_events_total", .counter,
            "Events about what was done, for the objects themselves: written, failed, or dropped since the API was slow.",
            labels: [.init("result", values: ObjectEventResult.allCases.map(\.rawValue))]),
        MetricDescriptor(
            "healing_config_last_reload_successful", .gauge, "Whether the last reading of rules and thresholds succeeded (1) or not (0)."),
        MetricDescriptor(
            "healing_config_last_reload_success_timestamp_seconds", .gauge,
            "Unix time of the last successful reading of rules and thresholds."),
        MetricDescriptor(
            "healing_notify_config_last_reload_successful", .gauge,
            "Whether the last reading of the file of who is told succeeded (1) or not (0); not there without such a file.",
            startsAtZero: false),
        MetricDescriptor(
            "healing_notify_config_last_reload_success_timestamp_seconds", .gauge,
            "Unix time of the last successful reading of the file of who is told; not there without such a file.", startsAtZero: false),
        MetricDescriptor(
            "healing_fixes", .gauge, "Fixes that are kept of attempts that helped; the leader's count.",
            labels: [.init("type", values: Fix.Kind.allCases.map(\.rawValue))]),
        MetricDescriptor(
            "healing_fixes_drifted", .gauge,
            "Fixes that are kept and were undone in the workload, as a rule's check saw it last; the leader's count.",
            labels: [.init("type", values: Fix.Kind.allCases.map(\.rawValue))]),
        MetricDescriptor(
            "healing_fixes_configmap_in_step", .gauge,
            "Whether the ConfigMap of fixes could be read, and says what is kept (1), or not (0); the leader's, not there without one.",
            startsAtZero: false),
        MetricDescriptor(
            "healing_fixes_configmap_last_failure_timestamp_seconds", .gauge,
            "Unix time at which the ConfigMap of fixes could not be read or written last; 0 when that never was, not there without one.",
            startsAtZero: false),
        MetricDescriptor(
            "healing_storms", .gauge, "Namespaces in which too many workloads are unhealthy at once, so that nothing is begun."),
        MetricDescriptor(
            "healing_rules_stepped_down", .gauge, "Rules that only tell a person, since their attempts did not help."),
        MetricDescriptor(
            "healing_journal_writable", .gauge, "Whether the journal can be written (1) or not (0); without it nothing is begun."),
        MetricDescriptor(
            "healing_summaries_total", .counter,
            "Incidents that somebody was to be asked about for a summary, by what became of it; all but ok left the built-in one.",
            labels: [.init("provider", values: ["gemini", "openai"]), .init("result", values: summaryResults)]),
        MetricDescriptor(
            "healing_alerts_triggered_total", .counter,
            "Messages to people that were to go out, each receiver's counted, by the worst severity in it and what for.",
            labels: [
                .init("severity", values: Severity.allCases.map(\.rawValue)),
                .init("type", values: ["detected", "attempt", "person", "resolved", "notice", "suspension", "repeat"]),
            ]),
        MetricDescriptor(
            "healing_notifications_total", .counter, "What became of messages to people, by receiver.",
            labels: [.init("notifier"), .init("result", values: NotificationResult.allCases.map(\.rawValue))]),
        MetricDescriptor("healing_build_info", .gauge, "Always 1; the version is in the label.", labels: [.init("version")]),
    ]

    /// What may become of asking for a summary.
    static let summaryResults = [
        "ok", "timeout", "unreachable", "quota", "denied", "rejected", "failing", "blocked", "empty", "invalid", "budget", "dropped",
    ]
    /// From a second to two hours; 5 minutes, the goal for the time to recover, is a bound.
    static let recoveryBuckets: [Double] = [1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600, 7200]
    /// From a millisecond to a minute.
    static let checkBuckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
}

extension CheckOutcome {
    /// Every value of ``label``.
    static let labels = ["ok", "error", "timeout"]
}

extension IncidentChange.Outcome {
    /// The word of the metric's label `outcome`.
    var label: String {
        switch self {
        case .helped: "helped"
        case .noChange: "no_change"
        case .worse: "worse"
        }
    }
}

extension Decision.Choice {
    /// Every value of ``label``.
    static let labels = ["act", "would_act", "ask_approval", "revert", "restore", "escalate", "tell_person", "hold"]

    /// The word of the metric's label `choice` and of log lines.
    var label: String {
        switch self {
        case .act: "act"
        case .wouldAct: "would_act"
        case .askApproval: "ask_approval"
        case .revert: "revert"
        case .restore: "restore"
        case .escalate: "escalate"
        case .tellPerson: "tell_person"
        case .hold: "hold"
        }
    }
}

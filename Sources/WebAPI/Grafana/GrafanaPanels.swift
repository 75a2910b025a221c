extension GrafanaDashboard {
    /// Only what the person chose at the top.
    private static let here = #"namespace=~"$namespace""#
    private static let ofRule = #"namespace=~"$namespace",rule=~"$rule""#

    static var rows: [Row] {
        [
            Row(title: "Now", lines: [now]), Row(title: "Healing", lines: healing), Row(title: "What holds it back", lines: guards),
            Row(title: "Fixes that are kept", lines: fixes), Row(title: "Checks", lines: checks),
            Row(title: "The automaton itself", lines: itself),
        ]
    }

    private static var now: [GrafanaPanel] {
        [
            stat(
                "Replicas that act", "Exactly one replica acts; 0 is nobody, 2 is one too many. The others observe.",
                "sum by (namespace) (healing_leader{\(here)})", legend: "{{namespace}}",
                colours: GrafanaPanel.thresholds("red", [(1, "green"), (2, "red")])),
            stat(
                "Open incidents", "Incidents that are open now.",
                "sum(max by (namespace, rule, priority) (healing_incidents_open{\(ofRule)}))",
                colours: GrafanaPanel.thresholds("green", [(1, "orange")])),
            stat(
                "Attempts in flight", "Attempts that were begun and whose outcome is not known yet.",
                "sum(max by (namespace) (healing_attempts_in_flight{\(here)}))", colours: GrafanaPanel.thresholds("text", [(1, "blue")])),
            stat(
                "Attempts that helped", "In the time range, of those whose outcome is known.",
                #"sum(increase(healing_actions_total{\#(here),success="true"}[$__range])) / sum(increase(healing_actions_total{\#(here)}[$__range]))"#,
                unit: "percentunit", instant: true, colours: GrafanaPanel.thresholds("red", [(0.5, "orange"), (0.9, "green")])),
            stat(
                "Healed within 5 minutes", "In the time range, from the detection to the instant from which the finding stayed clear.",
                // The bound is 300 in Prometheus' text format and 300.0 in OpenMetrics.
                #"sum(increase(healing_latency_seconds_bucket{\#(ofRule),le=~"300(\\.0)?"}[$__range])) / sum(increase(healing_latency_seconds_count{\#(ofRule)}[$__range]))"#,
                unit: "percentunit", instant: true, colours: GrafanaPanel.thresholds("red", [(0.5, "orange"), (0.9, "green")])),
            stat(
                "Journal", "Whether the replica that acts can write down what it does. Without that it begins nothing.",
                "min by (namespace) (healing_journal_writable{\(here)} and (healing_leader{\(here)} == 1))", legend: "{{namespace}}",
                colours: GrafanaPanel.thresholds("red", [(1, "green")]),
                words: GrafanaPanel.words(("cannot be written", "red"), ("writable", "green"))),
        ]
    }

    private static var healing: [[GrafanaPanel]] {
        [
            [
                bars(
                    "Attempts by action", "Attempts whose outcome is known: whether the finding cleared.",
                    [
                        (
                            "sum by (action, success) (increase(healing_actions_total{\(here)}[$__rate_interval]))",
                            "{{action}} success={{success}}"
                        )
                    ]),
                bars(
                    "Attempts by rule and result", "Attempts that were verified: helped, no_change, or worse, which is taken back.",
                    [
                        (
                            "sum by (rule, outcome) (increase(healing_verifications_total{\(ofRule)}[$__rate_interval]))",
                            "{{rule}} {{outcome}}"
                        )
                    ]),
            ],
            [
                panel(
                    .heatmap, "Time to recover", "How many incidents took how long, from the detection on, of those that were healed.",
                    [("sum by (le) (increase(healing_latency_seconds_bucket{\(ofRule)}[$__rate_interval]))", "{{le}}")], unit: "short",
                    width: 12, format: "heatmap"),
                panel(
                    .bars, "Time to recover by rule",
                    "In the time range: half of the incidents were healed within the first figure, 95 % within the second.",
                    [
                        (
                            "histogram_quantile(0.5, sum by (rule, le) (increase(healing_latency_seconds_bucket{\(ofRule)}[$__range]))) > 0",
                            "{{rule}}, half"
                        ),
                        (
                            "histogram_quantile(0.95, sum by (rule, le) (increase(healing_latency_seconds_bucket{\(ofRule)}[$__range]))) > 0",
                            "{{rule}}, 95 %"
                        ),
                    ],
                    unit: "s", width: 12, instant: true,
                    more: ["thresholds": GrafanaPanel.thresholds("green", [(300, "red")]), "color": ["mode": "thresholds"], "min": 0]),
            ],
            [
                lines(
                    "Open incidents", "By rule and priority.",
                    [
                        (
                            "sum by (rule, priority) (max by (namespace, rule, priority) (healing_incidents_open{\(ofRule)})) > 0",
                            "{{rule}} {{priority}}"
                        )
                    ], width: 12, isStacked: true),
                bars(
                    "Incidents and persons asked", "Incidents that were detected, and those for which a person was asked.",
                    [
                        ("sum by (rule) (increase(healing_incidents_total{\(ofRule)}[$__rate_interval]))", "{{rule}} detected"),
                        ("sum by (rule) (increase(healing_escalations_total{\(ofRule)}[$__rate_interval]))", "{{rule}} person asked"),
                    ]),
            ],
        ]
    }

    private static var guards: [[GrafanaPanel]] {
        [
            [
                bars(
                    "Suppressed decisions by guard",
                    "Decisions to do nothing, by the guard that said no. stand_down is a replica that does not lead, or has no journal.",
                    [("sum by (guard) (increase(healing_suppressed_total{\(here)}[$__rate_interval])) > 0", "{{guard}}")]),
                lines(
                    "Incidents that are held, by guard", "Open incidents on which nothing is begun now, by the guard that said no last.",
                    [("sum by (guard) (max by (namespace, guard) (healing_incidents_held{\(here)})) > 0", "{{guard}}")], width: 12,
                    isStacked: true),
            ],
            [
                bars(
                    "Decisions", "By what was chosen.",
                    [("sum by (choice) (increase(healing_decisions_total{\(here)}[$__rate_interval]))", "{{choice}}")]),
                lines(
                    "Storms, and rules that only tell",
                    "Namespaces in which too many workloads are unhealthy at once; rules that stepped down since they did not help.",
                    [
                        ("max by (namespace) (healing_storms{\(here)})", "storms {{namespace}}"),
                        ("max by (namespace) (healing_rules_stepped_down{\(here)})", "stepped down {{namespace}}"),
                    ], width: 12),
            ],
        ]
    }

    private static var checks: [[GrafanaPanel]] {
        [
            [
                lines(
                    "Checks by result", "Runs and reports. error and timeout say that the check cannot see; then nothing acts on it.",
                    [("sum by (check, result) (rate(healing_checks_total{\(here)}[$__rate_interval]))", "{{check}} {{result}}")],
                    unit: "ops", width: 12),
                lines(
                    "Duration of checks", "95 % of the runs took at most so long.",
                    [
                        (
                            "histogram_quantile(0.95, sum by (check, le) (rate(healing_check_duration_seconds_bucket{\(here)}[$__rate_interval])))",
                            "{{check}}"
                        )
                    ], unit: "s", width: 12),
            ],
            [
                measured(
                    "Consumer lag", "Messages that the consumer group furthest behind has not read.", "kafka-lag", "lag", unit: "short"),
                measured(
                    "PostgreSQL connections", "Share of the connection slots that are taken.", "postgres-connections", "used",
                    unit: "percent"),
                measured(
                    "Disk and memory", "The fullest volume, and the workload nearest to its memory limit.", "(disk|memory)-usage", "used",
                    unit: "percent"),
            ],
            [
                lines(
                    "Since a check last saw the world", "Grows while a check cannot see.",
                    [
                        (
                            "time() - min by (namespace, check) (healing_watch_last_contact_timestamp_seconds{\(here)} > 0)",
                            "{{check}}"
                        )
                    ], unit: "s", width: 12),
                lines(
                    "Requests to the Kubernetes API", "By method and status; error when no answer came.",
                    [("sum by (method, code) (rate(healing_kubernetes_requests_total{\(here)}[$__rate_interval]))", "{{method}} {{code}}")],
                    unit: "reqps", width: 12),
            ],
        ]
    }

    private static var fixes: [[GrafanaPanel]] {
        [
            [
                lines(
                    "Fixes", "What is kept of attempts that helped, by type.",
                    [("sum by (type) (max by (namespace, type) (healing_fixes{\(here)}))", "{{type}}")], width: 8, isStacked: true),
                lines(
                    "Fixes that were undone", "Below what is kept, most likely since a deploy; what they mended may come back.",
                    [("sum by (type) (max by (namespace, type) (healing_fixes_drifted{\(here)}))", "{{type}}")], width: 8, isStacked: true),
                panel(
                    .states, "ConfigMap of the fixes", "Whether people read and edit there what is kept.",
                    [("min by (namespace) (healing_fixes_configmap_in_step{\(here)})", "{{namespace}}")], unit: "short", width: 8,
                    more: [
                        "mappings": GrafanaPanel.words(("cannot be kept", "red"), ("in step", "green")),
                        "custom": ["fillOpacity": 70, "lineWidth": 0],
                    ]),
            ]
        ]
    }

    private static var itself: [[GrafanaPanel]] {
        [
            [
                panel(
                    .states, "Leader", "Which replica acts.", [("healing_leader{\(here)}", "{{pod}} {{instance}}")], unit: "short",
                    width: 12,
                    more: [
                        "mappings": GrafanaPanel.words(("observes", "text"), ("acts", "green")),
                        "custom": ["fillOpacity": 70, "lineWidth": 0],
                    ]),
                panel(
                    .states, "Configuration", "Whether what was read last is in force; otherwise what was in force before still is.",
                    [
                        ("min by (namespace) (healing_config_last_reload_successful{\(here)})", "rules and thresholds {{namespace}}"),
                        ("min by (namespace) (healing_notify_config_last_reload_successful{\(here)})", "who is told {{namespace}}"),
                    ], unit: "short", width: 12,
                    more: [
                        "mappings": GrafanaPanel.words(("rejected", "red"), ("in force", "green")),
                        "custom": ["fillOpacity": 70, "lineWidth": 0],
                    ]),
            ],
            [
                lines(
                    "CPU", "Cores used.", [(own("rate(process_cpu_seconds_total[$__rate_interval])"), "{{pod}} {{instance}}")],
                    unit: "short",
                    width: 8),
                lines(
                    "Memory", "Resident memory.", [(own("process_resident_memory_bytes"), "{{pod}} {{instance}}")], unit: "bytes", width: 8),
                bars(
                    "Messages to people", "By receiver and what became of them.",
                    [
                        (
                            "sum by (notifier, result) (increase(healing_notifications_total{\(here)}[$__rate_interval]))",
                            "{{notifier}} {{result}}"
                        )
                    ], width: 8),
            ],
        ]
    }

    /// What every process tells, of the automaton's only.
    private static func own(_ expression: String) -> String { "\(expression) and on (job, instance) healing_build_info{\(here)}" }

    private static func measured(_ title: String, _ description: String, _ check: String, _ figure: String, unit: String) -> GrafanaPanel {
        lines(
            title, "\(description) By check; as its last run measured it.",
            [(#"max by (check) (healing_check_highest_value{\#(here),check=~"\#(check).*",figure="\#(figure)"})"#, "{{check}}")],
            unit: unit, width: 8)
    }
}

// MARK: Kinds of panels

extension GrafanaDashboard {
    private typealias Queries = [(expression: String, legend: String)]

    private static func panel(
        _ kind: GrafanaPanel.Kind, _ title: String, _ description: String, _ queries: Queries, unit: String, width: Int, height: Int = 8,
        instant: Bool = false, format: String = "time_series", more: [String: GrafanaValue] = [:]
    ) -> GrafanaPanel {
        let targets = zip(["A", "B", "C"], queries).map { name, query in
            GrafanaTarget(refId: name, expr: query.expression, legendFormat: query.legend, instant: instant, format: format)
        }
        let defaults: [String: GrafanaValue] = ["unit": .text(unit), "color": ["mode": "palette-classic"]]
        return GrafanaPanel(
            kind: kind, title: title, description: description, position: GrafanaPosition(w: width, h: height), targets: targets,
            defaults: defaults.merging(more) { $1 })
    }

    private static func stat(
        _ title: String, _ description: String, _ expression: String, legend: String = "", unit: String = "short", instant: Bool = false,
        colours: GrafanaValue, words: GrafanaValue = []
    ) -> GrafanaPanel {
        panel(
            .stat, title, description, [(expression, legend)], unit: unit, width: 4, height: 4, instant: instant,
            more: ["thresholds": colours, "color": ["mode": "thresholds"], "mappings": words])
    }

    /// Amounts over time.
    private static func bars(_ title: String, _ description: String, _ queries: Queries, width: Int = 12) -> GrafanaPanel {
        drawn(title, description, queries, unit: "short", width: width, style: "bars", fill: 80, isStacked: true)
    }

    /// Levels over time.
    private static func lines(
        _ title: String, _ description: String, _ queries: Queries, unit: String = "short", width: Int, isStacked: Bool = false
    ) -> GrafanaPanel {
        drawn(title, description, queries, unit: unit, width: width, style: "line", fill: isStacked ? 40 : 10, isStacked: isStacked)
    }

    private static func drawn(
        _ title: String, _ description: String, _ queries: Queries, unit: String, width: Int, style: String, fill: Double, isStacked: Bool
    ) -> GrafanaPanel {
        panel(
            .lines, title, description, queries, unit: unit, width: width,
            more: [
                "min": 0,
                "custom": [
                    "drawStyle": .text(style), "lineWidth": 1, "fillOpacity": .number(fill), "showPoints": "never", "spanNulls": false,
                    "stacking": ["mode": .text(isStacked ? "normal" : "none"), "group": "A"],
                ],
            ])
    }
}

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The dashboard for Grafana, made from what the automaton measures.
public enum GrafanaDashboard {
    /// Its JSON, as Grafana imports it and `k8s/grafana` holds it.
    public static func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(model), as: UTF8.self)
    }

    static var model: GrafanaModel {
        GrafanaModel(templating: .init(list: variables), annotations: .init(list: annotations), panels: placed(rows))
    }

    /// A row of the dashboard: its title, and lines of panels that fill the width together.
    struct Row {
        var title: String
        var lines: [[GrafanaPanel]]
    }

    static let variables = [
        GrafanaVariable(name: "datasource", label: "Data source"),
        GrafanaVariable(name: "namespace", label: "Namespace", labelValues: "label_values(healing_build_info, namespace)"),
        GrafanaVariable(
            name: "rule", label: "Rule", labelValues: #"label_values(healing_incidents_open{namespace=~"$namespace"}, rule)"#),
    ]

    static let annotations: [GrafanaValue] = [
        [
            "builtIn": 1, "datasource": ["type": "grafana", "uid": "-- Grafana --"], "enable": true, "hide": true,
            "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
        ],
        // The value is the instant itself: exact, however seldom it is scraped.
        annotation(
            "Attempts", "blue", #"max by (namespace) (healing_last_action_timestamp_seconds{namespace=~"$namespace"}) * 1000 > 0"#,
            step: "15s", title: "Attempt", valueIsTime: true),
        annotation(
            "Attempts that helped", "green",
            #"sum by (action) (increase(healing_actions_total{namespace=~"$namespace",success="true"}[2m])) > 0"#,
            step: "60s", title: "{{action}} helped"),
        annotation(
            "Attempts that did not help", "red",
            #"sum by (action) (increase(healing_actions_total{namespace=~"$namespace",success="false"}[2m])) > 0"#,
            step: "60s", title: "{{action}} did not help"),
    ]

    private static func annotation(
        _ name: String, _ colour: String, _ expression: String, step: String, title: String, valueIsTime: Bool = false
    ) -> GrafanaValue {
        [
            "name": .text(name), "datasource": ["type": "prometheus", "uid": "${datasource}"], "enable": true, "hide": false,
            "iconColor": .text(colour), "expr": .text(expression), "step": .text(step), "titleFormat": .text(title),
            "textFormat": "", "tagKeys": "action", "useValueForTime": .flag(valueIsTime),
        ]
    }

    /// Gives each panel its number and its place: the lines below each other, the panels of a line beside each other.
    static func placed(_ rows: [Row]) -> [GrafanaPanel] {
        var panels: [GrafanaPanel] = []
        var y = 0
        func place(_ panel: GrafanaPanel, x: Int) {
            var panel = panel
            panel.id = panels.count + 1
            (panel.position.x, panel.position.y) = (x, y)
            panels.append(panel)
        }
        for row in rows {
            let head = GrafanaPanel(
                kind: .row, title: row.title, description: "", position: GrafanaPosition(w: 24, h: 1), targets: [], defaults: [:])
            place(head, x: 0)
            y += 1
            for line in row.lines {
                var x = 0
                for panel in line {
                    place(panel, x: x)
                    x += panel.position.w
                }
                y += line.map(\.position.h).max() ?? 0
            }
        }
        return panels
    }
}

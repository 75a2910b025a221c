import Foundation

/// The dashboard as it is shipped.
enum ShippedDashboard {
    /// What has nothing to show in the demo: nobody is told, and no ConfigMap holds its fixes.
    static let notInDemo: Set = ["Messages to people", "ConfigMap of the fixes"]

    /// The queries of its panels, with the variables filled in.
    static func queries() throws -> [(panel: String, query: String)] {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                var title: String
                var targets: [Target]?
            }
            var panels: [Panel]
        }
        let file = URL(fileURLWithPath: Program.shippedRules).deletingLastPathComponent()
            .appendingPathComponent("k8s/grafana/self-healing-automaton.json")
        let dashboard = try JSONDecoder().decode(Dashboard.self, from: Data(contentsOf: file))
        return dashboard.panels.flatMap { panel in
            (panel.targets ?? []).filter { !$0.expr.contains("healing_notify_") }.map { target in
                let query = target.expr.replacing("$namespace", with: ".*").replacing("$rule", with: ".*")
                    .replacing("$__rate_interval", with: "10s").replacing("$__range", with: "5m")
                return (panel.title, query)
            }
        }
    }
}

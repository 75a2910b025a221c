import ArgumentParser
import WebAPI

/// `automaton dashboard`
struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Print the dashboard for Grafana, as JSON to import.",
        discussion: """
            The dashboard asks for the data source when it is opened. It reads what a Prometheus scraped from /metrics.

            Exit code 0.
            """)

    func run() throws { Terminal.out(try GrafanaDashboard.json()) }
}

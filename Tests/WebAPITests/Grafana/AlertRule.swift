import Foundation

/// An alert of `k8s/prometheus/rules.yaml`, as far as the tests look at it.
struct AlertRule {
    var name: String
    var expression: String
    var severity: String
    var runbook: String

    /// Reads the alerts the way they are written there: promtool says whether it is what Prometheus reads.
    static func shipped() throws -> [AlertRule] {
        try Shipped.text("k8s/prometheus/rules.yaml").components(separatedBy: "- alert: ").dropFirst().map { text in
            func field(_ name: String) -> String {
                guard let start = text.range(of: "\(name): ") else { return "" }
                let lines = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
                guard let first = lines.first, first == ">-" else { return lines.first.map(String.init) ?? "" }
                // A folded text goes on for as long as the lines are indented further.
                return lines.dropFirst().prefix { $0.hasPrefix("          ") }.map { $0.drop { $0 == " " } }.joined(separator: " ")
            }
            return AlertRule(
                name: text.split(separator: "\n").first.map(String.init) ?? "", expression: field("expr"),
                severity: text.firstMatch(of: /severity: (\w+)/).map { String($0.1) } ?? "", runbook: field("runbook_url"))
        }
    }
}

import Foundation

/// Files of the repository.
enum Shipped {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardizedFileURL

    static func text(_ path: String) throws -> String { try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8) }

    static func path(_ path: String) -> String { root.appendingPathComponent(path).path }

    /// Every query of the dashboard: of panels, and of annotations.
    static func queries(of dashboard: String) throws -> [(of: String, expression: String)] {
        struct Dashboard: Decodable {
            struct Panel: Decodable {
                struct Target: Decodable { var expr: String }
                var title: String
                var targets: [Target]?
            }
            struct Annotations: Decodable {
                struct One: Decodable {
                    var name: String
                    var expr: String?
                }
                var list: [One]
            }
            var panels: [Panel]
            var annotations: Annotations
        }
        let read = try JSONDecoder().decode(Dashboard.self, from: Data(dashboard.utf8))
        return read.panels.flatMap { panel in (panel.targets ?? []).map { (panel.title, $0.expr) } }
            + read.annotations.list.compactMap { annotation in annotation.expr.map { (annotation.name, $0) } }
    }
}

/// The metrics that a query reads, and what it asks of their labels.
///
/// Not a parser of PromQL, which the real one does: names that stand neither in braces, nor in a list of labels, nor before a parenthesis.
struct QueriedMetrics {
    struct Selector: Hashable {
        var metric: String
        /// Label, and the values that are asked for; several of an alternative.
        var labels: [String: [String]]
    }
    private(set) var selectors: [Selector] = []

    init(_ expression: String) {
        let words = ["and", "or", "unless", "on", "by", "without", "ignoring", "group_left", "group_right", "bool", "offset"]
        let text = expression.replacing(/\[[^\]]*\]/, with: " ")
            .replacing(/\s(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/, with: " ")
        for match in text.matches(of: /([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?/) where match.3 == nil {
            let name = String(match.1)
            if words.contains(name) { continue }
            var labels: [String: [String]] = [:]
            for label in (match.2 ?? "").matches(of: /(\w+)\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"/) {
                labels[String(label.1)] = label.3.split(separator: "|").map(String.init)
            }
            selectors.append(Selector(metric: name, labels: labels))
        }
    }
}

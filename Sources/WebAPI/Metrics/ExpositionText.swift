internal import Engine

/// Builds a text in Prometheus' exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
struct ExpositionText {
    private(set) var bytes: [UInt8] = []

    /// The two comment lines before the samples of a metric.
    mutating func head(_ name: String, _ kind: MetricDescriptor.Kind, _ help: String) {
        let type =
            switch kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        append("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n")
    }

    /// One sample.
    /// - Parameter labels: as ``labels(_:)`` makes them.
    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        append(name)
        if !labels.isEmpty {
            append("{")
            append(labels)
            append("}")
        }
        append(" ")
        append(PrometheusNumber.text(value))
        append("\n")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Labels as a sample shows them, sorted by name; of two with the same name the last counts.
    static func labels(_ dimensions: [(String, String)]) -> String {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[labelName(name)] = value }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    /// A metric's name in the characters that are allowed: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    static func metricName(_ text: String) -> String { name(text, colons: true) }

    /// A label's name in the characters that are allowed, and not one that the format keeps for itself (`le`, `quantile`, `__…`).
    static func labelName(_ text: String) -> String {
        let name = name(text, colons: false)
        if name == "le" || name == "quantile" { return "exported_\(name)" }
        return name.hasPrefix("__") ? "exported\(name.dropFirst())" : name
    }

    private static func name(_ text: String, colons: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(scalar)
            case ":" where colons: result.unicodeScalars.append(scalar)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x0A || (quotes && $0 == 0x22) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

internal import Engine

/// Builds a scrape's answer: in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format), or in OpenMetrics.
struct ExpositionText {
    let format: ExpositionFormat
    private(set) var bytes: [UInt8] = []
    private var names = ReservedNames()
    /// Whether the samples that follow may have exemplars.
    private var takesExemplars = false

    init(_ format: ExpositionFormat) { self.format = format }

    /// The comment lines before the samples of a metric; false when the metric cannot be shown in this format.
    mutating func head(_ name: String, _ kind: MetricDescriptor.Kind, _ help: String) -> Bool {
        switch format {
        case .text: append("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.word)\n")
        case .openMetrics:
            guard let family = names.take(name, kind) else { return false }
            takesExemplars = family.type == "counter" || family.type == "histogram"
            append("# TYPE \(family.name) \(family.type)\n")
            if let unit = ["seconds", "bytes"].first(where: { family.name.hasSuffix("_\($0)") }) {
                append("# UNIT \(family.name) \(unit)\n")
            }
            append("# HELP \(family.name) \(Self.escaped(help, quotes: true))\n")
        }
        return true
    }

    /// One sample.
    /// - Parameters:
    ///   - labels: as ``labels(_:)`` makes them.
    ///   - exemplar: an incident that it counts, where the format can show one.
    mutating func sample(_ name: String, _ labels: String, _ value: Double, _ exemplar: TakenExemplar? = nil) {
        append(name)
        if !labels.isEmpty {
            append("{")
            append(labels)
            append("}")
        }
        append(" ")
        append(PrometheusNumber.text(value))
        if let exemplar, takesExemplars, let labels = exemplar.labels {
            append(" # {\(labels)} \(PrometheusNumber.text(exemplar.value)) \(exemplar.time)")
        }
        append("\n")
    }

    /// The bound of a bucket, as the label `le` shows it.
    func bound(_ value: Double) -> String {
        let text = PrometheusNumber.text(value)
        // OpenMetrics wants its bounds to look like floating-point numbers.
        return format == .openMetrics && !text.contains { ".eIN".contains($0) } ? text + ".0" : text
    }

    /// What belongs after the last sample.
    mutating func end() { if format == .openMetrics { append("# EOF\n") } }

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

    static func escaped(_ text: String, quotes: Bool) -> String {
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

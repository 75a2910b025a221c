/// The formats that a scrape can have.
enum ExpositionFormat: Sendable {
    /// Prometheus' text format 0.0.4, for everybody who does not ask for another.
    case text
    /// OpenMetrics 1.0, which can show exemplars
    /// (https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
    case openMetrics

    /// The media type.
    var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Chooses for a header `Accept`, as Prometheus' own servers do: OpenMetrics for those who name it, and with a higher weight than
    /// the text format; wildcards and everything else mean the text format, which every scraper reads.
    init(accept: String?) {
        var (openMetrics, text) = (0.0, 0.0)
        for part in accept?.split(separator: ",") ?? [] {
            let range = MediaRange(part)
            switch (range.type, range.version) {
            case ("application/openmetrics-text", nil), ("application/openmetrics-text", "1.0.0"):
                openMetrics = max(openMetrics, range.weight)
            case ("text/plain", nil), ("text/plain", "0.0.4"): text = max(text, range.weight)
            default: break
            }
        }
        self = openMetrics > text ? .openMetrics : .text
    }
}

/// One entry of a header `Accept` (RFC 9110, section 12.5.1).
private struct MediaRange {
    var type: String
    var version: String?
    /// 1 unless said otherwise; 0 for what must not come, and for a weight that is none.
    var weight = 1.0

    init(_ text: Substring) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        type = parts.removeFirst().lowercased()
        for part in parts {
            let parameter = part.split(separator: "=", maxSplits: 1).map(Self.trimmed)
            guard parameter.count == 2 else { continue }
            let value = parameter[1].hasPrefix("\"") ? parameter[1].dropFirst().prefix { $0 != "\"" } : parameter[1]
            switch parameter[0].lowercased() {
            case "version": version = String(value)
            case "q": weight = Double(value).flatMap { (0...1).contains($0) ? $0 : nil } ?? 0
            default: break
            }
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let start = text.drop(while: isBlank)
        return start.prefix(start.lastIndex { !isBlank($0) }.map { start.distance(from: start.startIndex, to: $0) + 1 } ?? 0)
    }
}

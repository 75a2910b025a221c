internal import AutomatonCore

/// A figure over time, small: the line, where the threshold is, and in words what it is now and was at most.
struct Sparkline: Sendable {
    var series: FigureHistory.Series
    /// Above this it is unhealthy; nil where no rule has a bound for it.
    var bound: Double?
    let moments: Moments

    private static let (width, height) = (240, 44)

    var html: HTML {
        let points = series.points
        let latest = points.last?.value ?? 0
        let most = points.map(\.value).max() ?? 0
        let isAbove = bound.map { latest > $0 } ?? false
        return tag("li", .class("spark")) {
            tag("div", .class("spark-name")) {
                tag("strong") { series.subject.name }
                tag("span", .class("quiet")) { "\(series.kindWord), \(series.figure)" }
            }
            tag(
                "svg", .viewBox(Self.width, Self.height), .fixed(.preserveAspectRatio, "none"), .role("img"),
                .label("\(series.subject.name): \(series.figure) now \(text(latest)), at most \(text(most))")
            ) {
                drawing(points, most)
            }
            tag("div", .class("spark-text")) {
                tag("span", .class("figure")) { text(latest) }
                if let bound {
                    tag("span", isAbove ? .class("tone", .bad) : .class("quiet")) { "\(isAbove ? "above" : "limit") \(text(bound))" }
                }
                tag("span", .class("quiet")) { "peak \(text(most)) in \(Moments.length(.seconds(span.inSeconds.rounded())))" }
            }
        }
    }

    private var span: Duration {
        guard let first = series.points.first, let last = series.points.last else { return .zero }
        return last.at - first.at
    }

    private func drawing(_ points: [FigureHistory.Point], _ most: Double) -> HTML {
        let top = max(most, bound ?? 0, 1) * 1.08
        let height = Double(Self.height)
        let start = points.first?.at ?? moments.now
        let length = max(1, ((points.last?.at ?? moments.now) - start).inSeconds)
        let place = { (point: FigureHistory.Point) -> (x: Double, y: Double) in
            ((point.at - start).inSeconds / length * Double(Self.width), height - max(0, point.value) / top * height)
        }
        let line = points.map { point -> String in
            let (x, y) = place(point)
            return "\(Attribute.text(x)),\(Attribute.text(y))"
        }.joined(separator: " ")
        let end = points.last.map { place($0).x } ?? 0
        return HTML(joining: [
            tag("polygon", .class("area"), .points("0,\(Self.height) \(line) \(Attribute.text(end)),\(Self.height)")),
            bound.map { bound in
                let y = height - bound / top * height
                return tag(
                    "line", .class("bound"), .number(.x1, 0), .number(.x2, Self.width), .number(.y1, y), .number(.y2, y),
                    .fixed(.vectorEffect, "non-scaling-stroke"))
            } ?? .nothing,
            tag("polyline", .class("trace"), .points(line), .fixed(.vectorEffect, "non-scaling-stroke")),
        ])
    }

    private func text(_ value: Double) -> String { Self.text(value) + (series.unit == "%" ? " %" : "") }

    /// `20,400`, `97.5`.
    static func text(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "–" }
        if value.magnitude < 100, value != value.rounded() { return Attribute.text((value * 10).rounded() / 10) }
        let digits = String(Int64(value.rounded().magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 && text != "0" ? "-\(text)" : text
    }
}

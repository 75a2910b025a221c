internal import AutomatonCore

/// When which rule had incidents, a lane a rule. Drawings hold no text, so that they may be stretched to any width.
struct Timeline: Sendable {
    /// A lane for so many rules; the others share the last.
    static let mostLanes = 8

    private let records: [IncidentRecord]
    private let start: Instant
    private let moments: Moments
    private let length: Duration

    /// The times that may be shown: of the last day what holds them all.
    private static let lengths: [(Duration, String)] = [
        (.minutes(15), "15 minutes"), (.hours(1), "hour"), (.hours(6), "6 hours"), (.hours(24), "day"),
    ]

    /// What is drawn, where it is less than the day; empty otherwise.
    let note: String

    /// - Parameter records: any; those outside the day are left out.
    init(_ records: [IncidentRecord], _ moments: Moments) {
        let day = records.filter { ($0.closedAt ?? moments.now) >= moments.now - .hours(24) }
        let first = day.map(\.detectedAt).min() ?? moments.now
        let (length, name) = Self.lengths.first { moments.now - $0.0 <= first } ?? (.hours(24), "day")
        note = length < .hours(24) ? ", all in the last \(name)" : ""
        self.length = length
        self.moments = moments
        start = moments.now - length
        self.records = day
    }

    private struct Lane {
        var name: String
        var records: [IncidentRecord]
    }

    /// The rules with the most incidents first.
    private var lanes: [Lane] {
        let byRule = Dictionary(grouping: records, by: \.key.rule).map { Lane(name: $0.key, records: $0.value) }
            .sorted { ($1.records.count, $0.name) < ($0.records.count, $1.name) }
        guard byRule.count > Self.mostLanes else { return byRule }
        let rest = byRule.dropFirst(Self.mostLanes - 1)
        return byRule.prefix(Self.mostLanes - 1)
            + [Lane(name: counted(rest.count, "other rule"), records: rest.flatMap(\.records))]
    }

    var html: HTML {
        tag("div", .class("timeline")) {
            lanes.map { lane in
                tag("div", .class("lane")) {
                    tag("span", .class("lane-name")) { lane.name }
                    tag(
                        "svg", .viewBox(Self.width, 20), .fixed(.preserveAspectRatio, "none"), .role("img"),
                        .label(description(of: lane))
                    ) {
                        grid
                        lane.records.sorted { $0.detectedAt < $1.detectedAt }.map(bar)
                    }
                    tag("span", .class("lane-count")) { "\(lane.records.count)" }
                }
            }
            axis
        }
    }

    private static let width = 1440

    private func position(_ instant: Instant) -> Double {
        min(1, max(0, (instant - start).inSeconds / length.inSeconds)) * Double(Self.width)
    }

    /// A bar says by its form how it ended: a thin one healed, a high one needs a person, one that is open reaches to now.
    private func bar(_ record: IncidentRecord) -> HTML {
        let (left, right) = (position(record.detectedAt), position(record.closedAt ?? moments.now))
        let width = max(7, right - left)
        let from = min(left, Double(Self.width) - width)
        let (top, height): (Int, Int) =
            switch record.tone {
            case .bad: (1, 18)
            case .warn: (3, 14)
            case .busy: (4, 12)
            case .ok: (6, 8)
            case .idle: (8, 4)
            }
        return tag("a", .href(.incident(record.id.text)), .number(.tabindex, -1)) {
            tag(
                "rect", .class("bar", record.tone), .number(.x, from), .number(.y, top), .number(.width, width), .number(.height, height)
            ) {
                tag("title") { "\(record.key.subject): \(record.state), \(Moments.exact(record.detectedAt))" }
            }
        }
    }

    private var grid: HTML {
        HTML(
            joining: (1..<4).map { quarter in
                let x = Self.width / 4 * quarter
                return tag(
                    "line", .class("grid"), .number(.x1, x), .number(.x2, x), .number(.y1, 0), .number(.y2, 20),
                    .fixed(.vectorEffect, "non-scaling-stroke"))
            })
    }

    private var axis: HTML {
        tag("div", .class("lane axis"), .fixed(.hidden, "true")) {
            tag("span", .class("lane-name"))
            tag("div", .class("ticks")) {
                (0...4).map { quarter in
                    let at = start + .seconds(length.inSeconds / 4 * Double(quarter))
                    return tag("span") { quarter == 4 ? "now" : String(at.rfc3339.dropFirst(11).prefix(5)) }
                }
            }
            tag("span", .class("lane-count"))
        }
    }

    private func description(of lane: Lane) -> String {
        let open = lane.records.count(where: \.isOpen)
        let latest = lane.records.map(\.detectedAt).max().map { ", the last \(Moments.ago(moments.now - $0))" } ?? ""
        return "\(lane.name): \(counted(lane.records.count, "incident"))\(latest)\(open > 0 ? ", \(open) open" : "")"
    }
}

internal import AutomatonCore

/// How long it took until it was well again, as a distribution: an average would hide the one that took all night.
struct RecoveryTimes: Sendable {
    /// The bounds of the columns; the last column has none.
    static let bounds: [(Duration, String)] = [
        (.seconds(30), "30 s"), (.minutes(1), "1 min"), (.minutes(2), "2 min"), (.minutes(5), "5 min"), (.minutes(15), "15 min"),
        (.hours(1), "1 h"), (.hours(4), "4 h"),
    ]

    /// In order.
    private let times: [Duration]

    init(_ records: [IncidentRecord]) { times = records.compactMap(\.timeToRecover).sorted() }

    var count: Int { times.count }

    /// How many in each column.
    var columns: [Int] {
        var columns = [Int](repeating: 0, count: Self.bounds.count + 1)
        for time in times { columns[Self.bounds.firstIndex { time < $0.0 } ?? Self.bounds.count] += 1 }
        return columns
    }

    /// The time within which this share of them was well: the nearest rank. Nil of none.
    func quantile(_ share: Double) -> Duration? {
        guard !times.isEmpty else { return nil }
        return times[min(times.count - 1, max(0, Int((share * Double(times.count)).rounded(.up)) - 1))]
    }

    var longest: Duration? { times.last }

    var html: HTML {
        let columns = columns
        let most = max(1, columns.max() ?? 1)
        let labels = Self.bounds.map { "< \($0.1)" } + ["longer"]
        return tag("ol", .class("columns"), .label("Incidents by the time until they were well")) {
            zip(columns, labels).map { count, label in
                tag("li") {
                    tag("span", .class("column-count")) { count == 0 ? "" : "\(count)" }
                    tag("svg", .viewBox(10, 60), .fixed(.preserveAspectRatio, "none"), .fixed(.hidden, "true")) {
                        let height = count == 0 ? 1.0 : max(4, 60 * Double(count) / Double(most))
                        tag(
                            "rect", count == 0 ? .class("none") : .class("amount"), .number(.y, 60 - height), .number(.width, 10),
                            .number(.height, height))
                    }
                    tag("span", .class("column-label")) { label }
                }
            }
        }
    }
}

/// What was tried by which rule, and what came of it.
struct ActionsByRule: Sendable {
    struct Row: Hashable, Sendable {
        var rule: String
        var helped = 0
        var failed = 0
        var pending = 0
        var total: Int { helped + failed + pending }
    }

    /// Those with the most first.
    let rows: [Row]

    init(_ records: [IncidentRecord]) {
        var rows: [String: Row] = [:]
        for record in records {
            for attempt in record.attempts where attempt.writtenAt != nil {
                switch attempt.outcome {
                case .helped: rows[record.key.rule, default: Row(rule: record.key.rule)].helped += 1
                case .noChange, .worse: rows[record.key.rule, default: Row(rule: record.key.rule)].failed += 1
                case nil: rows[record.key.rule, default: Row(rule: record.key.rule)].pending += 1
                }
            }
        }
        self.rows = rows.values.sorted { ($1.total, $0.rule) < ($0.total, $1.rule) }
    }

    /// Rows that are shown.
    static let most = 8

    var html: HTML {
        let widest = Double(max(1, rows.first?.total ?? 1))
        return tag("ul", .class("amounts")) {
            rows.prefix(Self.most).map { row in
                tag("li") {
                    tag("a", .class("amount-name"), .href(.rule(row.rule))) { row.rule }
                    tag("svg", .viewBox(100, 10), .fixed(.preserveAspectRatio, "none"), .fixed(.hidden, "true")) {
                        let (helped, failed, pending) = (
                            Double(row.helped) / widest * 100, Double(row.failed) / widest * 100, Double(row.pending) / widest * 100
                        )
                        tag("rect", .class("bar", .ok), .number(.width, helped), .number(.height, 10))
                        tag("rect", .class("bar", .bad), .number(.x, helped), .number(.width, failed), .number(.height, 10))
                        tag("rect", .class("bar", .busy), .number(.x, helped + failed), .number(.width, pending), .number(.height, 10))
                    }
                    tag("span", .class("amount-text")) { Self.text(row) }
                }
            }
            if rows.count > Self.most { tag("li", .class("quiet")) { "and \(counted(rows.count - Self.most, "more rule"))" } }
        }
    }

    private static func text(_ row: Row) -> String {
        var parts = ["\(row.helped) helped"]
        if row.failed > 0 { parts.append("\(row.failed) did not") }
        if row.pending > 0 { parts.append("\(row.pending) being verified") }
        return parts.joined(separator: ", ")
    }
}

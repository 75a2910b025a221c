internal import AutomatonCore

/// The history, the latest first, a page at a time.
struct IncidentsPage: Sendable {
    /// Incidents on a page.
    static let length = 50

    /// Which are shown.
    enum Show: String, CaseIterable, Hashable, Sendable {
        case all, open, failed, healed

        var name: String {
            switch self {
            case .all: "All"
            case .open: "Open"
            case .failed: "For a person"
            case .healed: "Healed"
            }
        }

        var query: IncidentQuery {
            switch self {
            case .all: IncidentQuery(limit: length)
            case .open: IncidentQuery(isOpen: true, limit: length)
            case .failed: IncidentQuery(status: .failed, limit: length)
            case .healed: IncidentQuery(status: .healed, limit: length)
            }
        }
    }

    let page: IncidentPage
    let show: Show
    let isFirst: Bool
    let now: Instant

    var content: HTML {
        let moments = Moments(now: now)
        return HTML(joining: [
            tag("div", .class("page-head")) {
                tag("h1") { "Incidents" }
                tag("nav", .class("filters"), .label("Which incidents")) {
                    Show.allCases.map { show in
                        tag(
                            "a", .href(WebPath("/incidents", query: ["show": show == .all ? nil : show.rawValue])),
                            show == self.show ? .fixed(.ariaCurrent, "true") : nil
                        ) { show.name }
                    }
                }
            },
            section("history", show.name, HTML(text: counted(page.total, "incident"))) {
                if page.records.isEmpty {
                    tag("p", .class("empty")) { empty }
                } else {
                    tag("div", .class("scroll"), .number(.tabindex, 0), .role("group"), .label("Incidents")) { table(moments) }
                    tag("nav", .class("pager"), .label("Further pages")) {
                        if !isFirst {
                            tag("a", .class("button"), .href(WebPath("/incidents", query: ["show": show.rawValue]))) {
                                "Back to the latest"
                            }
                        }
                        if page.records.count == Self.length, let last = page.records.last {
                            let cursor = IncidentQuery.Cursor(detectedAt: last.detectedAt, id: last.id)
                            tag("a", .class("button"), .href(WebPath("/incidents", query: ["show": show.rawValue, "after": cursor.text]))) {
                                "Older"
                            }
                        }
                    }
                }
            },
        ])
    }

    private var empty: String {
        switch show {
        case .all: "No incident was ever recorded. The first one will be listed here with its story."
        case .open: "No incident is open."
        case .failed: "None needed a person."
        case .healed: "None was healed so far."
        }
    }

    private func table(_ moments: Moments) -> HTML {
        tag("table", .class("list")) {
            tag("thead") {
                tag("tr") {
                    ["State", "What", "Rule", "Seen", "Recovered after", "What was done"].map { name in tag("th", .scope("col")) { name } }
                }
            }
            tag("tbody") {
                page.records.map { record in
                    tag("tr", .id("record-\(record.id.text)")) {
                        tag("td") { record.tone.badge(record.state) }
                        tag("th", .scope("row")) {
                            tag("a", .class("subject"), .href(.incident(record.id.text))) { record.key.subject.html }
                            tag("span", .class("cause quiet")) { record.cause }
                        }
                        tag("td", .column("Rule")) { tag("a", .href(.rule(record.key.rule))) { record.key.rule } }
                        tag("td", .class("number"), .column("Seen")) { moments.ago(record.detectedAt) }
                        tag("td", .class("number"), .column("Recovered after")) { record.timeToRecover.map(\.readable) ?? "–" }
                        tag("td", .column("What was done")) {
                            record.attempts.last.map { $0.summary.isEmpty ? $0.remediation : $0.summary } ?? "nothing"
                            record.attempts.count > 1 ? " (the last of \(record.attempts.count))" : ""
                        }
                    }
                }
            }
        }
    }
}

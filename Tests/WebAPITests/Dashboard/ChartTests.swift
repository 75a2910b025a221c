import Testing

@testable import AutomatonCore
@testable import WebAPI

@Suite("Dashboard: charts")
struct ChartTests {
    let start = Instant(seconds: 1_800_000_000)
    let group = Subject(.consumerGroup, namespace: "", name: "orders")

    private func record(_ name: String = "a", rule: String = "hot", after: Duration? = nil, began: Duration = .zero) -> IncidentRecord {
        let subject = Subject(.deployment, namespace: "shop", name: name)
        let finding = Finding(subject, observedAt: start + began, .seen(Evidence(figures: [Figure("temperature", 90)])))
        var record = IncidentRecord(
            Incident(key: IncidentKey(rule: rule, subject: subject), detectedAt: start + began, priority: .high, finding: finding),
            at: start + began)
        if let after {
            record.closedAt = start + began + after
            record.ending = .healed
            record.status = .healed
        }
        return record
    }

    @Test("Rings keep a day, and a bounded number of figures")
    func rings() throws {
        let history = FigureHistory()
        let check = CheckID("kafka-lag")
        // Two days, each half a minute.
        for step in 0..<5760 {
            history.take(group, check, Figure("lag", Double(step), unit: "messages"), at: start + .seconds(step * 30))
        }
        let now = start + .seconds(5760 * 30)
        let series = try #require(history.series(at: now).first)
        #expect(series.points.count <= FigureHistory.mostPoints + 1 && series.points.count > 200)
        #expect(series.points.last == .init(at: start + .seconds(5759 * 30), value: 5759), "the last is what it is now")
        #expect(series.points.first.map { now - $0.at > .hours(23) } == true)
        #expect(series.points.allSatisfy { now - $0.at <= .hours(24) })
        #expect(zip(series.points, series.points.dropFirst()).allSatisfy { $0.at < $1.at && $0.value <= $1.value })
        for number in 0..<200 {
            history.take(
                Subject(.database, namespace: "", name: "db-\(number)"), check, Figure("used", 1, unit: "%"), at: now + .seconds(number))
        }
        #expect(history.series(at: now).count == FigureHistory.most)
        #expect(!history.series(at: now).contains { $0.subject == group }, "the one that was silent for the longest made room")
        #expect(history.series(at: now + .hours(25)).isEmpty)
    }

    @Test("A measurement that is no newer says nothing; of a young process all are shown")
    func young() throws {
        let history = FigureHistory()
        for (second, value) in [(0, 1.0), (1, 5), (1, 9), (0, 7), (2, 3)] {
            history.take(group, CheckID("kafka-lag"), Figure("lag", value), at: start + .seconds(second))
        }
        #expect(history.series(at: start + .seconds(3)).first?.points.map(\.value) == [1, 5, 3])
    }

    @Test("A peak is kept, however often it is measured")
    func peak() throws {
        let history = FigureHistory()
        for second in 0..<20_000 {
            history.take(group, CheckID("kafka-lag"), Figure("lag", second == 700 ? 9000 : 10), at: start + .seconds(second))
        }
        let series = try #require(history.series(at: start + .seconds(20_000)).first)
        #expect(series.points.map(\.value).max() == 9000 && series.points.count <= FigureHistory.mostPoints + 1)
        #expect(series.points.first?.at == start)
    }

    @Test("The distribution counts each once, and quantiles are times that were taken")
    func recovery() {
        let times: [Duration] = [.seconds(29), .seconds(30), .seconds(90), .minutes(4), .minutes(4), .hours(5)]
        let recovery = RecoveryTimes(times.map { record(after: $0) } + [record()])
        #expect(recovery.columns == [1, 1, 1, 2, 0, 0, 0, 1] && recovery.count == 6)
        #expect(recovery.quantile(0.5) == .seconds(90) && recovery.quantile(0.95) == .hours(5) && recovery.quantile(0) == .seconds(29))
        #expect(RecoveryTimes([]).quantile(0.5) == nil)
    }

    @Test("A bar lies where its incident was, and what is open reaches to now")
    func timeline() {
        let moments = Moments(now: start + .hours(24))
        let html = Timeline(
            [record("old", after: .hours(6), began: .zero), record("new", began: .hours(12))], moments
        ).html.markup
        #expect(html.contains("<rect class=\"bar ok\" x=\"0\" y=\"6\" width=\"360\""))
        #expect(html.contains("<rect class=\"bar warn\" x=\"720\" y=\"3\" width=\"720\""))
        #expect(html.contains("aria-label=\"hot: 2 incidents, the last 12 h ago, 1 open\""))
        let many = (0..<20).map { record("x", rule: "rule-\($0)") }
        #expect(Timeline(many, moments).html.markup.contains("13 other rules"))
        #expect(Timeline([record(began: .seconds(86_000))], moments).note == ", all in the last 15 minutes")
    }

    @Test("What nobody wrote is no action")
    func actions() {
        var healed = record(after: .minutes(1))
        healed.attempts = [
            .init(id: AttemptID("1"), remediation: "cool", at: start, summary: "", changes: [], writtenAt: start, outcome: .noChange),
            .init(id: AttemptID("2"), remediation: "cool", at: start, summary: "", changes: [], writtenAt: start, outcome: .helped),
            .init(id: AttemptID("3"), remediation: "cool", at: start, summary: "", changes: []),
        ]
        #expect(ActionsByRule([healed]).rows == [.init(rule: "hot", helped: 1, failed: 1, pending: 0)])
    }

    @Test("Figures as people write them")
    func figures() {
        #expect(Sparkline.text(20_400) == "20,400" && Sparkline.text(1_234_567) == "1,234,567" && Sparkline.text(999) == "999")
        #expect(
            Sparkline.text(94.44) == "94.4" && Sparkline.text(0.9) == "0.9" && Sparkline.text(-1500) == "-1,500"
                && Sparkline.text(.nan) == "–")
    }
}

import AutomatonCore
import Testing

/// Records of incidents, by what the core tells.
@Suite struct IncidentHistoryTests {
    /// Takes all that a stage told, and answers with the records that changed, in order.
    private func records(_ stage: Stage, _ history: inout IncidentHistory) -> [IncidentRecord] {
        stage.all.compactMap { effect in
            switch effect {
            case .incident(let change): history.take(change, at: change.at)
            case .decided(let decision): history.take(decision)
            default: nil
            }
        }
    }

    @Test func fromItsDetectionToItsEnd() throws {
        var stage = Stage([.oom()])
        stage.see(.oom(3))
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("raised")), after: .seconds(1))
        stage.see(.well, after: .seconds(40))
        stage.pass(.minutes(1))
        var history = IncidentHistory()
        let records = records(stage, &history)
        #expect(records.map(\.status) == [.detected, .detected, .healing, .healing, .healed])
        let record = try #require(records.last)
        #expect(Set(records.map(\.id)) == [record.id], "one incident, one name")
        #expect(record.id == IncidentID(record.key, detectedAt: noon))
        #expect(record.severity == .critical && record.reason?.code == "OOMKilled" && record.reason?.restartCount == 3)
        #expect(record.ending == .healed && record.timeToRecover == .seconds(41))
        let attempt = try #require(record.attempts.first)
        #expect(record.attempts.count == 1)
        #expect(attempt.outcome == .helped && attempt.writtenAt == noon + .seconds(1) && attempt.undoneAt == nil)
        #expect(attempt.changes == memoryPlan().changes)
        #expect(history.page(IncidentQuery()) == IncidentPage(records: [record], total: 1))
        #expect(history.record(record.id) == record)
    }

    @Test func whatNobodyCouldMendFailsAndMayStillBeWell() throws {
        var stage = Stage([.oom([])])
        stage.see(.oom())
        stage.see(.well, after: .minutes(3))
        var history = IncidentHistory()
        let records = records(stage, &history)
        #expect(records.map(\.status) == [.detected, .failed, .healed])
        #expect(records.last?.personTold?.isEmpty == false)
        #expect(records.last?.ending == .recovered)
    }

    /// Pods that were replaced, a job that was deleted: nobody has to do anything, and nobody mended it.
    @Test(arguments: [true, false]) func whatIsGoneIsOver(isPersonTold: Bool) {
        var stage = Stage([.oom(isPersonTold ? [] : [.raise()])])
        stage.see(.oom())
        stage.send(.gone(pods, email), after: .seconds(5))
        var history = IncidentHistory()
        let last = records(stage, &history).last
        #expect(last?.status == (isPersonTold ? .failed : .healed))
        #expect(last?.ending == .gone && last?.timeToRecover == nil && last?.closedAt == stage.now)
    }

    /// A plan that ends a hundred sessions names each of them.
    @Test func whatIsKeptOfAnAttemptIsBounded() {
        let incident = Incident(
            key: IncidentKey(rule: "sessions", subject: email), detectedAt: noon, priority: .low,
            finding: Finding(email, observedAt: noon, .oom()))
        var plan = memoryPlan()
        plan.changes = (0..<120).map { Change("pid \($0)", before: nil, after: "ended") }
        var history = IncidentHistory()
        _ = history.take(IncidentChange(incident, .opened, at: noon), at: noon)
        var last: IncidentRecord?
        for number in 0..<70 {
            last = history.take(
                Decision(
                    at: noon, incident: incident.key, priority: .low, choice: .act(AttemptID("a-\(number)"), remediation: "end", plan),
                    reason: ""))
        }
        #expect(last?.attempts.count == 50 && last?.attempts.last?.id == AttemptID("a-69"))
        #expect(last?.attempts.last?.changes.count == 50 && last?.attempts.last?.changesLeftOut == 70)
    }

    @Test func anEarlierRunsRecordGoesOn() throws {
        var stage = Stage([.oom()])
        stage.see(.oom())
        var earlier = IncidentHistory()
        let before = try #require(records(stage, &earlier).last)
        let stale = IncidentRecord(
            Incident(
                key: IncidentKey(rule: "removed", subject: email), detectedAt: noon, priority: .low,
                finding: Finding(email, observedAt: noon, .oom())), at: noon)
        // A run that saw it later, and takes over.
        var mine = IncidentHistory()
        let incident = Incident(
            key: before.key, detectedAt: noon + .minutes(2), priority: .critical, finding: Finding(email, observedAt: noon, .oom()))
        let seen = mine.take(IncidentChange(incident, .opened, at: incident.detectedAt), at: incident.detectedAt)
        #expect(seen != nil && seen?.id != before.id)
        #expect(mine.recall([before, stale], at: noon + .minutes(3)).isEmpty)
        let settled = mine.settle(with: [incident], at: noon + .minutes(3))
        #expect(settled.map(\.id) == [stale.id, before.id])
        #expect(settled.map(\.isOpen) == [false, true])
        let end = IncidentChange(incident, .closed(.healed), at: noon + .minutes(4))
        let closed = mine.take(end, at: noon + .minutes(4))
        #expect(closed?.id == before.id && closed?.detectedAt == noon && closed?.timeToRecover == .minutes(4))
    }

    @Test func ofTwoOpenRecordsOfOneIncidentTheLaterGoesOn() {
        let key = IncidentKey(rule: "oom", subject: email)
        let finding = Finding(email, observedAt: noon, .oom())
        let records = [0, 5].map { minute in
            IncidentRecord(
                Incident(key: key, detectedAt: noon + .minutes(minute), priority: .high, finding: finding), at: noon + .minutes(minute))
        }
        var history = IncidentHistory()
        let replaced = history.recall(records, at: noon + .hours(1))
        #expect(replaced.map(\.id) == [records[0].id] && replaced.first?.ending == .gone)
        #expect(history.page(IncidentQuery(isOpen: true)).records.map(\.id) == [records[1].id])
    }

    @Test(arguments: [
        ("OOMKilled", Severity.critical), ("CrashLoopBackOff", .critical), ("Error", .high), ("ContainerCannotRun", .high),
        ("StartError", .high),
        ("DeadlineExceeded", .medium), ("Evicted", .medium), ("ImagePullBackOff", .warning), ("", .warning),
    ])
    func severity(_ reason: String, _ severity: Severity) {
        #expect(Severity(reason: reason) == severity)
        #expect(Severity(.seen(Evidence(reasons: [Reason("Evicted"), Reason(reason)]))) == max(.medium, severity))
    }

    @Test func pagesFollowEachOther() {
        let records = (0..<25).map { number in
            IncidentRecord(
                Incident(
                    key: IncidentKey(rule: "r\(number)", subject: email), detectedAt: noon + .minutes(number / 2), priority: .low,
                    finding: Finding(email, observedAt: noon, .oom())), at: noon)
        }
        var query = IncidentQuery(limit: 7)
        var seen: [IncidentID] = []
        while true {
            let page = IncidentPage(of: records.shuffled(), query)
            #expect(page.total == 25)
            guard let last = page.records.last else { break }
            seen += page.records.map(\.id)
            query.after = IncidentQuery.Cursor(detectedAt: last.detectedAt, id: last.id)
        }
        #expect(seen == records.sorted { ($1.detectedAt, $1.id) < ($0.detectedAt, $0.id) }.map(\.id))
    }
}

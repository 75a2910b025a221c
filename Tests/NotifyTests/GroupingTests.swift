import Testing

@testable import AutomatonCore
@testable import Notify

@Suite("Grouping of news")
struct GroupingTests {
    let start = Sample.start

    private func grouping(_ change: (inout Route) -> Void = { _ in }) -> Grouping {
        var route = Route(to: ["chat"])
        change(&route)
        return Grouping(Routing([route]), link: "https://heal.example.org/")
    }

    @Test("What is healed without a person is two messages: what was changed, and that it is over")
    func healed() throws {
        var (grouping, sample) = (grouping(), Sample())
        grouping.take(sample.opened(), at: start)
        #expect(grouping.next == nil, "a mere detection is told to nobody")
        grouping.take(sample.attempted(at: start + .seconds(2)), at: start + .seconds(2))
        #expect(grouping.next == start + .seconds(32))
        #expect(grouping.due(at: start + .seconds(31)).isEmpty)
        let first = try #require(grouping.due(at: start + .seconds(32)).first)
        #expect(first.message.title == "Auto-Heal: my-app-xyz Restarted (OOMKilled)")
        #expect(first.message.kind == .firing && first.message.severity == .critical && first.receiver == "chat")
        #expect(first.occasions == [.attempt])
        #expect(first.message.link == "https://heal.example.org/incidents/\(try #require(first.message.entries.first).record.id)")
        grouping.take(sample.helped(at: start + .seconds(60)), at: start + .seconds(60))
        let over = sample.closed(at: start + .seconds(60))
        grouping.take(over, at: start + .seconds(90))
        #expect(grouping.due(at: start + .seconds(331)).isEmpty, "the group's interval")
        let last = try #require(grouping.due(at: start + .seconds(332)).first)
        #expect(last.message.title == "Auto-Heal: my-app-xyz Healed (OOMKilled)")
        #expect(last.message.kind == .resolved && last.message.key == first.message.key && last.occasions == [.resolved])
        #expect(grouping.next == nil && grouping.count == 0)
        grouping.take(over, at: start + .seconds(400))
        #expect(grouping.next == nil, "what is noted on it afterwards is no news")
    }

    @Test("A person is told at once, others of the same moment along, and again not before half a minute")
    func person() throws {
        var grouping = grouping()
        var samples = (0..<3).map { Sample("app-\($0)") }
        for index in samples.indices { grouping.take(samples[index].opened(), at: start) }
        for index in 0..<2 {
            let record = samples[index].needsPerson(at: start)
            grouping.take(record, at: start)
            grouping.personNeeded(record.id, at: start)
        }
        #expect(grouping.next == start + .seconds(1))
        let due = grouping.due(at: start + .seconds(1))
        #expect(due.count == 1 && due[0].message.entries.count == 2)
        #expect(due[0].message.title == "Auto-Heal: 2 Incidents in production (OOMKilled): 2 need a person, 2 open")
        let record = samples[2].needsPerson(at: start + .seconds(2))
        grouping.take(record, at: start + .seconds(2))
        grouping.personNeeded(record.id, at: start + .seconds(2))
        #expect(grouping.next == start + .seconds(31))
        let again = try #require(grouping.due(at: start + .seconds(31)).first)
        #expect(again.message.entries.count == 3 && again.occasions == [.person])
    }

    @Test("What goes on is told again after the repeat interval, until it is over")
    func repeats() throws {
        var (grouping, sample) = (grouping { $0.repeatInterval = .hours(1) }, Sample())
        grouping.take(sample.attempted(at: start), at: start)
        #expect(grouping.due(at: start + .seconds(30)).count == 1)
        for hour in 1...3 {
            let at = start + .seconds(30) + .hours(hour)
            #expect(grouping.next == at)
            #expect(grouping.due(at: at - .seconds(1)).isEmpty)
            let due = try #require(grouping.due(at: at).first)
            #expect(due.occasions.isEmpty && due.message.kind == .firing)
        }
    }

    @Test("What came and went by itself before anybody was told is told to nobody; an attempt is told even so")
    func brief() throws {
        var (quiet, sample) = (grouping { $0.on = [.detected, .resolved] }, Sample())
        quiet.take(sample.opened(), at: start)
        #expect(quiet.next == start + .seconds(30))
        quiet.take(sample.closed(.recovered, at: start + .seconds(9)), at: start + .seconds(9))
        #expect(quiet.due(at: start + .hours(9)).isEmpty && quiet.count == 0)

        var (grouping, other) = (grouping(), Sample())
        grouping.take(other.attempted(at: start), at: start)
        grouping.take(other.closed(at: start + .seconds(9)), at: start + .seconds(9))
        let due = grouping.due(at: start + .seconds(30))
        #expect(due.count == 1 && due[0].message.kind == .resolved && due[0].occasions == [.attempt, .resolved])
    }

    @Test("A route without 'resolved' never closes anything")
    func unresolved() {
        var (grouping, sample) = (grouping { $0.on = [.attempt] }, Sample())
        grouping.take(sample.attempted(at: start), at: start)
        grouping.take(sample.closed(at: start + .seconds(9)), at: start + .seconds(9))
        let due = grouping.due(at: start + .seconds(30))
        #expect(due.map(\.message.kind) == [.firing] && grouping.count == 0)
    }

    @Test("A silence puts off what is owed until it ends, and nothing is lost")
    func silence() throws {
        var (grouping, sample, other) = (grouping(), Sample(), Sample("other"))
        let silence = Suspension(
            id: "s", kind: .silence, subject: SubjectFilter("deployment/my-app"), at: start, until: start + .minutes(10), by: "anna")
        grouping.take(sample.attempted(at: start), at: start)
        grouping.take(other.attempted(at: start), at: start)
        let due = grouping.due(at: start + .seconds(30), silences: [silence])
        #expect(due.first?.message.entries.map(\.record.key.subject.name) == ["other"])
        var told: [Grouping.Due] = []
        var now = start + .seconds(30)
        while now < start + .minutes(20), told.isEmpty {
            now = max(now, try #require(grouping.next))
            told = grouping.due(at: now, silences: now < start + .minutes(10) ? [silence] : [])
        }
        #expect(told.first?.message.entries.map(\.record.key.subject.name).sorted() == ["my-app", "other"])
        #expect(now >= start + .minutes(10) && now <= start + .minutes(11))
    }

    @Test("After a restart nobody is told the same again, and what is over then is told")
    func restart() throws {
        var sample = Sample()
        _ = sample.attempted(at: start)
        let known = sample.noted("chat", at: start + .seconds(31))
        let noted = try #require(known)
        var grouping = grouping()
        grouping.take(noted, at: start + .minutes(2))
        #expect(grouping.next == start + .seconds(31) + .hours(4), "only the repeat")
        grouping.take(sample.closed(at: start + .minutes(20)), at: start + .minutes(20))
        #expect(grouping.due(at: start + .minutes(20) + .seconds(1)).map(\.message.kind) == [.resolved])

        // Another attempt that the earlier run did not come to tell, and a receiver that it never told.
        var second = Sample()
        _ = second.attempted(at: start)
        _ = second.noted("chat", at: start + .seconds(31))
        let more = second.attempted(at: start + .minutes(3))
        var later = self.grouping()
        later.take(more, at: start + .minutes(6))
        #expect(later.due(at: start + .minutes(6) + .seconds(1)).map(\.occasions) == [[.attempt]])
        var others = self.grouping { $0.receivers = ["mail"] }
        others.take(more, at: start + .minutes(6))
        #expect(others.next == start + .minutes(6) + .seconds(30))
    }

    @Test("An incident that becomes worse reaches those that the worse one concerns, and stays with the others")
    func worse() {
        var pager = Route(to: ["pager"])
        pager.match.severities = [.critical]
        pager.goesOn = true
        var grouping = Grouping(Routing([pager, Route(to: ["chat"])]))
        var mild = Sample(code: "Evicted")
        var record = mild.attempted(at: start)
        grouping.take(record, at: start)
        #expect(grouping.due(at: start + .seconds(30)).map(\.receiver) == ["chat"])
        record.severity = .critical
        grouping.take(record, at: start + .minutes(1))
        #expect(grouping.due(at: start + .minutes(2)).map(\.receiver) == ["pager"])
        record.close(.recovered, at: start + .minutes(3))
        grouping.take(record, at: start + .minutes(3))
        #expect(Set(grouping.due(at: start + .minutes(9)).map(\.receiver)) == ["pager", "chat"])
    }

    @Test("A question is asked by the page of its incident, which is closed with it; others are asked by a message of its own")
    func question() throws {
        let pager = ["pager": "pagerduty"]
        func asked(_ sample: Sample) -> Notice {
            let finding = Finding(sample.subject, observedAt: start, .seen(Evidence(reasons: [sample.reason])))
            let incident = Incident(
                key: IncidentKey(rule: sample.rule, subject: sample.subject), detectedAt: start, priority: sample.priority, finding: finding
            )
            return .approvalWanted(incident, remediation: "scale", plan: "scale from 1 to 2", until: start + .hours(1))
        }
        var grouping = Grouping(Routing([Route(to: ["pager", "chat"])]), lasting: pager)
        var sample = Sample()
        grouping.take(sample.opened(at: start), at: start)
        grouping.take(asked(sample), at: start)
        let due = grouping.due(at: start)
        let chat = try #require(due.first { $0.receiver == "chat" })
        let page = try #require(due.first { $0.receiver == "pager" })
        #expect(due.count == 2 && due.allSatisfy { $0.message.title == "Auto-Heal: Confirm scale of my-app" && $0.occasions == [.notice] })
        #expect(chat.message.key != page.message.key && chat.message.entries.isEmpty)
        #expect(page.message.body.contains("scale from 1 to 2") && page.message.entries.count == 1)
        #expect(grouping.next == start + .hours(4), "the page is told again while it goes on")
        let over = sample.closed(at: start + .minutes(1))
        grouping.take(over, at: start + .minutes(1))
        let end = grouping.due(at: start + .minutes(10))
        #expect(end.map(\.receiver) == ["pager"] && end.first?.message.key == page.message.key && end.first?.message.kind == .resolved)
        #expect(grouping.count == 0)

        // After a restart: the delivery was noted on the incident, so its end is told.
        var (restarted, again) = (Grouping(Routing([Route(to: ["pager", "chat"])]), lasting: pager), Sample())
        _ = again.opened(at: start)
        let noted = again.noted("pager", at: start + .seconds(1))
        restarted.take(try #require(noted), at: start + .minutes(5))
        restarted.take(again.closed(at: start + .minutes(6)), at: start + .minutes(6))
        #expect(restarted.due(at: start + .minutes(20)).map(\.message.key) == [page.message.key])

        // One that is over, or is told to nobody there, opens nothing.
        var late = Grouping(Routing([Route(to: ["pager"])]), lasting: pager)
        late.take(over, at: start)
        late.take(asked(sample), at: start)
        var elsewhere = Route(to: ["pager"])
        elsewhere.match.severities = [.high]
        var (other, critical) = (Grouping(Routing([elsewhere]), lasting: pager), Sample())
        other.take(critical.opened(at: start), at: start)
        other.take(asked(critical), at: start)
        #expect(late.due(at: start).isEmpty && other.due(at: start).isEmpty)
    }

    @Test("A storm is told at once and its end resolves it; pauses are told only where they are asked for")
    func notices() throws {
        var grouping = grouping()
        grouping.take(.stormBegan(namespace: "production", figures: "9 of 20"), at: start)
        #expect(grouping.next != nil)
        let began = grouping.due(at: start)
        grouping.take(.stormEnded(namespace: "production", after: .minutes(7)), at: start + .minutes(9))
        let ended = grouping.due(at: start + .minutes(9))
        #expect(began.map(\.message.kind) == [.notice] && ended.map(\.message.kind) == [.resolved])
        #expect(began[0].message.key == ended[0].message.key && began[0].message.severity == .critical)
        let pause = Suspension(id: "p", kind: .pause, at: start, by: "anna")
        grouping.take(.suspended(pause), at: start)
        #expect(grouping.due(at: start).isEmpty)
        var all = self.grouping { $0.on = Set(Occasion.allCases) }
        all.take(.suspended(pause), at: start)
        #expect(all.due(at: start).map(\.message.title) == ["Auto-Heal: Pause of Everything"])
    }

    @Test("Titles and keys are one line, whatever a pod is called, and bounded")
    func hostile() throws {
        let evil = "x\r\nBcc: all@example.org\u{202E}\u{0} " + String(repeating: "y", count: 900)
        var sample = Sample(evil, namespace: evil, rule: evil, code: "OOM\nKilled", pod: evil)
        var grouping = grouping { $0.groupBy = GroupLabel.allCases }
        grouping.take(sample.attempted("a\nb", at: start), at: start)
        let message = try #require(grouping.due(at: start + .seconds(30)).first?.message)
        for text in [message.title, message.key] {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        }
        #expect(message.title.count <= 200 && message.key.utf8.count <= 255)
        #expect(message.title.hasPrefix("Auto-Heal: x Bcc: all@example.org yyy"))
    }

    @Test("No more is kept than is allowed, and what is left out is counted")
    func bounded() {
        var grouping = Grouping(Routing([Route(to: ["a", "b"])]), most: 10)
        for index in 0..<20 {
            var sample = Sample("app-\(index)")
            grouping.take(sample.opened(), at: start)
        }
        #expect(grouping.count == 10 && grouping.overflow == 30)
    }

    @Test("Whatever happens in whatever order: no attempt is lost, no group is told too often, all that is told ends", arguments: 0..<40)
    func properties(_ seed: Int) {
        var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        var grouping = grouping { route in
            route.groupBy = seed % 2 == 0 ? [.rule] : [.subject]
            route.repeatInterval = .hours(2)
        }
        var samples = (0..<6).map { Sample("app-\($0)", rule: $0 % 2 == 0 ? "oom-killed" : "crash-loop") }
        var isOver = [Bool](repeating: false, count: samples.count)
        var attempts: [IncidentID: Int] = [:]
        var told: [IncidentID: Int] = [:]
        var endsOwed: Set<IncidentID> = []
        var last: [String: Instant] = [:]
        var now = start

        func look() {
            for due in grouping.due(at: now) {
                if let before = last[due.message.key] {
                    let gap = due.occasions.contains(.person) ? Duration.seconds(30) : .minutes(5)
                    // A group that was over begins anew, with the wait of a first message.
                    #expect(now - before >= min(gap, .seconds(30)))
                    if !due.occasions.contains(.person), due.occasions != [.attempt] { #expect(now - before >= .seconds(30)) }
                }
                last[due.message.key] = now
                for entry in due.message.entries {
                    told[entry.record.id] = entry.record.attempts.count { $0.writtenAt != nil }
                    if entry.record.isOpen { endsOwed.insert(entry.record.id) } else { endsOwed.remove(entry.record.id) }
                }
            }
            if let next = grouping.next { #expect(next > now, "nothing that is due is left behind") }
        }

        for _ in 0..<300 {
            now = now + .seconds(Int(random.next() % 200))
            look()
            let index = Int(random.next() % UInt64(samples.count))
            guard !isOver[index] else { continue }
            var record: IncidentRecord
            switch random.next() % 12 {
            case 0...3: record = samples[index].opened(at: now)
            case 4...7:
                record = samples[index].attempted(at: now)
                attempts[record.id] = record.attempts.count { $0.writtenAt != nil }
            case 8:
                _ = samples[index].opened(at: now)
                record = samples[index].needsPerson(at: now)
                grouping.take(record, at: now)
                grouping.personNeeded(record.id, at: now)
            case 9 where random.next() % 3 == 0:
                record = samples[index].closed(at: now)
                isOver[index] = true
            default: record = samples[index].helped(at: now)
            }
            grouping.take(record, at: now)
        }
        for index in samples.indices where !isOver[index] { grouping.take(samples[index].closed(at: now), at: now) }
        while let next = grouping.next {
            now = max(now, next)
            look()
        }
        #expect(told.filter { $0.value > 0 } == attempts, "every attempt was told")
        #expect(endsOwed.isEmpty && grouping.count == 0)
    }
}

/// xorshift64: the same numbers in every run.
struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

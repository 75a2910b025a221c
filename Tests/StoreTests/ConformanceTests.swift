import AutomatonCore
import Store
import Testing

extension StoreTests {
    /// What every journal does.
    @Suite struct ConformanceTests {
        @Test(arguments: Adapter.here) func anEmptyJournalRemembersNothing(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.open()
                #expect(try await journal.takeOver(run: "a", since: noon) == Recollection())
                #expect(try await journal.trail(TrailQuery(since: .epoch)).isEmpty)
                #expect(try await journal.attempts(since: .epoch).isEmpty)
                #expect(try await blocks(journal).isEmpty)
            }
        }

        @Test(arguments: Adapter.here) func whatIsWrittenIsTakenOver(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let first = try await place.taken(by: "a")
                #expect(try await first.intend(intent("a-1"), quiet: .minutes(5)) == .written)
                try await first.write([
                    .subject(email, subjectMemory(1)), .subject(orders, subjectMemory(2)), .automaton(automatonMemory()),
                    .outcome(AttemptID("a-1"), .applied(AttemptReport("raised"))), .trail(entry("why", attempt: "a-1")),
                    .subject(email, subjectMemory(3)),
                ])
                let second = try await place.open()
                let recollection = try await second.takeOver(run: "b", since: noon - .hours(1))
                #expect(recollection.subjects == [email: subjectMemory(3), orders: subjectMemory(2)])
                #expect(recollection.automaton == automatonMemory())
                #expect(recollection.attempts == [AttemptRecord(intent: intent("a-1"), write: .applied(AttemptReport("raised")))])
                #expect(try await second.trail(TrailQuery(since: noon)) == [entry("why", attempt: "a-1")])
                try await second.write([.subject(email, nil), .automaton(automatonMemory(2))])
                let third = try await place.open()
                let read = try await third.recollect(since: noon)
                #expect(read.subjects == [orders: subjectMemory(2)])
                #expect(read.automaton == automatonMemory(2))
                // Who reads takes nothing.
                try await second.write([])
                #expect(try await third.takeOver(run: "c", since: noon) == read)
            }
        }

        /// A run that was frozen and wakes up changes nothing.
        @Test(arguments: Adapter.here) func fixesAreKeptUntilTheyAreDropped(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let first = try await place.taken(by: "a")
                let size = ByteQuantity(bytes: 2 << 30)
                let origin = Fix.Origin(
                    rule: "oom", remediation: "raise-memory", incident: IncidentID("20260301T120000Z-8f3a01b2"), attempt: AttemptID("a-1"))
                let memory = Fix(
                    email, container: "app", .memory(limit: size, request: size), before: .memory(limit: size, request: nil), at: noon,
                    origin: origin)
                let replicas = Fix(email, .replicas(4), at: .at(1))
                let storage = Fix(Subject(.volume, namespace: "production", name: "data"), .storage(size), at: .at(2))
                try await first.write([.fix(FixRecord(memory)), .fix(FixRecord(replicas)), .fix(FixRecord(storage))])
                let all = [FixRecord(memory), FixRecord(replicas), FixRecord(storage)]
                #expect(try await first.recollect(since: noon).fixes == all)
                let more = Fix(email, .replicas(6), at: .at(3))
                let dropped = FixRecord(dropped: memory.key, at: .at(4))
                try await first.write([.fix(FixRecord(more)), .fix(dropped)])
                let second = try await place.open()
                #expect(try await second.takeOver(run: "b", since: noon).fixes == [dropped, FixRecord(more), FixRecord(storage)])
                // That it was dropped is forgotten with the trail; what is kept stays, however old.
                try await second.prune(JournalRetention(trail: .seconds(10)), at: .at(13))
                #expect(try await second.recollect(since: noon).fixes.count == 3)
                try await second.prune(JournalRetention(trail: .seconds(10)), at: .at(1000))
                #expect(try await second.recollect(since: noon).fixes == [FixRecord(more), FixRecord(storage)])
            }
        }

        @Test(arguments: Adapter.here) func whoeverTookOverLastHasIt(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let first = try await place.taken(by: "first")
                try await first.write([.subject(email, subjectMemory(1)), .trail(entry("first"))])
                let second = try await place.taken(by: "second")
                let block = ObservationBlock(from: noon, to: noon, bytes: [1])
                for error in [
                    try await failure { try await first.write([.subject(email, nil), .trail(entry("late"))]) },
                    try await failure { try await first.intend(intent("first-1"), quiet: .zero) },
                    try await failure { try await first.intend(intent("first-1", .takeBack), quiet: .zero) },
                    try await failure { try await first.append(block) },
                    try await failure { try await first.prune(JournalRetention(trail: .zero), at: .at(1000)) },
                ] {
                    #expect(error.isTakenOver && error.description.contains("run second"), "\(error)")
                }
                // Reading is open to all.
                #expect(try await first.trail(TrailQuery(since: .epoch)) == [entry("first")])
                #expect(try await first.attempts(since: .epoch).isEmpty)
                #expect(try await blocks(first).isEmpty)
                try await second.write([.trail(entry("second", at: .at(1)))])
                // It may come back, and then knows what the other did.
                #expect(try await first.takeOver(run: "first", since: noon).subjects == [email: subjectMemory(1)])
                try await first.write([.subject(email, subjectMemory(2))])
                #expect(try await failure { try await second.write([]) }.isTakenOver)
            }
        }

        /// The name of a run is no proof that it is the same.
        @Test(arguments: Adapter.here) func twoRunsOfOneNameAreTwo(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let first = try await place.taken(by: "same")
                _ = try await place.taken(by: "same")
                #expect(try await failure { try await first.write([.trail(entry("late"))]) }.isTakenOver)
            }
        }

        @Test(arguments: Adapter.here) func nothingIsWrittenBeforeItIsTakenOver(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.open()
                let block = ObservationBlock(from: noon, to: noon, bytes: [1])
                for error in [
                    try await failure { try await journal.write([]) },
                    try await failure { try await journal.intend(intent("a-1"), quiet: .zero) },
                    try await failure { try await journal.append(block) },
                    try await failure { try await journal.prune(JournalRetention(), at: noon) },
                ] {
                    #expect(error.isUnusable && error.description.contains("has not been taken over by this run"), "\(error)")
                }
            }
        }

        @Test(arguments: Adapter.here) func attemptsKeepTheirDistance(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                func intend(_ intent: AttemptIntent) async throws -> IntentAnswer {
                    try await journal.intend(intent, quiet: .minutes(5))
                }
                #expect(try await intend(intent("a-1")) == .written)
                let refused = IntentAnswer.tooSoon(AttemptID("a-1"), at: noon)
                // The same rule with another remediation, the same remediation of another rule; also from a clock that is behind.
                #expect(try await intend(intent("a-2", remediation: "rollout-restart", at: .at(299))) == refused)
                #expect(try await intend(intent("a-2", rule: "crash", at: .at(299))) == refused)
                #expect(try await intend(intent("a-2", .putBack, at: .at(10))) == refused)
                #expect(try await intend(intent("a-2", at: .at(-60))) == refused)
                #expect(try await journal.attempts(since: .epoch).count == 1)
                // Neither the rule nor the remediation; another subject, also of the same name; the time is over.
                #expect(try await intend(intent("a-3", rule: "crash", remediation: "rollout-restart", at: .at(1))) == .written)
                #expect(try await intend(intent("a-4", on: orders, at: .at(1))) == .written)
                let twin = Subject(.statefulSet, namespace: email.namespace, name: email.name)
                #expect(try await intend(intent("a-5", on: twin, at: .at(1))) == .written)
                let elsewhere = Subject(.deployment, namespace: "staging", name: email.name)
                #expect(try await intend(intent("a-6", on: elsewhere, at: .at(1))) == .written)
                #expect(try await intend(intent("a-7", at: .at(300))) == .written)
                // The latest of several is named.
                #expect(try await intend(intent("a-8", at: .at(301))) == .tooSoon(AttemptID("a-7"), at: .at(300)))
            }
        }

        @Test(arguments: Adapter.here) func whatWasNotWrittenKeepsNobodyAway(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                for (number, outcome) in [AttemptOutcome.applied(AttemptReport("x")), .unknown("time-out"), .notApplied("409")].enumerated()
                {
                    let subject = Subject(.deployment, namespace: "n", name: "d-\(number)")
                    let id = "a-\(number)"
                    #expect(try await journal.intend(intent(id, on: subject), quiet: .minutes(5)) == .written)
                    try await journal.write([.outcome(AttemptID(id), outcome)])
                    let answer = try await journal.intend(intent("b-\(number)", on: subject, at: .at(1)), quiet: .minutes(5))
                    #expect(answer == (number == 2 ? .written : .tooSoon(AttemptID(id), at: noon)))
                }
            }
        }

        /// The same attempt is planned anew after a conflict: it is open again.
        @Test(arguments: Adapter.here) func anIntentIsRenewed(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                #expect(try await journal.intend(intent("a-1"), quiet: .minutes(5)) == .written)
                #expect(try await journal.intend(intent("a-1"), quiet: .minutes(5)) == .written)
                try await journal.write([.outcome(AttemptID("a-1"), .notApplied("409"))])
                var renewed = intent("a-1", at: .at(2))
                renewed.plan.summary = "planned anew"
                #expect(try await journal.intend(renewed, quiet: .minutes(5)) == .written)
                #expect(try await journal.attempts(since: .epoch) == [AttemptRecord(intent: renewed)])
                #expect(
                    try await journal.intend(intent("a-2", at: .at(3)), quiet: .minutes(5)) == .tooSoon(AttemptID("a-1"), at: .at(2)))
            }
        }

        /// Taking back is never refused, and does not prolong the distance that others keep.
        @Test(arguments: Adapter.here) func takingBackIsNoAttempt(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                let id = AttemptID("a-1")
                #expect(try await journal.intend(intent("a-1"), quiet: .minutes(5)) == .written)
                try await journal.write([.outcome(id, .applied(AttemptReport("raised"))), .outcome(id, .verified(.worse))])
                #expect(try await place.open().takeOver(run: "look", since: noon).attempts.isEmpty)
                _ = try await journal.takeOver(run: "run", since: noon)
                let back = intent("a-1", .takeBack, at: .at(200))
                #expect(try await journal.intend(back, quiet: .minutes(5)) == .written)
                // Open until somebody knows what became of it; the plan was written all the same.
                let open = AttemptRecord(intent: back, write: .applied(AttemptReport("raised")), verification: .verified(.worse))
                #expect(try await place.open().takeOver(run: "look", since: .at(1000)).attempts == [open])
                _ = try await journal.takeOver(run: "run", since: noon)
                #expect(try await journal.intend(intent("a-2", at: .at(250)), quiet: .minutes(5)) == .tooSoon(id, at: noon))
                try await journal.write([.outcome(id, .notApplied("409"))])
                #expect(try await journal.attempts(since: .epoch).first?.takingBack == .notApplied("409"))
                #expect(try await journal.intend(intent("a-2", at: .at(250)), quiet: .minutes(5)) == .tooSoon(id, at: noon))
                #expect(try await journal.intend(back, quiet: .minutes(5)) == .written)
                try await journal.write([.outcome(id, .takenBack)])
                #expect(try await journal.attempts(since: .epoch).first?.takingBack == .takenBack)
                #expect(try await place.open().takeOver(run: "look", since: .at(1000)).attempts.isEmpty)
                _ = try await journal.takeOver(run: "run", since: noon)
                #expect(try await journal.intend(intent("a-2", at: .at(301)), quiet: .minutes(5)) == .written)
                // Under a name of its own it keeps nobody away.
                #expect(try await journal.intend(intent("a-3", .takeBack, on: orders), quiet: .minutes(5)) == .written)
                #expect(try await journal.intend(intent("a-4", on: orders, at: .at(1)), quiet: .minutes(5)) == .written)
            }
        }

        @Test(arguments: Adapter.here) func openAttemptsAndLateOnesAreTold(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                for number in 0..<4 {
                    let subject = Subject(.deployment, namespace: "n", name: "d-\(number)")
                    _ = try await journal.intend(intent("a-\(number)", on: subject, at: .at(number * 100)), quiet: .zero)
                    if number != 1 { try await journal.write([.outcome(AttemptID("a-\(number)"), .unknown("?"))]) }
                }
                let told = try await place.open().takeOver(run: "b", since: .at(200)).attempts
                #expect(told.map(\.intent.attempt.text) == ["a-1", "a-3"])
                #expect(try await journal.attempts(since: .at(200)).map(\.intent.attempt.text) == ["a-2", "a-3"])
            }
        }

        @Test(arguments: Adapter.here) func outcomesStandWhereTheyBelong(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                let id = AttemptID("a-1")
                _ = try await journal.intend(intent("a-1"), quiet: .zero)
                let entries: [JournalEntry] = [
                    .outcome(id, .applied(AttemptReport("raised"))), .outcome(id, .unverified("left")), .outcome(id, .notTakenBack("409")),
                    .outcome(AttemptID("never-intended"), .takenBack),
                ]
                // Twice, as when the answer was lost.
                for _ in 0..<2 { try await journal.write(entries) }
                let record = AttemptRecord(
                    intent: intent("a-1"), write: .applied(AttemptReport("raised")), verification: .unverified("left"),
                    takingBack: .notTakenBack("409"))
                #expect(try await journal.attempts(since: .epoch) == [record])
            }
        }

        @Test(arguments: Adapter.here) func trailIsReadByTimeRuleAndSubject(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                let staging = Subject(.deployment, namespace: "staging", name: email.name)
                let entries = [
                    entry("one"), entry("two"), entry("other rule", at: .at(1), rule: "crash"),
                    entry("other subject", at: .at(2), on: orders),
                    entry("other namespace", at: .at(3), on: staging), entry("last", at: .at(4)),
                ]
                try await journal.write(entries.map { .trail($0) })
                // Written again because an answer was lost: they stand there once.
                try await journal.write(entries.map { .trail($0) })
                // One that comes late stands where it belongs.
                try await journal.write([.trail(entry("late", at: .at(2)))])
                func texts(_ query: TrailQuery) async throws -> [String] { try await journal.trail(query).map(\.text) }
                #expect(
                    try await texts(TrailQuery(since: noon)) == [
                        "one", "two", "other rule", "other subject", "late", "other namespace", "last",
                    ])
                #expect(try await texts(TrailQuery(since: .at(1), until: .at(3))) == ["other rule", "other subject", "late"])
                #expect(try await texts(TrailQuery(since: noon, rule: "crash")) == ["other rule"])
                #expect(
                    try await texts(TrailQuery(since: noon, subject: SubjectFilter(kind: .deployment, name: email.name))) == [
                        "one", "two", "other rule", "late", "other namespace", "last",
                    ])
                let narrow = SubjectFilter(kind: .deployment, namespace: "staging", name: email.name)
                #expect(try await texts(TrailQuery(since: noon, subject: narrow)) == ["other namespace"])
                #expect(try await texts(TrailQuery(since: noon, limit: 2)) == ["other namespace", "last"])
                #expect(try await journal.trail(TrailQuery(since: .at(4))) == [entry("last", at: .at(4))])
            }
        }

        @Test(arguments: Adapter.here) func blocksAreReadInOrder(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                // More than one page of them, and one that is larger than a page.
                var written = (0..<600).map { (number: Int) -> ObservationBlock in
                    let bytes: [UInt8] = [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number / 256), 0, 255]
                    return ObservationBlock(from: .at(number * 10), to: .at(number * 10 + 9), bytes: bytes)
                }
                written.append(ObservationBlock(from: .at(7000), to: .at(7000), bytes: [UInt8](repeating: 7, count: 5 << 20)))
                written.append(ObservationBlock(from: .at(7001), to: .at(7009), bytes: []))
                for block in written { try await journal.append(block) }
                try await journal.append(written[3])
                #expect(try await blocks(journal) == written)
                #expect(try await blocks(journal, from: .at(15), to: .at(30)) == Array(written[1...3]))
                struct Enough: Error {}
                var count = 0
                await #expect(throws: Enough.self) {
                    try await journal.blocks(from: .epoch, to: .at(100_000)) { _ in
                        count += 1
                        if count == 5 { throw Enough() }
                    }
                }
                #expect(count == 5)
            }
        }

        @Test(arguments: Adapter.here) func whatIsOldIsDropped(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                for (id, seconds, subject) in [("open", 0, email), ("old", 0, orders), ("new", 500, orders)] {
                    _ = try await journal.intend(intent(id, on: subject, at: .at(seconds)), quiet: .zero)
                    if id != "open" { try await journal.write([.outcome(AttemptID(id), .notApplied("x"))]) }
                }
                try await journal.write([
                    .trail(entry("old")), .trail(entry("new", at: .at(500))), .subject(email, subjectMemory()),
                    .automaton(automatonMemory()),
                ])
                for number in 0..<10 {
                    let bytes = [UInt8](repeating: UInt8(number), count: 100)
                    try await journal.append(ObservationBlock(from: .at(number * 100), to: .at(number * 100 + 99), bytes: bytes))
                }
                try await journal.prune(
                    JournalRetention(trail: .seconds(500), observations: .seconds(850), observationBytes: 450), at: .at(1000))
                #expect(try await journal.trail(TrailQuery(since: .epoch)).map(\.text) == ["new"])
                #expect(try await journal.attempts(since: .epoch).map(\.intent.attempt.text) == ["open", "new"])
                #expect(try await blocks(journal).map { $0.bytes[0] } == [6, 7, 8, 9])
                try await journal.prune(JournalRetention(observations: .seconds(101)), at: .at(1000))
                #expect(try await blocks(journal).map { $0.bytes[0] } == [8, 9])
                let kept = try await place.open().takeOver(run: "b", since: .at(1000))
                #expect(kept.subjects == [email: subjectMemory()] && kept.automaton == automatonMemory())
            }
        }

        /// Names that would be SQL, and what no text of a server can hold.
        @Test(arguments: Adapter.here) func oddNamesStayNames(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken(by: "'; DROP TABLE holder; --")
                let odd = Subject(.host, namespace: "", name: #"o'dd:/"path\{$1}"#)
                _ = try await journal.intend(intent("$1", rule: "ru'le", on: odd), quiet: .zero)
                try await journal.write([
                    .subject(odd, subjectMemory()), .trail(entry("tab\t, zero \0, line\n, ü, 🙂", on: odd)),
                    .outcome(AttemptID("$1"), .unknown("zero \0")),
                ])
                #expect(try await journal.trail(TrailQuery(since: noon)).map(\.text) == ["tab\t, zero \0, line\n, ü, 🙂"])
                let kept = try await place.open().takeOver(run: "b", since: .at(-1))
                #expect(kept.subjects == [odd: subjectMemory()])
                #expect(kept.attempts == [AttemptRecord(intent: intent("$1", rule: "ru'le", on: odd), write: .unknown("zero \0"))])
            }
        }

        /// Two runs of one instant: whoever comes second sees what the first wrote.
        @Test(arguments: Adapter.here) func ofRacingIntentsOneWins(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                for round in 0..<20 {
                    let subject = Subject(.deployment, namespace: "n", name: "d-\(round)")
                    let answers = try await withThrowingTaskGroup(of: IntentAnswer.self) { group in
                        for number in 0..<8 {
                            group.addTask { try await journal.intend(intent("a-\(round)-\(number)", on: subject), quiet: .minutes(5)) }
                        }
                        return try await group.reduce(into: []) { $0.append($1) }
                    }
                    #expect(answers.count { $0 == .written } == 1)
                }
            }
        }

        /// Two runs, each taking over whenever it was taken over: no two attempts of a subject come too close.
        @Test(arguments: Adapter.here) func ofRacingRunsOneWins(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let runs = [try await place.open(), try await place.open()]
                let written = try await withThrowingTaskGroup(of: [String].self) { group in
                    for (number, journal) in runs.enumerated() {
                        group.addTask {
                            var written: [String] = []
                            for round in 0..<30 {
                                let subject = Subject(.deployment, namespace: "n", name: "d-\(round)")
                                _ = try await journal.takeOver(run: "run-\(number)", since: noon)
                                do {
                                    let answer = try await journal.intend(intent("a-\(round)-\(number)", on: subject), quiet: .minutes(5))
                                    if answer == .written { written.append(subject.name) }
                                } catch JournalError.takenOver {}
                            }
                            return written
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(Set(written).count == written.count)
                #expect(try await runs[0].attempts(since: .epoch).count == written.count)
            }
        }
    }
}

import AutomatonCore
import Store
import Testing

extension StoreTests {
    /// The history of incidents, in every journal.
    @Suite struct IncidentTests {
        private func record(_ number: Int, closedAfter seconds: Int? = nil, _ reason: String = "OOMKilled") -> IncidentRecord {
            let subject = number.isMultiple(of: 2) ? email : orders
            var record = IncidentRecord(
                Incident(
                    key: IncidentKey(rule: "rule-\(number)", subject: subject), detectedAt: .at(number), priority: .high,
                    finding: Finding(subject, observedAt: .at(number), .seen(Evidence(reasons: [Reason(reason)])))), at: .at(number))
            if let seconds {
                (record.closedAt, record.ending, record.status) = (.at(number + seconds), .healed, .healed)
            }
            return record
        }

        @Test(arguments: Adapter.here) func whatIsWrittenIsFound(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                #expect(try await journal.incidents(IncidentQuery()) == IncidentPage(records: [], total: 0))
                #expect(try await journal.incident(record(1).id) == nil)
                let records = (0..<20).map { record($0, closedAfter: $0 < 15 ? 5 : nil, $0 < 4 ? "Evicted" : "OOMKilled") }
                try await journal.write(records.shuffled().map { .incident($0) })
                let all = try await journal.incidents(IncidentQuery())
                #expect(all == IncidentPage(records: records.reversed(), total: 20))
                #expect(try await journal.incident(records[7].id) == records[7])
                for query in [
                    IncidentQuery(status: .healed), IncidentQuery(isOpen: true), IncidentQuery(isOpen: false),
                    IncidentQuery(namespace: orders.namespace), IncidentQuery(severity: .medium), IncidentQuery(since: .at(12)),
                    IncidentQuery(status: .healed, namespace: email.namespace, severity: .critical, since: .at(3), limit: 3),
                    IncidentQuery(status: .failed), IncidentQuery(limit: 0), IncidentQuery(rule: "rule-3"),
                    IncidentQuery(rule: "no-such-rule"),
                    IncidentQuery(subject: SubjectFilter(kind: email.kind, name: email.name)),
                    IncidentQuery(subject: SubjectFilter(kind: email.kind, namespace: "elsewhere", name: email.name)),
                    IncidentQuery(
                        rule: "rule-3", subject: SubjectFilter(kind: orders.kind, namespace: orders.namespace, name: orders.name)),
                    IncidentQuery(rule: "rule-3", subject: SubjectFilter(kind: email.kind, name: email.name)),
                ] {
                    #expect(try await journal.incidents(query) == IncidentPage(of: records, query), "\(query)")
                    #expect(try await journal.incidentCounts(query) == query.counts(of: records), "\(query)")
                }
                var query = IncidentQuery(isOpen: false, limit: 4)
                var seen: [IncidentRecord] = []
                while true {
                    let page = try await journal.incidents(query)
                    #expect(page.total == 15)
                    guard let last = page.records.last else { break }
                    seen += page.records
                    query.after = IncidentQuery.Cursor(detectedAt: last.detectedAt, id: last.id)
                }
                #expect(seen == records.prefix(15).reversed())
                #expect(try await journal.incidentCounts(IncidentQuery()) == [.healed: 15, .detected: 5])
            }
        }

        @Test(arguments: Adapter.here) func theLastWordCounts(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                try await journal.write([.incident(record(1))])
                try await journal.write([.incident(record(1, closedAfter: 9)), .incident(record(1, closedAfter: 9))])
                let page = try await journal.incidents(IncidentQuery())
                #expect(page == IncidentPage(records: [record(1, closedAfter: 9)], total: 1))
                #expect(try await journal.incidents(IncidentQuery(isOpen: true)).total == 0)
            }
        }

        @Test(arguments: Adapter.here) func whatIsLongOverIsDropped(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let journal = try await place.taken()
                let records = (0..<10).map { record($0 * 100, closedAfter: $0 == 1 ? nil : 10) }
                try await journal.write(records.map { .incident($0) })
                func left() async throws -> [Int] {
                    try await journal.incidents(IncidentQuery()).records.compactMap { found in records.firstIndex { $0.id == found.id } }
                }
                #expect(try await journal.forgetIncidents(closedBefore: .at(310)) == 2)
                #expect(try await left() == [9, 8, 7, 6, 5, 4, 3, 1], "an open one stays")
                try await journal.prune(JournalRetention(trail: .seconds(590)), at: .at(1000))
                #expect(try await left() == [9, 8, 7, 6, 5, 4, 1])
                try await journal.prune(JournalRetention(incidents: 3), at: .at(1000))
                #expect(try await left() == [9, 8, 7, 1])
                try await journal.prune(JournalRetention(incidents: 0), at: .at(1000))
                #expect(try await left() == [1])
            }
        }

        @Test(arguments: Adapter.here) func whoLostTheJournalDropsNothing(_ adapter: Adapter) async throws {
            try await Place.with(adapter) { place in
                let first = try await place.taken(by: "first")
                try await first.write([.incident(record(1, closedAfter: 1))])
                _ = try await place.taken(by: "second")
                #expect(try await failure { try await first.write([.incident(record(2))]) }.isTakenOver)
                #expect(try await failure { _ = try await first.forgetIncidents(closedBefore: .at(100)) }.isTakenOver)
                #expect(try await first.incidents(IncidentQuery()).total == 1, "reading is open to all")
            }
        }
    }
}

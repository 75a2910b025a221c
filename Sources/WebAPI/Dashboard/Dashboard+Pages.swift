internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// Reading what the pages show, with bounded questions: a page is made as fast over a history of 100,000 incidents as over ten.
extension Dashboard {
    func overview() async -> OverviewModel {
        let engine = api.engine
        let glance = await engine.glance(limit: OverviewModel.mostOpen)
        var model = OverviewModel(glance: glance, open: [:], day: [:], records: [], dayTotal: 0, series: figures.series(at: glance.at))
        do throws(JournalError) {
            let day = IncidentQuery(since: glance.at - .hours(24), limit: OverviewModel.mostOfDay)
            let page = try await engine.incidents(day)
            (model.records, model.dayTotal) = (page.records, page.total)
            model.open = try await engine.incidentCounts(IncidentQuery(isOpen: true))
            model.day = try await engine.incidentCounts(day)
            let open = try await engine.incidents(IncidentQuery(isOpen: true, limit: 100))
            let known = Set(model.records.map(\.id))
            model.records += open.records.filter { !known.contains($0.id) }
        } catch {
            model.historyProblem = "The journal cannot be read now: \(error)."
        }
        return model
    }

    func incidents(_ visit: Visit) async throws(APIProblem) -> Response {
        let fields = try RequestFields(query: visit.uri, known: ["show", "after", "done"])
        let word = try fields.line("show", most: 20) ?? IncidentsPage.Show.all.rawValue
        guard let show = IncidentsPage.Show(rawValue: word) else {
            throw .field(
                "show", "'\(word)' is none", expected: "one of \(IncidentsPage.Show.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        var query = show.query
        if let text = try fields.line("after", most: 100) {
            guard let cursor = IncidentQuery.Cursor(text) else { throw .field("after", "'\(text)' is no place in the list") }
            query.after = cursor
        }
        let asked = query
        let found = try await api.read { () async throws(JournalError) in try await api.engine.incidents(asked) }
        let page = IncidentsPage(page: found, show: show, isFirst: asked.after == nil, now: visit.now)
        return response(frame("Incidents", .incidents, page.content, visit))
    }

    func incident(_ id: String, _ visit: Visit) async throws(APIProblem) -> Response {
        let engine = api.engine
        guard let record = try await api.read({ () async throws(JournalError) in try await engine.incident(IncidentID(id)) }) else {
            throw APIProblem(.notFound, "there is no incident of that name; it may have been dropped as too old")
        }
        let subject = record.key.subject
        let limit = 300
        var query = TrailQuery(
            since: record.detectedAt, rule: record.key.rule,
            subject: SubjectFilter(kind: subject.kind, namespace: subject.namespace, name: subject.name), limit: limit)
        // Up to the end, and what was put back soon after it; not the next incident of the same rule.
        let undone = record.attempts.compactMap(\.undoneAt).max()
        query.until = record.closedAt.map { max($0, undone ?? $0) + .hours(2) }
        var (trail, problem): ([TrailEntry], String?) = ([], nil)
        do throws(JournalError) { trail = try await engine.trail(query) } catch {
            problem = "The journal cannot be read now: \(error). What the record itself has is told."
        }
        let isCut = trail.count >= limit
        if let end = trail.dropFirst().firstIndex(where: { $0.kind == "opened" && $0.at > record.detectedAt + .seconds(1) }) {
            trail = Array(trail[..<end])
        }
        let open = record.isOpen ? await engine.glance(at: record.key).incidents.first : nil
        var page = OneIncidentPage(record, trail: trail, open: open, at: visit.now)
        page.isCut = isCut
        page.explains = await engine.explained(by: [record.id])[record.id] ?? []
        page.trailProblem = problem
        return response(frame(page.title, .incidents, page.content, visit))
    }

    func rules(_ visit: Visit) async throws(APIProblem) -> Response {
        let engine = api.engine
        let glance = await engine.glance(limit: 0)
        let since = glance.at - .hours(24)
        let limit = 500
        let latest = try await api.read { () async throws(JournalError) in try await engine.trail(TrailQuery(since: since, limit: limit)) }
        var last: [String: TrailEntry] = [:]
        for entry in latest where entry.decision != nil { last[entry.incident.rule] = entry }
        // Rules that said nothing among the last lines of all are asked for by name.
        let silent = latest.count < limit ? [] : glance.rules.map(\.name).filter { last[$0] == nil }.prefix(50)
        for rule in silent {
            let query = TrailQuery(since: since, rule: rule, limit: 20)
            last[rule] = try await api.read { () async throws(JournalError) in try await engine.trail(query) }.last { $0.decision != nil }
        }
        return response(frame("Rules", .rules, RulesPage(glance, last: last).content, visit))
    }
}

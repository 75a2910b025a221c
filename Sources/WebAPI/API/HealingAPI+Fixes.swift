internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// What is kept of attempts that helped.
extension HealingAPI {
    func fixes(_ uri: URI) async throws(APIProblem) -> Response {
        let subject = try RequestFields(query: uri, known: ["subject"]).subject("subject")
        let reports = try await fixReports { fix in subject.map { $0.matches(fix.key.subject) } ?? true }
        return Response(.ok, FixesReport(fixes: reports, partial: await engine.partial))
    }

    /// What is kept, and how it stands.
    func fixReports(_ isAsked: (Fix) -> Bool = { _ in true }) async throws(APIProblem) -> [FixReport] {
        var reports: [FixReport] = []
        for fix in try await kept() where isAsked(fix) { reports.append(await report(fix)) }
        return reports
    }

    func fix(_ id: String, _ uri: URI) async throws(APIProblem) -> Response {
        _ = try RequestFields(query: uri, known: [])
        try await ask { try await engine.requireLeading() }
        guard let fix = try await kept().first(where: { $0.key.id.text == id }) else {
            throw APIProblem(.notFound, "no fix of that name is kept")
        }
        return Response(.ok, await report(fix))
    }

    func forgetFix(_ id: String, _ uri: URI, _ caller: Caller) async throws(APIProblem) -> Response {
        let by = try RequestFields(query: uri, known: ["by"]).line("by", most: 200) ?? "unknown"
        var forgotten: Fix?
        try await ask { forgotten = try await engine.forgetFix(FixID(id)) }
        guard let forgotten else { throw APIProblem(.notFound, "no fix of that name is kept") }
        log("Fix forgotten", caller, ["id": "\(id)", "fix": "\(forgotten.key)", "by": "\(by)"])
        return Response(.ok, FixForgottenReport(forgotten: FixReport(forgotten, finding: nil)))
    }

    func keepFix(_ body: [UInt8], _ caller: Caller, _ now: Instant) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: FixFields.names + ["by"])
        let by = try fields.required("by", "who asks: \"anna\"")
        let fix: Fix
        do throws(FixFields.Fault) {
            fix = try FixFields.fix(now: now) { fields[$0] }.imported
        } catch {
            // What came may hold anything.
            throw .field(error.field, error.problem.harmless, expected: error.expected)
        }
        var present: Fix?
        try await ask { present = try await engine.keepFix(fix) }
        let isTaken = present == fix
        if isTaken { log("Fix imported", caller, ["fix": "\(fix.key)", "value": "\(fix.value.summary)", "by": "\(by)"]) }
        let warnings = await engine.forgets.map { [$0] } ?? []
        var answer = FixKeptReport(fix: nil, isTaken: isTaken, warnings: warnings)
        if let present { answer.fix = await report(present) }
        return Response(isTaken ? .created : .ok, answer, isTaken ? [.location: "/api/autoheal/fixes/\(fix.key.id)"] : [:])
    }

    /// The incident of what drifted does not wait for its delay; every other guard is asked.
    func applyFixes(_ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: ["subject", "by"])
        _ = try fields.required("subject", "KIND/NAME", most: 600)
        guard let filter = try fields.subject("subject") else { throw .field("subject", "is missing", expected: "KIND/NAME") }
        let by = try fields.required("by", "who asks: \"anna\"")
        try await ask { try await engine.requireLeading() }
        let subjects = Set(try await kept().map(\.key.subject).filter { filter.matches($0) }).sorted()
        guard let subject = subjects.first else { throw APIProblem(.notFound, "nothing is kept of \(filter)") }
        guard subjects.count == 1 else {
            let names = subjects.map(\.description).joined(separator: ", ")
            throw .field("subject", "'\(filter)' is more than one", expected: "one of \(names)")
        }
        guard let key = await engine.openIncidents(of: Fix.check, on: subject).first else { throw await nothingToApply(subject) }
        return try await hurry(key, by: by, caller, logging: "Fixes not to wait")
    }

    private func nothingToApply(_ subject: Subject) async -> APIProblem {
        guard !(await engine.rules(on: Fix.check)).isEmpty else {
            return APIProblem(.conflict, "no rule in force looks for fixes that were undone", expected: "a rule with 'check: \(Fix.check)'")
        }
        let observations = await engine.findings(ofFixesOn: subject).map(\.observation)
        guard !observations.isEmpty else {
            return APIProblem(.conflict, "whether what is kept of \(subject) holds has not been seen yet; ask again in a moment")
        }
        var idle: [String] = []
        for observation in observations {
            switch observation {
            case .seen(let evidence): idle += evidence.reasons.filter { $0.code == FixStanding.Word.idle.reasonCode }.map(\.message)
            case .unknown(let why): return APIProblem(.conflict, "whether what is kept of \(subject) holds is not known: \(why)")
            }
        }
        let why = idle.isEmpty ? "what is kept of \(subject) holds" : idle.joined(separator: "; ").harmless
        return APIProblem(.conflict, "\(why): there is nothing to apply")
    }

    private func report(_ fix: Fix) async -> FixReport {
        FixReport(fix, finding: fix.finding(among: await engine.findings(ofFixesOn: fix.key.subject)))
    }

    private func kept() async throws(APIProblem) -> [Fix] {
        var fixes: [Fix] = []
        try await ask { fixes = try await engine.keptFixes() }
        return fixes
    }
}

internal import AutomatonCore
internal import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// Buttons: a page that says what one will do, then the deed, then another page.
extension Dashboard {
    // MARK: Asking

    func show(_ name: Deed.Name, _ visit: Visit) async throws(APIProblem) -> Response {
        let fields = try RequestFields(query: visit.uri, known: Deed.fields)
        return try await ask(try Deed(name, fields), visit)
    }

    /// Who may not do it need not read what it would do; nil when who asks may.
    func mustSignIn(_ visit: Visit, _ method: HTTPRequest.Method) async throws(APIProblem) -> Response? {
        do throws(APIProblem) {
            try await visit.checkRight(api, method)
            return nil
        } catch {
            guard error.status == .unauthorized, let sessions else { throw error }
            // A token of Kubernetes that is over is not asked about again.
            if case .bears = visit.caller.session, let cookie = visit.sessionCookie { sessions.end(cookie) }
            let query = visit.uri.query.map { "?\($0)" } ?? ""
            return redirect(to: .signIn(next: WebPath(local: visit.uri.path + query)))
        }
    }

    /// The page that asks for the last word.
    private func ask(
        _ deed: Deed, _ visit: Visit, problem: APIProblem? = nil, by: String = "", why: String = ""
    ) async throws(APIProblem) -> Response {
        let key = visit.formKey ?? Self.newKey()
        var page = DeedPage(deed: deed, seal: forms.mark(key, until: visit.now + Cookie.formLength), now: visit.now)
        (page.by, page.why) = (by, why)
        page.problem = problem.map { Self.text($0) }
        page.forgets = await api.engine.forgets
        switch deed {
        case .silence(let rule, let subject), .pause(let rule, let subject):
            if let rule { try await api.checkRule(rule) }
            let reach = await api.engine.reach(
                of: Suspension(id: "", kind: .pause, rule: rule, subject: subject, at: visit.now, by: ""))
            (page.reach, page.isKnown) = (reach.incidents, reach.isKnown)
        case .lift(let id):
            guard let suspension = await api.engine.suspensions.first(where: { $0.id == id }) else {
                throw APIProblem(.notFound, "no pause or silence of that name holds: it is over, or was lifted already")
            }
            page.suspension = suspension
            page.reach = await api.engine.reach(of: suspension).incidents
        case .approve(let rule, let subject):
            let open = try await waiting(rule, subject)
            page.question = open.question ?? []
            page.digest = page.question.digest
        case .resume(let rule):
            try await api.checkRule(rule)
            page.efficacy = await api.engine.glance(limit: 0).efficacies[rule]
            guard page.efficacy?.steppedDownAt != nil else { throw APIProblem(.conflict, "rule \(rule) has not stepped down: it acts") }
        case .revert(let incident, let attempt):
            page.reversal = try await reversal(of: attempt, in: incident)
            page.objectionTime = await api.engine.glance(limit: 0).policy.objectionTime
        }
        let cookie = Cookie.text(Cookie.form, key, lasts: Cookie.formLength, isSecure: visit.isSecure)
        return response(
            frame(page.title, nil, page.content, visit, isLive: false), problem?.status ?? .ok, [.setCookie: cookie])
    }

    // MARK: Doing

    func carryOut(_ name: Deed.Name, _ form: [UInt8], _ visit: Visit) async throws(APIProblem) -> Response {
        let fields = try fields(of: form, visit, Deed.fields + ["for", "by", "why", "plan"])
        let deed = try Deed(name, fields)
        do throws(APIProblem) {
            let by = try fields.required("by", "your name, so that others know whom to ask")
            try await carryOut(deed, fields, by, visit)
        } catch {
            // What can be mended in the form is shown in it.
            guard [400, 409, 503].contains(error.status.code) else { throw error }
            return try await ask(deed, visit, problem: error, by: fields["by"] ?? "", why: fields["why"] ?? "")
        }
        let done = name.rawValue
        switch deed {
        case .approve(let rule, let subject):
            let open = await api.engine.explain(subject: subject, rule: rule, healthy: false, limit: 1).incidents.first?.incident
            if let open {
                let id = IncidentID(open.key, detectedAt: open.detectedAt)
                return redirect(to: WebPath("/incidents", id.text, query: ["done": done]))
            }
            return redirect(to: WebPath("/", query: ["done": done]))
        case .resume: return redirect(to: WebPath("/rules", query: ["done": done]))
        case .revert(let incident, _): return redirect(to: WebPath("/incidents", incident.text, query: ["done": done]))
        case .lift: return redirect(to: WebPath("/settings", query: ["done": done]))
        case .silence, .pause: return redirect(to: WebPath("/", query: ["done": done]))
        }
    }

    private func carryOut(_ deed: Deed, _ fields: RequestFields, _ by: String, _ visit: Visit) async throws(APIProblem) {
        let engine = api.engine
        switch deed {
        case .silence(let rule, let subject): try await suspend(.silence, rule, subject, fields, by, visit)
        case .pause(let rule, let subject): try await suspend(.pause, rule, subject, fields, by, visit)
        case .lift(let id):
            var lifted: Suspension?
            try await api.ask { lifted = try await engine.lift(id) }
            guard let lifted else {
                throw APIProblem(.notFound, "no pause or silence of that name holds: it is over, or was lifted already")
            }
            api.log("Lifted: \(lifted.kind.rawValue)", visit.caller, ["id": "\(lifted.id)", "by": "\(by)"])
        case .approve(let rule, let subject):
            let open = try await waiting(rule, subject)
            guard fields["plan"] == (open.question ?? []).digest else {
                throw APIProblem(.conflict, "the plan is another one by now: look at it again, as it is shown here")
            }
            let key = open.incident.key
            var confirmation = Confirmation.notAsked(nil, mode: nil)
            try await api.ask { confirmation = try await engine.approve(key, by: by) }
            guard case .confirmed = confirmation else { throw HealingAPI.unconfirmed(key, confirmation) }
            api.log("Confirmed", visit.caller, ["rule": "\(rule)", "subject": "\(key.subject)", "by": "\(by)"])
        case .resume(let rule):
            try await api.checkRule(rule)
            try await api.ask { _ = try await engine.reinstate(rule) }
            api.log("Reinstated", visit.caller, ["rule": "\(rule)", "by": "\(by)"])
        case .revert(let incident, let attempt): _ = try await api.takeBack(attempt, in: incident, by: by, visit.caller)
        }
    }

    /// What taking back would do; a page is only shown of what may be done now.
    private func reversal(of attempt: AttemptID, in incident: IncidentID) async throws(APIProblem) -> Reversal {
        var found: Reversal?
        try await api.ask { found = try await api.engine.reversal(of: attempt, in: incident) }
        let reversal = try HealingAPI.reversal(found, of: attempt)
        if let refusal = reversal.refusal {
            throw APIProblem(.conflict, "\(reversal.attempt.remediation) is not taken back: \(refusal.reason)")
        }
        return reversal
    }

    private func suspend(
        _ kind: Suspension.Kind, _ rule: String?, _ subject: SubjectFilter?, _ fields: RequestFields, _ by: String, _ visit: Visit
    ) async throws(APIProblem) {
        if let rule { try await api.checkRule(rule) }
        let isEndless = fields["for"]?.isEmpty ?? true
        guard !isEndless || kind == .pause else {
            throw .field("for", "is missing: a silence always has an end", expected: "one of the times offered")
        }
        let until = isEndless ? nil : try fields.end(from: visit.now, within: Suspension.longest)
        let suspension = Suspension(
            id: HealingAPI.newID(kind), kind: kind, rule: rule, subject: subject, at: visit.now, until: until, by: by,
            why: try fields.line("why", most: 1000) ?? "")
        let engine = api.engine
        guard await engine.suspensions.count < HealingAPI.mostSuspensions else {
            throw APIProblem(.conflict, "\(HealingAPI.mostSuspensions) pauses and silences hold already: lift some first")
        }
        try await api.ask { try await engine.suspend(suspension) }
        api.log("Asked for: \(kind.rawValue)", visit.caller, ["id": "\(suspension.id)", "by": "\(by)"])
    }

    /// The one incident of a rule on a subject that waits for a person.
    private func waiting(_ rule: String, _ subject: SubjectFilter) async throws(APIProblem) -> Glance.Open {
        let open = await api.engine.explain(subject: subject, rule: rule, healthy: false, limit: 2).incidents.map(\.incident.key)
        guard let key = open.first, open.count == 1 else {
            throw APIProblem(
                .notFound, open.isEmpty ? "rule \(rule) has no open incident on \(subject)" : "'\(subject)' is more than one",
                expected: "NAMESPACE/KIND/NAME of what waits, as the overview links it")
        }
        guard let found = await api.engine.glance(at: key).incidents.first, found.question != nil else {
            throw APIProblem(.conflict, "\(key) does not wait for anybody to approve it any more")
        }
        return found
    }

    // MARK: What forms have in common

    /// A form may have so many bytes.
    static let largestForm = 16 << 10

    /// What a request tells of a form before it has arrived: strangers are not waited for.
    func checkForm(_ request: Request, _ visit: Visit) throws(APIProblem) {
        try visit.checkSameOrigin()
        let type = request.headers[.contentType]?.lowercased().prefix { $0 != ";" && $0 != " " }
        guard type == "application/x-www-form-urlencoded" else {
            throw APIProblem(.unsupportedMediaType, "this is no form", expected: "Content-Type: application/x-www-form-urlencoded")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.largestForm {
            throw .tooLarge("form", Self.largestForm)
        }
        guard visit.formKey != nil else { throw Self.notShown }
    }

    func arrived(_ request: Request) async throws(APIProblem) -> [UInt8] {
        try await request.body.whole("form", upTo: Self.largestForm, within: api.bodyTime)
    }

    private static var notShown: APIProblem {
        APIProblem(
            .forbidden, "this form was not shown to this browser, or too long ago", expected: "the same page once more, and cookies on")
    }

    /// The fields of a form that a page of ours showed to this browser a short while ago.
    func fields(of bytes: [UInt8], _ visit: Visit, _ known: [String]) throws(APIProblem) -> RequestFields {
        guard let pairs = FormText.fields(bytes) else { throw APIProblem(.badRequest, "the form cannot be read") }
        let fields = try RequestFields(pairs, known + ["seal"])
        guard let key = visit.formKey, let seal = fields["seal"], forms.accepts(seal, key, at: visit.now) else {
            throw Self.notShown
        }
        return fields
    }

    static func newKey() -> String { SHA256.hex((0..<16).map { _ in UInt8.random(in: .min ... .max) }) }

    static func text(_ problem: APIProblem) -> HTML {
        HTML(joining: [
            tag("p") { problem.report.detail },
            problem.report.expected.map { expected in tag("p", .class("quiet")) { "What would be right: \(expected)" } } ?? .nothing,
        ])
    }
}

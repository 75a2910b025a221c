internal import AutomatonCore
public import Engine
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `/api/autoheal/…`: what people ask of a running automaton, over HTTP. Reading is open as `/metrics` is; changing is not.
public struct HealingAPI: Sendable {
    /// A body may have so many bytes.
    static let largestBody = 64 << 10
    /// So many may hold at once.
    static let mostSuspensions = 200

    let engine: Engine
    let rights: Rights
    /// What browsers have instead of a token; nil where there is none to sign in with.
    let sessions: Sessions?
    let logger: Logger
    let now: @Sendable () -> Instant
    let gate = RequestGate(most: 8)
    /// Bodies that arrive, of those who may: they take time, and room. Nothing else waits for them.
    let arriving = RequestGate(most: 32)
    /// Of those who want to know what would be done: their plans read the world, and take time.
    let planning = RequestGate(most: 2)
    /// How long a body may take to arrive.
    let bodyTime: Duration
    private let requests: RequestPace
    private let refusals: RequestPace
    /// What those who follow are told.
    let feed: ChangeFeed
    /// Where alerts go.
    let inbox: AlertInbox
    let pace: FollowerPace

    /// Makes the API of an engine.
    /// - Parameters:
    ///   - feed: what those who follow are told; has to observe the engine.
    ///   - inbox: where alerts go; what checks read.
    ///   - rights: who may change something, and who may read.
    ///   - limits: how fast one address may ask.
    ///   - logger: for a line on each change.
    public init(
        engine: Engine, feed: ChangeFeed, inbox: AlertInbox, rights: Rights = Rights(), limits: RequestLimits = RequestLimits(),
        logger: Logger
    ) {
        self.init(engine: engine, feed: feed, inbox: inbox, rights: rights, limits: limits, logger: logger, now: WallClock.read)
    }

    init(
        engine: Engine, feed: ChangeFeed, inbox: AlertInbox, rights: Rights, limits: RequestLimits = RequestLimits(), logger: Logger,
        pace: FollowerPace = FollowerPace(), bodyTime: Duration = .seconds(10),
        now: @escaping @Sendable () -> Instant
    ) {
        self.engine = engine
        self.feed = feed
        self.inbox = inbox
        self.pace = pace
        self.bodyTime = bodyTime
        self.rights = rights
        sessions = rights.token != nil || rights.reviews != nil ? Sessions(rights.token) : nil
        requests = RequestPace(.init(aSecond: limits.requestsASecond, atOnce: limits.requestsASecond * 10))
        refusals = RequestPace(.init(aSecond: limits.refusalsAMinute / 60, atOnce: limits.refusalsAMinute))
        self.logger = logger
        self.now = now
    }

    /// Answers a request; nil when its path is not of the API.
    func respond(to request: Request, from peer: SocketAddress?) async -> Response? {
        let path = request.uri.path
        guard path == "/api" || path.hasPrefix("/api/") else { return nil }
        do throws(APIProblem) {
            var caller = Caller(request, from: peer)
            try countRequest(of: caller)
            guard let resource = APIResource(path: path) else { throw APIProblem(.notFound, "there is no such path") }
            guard resource.methods.contains(request.method) else {
                let allowed = resource.methods.map(\.rawValue).joined(separator: ", ")
                throw APIProblem(
                    .methodNotAllowed, "this path does not take \(request.method.rawValue)", expected: allowed, headers: [.allow: allowed])
            }
            try caller.checkOrigin()
            // What makes a page live is asked by the page; all else by programs, which have no cookies.
            if resource == .events { caller = caller.signedIn(sessions, at: now()) }
            try await checkRight(caller, request.method, path)
            let body = request.method == .post ? try await self.body(of: request, resource, caller) : []
            guard gate.enter() else { throw .tooMuch }
            defer { gate.leave() }
            let response = try await answer(request, body, resource, caller)
            return request.method == .head ? response.createHeadResponse() : response
        } catch {
            var headers = error.headers
            headers[.contentType] = ErrorReport.mediaType
            return Response(error.status, error.report, headers)
        }
    }

    /// Each address asks at its pace.
    func countRequest(of caller: Caller) throws(APIProblem) { try Self.hold(requests.take(caller.address), "too many requests") }

    /// Whether who asks may. Who was refused too often is asked for no more than what is known to be right: others may have the same
    /// address, behind an ingress, and are not to be locked out. A guess is told from that, and is one of the requests of a second.
    func checkRight(_ caller: Caller, _ method: HTTPRequest.Method, _ path: String) async throws(APIProblem) {
        guard rights.protectsReading || (method != .get && method != .head) else { return }
        // Neither who bears nothing nor whose session a token stands behind makes a guess.
        guard caller.bearer != nil, caller.session == nil, !rights.isKnown(caller, method, path) else {
            return try await rights.check(caller, method, path)
        }
        try await judging(caller) { () async throws(APIProblem) in try await rights.check(caller, method, path) }
    }

    /// Judges a token that is not known to be right, and counts it when it is wrong.
    func judging<Judgement>(
        _ caller: Caller, _ judge: () async throws(APIProblem) -> Judgement
    ) async throws(APIProblem) -> Judgement {
        try Self.hold(refusals.wait(caller.address), "too many refused requests")
        do throws(APIProblem) {
            return try await judge()
        } catch {
            if error.status == .unauthorized || error.status == .forbidden { _ = refusals.take(caller.address) }
            throw error
        }
    }

    private static func hold(_ wait: Duration?, _ what: String) throws(APIProblem) {
        guard let wait else { return }
        throw APIProblem(
            .tooManyRequests, "\(what) from this address", headers: [.retryAfter: "\(max(1, Int(wait.inSeconds.rounded(.up))))"])
    }

    private func answer(_ request: Request, _ body: [UInt8], _ resource: APIResource, _ caller: Caller) async throws(APIProblem) -> Response
    {
        let isChange = request.method == .post || request.method == .delete
        let now = now()
        switch resource {
        case .explain: return try await explain(request.uri)
        case .decisions: return try await decisions(request.uri, now)
        case .suspensions where !isChange:
            _ = try RequestFields(query: request.uri, known: [])
            var suspensions: [Suspension] = []
            try await ask { suspensions = try await engine.leadersSuspensions() }
            return Response(.ok, SuspensionsReport(suspensions: suspensions.map { SuspensionReport($0) }))
        case .suspensions: return try await suspend(body, caller, now)
        case .suspension(let id): return try await lift(id, request.uri, caller)
        case .approve: return try await approve(body, caller)
        case .heal: return try await heal(body, caller)
        case .plan: return try await plan(body)
        case .revert: return try await revert(body, caller)
        case .resume(let rule): return try await resume(rule, body, caller)
        case .incidents: return try await incidents(request.uri, now)
        case .incident(let id): return try await incident(id, request.uri)
        case .oldIncidents: return try await forget(request.uri, caller, now)
        case .status: return try await status(request.uri, now)
        case .events: return try events(request, caller)
        case .alerts: return try await alerts(body, caller, now)
        case .fixes where !isChange: return try await fixes(request.uri)
        case .fixes: return try await keepFix(body, caller, now)
        case .fix(let id) where !isChange: return try await fix(id, request.uri)
        case .fix(let id): return try await forgetFix(id, request.uri, caller)
        case .applyFixes: return try await applyFixes(body, caller)
        }
    }

    private func explain(_ uri: URI) async throws(APIProblem) -> Response {
        let fields = try RequestFields(query: uri, known: ["subject", "rule", "healthy", "limit"])
        let subject = try fields.subject("subject")
        let healthy = try fields.flag("healthy") ?? (subject != nil)
        let limit = try fields.count("limit", 1...10_000) ?? 500
        let rule = try fields.line("rule", most: 200)
        return Response(.ok, ExplanationReport(await engine.explain(subject: subject, rule: rule, healthy: healthy, limit: limit)))
    }

    private func decisions(_ uri: URI, _ now: Instant) async throws(APIProblem) -> Response {
        let fields = try RequestFields(query: uri, known: ["since", "rule", "subject", "limit"])
        let since = try fields.past("since", from: now) ?? now - .hours(1)
        let limit = try fields.count("limit", 1...10_000) ?? 1000
        let query = TrailQuery(since: since, rule: try fields.line("rule", most: 200), subject: try fields.subject("subject"), limit: limit)
        let entries = try await read { () async throws(JournalError) in try await engine.trail(query) }
        return Response(.ok, DecisionsReport(at: now, since: since, entries: entries, limit: limit, partial: await engine.partial))
    }

    // MARK: Changes

    private func suspend(_ body: [UInt8], _ caller: Caller, _ now: Instant) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: ["kind", "rule", "subject", "for", "until", "by", "why"])
        guard let kind = Suspension.Kind(rawValue: try fields.required("kind", "silence or pause")) else {
            throw .field("kind", "is neither silence nor pause", expected: "silence or pause")
        }
        let rule = try fields.line("rule", most: 200)
        if let rule { try await checkRule(rule) }
        let until = try fields.end(from: now, within: Suspension.longest)
        guard until != nil || kind == .pause else {
            throw .field("for", "is missing: a silence always has an end", expected: "a time span (30m, 2h), or 'until' with a time")
        }
        let suspension = Suspension(
            id: Self.newID(kind), kind: kind, rule: rule, subject: try fields.subject("subject"), at: now, until: until,
            by: try fields.required("by", "who asks: \"anna\""), why: try fields.line("why", most: 1000) ?? "")
        guard await engine.suspensions.count < Self.mostSuspensions else {
            throw APIProblem(.conflict, "\(Self.mostSuspensions) pauses and silences hold already: lift some first")
        }
        try await ask { try await engine.suspend(suspension) }
        log("Asked for: \(kind.rawValue)", caller, ["id": "\(suspension.id)", "by": "\(suspension.by)"])
        let reach = await engine.reach(of: suspension)
        var warnings: [String] = []
        if !reach.isKnown, let subject = suspension.subject { warnings.append("no subject named \(subject) is known now") }
        if let forgets = await engine.forgets { warnings.append(forgets) }
        return Response(
            .created,
            SuspendedReport(suspension: SuspensionReport(suspension), incidents: reach.incidents, warnings: warnings),
            [.location: "/api/autoheal/suspensions/\(suspension.id)"])
    }

    private func lift(_ id: String, _ uri: URI, _ caller: Caller) async throws(APIProblem) -> Response {
        let by = try RequestFields(query: uri, known: ["by"]).line("by", most: 200) ?? "unknown"
        var lifted: Suspension?
        try await ask { lifted = try await engine.lift(id) }
        guard let lifted else { throw APIProblem(.notFound, "no pause or silence of that name holds") }
        log("Lifted: \(lifted.kind.rawValue)", caller, ["id": "\(lifted.id)", "by": "\(by)"])
        return Response(.ok, LiftedReport(lifted: SuspensionReport(lifted)))
    }

    /// The one open incident that a body names, and who asks.
    private func named(_ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> (IncidentKey, by: String, plan: String?) {
        let fields = try RequestFields(json: body, known: ["rule", "subject", "by", "plan"])
        let rule = try fields.required("rule", "the name of the rule")
        _ = try fields.required("subject", "KIND/NAME", most: 600)
        guard let filter = try fields.subject("subject") else { throw .field("subject", "is missing", expected: "KIND/NAME") }
        let by = try fields.required("by", "who asks: \"anna\"")
        let plan = try fields.line("plan", most: 64)
        guard plan.map({ $0.utf8.count == 64 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }) ?? true
        else { throw .field("plan", "is no digest", expected: "digest of POST /plan, as it came; left away for whatever is planned") }
        let open = await engine.explain(subject: filter, rule: rule, healthy: false).incidents.map(\.incident.key)
            .filter { filter.matches($0.subject) }
        guard let incident = open.first else {
            try await checkRule(rule)
            throw APIProblem(.notFound, "rule \(rule) has no open incident on \(filter)")
        }
        guard open.count == 1 else {
            let names = open.map { $0.subject.description }.joined(separator: ", ")
            throw .field("subject", "'\(filter)' is more than one", expected: "one of \(names)")
        }
        return (incident, by, plan)
    }

    private func heal(_ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> Response {
        let (key, by, plan) = try await named(body, caller)
        return try await hurry(key, by: by, plan: plan, caller, logging: "Not to wait")
    }

    /// The incident does not wait for its delay; every other guard is asked.
    func hurry(
        _ key: IncidentKey, by: String, plan: String? = nil, _ caller: Caller, logging message: String
    ) async throws(APIProblem) -> Response {
        var standing: Standing?
        try await ask { standing = try await engine.hurry(key, by: by, plan: plan) }
        guard let standing else { throw APIProblem(.notFound, "the incident was over meanwhile") }
        log(message, caller, ["rule": "\(key.rule)", "subject": "\(key.subject)", "by": "\(by)"])
        return Response(
            .ok,
            HealReport(
                rule: key.rule, subject: key.subject.description, by: by, now: IncidentReport.Standing(standing)))
    }

    private func approve(_ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> Response {
        let (key, by, plan) = try await named(body, caller)
        var confirmation = Confirmation.notAsked(nil, mode: nil)
        try await ask { confirmation = try await engine.approve(key, by: by, plan: plan) }
        guard case .confirmed(let changes) = confirmation else { throw Self.unconfirmed(key, confirmation) }
        log("Confirmed", caller, ["rule": "\(key.rule)", "subject": "\(key.subject)", "by": "\(by)"])
        return Response(
            .ok,
            ApprovedReport(
                rule: key.rule, subject: key.subject.description, by: by, asked: changes.map(\.summary).joined(separator: ", ")))
    }

    static func unconfirmed(_ key: IncidentKey, _ confirmation: Confirmation) -> APIProblem {
        switch confirmation {
        case .held(let standing):
            APIProblem(.conflict, "\(key) waits to be confirmed, and cannot be now: \(standing.reason). Confirm it when that is over")
        case .changed(let changes):
            APIProblem(
                .conflict,
                "\(key) asks for another plan by now: \(changes.map(\.summary).joined(separator: ", ")). Nothing was confirmed: look at it again"
            )
        case .notAsked(let standing?, .approve):
            APIProblem(.conflict, "\(key) does not ask yet, there is no plan to confirm: \(standing.reason)")
        case .notAsked(let standing, let mode):
            APIProblem(
                .conflict,
                "\(key) does not wait for anybody to confirm it"
                    + (mode.map { ": rule \(key.rule) is in mode \($0.rawValue)" } ?? "")
                    + (standing.map { "; it stands so: \($0.reason)" } ?? ""))
        case .confirmed: APIProblem(.internalServerError, "it failed")
        }
    }

    private func resume(_ rule: String, _ body: [UInt8], _ caller: Caller) async throws(APIProblem) -> Response {
        let fields = try RequestFields(json: body, known: ["by"])
        let by = try fields.line("by", most: 200)
        try await checkRule(rule)
        var isReinstated = false
        try await ask { isReinstated = try await engine.reinstate(rule) }
        if isReinstated { log("Reinstated", caller, ["rule": "\(rule)", "by": "\(by ?? "")"]) }
        return Response(.ok, ResumedReport(rule: rule, isReinstated: isReinstated))
    }

    // MARK: What they have in common

    /// The body of a change, JSON within bounds; read before the few places at the engine are taken.
    private func body(of request: Request, _ resource: APIResource, _ caller: Caller) async throws(APIProblem) -> [UInt8] {
        _ = try RequestFields(query: request.uri, known: [])
        try caller.checkIsJSON()
        let most = resource == .alerts ? Self.largestAlerts : Self.largestBody
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > most { throw .tooLarge("body", most) }
        guard arriving.enter() else { throw .tooMuch }
        defer { arriving.leave() }
        return try await request.body.whole("body", upTo: most, within: bodyTime)
    }

    /// Asks the engine; who does not lead says so.
    func ask(_ question: () async throws -> Void) async throws(APIProblem) {
        do {
            try await question()
        } catch let error as NotLeading {
            throw APIProblem(.conflict, "\(error); ask the leader", leader: error.why)
        } catch let error as NotReady {
            throw APIProblem(.serviceUnavailable, error.description, headers: [.retryAfter: "2"])
        } catch let error as JournalError {
            throw APIProblem(.serviceUnavailable, "the journal cannot be used: \(error)", headers: [.retryAfter: "2"])
        } catch {
            throw APIProblem(.internalServerError, "it failed")
        }
    }

    func checkRule(_ rule: String) async throws(APIProblem) {
        let known = await engine.ruleNames
        guard !known.contains(rule) else { return }
        let near = NearestName.of(rule, among: known).map { "; did you mean '\($0)'?" } ?? ""
        throw APIProblem(
            .notFound, "rule: no rule in force is named '\(rule.prefix(63))'\(near)", field: "rule",
            expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))")
    }

    func log(_ message: String, _ caller: Caller, _ metadata: Logger.Metadata) {
        logger.notice("\(message)", metadata: metadata.merging(["from": "\(caller.address)"]) { $1 })
    }

    /// `p-4k2n9x`: short enough to be typed, and not one of the few others by chance.
    static func newID(_ kind: Suspension.Kind) -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var value = UInt64.random(in: .min ... .max)
        var text = kind == .pause ? "p-" : "s-"
        for _ in 0..<8 {
            text.append(letters[Int(value & 31)])
            value >>= 5
        }
        return text
    }
}

extension HTTPFields {
    /// What goes with every answer that is no page: it is of the moment, what it says it is, no document, and for no page elsewhere.
    static let guarded: HTTPFields = {
        var headers: HTTPFields = [
            .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
        ]
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "same-origin" }
        return headers
    }()
}

extension Response {
    /// JSON with its keys in order, and a line end.
    init(_ status: HTTPResponse.Status, _ report: some Encodable, _ more: HTTPFields = [:]) {
        var headers = HTTPFields.guarded
        headers[.contentType] = "application/json"
        for field in more { headers[field.name] = field.value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let bytes = try Array(encoder.encode(report)) + [0x0A]
            self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        } catch {
            // Only a number that is none could not be written, and there is none in a report.
            self.init(
                status: .internalServerError, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "{\"success\":false,\"status\":500,\"detail\":\"it failed\"}\n")))
        }
    }
}

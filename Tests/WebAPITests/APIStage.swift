import AutomatonCore
import Foundation
import HTTPTypes
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import Engine
@testable import WebAPI

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
let json = "Content-Type: application/json"
let base = "/api/autoheal"

/// What a server under test has.
struct Stage {
    let client: TestClient
    let engine: Engine
    let furnaces: Furnaces
    let feed: ChangeFeed
    let inbox: AlertInbox
    let api: HealingAPI
    /// Bodies that are waited for by the API.
    var arriving: Int { api.arriving.taken }

    func get<Answer: Decodable>(_ path: String, as type: Answer.Type = Answer.self) async throws -> Answer {
        let answer = try await client.get(base + path)
        #expect(answer.status == 200, "\(path): \(answer.body)")
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body.utf8))
    }

    func post(_ path: String, _ body: String, headers: [String] = [json], host: String = "localhost") async throws -> (
        Int, ErrorReport?, String
    ) {
        let answer = try await client.get(base + path, method: "POST", host: host, headers: headers, body: body)
        return (answer.status, try? JSONDecoder().decode(ErrorReport.self, from: Data(answer.body.utf8)), answer.body)
    }

    func incident(of name: String) async throws -> IncidentReport? {
        try await get("/explain?subject=deployment/\(name)", as: ExplanationReport.self).incidents.first
    }
}

extension SettingsInForce {
    /// A value that somebody set, one that nobody did, and a file that is wrong by now.
    static let sample = SettingsInForce(
        settings: [
            Setting(
                name: "COOLDOWN", value: "12m", origin: "/etc/automaton/COOLDOWN", isDefault: false, standard: "5m",
                summary: "Quiet time after an attempt."),
            Setting(name: "DRY_RUN", value: "false", origin: "default", isDefault: true, standard: "false", summary: "Change nothing."),
        ], fingerprint: "00112233aabbccdd", lastGoodAt: WallClock.read(), problems: ["rules/a.yaml:3: <b>bold</b> is no key"])
}

func serving(
    _ modes: [String: Rule.Mode] = ["hot": .auto], delay: Duration = .zero, token: APIToken? = nil, reviews: (any TokenReviews)? = nil,
    protectsReading: Bool = false, remembered: Duration = .seconds(60),
    limits: RequestLimits = RequestLimits(requestsASecond: 10_000), isElected: Bool = false,
    names: [String] = ["boiler", "oven"], pace: FollowerPace = FollowerPace(), bodyTime: Duration = .seconds(10),
    _ body: (Stage) async throws -> Void
) async throws {
    let furnaces = Furnaces(names)
    let check = CheckID("thermometer")
    let rules = modes.sorted { $0.key < $1.key }.map { name, mode in
        Rule(
            name: name, check: check, tiers: [Tier([.above(figure: nil, 80)], priority: .critical)],
            remediations: [RemediationStep(use: "cool", verify: .seconds(10), stable: .milliseconds(20))], mode: mode)
    }
    var policy = SafetyPolicy()
    policy.delays = [delay, delay, delay, delay]
    // A furnace writes its temperature where others have replicas.
    policy.maximumReplicas = 100
    let environment = Environment(pods: furnaces, workloads: furnaces, limits: { SafetyPolicy() }, now: WallClock.read)
    let feed = ChangeFeed(run: "test")
    let inbox = AlertInbox(toldSince: WallClock.read())
    let engine = Engine(
        environment: environment, settings: EngineSettings(checkInterval: .milliseconds(20), shutdownTime: .seconds(1)), clock: .system(),
        observers: [feed], run: "test", isElected: isElected)
    await engine.configure(
        Ruleset(
            rules: rules, checks: [check: Thermometer(furnaces)],
            remediations: Dictionary(uniqueKeysWithValues: rules.map { ($0.name, [Cool()]) })), policy: policy)
    let api = HealingAPI(
        engine: engine, feed: feed, inbox: inbox,
        rights: Rights(token: token, reviews: reviews, protectsReading: protectsReading, remembered: remembered),
        limits: limits, logger: quiet, pace: pace, bodyTime: bodyTime, now: WallClock.read)
    let dashboard = Dashboard(api: api, version: "0.0.0-test", figures: FigureHistory()) { .sample }
    let server = WebServer(
        .init(host: "127.0.0.1", port: 0), registry: PrometheusRegistry(), health: { HealthReport() }, readiness: { ReadinessReport() },
        api: api, dashboard: dashboard, logger: quiet)
    let group = ServiceGroup(configuration: .init(services: [server, engine], logger: quiet))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        try await eventually("the server listens and the check has seen") {
            let unobserved = await engine.unobserved
            return server.port != nil && unobserved.isEmpty
        }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await body(
                    Stage(
                        client: TestClient(port: try #require(server.port)), engine: engine, furnaces: furnaces, feed: feed, inbox: inbox,
                        api: api)
                ))
        } catch {
            result = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.next()
        try result.get()
    }
}

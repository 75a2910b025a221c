import AutomatonCore
import Foundation
import Testing

@testable import Engine
@testable import WebAPI

/// The dashboard in a real browser: Debian's chromium, driven by Playwright from PyPI.
@Suite("Dashboard: in a browser", .timeLimit(.minutes(15)), .serialized)
struct BrowserTests {
    @Test("Every page in light, dark, and on a phone: nothing overflows, everything has a name, the console is silent")
    func looks() async throws {
        try await serving(["hot": .auto, "warm": .observe], delay: .minutes(2)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is seen") { try await stage.client.get("/").body.contains("incidents open") }
            try await browse("looks", stage)
        }
    }

    @Test("A page follows what happens, keeps its focus, and can be held")
    func live() async throws {
        try await serving(delay: .minutes(2)) { stage in
            try await browse("live", stage) { line in if line.contains("heat") { stage.furnaces.heat("boiler") } }
        }
    }

    @Test("By keyboard: from an incident to its silence, the message, and lifting it")
    func flows() async throws {
        try await serving(delay: .minutes(2)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is seen") { try await stage.client.get("/").body.contains("1 incident open") }
            try await browse("flows", stage)
        }
    }

    @Test("Without scripts everything works")
    func plain() async throws {
        try await serving { stage in
            try await browse("plain", stage)
            let suspensions = await stage.engine.suspensions
            #expect(suspensions.first?.by == "anna")
        }
    }

    @Test("A plan is approved as it is shown")
    func approves() async throws {
        try await serving(["hot": .approve]) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it asks") { try await stage.client.get("/").body.contains("Waits for you") }
            try await browse("approves", stage)
            #expect(stage.furnaces.temperature(of: "boiler") == 20)
        }
    }

    @Test("What helped is taken back, and the story says so")
    func reverts() async throws {
        try await serving { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is healed") {
                try await stage.get("/incidents", as: IncidentsReport.self).incidents.first?.status == "healed"
            }
            try await browse("reverts", stage)
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
        }
    }

    @Test("With a token, changing leads through signing in")
    func signsIn() async throws {
        try await serving(token: APIToken("0123456789abcdef0123".utf8, from: "a test")) { stage in
            try await browse("signs-in", stage)
        }
    }

    /// Plays a scenario; fails with what it says when it fails.
    private func browse(
        _ scenario: String, _ stage: Stage, _ hear: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        let tools = try #require(TestTools.playwright, "Playwright could not be installed")
        let script = try #require(Bundle.module.path(forResource: "dashboard", ofType: "py", inDirectory: "Browser"))
        let folder = ProcessInfo.processInfo.environment["DASHBOARD_SHOTS"].map { [$0] } ?? []
        let (status, said) = try await TestTools.run(
            tools + "/bin/python", [script, "http://localhost:\(stage.client.port)", scenario] + folder, hear)
        #expect(status == 0, "\(said)")
    }
}

import AutomatonCore
import Foundation
import LoopbackServer
import Simulator
import Synchronization
import Testing

/// Who is told, through the real binary.
@Suite("People are told", .timeLimit(.minutes(10)))
struct NotifyTests {
    /// Whoever listens to a webhook.
    private final class Listener: Sendable {
        private let server: LoopbackServer
        private let seen: Seen

        private final class Seen: Sendable { let requests = Mutex<[Connection.Request]>([]) }

        init(status: Int = 200, answers: Bool = true) throws {
            let seen = Seen()
            self.seen = seen
            server = try LoopbackServer { connection in
                while let request = connection.nextRequest() {
                    seen.requests.withLock { $0.append(request) }
                    if answers { connection.respond(status, "said so") } else { connection.waitForClose() }
                }
            }
        }

        var url: String { server.url }
        var requests: [Connection.Request] { seen.requests.withLock { $0 } }
        var bodies: [NSDictionary] {
            requests.compactMap { try? JSONSerialization.jsonObject(with: Data($0.body)) as? NSDictionary }
        }

        func body(_ condition: (NSDictionary) -> Bool) async throws -> NSDictionary {
            while true {
                if let body = bodies.first(where: condition) { return body }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("An OOM is healed while one receiver is dead; the other is told what was changed and that it is over, and metrics count it")
    func healed() async throws {
        let (listener, dead) = (try Listener(), try Listener(answers: false))
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "notify.yaml",
            """
            link: https://heal.example.org
            receivers:
              - { name: dead, kind: webhook, url: "\(dead.url)" }
              - { name: chat, kind: webhook, url: "\(listener.url)", secret: { env: HOOK_KEY } }
            routes:
              - receivers: [dead, chat]
                groupWait: 0s
                groupInterval: 10s
            """)
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--notify", path], environment: Stage.impatient.merging(["HOOK_KEY": "key"]) { $1 }) {
                automaton in
                try await automaton.line("Listening on")
                let metrics = try await Scrape(of: automaton)
                #expect(try await metrics.value(#"healing_notifications_total{notifier="chat",result="delivered"}"#) == "0")
                try await stage.oom(mebibytes: 1536)
                let told = try await listener.body { $0["kind"] as? String == "firing" }
                #expect((told["title"] as? String)?.hasPrefix("Auto-Heal: email-service") == true)
                #expect((told["title"] as? String)?.hasSuffix("Memory Raised (OOMKilled)") == true, "\(told["title"] ?? "")")
                try await automaton.line("Healed: oom-killed")
                let over = try await listener.body { $0["kind"] as? String == "resolved" }
                #expect(over["key"] as? String == told["key"] as? String)
                #expect((over["link"] as? String)?.hasPrefix("https://heal.example.org/incidents/") == true)
                #expect(listener.requests.allSatisfy { $0.headers["x-signature-256"]?.hasPrefix("sha256=") == true })
                #expect(try await metrics.value(#"healing_notifications_total{notifier="chat",result="delivered"}"#) == "2")
                #expect(try await metrics.value(#"healing_alerts_triggered_total{severity="critical",type="attempt"}"#) == "2")
                let example = try await metrics.incident(of: #"healing_alerts_triggered_total{severity="critical",type="attempt"}"#)
                #expect(example.map { (over["link"] as? String)?.hasSuffix($0) == true } == true, "\(example ?? "none")")
                #expect(dead.requests.count >= 1 && listener.requests.count == 2)
                automaton.terminate()
                try await until("it ends, for all that the dead one does") { automaton.end != nil }
                #expect(automaton.end == .exit(0))
            }
        }
    }

    @Test("The file is read anew while it runs: a bad one is told and changes nothing, a good one tells others")
    func reload() async throws {
        let (before, after) = (try Listener(), try Listener())
        let directory = try TemporaryDirectory()
        @Sendable func yaml(_ name: String, _ url: String) -> String {
            "receivers: [{ name: \(name), kind: webhook, url: \"\(url)\" }]\nroutes: [{ receivers: [\(name)], groupWait: 0s }]\n"
        }
        let path = try directory.write("notify.yaml", yaml("before", before.url))
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--notify", path], environment: Stage.impatient) { automaton in
                try await automaton.line("Listening on")
                let metrics = try await Scrape(of: automaton)
                let series = "healing_notify_config_last_reload_successful"
                #expect(try await metrics.value(series) == "1")
                _ = try directory.write("notify.yaml", "receivers: [{ name: after, kind: webhok }]\n")
                #expect(try await automaton.line("Who is told was rejected")["problem"].contains(path))
                try await until("the metric says so") { try await metrics.value(series) == "0" }
                _ = try directory.write("notify.yaml", yaml("after", after.url))
                try await automaton.line("Who is told was read anew")
                try await until("the metric says so") { try await metrics.value(series) == "1" }
                try await stage.oom(mebibytes: 1536)
                _ = try await after.body { $0["kind"] as? String == "firing" }
                #expect(try await metrics.value(#"healing_alerts_triggered_total{severity="critical",type="attempt"}"#) == "1")
                #expect(before.requests.isEmpty)
            }
        }
    }

    @Test("After a restart nobody is told again what an earlier run told, and what it told is resolved by the same key")
    func restart() async throws {
        let listener = try Listener()
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "notify.yaml",
            "receivers: [{ name: chat, kind: webhook, url: \"\(listener.url)\" }]\n"
                + "routes: [{ receivers: [chat], groupWait: 0s, groupInterval: 10s }]\n")
        let slow = Stage.impatient.merging(["STABLE_FOR": "8s", "VERIFY_TIMEOUT": "12s"]) { $1 }
        let options = ["--notify", path, "--state", directory.path + "/state"]
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(options, environment: slow) { automaton in
                try await automaton.line("Listening on")
                try await stage.oom(mebibytes: 1536)
                _ = try await listener.body { $0["kind"] as? String == "firing" }
                automaton.terminate()
                #expect(try await automaton.wait() == .exit(0), "\(automaton.transcript)")
            }
            #expect(listener.bodies.map { $0["kind"] as? String } == ["firing"])
            try await stage.withAutomaton(options, environment: slow) { automaton in
                _ = try await listener.body { $0["kind"] as? String == "resolved" }
            }
        }
        let bodies = listener.bodies
        #expect(bodies.map { $0["kind"] as? String } == ["firing", "resolved"], "\(bodies.map { $0["title"] ?? "" })")
        #expect(Set(bodies.map { $0["key"] as? String }).count == 1)
    }

    @Test("notify test says what the service answered; names and files that are wrong are told")
    func command() async throws {
        let (good, bad) = (try Listener(), try Listener(status: 404))
        let directory = try TemporaryDirectory()
        let path = try directory.write(
            "notify.yaml",
            """
            receivers:
              - { name: chat, kind: slack, url: { env: SLACK } }
              - { name: gone, kind: webhook, url: "\(bad.url)" }
            routes: [{ receivers: [chat] }]
            """)
        let secret = ["SLACK": good.url + "/services/hunter2"]
        let sent = try await Program.run(["notify", "test", "chat", "--notify", path], environment: secret)
        #expect(sent.end == .exit(0) && sent.out.contains("chat (slack) took it"), "\(sent.log)")
        #expect(good.requests.map(\.path) == ["/services/hunter2"])
        let refused = try await Program.run(["notify", "test", "gone"], environment: secret.merging(["NOTIFY": path]) { $1 })
        #expect(refused.end == .exit(2) && refused.log.contains("status 404: said so"), "\(refused.log)")
        let nobody = try await Program.run(["notify", "test", "char", "--notify", path], environment: secret)
        #expect(nobody.end == .exit(1) && nobody.log.contains("there are: chat, gone"))
        let unset = try await Program.run(["notify", "test", "chat", "--notify", path])
        #expect(unset.end == .exit(1) && unset.log.contains("notify.yaml:2:") && unset.log.contains("'SLACK' is not set"), "\(unset.log)")
        let none = try await Program.run(["notify", "test", "chat"])
        #expect(none.end == .exit(1) && none.log.contains("there is no notify.yaml"))
        let valid = try await Program.run(["notify", "validate", "--notify", path], environment: secret)
        #expect(valid.end == .exit(0) && valid.out.contains("chat (slack): attempt, person, resolved, notice"), "\(valid.out)\(valid.log)")
    }

    @Test("A wrong notify.yaml beside the thresholds ends a run before it begins, with its line; it is no threshold")
    func wrong() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("config/CHECK_INTERVAL", "30s")
        try directory.write("config/notify.yaml", "receivers:\n  - { name: chat, kind: slck }\nroutes: [{ receivers: [chat] }]\n")
        let run = try await Program.run(["run", "--rules", Program.shippedRules, "--config", directory.path + "/config"])
        #expect(run.end == .exit(1))
        #expect(run.log.contains("notify.yaml:2:") && run.log.contains("did you mean 'slack'?"), "\(run.log)")
        #expect(!run.log.contains("unknown threshold"))
    }
}

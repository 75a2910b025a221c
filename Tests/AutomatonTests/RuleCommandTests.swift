import Foundation
import Simulator
import Testing

/// `rules test`, `list`, `show`, `config show`: what they tell, and how they end.
@Suite("Commands on rules and the configuration", .timeLimit(.minutes(10)))
struct RuleCommandTests {
    @Test("The examples beside the shipped rules come out as expected, and each rule has some")
    func shippedExamples() async throws {
        let result = try await Program.run(["rules", "test", Program.shippedRules + "/tests", "-o", "json"])
        #expect(result.end == .exit(0), "\(result.out)\n\(result.log)")
        let report = try JSON(parsing: result.out)
        let files = Set(report["files"]?.array?.compactMap { $0["file"]?.string?.split(separator: "/").last.map(String.init) } ?? [])
        let rules = try FileManager.default.contentsOfDirectory(atPath: Program.shippedRules).filter { $0.hasSuffix(".yaml") }
        #expect(files == Set(rules))
        for file in report["files"]?.array ?? [] { #expect((file["cases"]?.array?.count ?? 0) >= 2, "\(file)") }
    }

    @Test("An example that does not come out prints the place, what was expected and what was decided instead")
    func failingExample() async throws {
        let directory = try TemporaryDirectory()
        for file in try FileManager.default.contentsOfDirectory(atPath: Program.shippedRules) where file.hasSuffix(".yaml") {
            try directory.write("rules/\(file)", try String(contentsOfFile: Program.shippedRules + "/" + file, encoding: .utf8))
        }
        let text = try String(contentsOfFile: Program.shippedRules + "/tests/deadline-exceeded.yaml", encoding: .utf8)
        let path = try directory.write(
            "rules/tests/wrong.yaml", text.replacing("{ at: 15m, tell: person }", with: "{ at: 5m, tell: person }"))
        let result = try await Program.run(["rules", "test", path])
        #expect(result.end == .exit(1))
        let line = 1 + (text.components(separatedBy: "\n").firstIndex { $0.contains("15m, tell") } ?? 0)
        #expect(result.out.contains("wrong.yaml:\(line): at 5m"), "\(result.out)")
        #expect(result.out.contains("expected: tell person") && result.out.contains("hold delay"), "\(result.out)")
        #expect(result.out.contains("1 passed, 1 failed"), "\(result.out)")
        // Examples are no rules.
        #expect(try await Program.run(["rules", "validate", directory.path + "/rules"]).end == .exit(0))
    }

    @Test("No file of examples is a rule, nor in the ConfigMap that is made of the rules")
    func examplesApart() throws {
        for file in ["rules/Kustomization", "k8s/self-healing-rules.yaml"] {
            let text = try String(contentsOfFile: ManifestsTests.repository + "/" + file, encoding: .utf8)
            #expect(!text.contains("tests/") && !text.contains("cases:"), "\(file)")
        }
    }

    @Test("rules list tells what is in force and what it lacks")
    func list() async throws {
        let arguments = ["rules", "list", "--rules", Program.shippedRules]
        let result = try await Program.run(arguments)
        #expect(result.end == .exit(0), "\(result.log)")
        let line = try #require(result.out.split(separator: "\n").first { $0.hasPrefix("kafka-lag") })
        #expect(
            line.contains("lag above 15000 messages: medium; lag above 20000 messages: high")
                && line.contains("needs KAFKA_BOOTSTRAP_SERVERS"), "\(line)")
        #expect(!result.out.contains("\u{1B}"))
        let with = try await Program.run(arguments + ["-o", "json"], environment: ["KAFKA_BOOTSTRAP_SERVERS": "broker:9092"])
        let rules = try JSON(parsing: with.out).array ?? []
        #expect(rules.count == 12)
        #expect(rules.first { $0["name"]?.string == "kafka-lag" }?["needs"]?.array?.isEmpty == true)
        #expect(rules.first { $0["name"]?.string == "postgres-connections" }?["needs"]?.array?.isEmpty == false)
    }

    @Test("rules show puts the thresholds in and says where they come from")
    func show() async throws {
        let arguments = ["rules", "show", "kafka-lag", "--rules", Program.shippedRules]
        let result = try await Program.run(arguments, environment: ["KAFKA_LAG_THRESHOLD": "12000"])
        #expect(result.end == .exit(0), "\(result.log)")
        #expect(result.out.contains("lag above 12000 messages: medium, acts after 15m (DELAY_MEDIUM, default)"), "\(result.out)")
        #expect(result.out.contains("KAFKA_LAG_THRESHOLD = 12000 (environment)"), "\(result.out)")
        #expect(result.out.contains("kafka-lag.yaml:"), "\(result.out)")
        let unknown = try await Program.run(["rules", "show", "kafka-lgg", "--rules", Program.shippedRules])
        #expect(unknown.end == .exit(1))
        #expect(unknown.log.contains("did you mean 'kafka-lag'"), "\(unknown.log)")
    }

    @Test("rules validate -o json tells every error with its place")
    func validate() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "rules/one.yaml", "name: one\ncheck: pod-helth\nwhen: [{ reason: OOMKilled, priority: high }]\nremediations: []\n")
        let result = try await Program.run(["rules", "validate", directory.path + "/rules", "-o", "json"])
        #expect(result.end == .exit(1))
        let report = try JSON(parsing: result.out)
        #expect(report["errors"]?.array?.first?["line"]?.int == 2)
        #expect(report["errors"]?.array?.first?["message"]?.string?.contains("pod-health") == true)
    }

    @Test("config show says where each value comes from and what it overrides")
    func config() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("config.yaml", "KAFKA_LAG_THRESHOLD: 12000\nMAX_REPLICAS: 6\nRESTART_THRESHOLD: 7\n")
        let result = try await Program.run(
            ["config", "show", "--config", file, "--restart-threshold", "9", "-o", "json"], environment: ["MAX_REPLICAS": "8"])
        #expect(result.end == .exit(0), "\(result.log)")
        let settings = try JSON(parsing: result.out)["settings"]?.array ?? []
        func setting(_ key: String) -> JSON? { settings.first { $0["key"]?.string == key } }
        #expect(setting("KAFKA_LAG_THRESHOLD")?["place"]?.string == "\(file):1")
        #expect(setting("MAX_REPLICAS")?["from"]?.string == "environment")
        #expect(setting("MAX_REPLICAS")?["value"]?.string == "8")
        #expect(setting("MAX_REPLICAS")?["overridden"]?.array?.first?["place"]?.string == "\(file):2")
        #expect(setting("RESTART_THRESHOLD")?["from"]?.string == "--restart-threshold")
        #expect(setting("CHECK_INTERVAL")?["from"]?.string == "default")
        let one = try await Program.run(["config", "show", "MAX_REPLICAS", "--config", file])
        #expect(one.out.hasPrefix("MAX_REPLICAS = 6") && one.out.contains("\(file):2") && one.out.contains("from 1 to 10000"), "\(one.out)")
    }

    @Test("No secret of the environment is printed, and a wrong value is told with its place")
    func configSecrets() async throws {
        let secrets = [
            "PGPASSWORD": "hunter2-pg", "KAFKA_SASL_PASSWORD": "hunter2-kafka", "API_TOKEN": "hunter2-token-0123456789abcdef",
            "JOURNAL_DATABASE": "postgresql://anna:hunter2-db@db/journal", "GEMINI_API_KEY": "hunter2-gemini",
            "KAFKA_SASL_JAAS": "hunter2-jaas",
        ]
        for form in ["text", "json"] {
            let result = try await Program.run(["config", "show", "-o", form], environment: secrets)
            #expect(result.end == .exit(0), "\(result.log)")
            #expect(!result.out.contains("hunter2") && !result.log.contains("hunter2"))
            for name in secrets.keys { #expect(result.out.contains(name), "\(name)") }
        }
        let wrong = try await Program.run(["config", "show"], environment: ["MAX_REPLICAS": "many"])
        #expect(wrong.end == .exit(1))
        #expect(wrong.log.contains("MAX_REPLICAS: 'many' is not a whole number"), "\(wrong.log)")
        #expect(wrong.out.contains("default, as what is written is wrong") && wrong.out.contains("'many' of environment"), "\(wrong.out)")
        let pasted = "sk-live-" + String(repeating: "Zq9", count: 20)
        let hostile = try await Program.run(
            ["config", "show"],
            environment: ["MAX_REPLICAS": pasted, "DRY_RUN": "\u{1B}]0;owned\u{07}" + String(repeating: "no", count: 40)])
        #expect(!(hostile.out + hostile.log).contains("Zq9Zq9") && !(hostile.out + hostile.log).contains("\u{1B}"), "\(hostile.out)")
        #expect(hostile.log.contains(#"DRY_RUN: '\u{1b}]0;owned\u{7}"#) && !hostile.log.contains("nononono"), "\(hostile.log)")
        let unknown = try await Program.run(["config", "show", "MAX_REPLICA"])
        #expect(unknown.end == .exit(1))
        #expect(unknown.log.contains("did you mean 'MAX_REPLICAS'?"))
    }

    @Test("Tables fit a terminal of 80, 100 and 160 columns, and are whole in a pipe", arguments: [80, 100, 160] as [UInt16])
    func widths(_ columns: UInt16) async throws {
        for command in [["rules", "list", "--rules", Program.shippedRules], ["config", "show"]] {
            let terminal = try TerminalProgram(command, columns: columns, environment: ["NO_COLOR": "1", "MAX_REPLICAS": "8"])
            #expect(try await terminal.wait() == .exit(0))
            let lines = terminal.screen.split(separator: "\n")
            #expect(lines.count > 12 && lines.allSatisfy { $0.count <= Int(columns) }, "\(command) \(columns): \(terminal.screen)")
            let piped = try await Program.run(command)
            #expect(piped.out.split(separator: "\n").contains { $0.count > 100 }, "\(piped.out)")
            #expect(!piped.out.contains("…"))
        }
    }

    @Test("A variable that is nearly one that is read is told, without its value; what belongs to others is not")
    func mistyped() async throws {
        let environment = [
            "KAFKA_LAG_TRESHOLD": "hunter2", "Max_Replicas": "hunter2", "KAFKA_BOOTSTRAP_SERVER": "hunter2", "SUMARY_API_KEY": "hunter2",
            // Of Services, of librdkafka, of libpq, of others.
            "KAFKA_PORT": "tcp://10.0.0.1:9092", "KAFKA_SERVICE_HOST": "10.0.0.1", "KAFKA_LAG_THRESHOLD_SERVICE_PORT": "1", "PGPORTS": "1",
            "MAX_REPLICAS_PORT": "1", "COOLDOWN_PORT_80_TCP": "1", "KAFKA_SSL_CRL_LOCATION": "/x", "PATHS": "/x", "PAUSES_ALL": "1",
            "MEMORY_LIMIT": "1", "RESTART_POLICY": "1",
        ]
        let meant = [
            ("KAFKA_LAG_TRESHOLD", "KAFKA_LAG_THRESHOLD"), ("Max_Replicas", "MAX_REPLICAS"),
            ("KAFKA_BOOTSTRAP_SERVER", "KAFKA_BOOTSTRAP_SERVERS"), ("SUMARY_API_KEY", "SUMMARY_API_KEY"),
        ]
        let text = try await Program.run(["config", "show"], environment: environment)
        #expect(text.end == .exit(0), "\(text.log)")
        for (name, known) in meant {
            #expect(text.log.contains("'\(name)' in the environment is read by nobody; did you mean \(known)?\n"))
        }
        #expect(text.log.split(separator: "\n").count == meant.count && !(text.out + text.log).contains("hunter2"), "\(text.log)")
        let json = try JSON(parsing: try await Program.run(["config", "show", "-o", "json"], environment: environment).out)
        #expect(Set(json["mistyped"]?.array?.compactMap { $0["name"]?.string } ?? []) == Set(meant.map(\.0)), "\(json)")
        let one = try await Program.run(["config", "show", "MAX_REPLICAS"], environment: environment)
        #expect(one.log.contains("Max_Replicas") && !one.log.contains("TRESHOLD"), "\(one.log)")
        // At the start, too; without access to a cluster it ends after that.
        let run = try await Program.run(
            ["run", "--rules", Program.shippedRules, "--kubeconfig", "/nowhere"], environment: ["KAFKA_LAG_TRESHOLD": "hunter2"])
        #expect(run.log.contains("did you mean KAFKA_LAG_THRESHOLD?") && !run.log.contains("hunter2"), "\(run.log)")
    }
}

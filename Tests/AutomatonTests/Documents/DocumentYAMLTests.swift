import AutomatonCore
import Checks
import CurlHTTP
import Engine
import ExamplePlugins
import Foundation
import Notify
import Remediations
import Rules
import Testing

/// Every piece of YAML in the documents is read by what a person would give it to.
@Suite("YAML of the documents", .timeLimit(.minutes(5)))
struct DocumentYAMLTests {
    @Test("It is read without an error", arguments: Documents.blocks("yaml"))
    func read(_ block: MarkdownPage.Block) async throws {
        let place = "\(block.page):\(block.line)"
        switch Reader(of: block) {
        case .rule: Self.expectRule(block.text, place)
        case .partOfRule: Self.expectPartOfRule(block.text, place)
        case .thresholds:
            let directory = try TemporaryDirectory()
            let file = try directory.write("thresholds.yaml", block.text)
            #expect(throws: Never.self, "\(place)") { try ThresholdLoader(path: file).load() }
        case .receivers:
            let name = block.text.firstMatch(of: /name: ([\w-]+)/).map { String($0.1) } ?? ""
            try await Self.expectNotify(
                "receivers:\n\(block.indented(2))routes: [{ receivers: [\(name)] }]\n", place, in: block)
        case .notify: try await Self.expectNotify(block.text, place, in: block)
        case .manifest: try await Self.expectManifest(block.text, place)
        case .alerts: try await Self.expectAlerts("groups:\n  - name: page\n    rules:\n\(block.indented(6))", place)
        case .alertmanager: try await Self.expectAlertmanager(block.text, place)
        case .annotations: Self.expectAnnotations(block, place)
        case .fixes:
            let fixes = try FixFile.fixes(in: block.text, file: place, now: WallClock.read())
            #expect(!fixes.isEmpty, "\(place)")
        case .examples: try await Self.expectExamples(block.text, place)
        case nil:
            Issue.record(
                """
                \(place): nothing here reads YAML with the keys \(Reader.keys(of: block).joined(separator: ", ")). Write all of a rule, \
                notify.yaml or a manifest, or add what reads it to DocumentYAMLTests.
                """)
        }
    }

    @Test("What is wrong is found")
    func wrong() {
        func block(_ text: String) -> MarkdownPage.Block { .init(page: "page", line: 1, kind: "yaml", text: text) }
        #expect(Reader(of: block("name: a\ncheck: pod-health\nwhen: []\n")) == .rule)
        #expect(Reader(of: block("when:\n  - { above: 1, priority: low }\n")) == .partOfRule)
        #expect(Reader(of: block("colour: red\n")) == nil)
        #expect(
            Self.problems(rule: "name: a\ncheck: pod-helth\nwhen: [{ above: 1, priority: low }]\n").contains { $0.contains("pod-health") })
        #expect(!Self.problems(part: "with: { windw: 5m }\n").isEmpty)
        #expect(Self.problems(part: "with: { window: 5m }\n").isEmpty)
    }

    // MARK: Rules

    private static let loader = RuleLoader(
        checks: builtInChecks + [MemorySkew.self], remediations: builtInRemediations, namespace: "production")

    private static func problems(rule text: String) -> [String] {
        do {
            _ = try loader.load([SourceFile(path: "rule.yaml", text: text)], thresholds: Thresholds())
            return []
        } catch {
            // Rules that it inhibits stand elsewhere.
            return error.problems.map(\.description).filter { !$0.contains("inhibits") }
        }
    }

    private static func expectRule(_ text: String, _ place: String) {
        let problems = problems(rule: text)
        #expect(problems.isEmpty, "\(place): \(problems.joined(separator: "\n"))")
    }

    /// Some keys of a rule are right when there is a check with which they make one.
    private static func problems(part text: String) -> [String] {
        let keys = Set(text.matches(of: /(?m)^([a-zA-Z]+):/).map { String($0.1) })
        var fewest: [String]?
        for name in (builtInChecks + [MemorySkew.self]).map({ $0.name }) {
            for tier in ["above: 1, priority: low", "reason: Firing, priority: low"] {
                for subject in ["", "subject: deployment/shop\n"] {
                    var whole = keys.contains("name") ? "" : "name: part\n"
                    if !keys.contains("check") { whole += "check: \(name)\n" }
                    if name == "kafka-lag", !keys.contains("with") { whole += "with: { group: shop }\n" }
                    if !keys.contains("when") { whole += "when: [{ \(tier) }]\n" }
                    if !keys.contains("remediations") { whole += "remediations: []\n" }
                    if !keys.contains("subject") { whole += subject }
                    let found = problems(rule: whole + text)
                    if fewest.map({ found.count < $0.count }) ?? true { fewest = found }
                }
            }
        }
        return fewest ?? []
    }

    private static func expectPartOfRule(_ text: String, _ place: String) {
        let problems = problems(part: text)
        #expect(problems.isEmpty, "\(place): with no check this is part of a rule: \(problems.joined(separator: "\n"))")
    }

    /// Examples beside the shipped rules come true.
    private static func expectExamples(_ text: String, _ place: String) async throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: Program.shippedRules, toPath: directory.path + "/rules")
        let file = try directory.write("rules/tests/document.yaml", text)
        let result = try await Program.run(["rules", "test", file])
        #expect(result.end == .exit(0), "\(place): \(result.out)\(result.log)")
    }

    // MARK: Who is told

    /// Secrets are where the file says that they are.
    private static func expectNotify(_ text: String, _ place: String, in block: MarkdownPage.Block) async throws {
        let directory = try TemporaryDirectory()
        var text = text
        for file in Set(text.matches(of: /file: (\/[\w\/-]+)/).map { String($0.1) }) {
            let secret = try directory.write("secrets" + file, "0123456789abcdef0123456789abcdef\n")
            text = text.replacing("file: \(file)", with: "file: \(secret)")
        }
        let names = text.matches(of: /env: ([A-Z_]+)/).map { String($0.1) }
        // A secret may be an address, a key or a token; what it must look like is told by the kind.
        for value in ["https://hooks.example.org/services/T0000000/B0000000/abcdefgh", "0123456789abcdef0123456789abcdef"] {
            let http = try HTTPClient()
            let context = ReceiverContext(
                http: http, environment: Dictionary(names.map { ($0, value) }) { $1 }, now: { Instant(seconds: 1_800_000_000) },
                remark: { _ in })
            let result = Result { () throws(ConfigurationErrors) in
                try NotifyLoader(context).load(SourceFile(path: "notify.yaml", text: text))
            }
            await http.shutdown()
            switch result {
            case .success: return
            case .failure(let error):
                guard value.hasPrefix("https") else {
                    Issue.record("\(place): \(error)")
                    return
                }
            }
        }
    }

    // MARK: Kubernetes, Prometheus, Alertmanager

    private static func expectManifest(_ text: String, _ page: String) async throws {
        guard let validator = Command.validator else { return }
        // A kustomization is no object of a cluster; kubectl knows it.
        if text.contains("kind: Kustomization") {
            guard let kubectl = Command.kubectl else { return }
            let place = try DocumentPlace()
            try place.directory.write("own/kustomization.yaml", text)
            let built = try await Command.run(
                kubectl, ["kustomize", "--load-restrictor=LoadRestrictionsNone", place.directory.path + "/own"])
            #expect(built.status == 0, "\(page): \(built.said)")
            return
        }
        let directory = try TemporaryDirectory()
        let file = try directory.write("manifest.yaml", text)
        let result = try await Command.run(validator, ["--strict", "--quiet", file])
        #expect(result.status == 0, "\(page): \(result.said)")
    }

    private static func expectAlerts(_ text: String, _ place: String) async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("alerts.yaml", text)
        let result = try await Command.run("/usr/bin/env", ["promtool", "check", "rules", file])
        #expect(result.status == 0, "\(place): \(result.said)")
    }

    private static func expectAlertmanager(_ text: String, _ place: String) async throws {
        #expect(text.contains("/api/autoheal/alerts"), "\(place): it does not name the webhook")
        let amtool = ["/usr/bin/amtool", "/usr/local/bin/amtool"].first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let amtool else { return }
        let directory = try TemporaryDirectory()
        let file = try directory.write("alertmanager.yml", text)
        let result = try await Command.run(amtool, ["check-config", file])
        #expect(result.status == 0, "\(place): \(result.said)")
    }

    /// What objects ask for themselves.
    private static func expectAnnotations(_ block: MarkdownPage.Block, _ place: String) {
        for match in block.text.matches(of: /self-healing-automaton\/([\w-]+): *"?([^"\n]+)"?/) {
            let value = String(match.2)
            switch match.1 {
            case "mode": #expect(ObjectWish.Mode(rawValue: value) != nil, "\(place): there is no mode \(value)")
            case "paused-until": #expect(value == "true" || Instant(rfc3339: value) != nil, "\(place): \(value) is no time")
            default: Issue.record("\(place): there is no annotation self-healing-automaton/\(match.1)")
            }
        }
    }
}

/// What reads a piece of YAML, by the keys that it begins with.
private enum Reader {
    case rule, partOfRule, thresholds, receivers, notify, manifest, alerts, alertmanager, annotations, fixes, examples

    static func keys(of block: MarkdownPage.Block) -> [String] {
        block.text.matches(of: /(?m)^(?:- )?(?:\{ )?([A-Za-z_]+):/).map { String($0.1) }
    }

    init?(of block: MarkdownPage.Block) {
        let keys = Set(Self.keys(of: block))
        let isList = block.lines.contains { $0.hasPrefix("- ") }
        if keys == ["fixes"] || (keys.contains("fixes") && block.text.hasPrefix("fixes:")) {
            self = .fixes
        } else if keys.contains("cases") {
            self = .examples
        } else if keys.isSuperset(of: ["apiVersion", "kind"]) {
            self = .manifest
        } else if block.text.contains("webhook_configs:") {
            self = .alertmanager
        } else if isList {
            guard let reader: Reader = keys.contains("alert") ? .alerts : keys.contains("name") ? .receivers : nil else { return nil }
            self = reader
        } else if block.text.contains("self-healing-automaton/"), keys == ["metadata"] {
            self = .annotations
        } else if keys.isSubset(of: ["link", "defaults", "receivers", "routes"]) {
            self = .notify
        } else if keys.allSatisfy({ $0 == $0.uppercased() }) {
            self = .thresholds
        } else if keys.isSuperset(of: ["name", "check", "when"]) {
            self = .rule
        } else if keys.isSubset(of: Self.ruleKeys) {
            self = .partOfRule
        } else {
            return nil
        }
    }

    private static let ruleKeys: Set<String> = [
        "name", "summary", "check", "with", "needs", "subject", "when", "predict", "remediations", "mode", "approveWithin", "inhibits",
        "cooldown", "maintenance",
    ]
}

extension MarkdownPage.Block {
    /// Its lines, further to the right.
    fileprivate func indented(_ count: Int) -> String {
        lines.map { $0.isEmpty ? "" : String(repeating: " ", count: count) + $0 }.joined(separator: "\n") + "\n"
    }
}

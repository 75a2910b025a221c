import AutomatonCore
import Foundation
import Testing

/// The kustomize components under `k8s/components`: each does what it is for, also beside the others.
@Suite("Components", .timeLimit(.minutes(10)), .enabled(if: Command.kubectl != nil, "kubectl is missing"))
struct ComponentsTests {
    /// What each leaves in what is built, and what nobody else does.
    private static let marks: [String: [String]] = [
        "acceptance": ["DELAY_HIGH: 0s"],
        "cluster-wide": ["- --all-namespaces\n", "kind: ClusterRole\n  name: self-healing-automaton\nsubjects"],
        "evict": ["- pods/eviction\n  verbs:\n  - create", "- use: evict-pods"],
        "grafana": ["grafana_dashboard: \"1\""],
        "ha": ["replicas: 2\n", "- --journal-password-file=", "secretName: self-healing-journal"],
        "node-disks": ["- nodes/proxy\n  verbs:\n  - get", "- pods/exec\n  verbs:\n  - get\n  - create", "\n  disk-usage.yaml: |"],
        "observe-only": ["- --dry-run\n", "- --no-leader-election\n"],
        "prometheus-operator": ["kind: ServiceMonitor\n", "kind: PrometheusRule\n"],
    ]
    /// What excludes which, as the documents say.
    private static let excluded: Set<Set<String>> = Set(
        ["cluster-wide", "evict", "ha", "node-disks"].map { ["observe-only", $0] })

    private static let names = ManifestsTests.names(in: "components")

    /// Builds the base with components, in a namespace of one's own, or whatever else a kustomization says.
    private static func build(_ components: [String], more: String = "") async throws -> String {
        let list = components.map { "  - ../k8s/components/\($0)\n" }.joined()
        return try await built("namespace: shop\nresources: [../k8s/base]\ncomponents:\n\(list)\(more)")
    }

    private static func built(_ kustomization: String) async throws -> String {
        let directory = try TemporaryDirectory()
        for folder in ["k8s", "rules"] {
            try FileManager.default.copyItem(atPath: "\(ManifestsTests.repository)/\(folder)", toPath: "\(directory.path)/\(folder)")
        }
        try directory.write("own/kustomization.yaml", kustomization)
        let built = try await Command.run(#require(Command.kubectl), ["kustomize", directory.path + "/own"])
        #expect(built.status == 0, "\(kustomization)\n\(built.said)")
        return built.said
    }

    private static func objects(_ text: String, _ kind: String) -> [String] {
        text.components(separatedBy: "\n---\n").filter { "\n\($0)".contains("\nkind: \(kind)\n") }
    }

    @Test("Each has the overlay of its name, which is the base and that one, and nothing of its own")
    func overlays() throws {
        #expect(Self.names == Self.marks.keys.sorted() && Self.names == ManifestsTests.overlays)
        for name in Self.names {
            let folder = ManifestsTests.k8s + "/overlays/\(name)"
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["kustomization.yaml"])
            let lines = try String(contentsOfFile: folder + "/kustomization.yaml", encoding: .utf8).split(separator: "\n")
            #expect(lines.suffix(4) == ["resources:", "  - ../../base", "components:", "  - ../../components/\(name)"], "\(name)")
        }
    }

    @Test("What excludes which stands in the document, and in the head of both")
    func exclusions() throws {
        func head(_ name: String) throws -> String {
            try String(contentsOfFile: "\(ManifestsTests.k8s)/components/\(name)/kustomization.yaml", encoding: .utf8)
                .split(separator: "\n").prefix { $0.hasPrefix("#") }.joined(separator: "\n")
        }
        let page = try String(contentsOfFile: ManifestsTests.repository + "/docs/kubernetes.md", encoding: .utf8)
        let line = try #require(page.firstMatch(of: /- `observe-only` excludes ([^:]*):/)?.1)
        let told = Set(line.matches(of: /`([\w-]+)`/).map { Set(["observe-only", String($0.1)]) })
        #expect(told == Self.excluded)
        for name in Self.names where name != "observe-only" {
            let isExcluded = Self.excluded.contains([name, "observe-only"])
            #expect(try head(name).contains("Not with observe-only") == isExcluded, "\(name)")
            if isExcluded { #expect(try head("observe-only").contains(name), "\(name)") }
        }
    }

    @Test("Any two that do not exclude each other are built together, in either order, and both take effect", arguments: names)
    func pairs(_ first: String) async throws {
        for second in Self.names where second != first && !Self.excluded.contains([first, second]) {
            let text = try await Self.build([first, second])
            for (name, marks) in Self.marks {
                for mark in marks { #expect(text.contains(mark) == [first, second].contains(name), "\(first), \(second): \(mark)") }
            }
        }
    }

    @Test("All that do not exclude each other take effect together, and what is built is valid")
    func all() async throws {
        // In the order in which cluster-wide is to come.
        let names = Self.names.filter { !["cluster-wide", "observe-only"].contains($0) } + ["cluster-wide"]
        let text = try await Self.build(names)
        for name in names { for mark in Self.marks[name] ?? [] { #expect(text.contains(mark), "\(name): \(mark)") } }
        #expect(!text.contains("namespace: production"))
        for word in ["- delete\n", "- deletecollection\n", "- '*'\n", "kind: Secret\n"] { #expect(!text.contains(word), "\(word)") }
        guard Command.validator != nil else { return }
        let directory = try TemporaryDirectory()
        try await ManifestsTests.validate(try directory.write("built.yaml", text))
    }

    /// What one service account is allowed by everything that is bound to it, in a namespace and everywhere.
    private static func allowed(_ text: String) throws -> (namespace: [GrantedRights.Rule], cluster: [GrantedRights.Rule]) {
        func bound(_ binding: String, _ role: String) throws -> [GrantedRights.Rule] {
            let roles = objects(text, role)
            return try objects(text, binding).flatMap { binding in
                #expect(binding.contains("- kind: ServiceAccount\n  name: self-healing-sa\n  namespace: shop"), "\(binding)")
                let name = try #require(binding.firstMatch(of: /roleRef:\n.*\n  kind: (\w+)\n  name: ([\w-]+)/))
                #expect(name.1 == role)
                let own = try #require(roles.first { $0.contains("\n  name: \(name.2)\n") }, "no \(role) \(name.2)")
                return BuiltRole.rules(own)
            }
        }
        return (try bound("RoleBinding", "Role"), try bound("ClusterRoleBinding", "ClusterRole"))
    }

    @Test("The rights of evict and of node-disks come beside those of the base, and no others")
    func rights() async throws {
        let base = Set(try Self.allowed(try await Self.build([])).namespace)
        let (namespace, cluster) = try Self.allowed(try await Self.build(["evict", "node-disks"]))
        let evict = GrantedRights.Rule(verbs: ["create"], groups: [""], resources: ["pods/eviction"])
        let exec = GrantedRights.Rule(verbs: ["get", "create"], groups: [""], resources: ["pods/exec"])
        #expect(base.count > 10 && Set(namespace) == base.union([evict, exec]) && namespace.count == base.count + 2)
        let proxy = GrantedRights.Rule(verbs: ["get"], groups: [""], resources: ["nodes/proxy"])
        #expect(cluster == [proxy])

        let wide = try Self.allowed(try await Self.build(["evict", "node-disks", "cluster-wide"]))
        #expect(Set(wide.namespace.flatMap(\.resources)) == ["configmaps", "leases"])
        #expect(Set(wide.cluster).isSuperset(of: [evict, exec, proxy]))
        #expect(Set(wide.namespace + wide.cluster) == base.union([evict, exec, proxy]))
        // Before them, it leaves them where they are.
        let before = try Self.allowed(try await Self.build(["cluster-wide", "evict"]))
        #expect(before.namespace.contains(evict) && !before.cluster.contains(evict))
    }

    @Test("What the service account is allowed with both is what 'automaton rbac' says of their rules")
    func sameAsRBAC() async throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: Program.shippedRules, toPath: directory.path + "/rules")
        let evict = try String(contentsOfFile: ManifestsTests.k8s + "/components/evict/start-failure.yaml", encoding: .utf8)
        try directory.write("rules/start-failure.yaml", evict)
        let printed = try await RBACTests.roles(directory.path + "/rules")
        let (namespace, cluster) = try Self.allowed(try await Self.build(["node-disks", "evict"]))
        #expect(Set(namespace) == Set(printed.filter { $0.kind == "Role" }.flatMap(\.rules)))
        #expect(Set(cluster) == Set(printed.filter { $0.kind == "ClusterRole" }.flatMap(\.rules)))
    }

    @Test("The kustomization of one's own in the document does all that it says")
    func own() async throws {
        let page = try String(contentsOfFile: ManifestsTests.repository + "/docs/kubernetes.md", encoding: .utf8)
        let example = try #require(page.firstMatch(of: /```yaml\n(apiVersion: kustomize[^`]*)```/)?.1)
        let text = try await Self.built(String(example))
        for name in ["ha", "prometheus-operator", "grafana"] {
            for mark in Self.marks[name] ?? [] { #expect(text.contains(mark), "\(name): \(mark)") }
        }
        let config = try #require(Self.objects(text, "ConfigMap").first { $0.contains("\n  name: self-healing-config\n") })
        for line in ["KAFKA_LAG_THRESHOLD: \"20000\"", "MAX_REPLICAS: \"20\"", "DELAY_HIGH: 5m"] { #expect(config.contains(line)) }
        #expect(text.contains("image: registry.example.com/self-healing-automaton:0.1.0-1\n"))
        #expect(!text.contains("namespace: production"))
        for object in text.components(separatedBy: "\n---\n") {
            #expect(object.contains("\n  namespace: shop"), "\(object.prefix(200))")
        }
        let rule = try #require(Self.objects(text, "PrometheusRule").first)
        let alerts = rule.matches(of: /- alert: (\w+)/).map { String($0.1) }
        let urls = rule.matches(of: /runbook_url: (\S+)/).map { String($0.1) }
        #expect(alerts.count > 10)
        #expect(urls == alerts.map { "https://git.example.com/shop/self-healing-automaton/docs/runbook.md#\($0.lowercased())" })
        guard Command.validator != nil else { return }
        let directory = try TemporaryDirectory()
        try await ManifestsTests.validate(try directory.write("built.yaml", text))
    }
}

/// A Role as kustomize prints it.
private enum BuiltRole {
    static func rules(_ text: String) -> [GrantedRights.Rule] {
        var rules: [GrantedRights.Rule] = []
        var key = ""
        for line in text.components(separatedBy: "\nrules:\n").last?.split(separator: "\n") ?? [] {
            guard let match = line.wholeMatch(of: /(- | {2})(?:(\w+):|- (.*))/) else { break }
            if match.1 == "- ", match.2 != nil { rules.append(.init(verbs: [], groups: [], resources: [])) }
            guard !rules.isEmpty else { break }
            if let name = match.2 { key = String(name) }
            guard let value = match.3.map({ $0 == "\"\"" ? "" : String($0) }) else { continue }
            let last = rules.count - 1
            switch key {
            case "apiGroups": rules[last].groups.insert(value)
            case "resources": rules[last].resources.insert(value)
            case "resourceNames": rules[last].names.insert(value)
            case "verbs": rules[last].verbs.insert(value)
            default: break
            }
        }
        return rules
    }
}

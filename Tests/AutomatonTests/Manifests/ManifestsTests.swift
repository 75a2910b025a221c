import Foundation
import Simulator
import Testing

/// What is shipped under `k8s/`: made from what it says, valid, and what the program reads.
@Suite("Manifests", .timeLimit(.minutes(10)))
struct ManifestsTests {
    static let repository = URL(fileURLWithPath: Program.shippedRules).deletingLastPathComponent().path
    static let k8s = repository + "/k8s"
    static let overlays = names(in: "overlays")

    /// The names in a folder of `k8s/`, in order.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(k8s)/\(folder)")) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    @Test("The roles, the rules and the alerts are what `make manifests` makes")
    func drift() async throws {
        let directory = try TemporaryDirectory()
        let copy = directory.path + "/k8s"
        try FileManager.default.copyItem(atPath: Self.k8s, toPath: copy)
        let made = try await Command.run(
            "/bin/bash", [Self.repository + "/scripts/manifests.sh", try Program.executable().path, copy])
        #expect(made.status == 0, "\(made.said)")
        let difference = try await Command.run("/usr/bin/diff", ["-r", Self.k8s, copy])
        #expect(difference.status == 0, "run 'make manifests':\n\(difference.said)")
        // It would say so if one of them were otherwise.
        let manifest = copy + "/base/self-healing-automaton.yaml"
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        #expect(text.contains("verbs: [get, patch]"))
        try text.replacing("verbs: [get, patch]", with: "verbs: [get, patch, delete]").write(
            toFile: manifest, atomically: true, encoding: .utf8)
        #expect(try await Command.run("/usr/bin/diff", ["-r", Self.k8s, copy]).status == 1)
    }

    @Test("Kustomize and kubectl apply bring the same rules, all but the one whose rights are an overlay's")
    func rules() async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Program.shippedRules).filter { $0.hasSuffix(".yaml") }.sorted()
        let kustomization = try String(contentsOfFile: Program.shippedRules + "/Kustomization", encoding: .utf8)
        let listed = kustomization.split(separator: "\n").filter { $0.hasSuffix(".yaml") }.map {
            String($0.drop { $0 == " " || $0 == "-" })
        }
        #expect(listed == names.filter { $0 != "disk-usage.yaml" })
        let plain = try String(contentsOfFile: Self.k8s + "/self-healing-rules.yaml", encoding: .utf8)
        for name in names { #expect(plain.contains("\n  \(name): |\n") == (name != "disk-usage.yaml"), "\(name)") }
    }

    @Test("In another namespace the rights go to the service account there", .enabled(if: Command.kubectl != nil, "kubectl is missing"))
    func elsewhere() async throws {
        let directory = try TemporaryDirectory()
        for folder in ["k8s", "rules"] {
            try FileManager.default.copyItem(atPath: "\(Self.repository)/\(folder)", toPath: "\(directory.path)/\(folder)")
        }
        for base in ["base", "overlays/cluster-wide", "overlays/node-disks"] {
            let kustomization = "namespace: staging\nresources: [../k8s/\(base)]\n"
            try directory.write("own/kustomization.yaml", kustomization)
            let built = try await Command.run(#require(Command.kubectl), ["kustomize", directory.path + "/own"])
            #expect(built.status == 0 && built.said.contains("  name: self-healing-sa\n  namespace: staging\n"), "\(built.said)")
            #expect(!built.said.contains("namespace: production"), "\(base)")
        }
    }

    @Test("The image is of this version")
    func version() async throws {
        let version = try await Program.run(["version"]).out.split { $0 == " " || $0 == "\n" }.last.map(String.init)
        let manifest = try String(contentsOfFile: Self.k8s + "/self-healing-automaton.yaml", encoding: .utf8)
        #expect(manifest.contains("image: self-healing-automaton:\(try #require(version))\n"))
    }

    @Test("The shipped thresholds are every threshold there is, with its default")
    func thresholds() async throws {
        let directory = try TemporaryDirectory()
        let text = try String(contentsOfFile: Self.k8s + "/self-healing-config.yaml", encoding: .utf8)
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard let match = line.wholeMatch(of: /\ \ ([A-Z_]+): "(.*)"/) else { return nil }
            return (String(match.1), String(match.2))
        }
        let values = Dictionary(uniqueKeysWithValues: pairs)
        let config = try directory.project(values, into: "config")
        let right = try await Program.run(["rules", "validate", Program.shippedRules, "--config", config])
        #expect(right.end == .exit(0), "\(right.log)")
        for (key, value) in [
            ("KAFKA_LAG_THRESHOLD", "15000"), ("POSTGRES_CONN_THRESHOLD", "85"), ("DISK_SPACE_THRESHOLD", "85"),
            ("MEMORY_THRESHOLD", "85"), ("MIN_REPLICAS", "1"), ("MAX_REPLICAS", "10"), ("CHECK_INTERVAL", "60"),
        ] {
            #expect(values[key] == value)
        }
        let documented = try await Program.run(["rules", "document"]).out.split(separator: "\n").compactMap { line -> (String, String)? in
            guard let match = line.prefixMatch(of: /\| `([A-Z_]+)` \| ([^|]*) \|/) else { return nil }
            return (String(match.1), String(match.2))
        }
        #expect(Set(documented.map(\.0)) == Set(values.keys))
        for (key, value) in documented where key != "CHECK_INTERVAL" { #expect(values[key] == value, "\(key)") }
    }

    @Test("What is applied as it stands is valid", .enabled(if: Command.validator != nil, "kubernetes-validate could not be installed"))
    func files() async throws {
        for name in ["self-healing-automaton", "self-healing-config", "self-healing-rules"] {
            try await Self.validate("\(Self.k8s)/\(name).yaml")
        }
        // It finds what is wrong.
        let directory = try TemporaryDirectory()
        let text = try String(contentsOfFile: Self.k8s + "/self-healing-automaton.yaml", encoding: .utf8)
        let wrong = try directory.write("wrong.yaml", text.replacing("readOnlyRootFilesystem", with: "readonlyRootFilesystem"))
        #expect(try await Command.run(#require(Command.validator), ["--strict", wrong]).status != 0)
    }

    @Test(
        "Each overlay is built, is valid, keeps Pod Security restricted and cannot delete a pod",
        .enabled(if: Command.kubectl != nil && Command.validator != nil, "kubectl or kubernetes-validate is missing"),
        arguments: [""] + overlays.map { "/overlays/" + $0 })
    func overlay(_ path: String) async throws {
        if path == "/overlays/grafana", !FileManager.default.fileExists(atPath: Self.k8s + "/grafana/self-healing-automaton.json") {
            return
        }
        let text = try await Self.built(path)
        let directory = try TemporaryDirectory()
        try await Self.validate(try directory.write("built.yaml", text))
        #expect(text.contains("namespace: production"))
        for line in [
            "runAsNonRoot: true", "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "type: RuntimeDefault", "- ALL",
            "- configMap:\n          name: self-healing-rules", "automountServiceAccountToken: false",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        for word in ["- delete\n", "- deletecollection\n", "- '*'\n", "kind: Secret\n"] { #expect(!text.contains(word), "\(word)") }
        #expect(text.contains("name: self-healing-rules\n  namespace: production"))
        for rule in ["oom-killed", "kafka-lag", "evicted"] { #expect(text.contains("\n  \(rule).yaml: |\n")) }
    }

    @Test(
        "Each overlay does what it is for", .enabled(if: Command.kubectl != nil, "kubectl is missing"),
        arguments: [
            ("", ["replicas: 1"], ["- nodes/proxy", "- pods/exec", "- pods/eviction", "disk-usage.yaml"]),
            (
                "/overlays/ha", ["replicas: 2", "JOURNAL_DATABASE", "secretName: self-healing-journal"],
                ["emptyDir:\n          sizeLimit: 1Gi"]
            ),
            ("/overlays/cluster-wide", ["--all-namespaces", "kind: ClusterRoleBinding"], []),
            ("/overlays/observe-only", ["--dry-run", "--no-leader-election"], ["- patch\n", "- create\n", "- pods/exec"]),
            ("/overlays/evict", ["- pods/eviction\n  verbs:\n  - create", "- use: evict-pods", "name: crash-loop", "- leases"], []),
            ("/overlays/node-disks", ["- nodes/proxy\n  verbs:\n  - get", "- pods/exec", "disk-usage.yaml: |"], []),
            ("/overlays/prometheus-operator", ["kind: ServiceMonitor", "kind: PrometheusRule"], []),
            ("/overlays/acceptance", ["DELAY_HIGH: 0s", "DELAY_LOW: 0s", "DELAY_MEDIUM: 0s"], []),
        ] as [(String, [String], [String])])
    func purpose(_ path: String, _ there: [String], _ absent: [String]) async throws {
        let text = try await Self.built(path)
        for part in there { #expect(text.contains(part), "\(part)") }
        for part in absent { #expect(!text.contains(part), "\(part)") }
    }

    /// Of a real cluster only: that it takes them all, and what the service account may do.
    @Test(
        "A real API server takes them, and the service account may patch Deployments and delete no pod",
        .enabled(if: RemoteCluster.realKubeconfig != nil && Command.kubectl != nil, "TEST_KUBECONFIG is not set, or kubectl is missing"))
    func real() async throws {
        let kubectl = try #require(Command.kubectl)
        let cluster = ["--kubeconfig", try #require(RemoteCluster.realKubeconfig)]
        let namespace = try await Command.run(kubectl, cluster + ["get", "namespace", "production"])
        if namespace.status != 0 {
            #expect(try await Command.run(kubectl, cluster + ["create", "namespace", "production"]).status == 0)
        }
        let label = ["label", "--overwrite", "namespace", "production", "pod-security.kubernetes.io/enforce=restricted"]
        #expect(try await Command.run(kubectl, cluster + label).status == 0)
        let applied = try await Command.run(kubectl, cluster + ["apply", "-k", Self.k8s])
        #expect(applied.status == 0 && !applied.said.contains("would violate"), "\(applied.said)")
        for overlay in Self.overlays where !["grafana", "prometheus-operator"].contains(overlay) {
            let dry = try await Command.run(kubectl, cluster + ["apply", "--dry-run=server", "-k", Self.k8s + "/overlays/" + overlay])
            #expect(dry.status == 0, "\(overlay): \(dry.said)")
        }
        for (question, answer) in [
            (["get", "pods"], "yes"), (["patch", "deployments"], "yes"), (["delete", "pods"], "no"),
        ] {
            let said = try await Command.run(
                kubectl,
                cluster + ["auth", "can-i", "-n", "production", "--as=system:serviceaccount:production:self-healing-sa"] + question)
            #expect(said.said.split(separator: "\n").last.map(String.init) == answer, "\(question): \(said.said)")
        }
        if namespace.status != 0 {
            _ = try await Command.run(kubectl, cluster + ["delete", "namespace", "production", "--wait=false"])
        }
    }

    private static func built(_ path: String) async throws -> String {
        let built = try await Command.run(try #require(Command.kubectl), ["kustomize", k8s + path])
        #expect(built.status == 0, "\(built.said)")
        return built.said
    }

    static func validate(_ file: String) async throws {
        let result = try await Command.run(try #require(Command.validator), ["--strict", "--quiet", file])
        // Of the Prometheus operator's kinds there is no schema.
        let remarks = result.said.split(separator: "\n").filter { !$0.contains("api version monitoring.coreos.com/v1") }
        #expect(result.status == 0 && remarks.isEmpty, "\(result.said)")
    }
}

import AutomatonCore
import Foundation
import Simulator
import Testing

/// `automaton rbac`: the least that suffices, and why.
@Suite("Rights", .timeLimit(.minutes(10)))
struct RBACTests {
    /// Prints the rights for rules, with nothing but the defaults in force.
    static func roles(_ rules: String, _ options: [String] = []) async throws -> [PrintedRole] {
        let result = try await Program.run(["rbac", "--rules", rules] + options)
        #expect(result.end == .exit(0), "\(result.log)")
        return result.out.components(separatedBy: "\n---\n").compactMap(PrintedRole.init)
    }

    private static func rules(_ texts: String...) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (index, text) in texts.enumerated() { try directory.write("rules/\(index).yaml", text) }
        return directory
    }

    private static let lag = """
        name: lag
        check: kafka-lag
        with: { group: "*" }
        subject: deployment/{group}
        when: [{ above: 100, priority: high }]
        remediations: [{ use: scale, with: { perReplica: 100 } }]
        """

    @Test("The shipped rules may do what they need, and not delete a pod")
    func shipped() async throws {
        let printed = try await Self.roles(Program.shippedRules)
        let role = try #require(printed.first { $0.kind == "Role" })
        for right in [Right("get", "pods"), Right("list", "pods"), Right("watch", "pods"), Right("patch", "deployments", group: "apps")] {
            #expect(role.allows(right), "\(right)")
        }
        for printed in printed {
            for verb in ["delete", "deletecollection", "update", "*"] { #expect(!printed.verbs.contains(verb)) }
            #expect(!printed.text.contains("secrets"))
        }
        #expect(printed.map(\.kind) == ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"])
        #expect(printed.first { $0.kind == "ClusterRole" }?.rules.flatMap(\.resources) == ["nodes/proxy"])
        #expect(role.why("limitranges") == ["fix-drift", "memory-usage", "oom-killed"])
        #expect(role.rules.filter { $0.resources == ["configmaps"] }.map(\.names) == [["self-healing-fixes"]])
        #expect(role.allows(Right("patch", "configmaps", named: "self-healing-fixes")) && !role.allows(Right("get", "configmaps")))
        #expect(role.why("scaledobjects") == ["fix-drift", "kafka-lag"])
    }

    @Test("A rule about one Deployment reaches no StatefulSet; one that observes may not write")
    func least() async throws {
        let directory = try Self.rules(Self.lag)
        let role = try #require(try await Self.roles(directory.path + "/rules").first)
        #expect(role.allows(Right("patch", "deployments", group: "apps")))
        #expect(!role.allows(Right("patch", "statefulsets", group: "apps")))
        #expect(!role.allows(Right("watch", "pods")))

        let watching = try Self.rules(Self.lag + "\nmode: observe\n")
        let observing = try #require(try await Self.roles(watching.path + "/rules").first)
        #expect(!observing.allows(Right("patch", "deployments", group: "apps")))
        #expect(observing.allows(Right("list", "horizontalpodautoscalers", group: "autoscaling")))
    }

    @Test("What is read by exec in pods needs no node, and what is local nothing")
    func disks() async throws {
        func disk(_ with: String) throws -> TemporaryDirectory {
            try Self.rules(
                "name: disk\ncheck: disk-usage\nwith: \(with)\nwhen: [{ above: 80, priority: low }]\nremediations: []\n")
        }
        let pods = try disk("{ source: pods, selector: app=shop, paths: [/var/log] }")
        let asked = try await Self.roles(pods.path + "/rules")
        #expect(asked.map(\.kind) == ["Role", "RoleBinding"])
        let role = try #require(asked.first)
        #expect(role.allows(Right("create", "pods/exec")) && role.allows(Right("get", "pods/exec")))
        let local = try disk("{ source: local, paths: [/var/log] }")
        #expect(try await !#require(Self.roles(local.path + "/rules").first).allows(Right("create", "pods/exec")))
    }

    @Test("With --in-force, a rule whose needs are not set asks for nothing")
    func inForce() async throws {
        let all = try #require(try await Self.roles(Program.shippedRules).first)
        #expect(all.text.contains("kafka-lag"))
        let inForce = try #require(try await Self.roles(Program.shippedRules, ["--in-force"]).first)
        #expect(!inForce.text.contains("kafka-lag") && inForce.why("scaledobjects") == ["fix-drift"])
    }

    @Test("With --beyond, it is what the rules of another directory do not have already, and nothing where they have it all")
    func beyond() async throws {
        let base = try Self.rules(Self.lag)
        let evict = """
            name: stuck
            check: pod-health
            when: [{ reason: StartError, priority: high }]
            remediations: [{ use: evict-pods }]
            """
        let both = try Self.rules(Self.lag, evict)
        func rights(_ roles: [PrintedRole]) -> Set<Right> {
            Set(
                roles.filter { $0.kind.hasSuffix("Role") }.flatMap(\.rules).flatMap { rule in
                    rule.verbs.map { Right($0, rule.resources.first ?? "", group: rule.groups.first ?? "", named: rule.names.first) }
                })
        }
        for options in [[], ["-A"]] {
            let (given, all) = (
                rights(try await Self.roles(base.path + "/rules", options)), rights(try await Self.roles(both.path + "/rules", options))
            )
            let more = try await Self.roles(both.path + "/rules", options + ["--beyond", base.path + "/rules", "--name", "more"])
            #expect(rights(more) == all.subtracting(given) && rights(more).contains(Right("create", "pods/eviction")))
            #expect(more.allSatisfy { $0.text.contains("\n  name: more\n") })
        }
        #expect(try await Self.roles(both.path + "/rules", ["--beyond", both.path + "/rules"]).isEmpty)
        #expect(try await Program.run(["rbac", "--rules", base.path + "/rules", "--beyond", "/nowhere"]).end == .exit(1))
    }

    @Test("A rule that finds its Deployment by a label may list them")
    func label() async throws {
        let directory = try Self.rules(Self.lag.replacing("deployment/{group}", with: "\"deployment[kafka-group={group}]\""))
        let role = try #require(try await Self.roles(directory.path + "/rules").first)
        #expect(role.allows(Right("list", "deployments", group: "apps")))
    }

    @Test("Read-only is get, list and watch alone, and no exec")
    func readOnly() async throws {
        for options in [["--read-only"], ["--read-only", "--all-namespaces"]] {
            for role in try await Self.roles(Program.shippedRules, options) {
                #expect(role.verbs.isSubset(of: ["get", "list", "watch"]))
                #expect(!role.text.contains("pods/exec"))
            }
        }
    }

    @Test("Cluster-wide, only the Lease and the fixes stay in the namespace; tokens are reviewed where that is asked for")
    func clusterWide() async throws {
        let wide = try await Self.roles(Program.shippedRules, ["-A", "--kubernetes-auth", "--namespace", "ops", "--service-account", "sa"])
        let role = try #require(wide.first { $0.kind == "Role" })
        #expect(Set(role.rules.flatMap(\.resources)) == ["configmaps", "leases"])
        let cluster = try #require(wide.first { $0.kind == "ClusterRole" })
        #expect(cluster.allows(Right("create", "tokenreviews", group: "authentication.k8s.io")))
        #expect(cluster.allows(Right("patch", "deployments", group: "apps")))
        #expect(wide.filter { $0.kind.hasSuffix("Binding") }.allSatisfy { $0.text.contains("name: sa\n    namespace: ops") })
        let alone = try await Self.roles(Program.shippedRules, ["-A", "--no-leader-election", "--fixes", "none"])
        #expect(!alone.contains { $0.kind == "Role" || $0.text.contains("leases") || $0.text.contains("tokenreviews") })
    }

    @Test("A wrong rule is an error with its place, and nothing is printed")
    func wrongRule() async throws {
        let directory = try Self.rules("name: one\ncheck: pod-helth\nwhen: []\nremediations: []\n")
        let result = try await Program.run(["rbac", "--rules", directory.path + "/rules"])
        #expect(result.end == .exit(1))
        #expect(result.out.isEmpty && result.log.contains("0.yaml:2:"), "\(result.log)")
        #expect(try await Program.run(["rbac", "--rules", Program.shippedRules, "--name", "No Name"]).end == .exit(64))
    }

    @Test("With these rights it heals, is refused nothing, and has nothing to tell of them")
    func sufficient() async throws {
        let printed = try await Self.roles(Program.shippedRules)
        let user = Access.User(name: "system:serviceaccount:production:self-healing-sa", rules: printed.flatMap(\.access))
        try await withStage(access: Access(tokens: ["token": user]), token: "token") { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--leader-election"]) { automaton in
                try await automaton.line("Listening on")
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Healed: oom-killed")
                try await until("the event on the Deployment", context: { automaton.transcript }) { await !stage.notes.isEmpty }
                #expect(stage.requests.all.contains { $0.path.hasSuffix("/selfsubjectrulesreviews") })
                for line in automaton.lines {
                    for word in ["right is missing", "is allowed", "cannot be told", "orbidden"] {
                        #expect(!line.message.contains(word), "\(line.message)")
                    }
                }
            }
        }
    }

    @Test("What is missing is told with the rules that need it; what is too much as well")
    func missing() async throws {
        var rules = try await Self.roles(Program.shippedRules).flatMap(\.access)
        for index in rules.indices where rules[index].resources == ["deployments"] { rules[index].verbs.remove("patch") }
        rules.append(Access.Rule(verbs: ["delete"], resources: ["pods"]))
        let user = Access.User(name: "somebody", rules: rules)
        try await withStage(access: Access(tokens: ["token": user]), token: "token") { stage in
            try await stage.withAutomaton { automaton in
                let missing = try await automaton.line("A right is missing")
                #expect(missing["right"] == "patch deployments.apps" && missing["namespace"] == Email.namespace)
                let needed = missing.json["needed_by"]?.array?.compactMap(\.string) ?? []
                #expect(needed == ["crash-loop", "fix-drift", "memory-usage", "oom-killed", "restart-loop"], "\(needed)")
                let excess = try await automaton.line("is allowed what no rule needs")
                #expect(excess["right"] == "delete pods")
                #expect(automaton.lines.count { $0.message.contains("A right is missing") } == 1)
            }
        }
    }
}

import ArgumentParser
import AutomatonCore
import Rules

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton rbac`
struct RBACCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rbac",
        abstract: "Print the least rights that the rules need, each with the rules that need it, as YAML for kubectl.",
        discussion: """
            What can be granted in one namespace is in a Role, the rest in a ClusterRole: automaton rbac | kubectl apply -n NAMESPACE -f -

            Exit code 0, 1 when a rule or a threshold is wrong, 64 when the command line is wrong.
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(name: [.short, .long], help: "The namespace where the automaton runs, and which it watches.")
    var namespace = "production"

    @Flag(name: [.customShort("A"), .long], help: "It watches all namespaces.")
    var allNamespaces = false

    @Flag(name: .long, help: "It only looks: no write of any kind, no Lease, no events, no exec (run --dry-run --no-leader-election).")
    var readOnly = false

    @Flag(inversion: .prefixedNo, help: "It stands for election.")
    var leaderElection = true

    @Flag(name: .long, help: "It takes tokens that the API server knows (run --kubernetes-auth).")
    var kubernetesAuth = false

    @Flag(name: .long, help: "Leave out rules whose 'needs' are not set in this environment.")
    var inForce = false

    @Option(
        name: .long,
        help: "Print only what the rules need beyond those of this directory: for a role that is given beside theirs.",
        completion: .directory)
    var beyond: String?

    @Option(name: .long, help: "The service account.")
    var serviceAccount = "self-healing-sa"

    @Option(name: .long, help: "The name of the roles and bindings.")
    var name = "self-healing-automaton"

    @Option(name: .long, help: "The name of the Lease.")
    var leaseName = "self-healing-automaton"

    @OptionGroup var fixes: FixesOptions

    @Option(name: .long, help: "Print only objects of this kind; may be repeated. Default: all that are needed.")
    var kind: [RoleText.Kind] = []

    func validate() throws {
        for (option, name) in [
            ("--namespace", namespace), ("--service-account", serviceAccount), ("--name", name), ("--lease-name", leaseName),
        ] where !ClusterOptions.isNamespace(name) {
            throw ValidationError("\(option) \(name): write a-z, 0-9 and '-', at most 63 characters (RFC 1123)")
        }
    }

    func run() throws {
        let environment = inForce ? ProcessInfo.processInfo.environment : nil
        func load(_ path: String?) throws -> Ruleset {
            do throws(ConfigurationErrors) {
                return try configuration.loader(rules: path, namespace: namespace, environment: environment).load().ruleset
            } catch {
                throw error.told()
            }
        }
        let ruleset = try load(nil)
        let rights = InstallationRights(
            lease: leaderElection && !readOnly ? leaseName : nil, fixes: fixes.configMap, asksKubernetes: kubernetesAuth,
            readsOnly: readOnly)
        let given = try beyond.map { rights.needed(for: try load($0)) } ?? NeededRights()
        let documents = documents(rights, ruleset, given).filter { kind.isEmpty || kind.contains($0.kind) }
        Terminal.out(documents.map(\.text).joined(separator: "\n---\n"))
        for rule in ruleset.rules {
            guard !allNamespaces, let other = rule.subject?.namespace, !other.isEmpty, other != namespace else { continue }
            Terminal.error("rule \(rule.name) mends in namespace \(other): it needs the Role and a RoleBinding there, too")
        }
    }

    private func documents(
        _ rights: InstallationRights, _ ruleset: Ruleset, _ given: NeededRights
    ) -> [(kind: RoleText.Kind, text: String)] {
        let text = RoleText(name: name, serviceAccount: serviceAccount, namespace: namespace)
        func isNew(_ right: Right) -> Bool { given.purposes[right] == nil }
        let watching = rights.watching(ruleset).filter(isNew)
        // The Lease and the fixes are in the automaton's own namespace, whatever it watches.
        let inNamespace = (allNamespaces ? rights.home(ruleset) : rights.needed(for: ruleset).filter { !$0.isClusterScoped }).filter(isNew)
        let inCluster = allNamespaces ? watching : watching.filter(\.isClusterScoped)
        var documents: [(kind: RoleText.Kind, text: String)] = []
        if !inNamespace.purposes.isEmpty {
            documents += [(.role, text.role(.role, inNamespace)), (.roleBinding, text.binding(.roleBinding, to: .role))]
        }
        if !inCluster.purposes.isEmpty {
            documents += [
                (.clusterRole, text.role(.clusterRole, inCluster)),
                (.clusterRoleBinding, text.binding(.clusterRoleBinding, to: .clusterRole)),
            ]
        }
        return documents
    }
}

extension RoleText.Kind: ExpressibleByArgument {}

import ArgumentParser
import Engine
import KubernetesClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which cluster, and what of it.
struct ClusterOptions: ParsableArguments {
    @Option(
        name: .long, help: "A kubeconfig file. Default: $KUBECONFIG, else the pod's own service account, else ~/.kube/config.",
        completion: .file())
    var kubeconfig: String?

    @Option(name: .long, help: "The context of the kubeconfig. Default: its current one.")
    var context: String?

    @Option(name: [.short, .long], help: "The namespace to watch. Default: the context's, or the pod's own.")
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "Watch all namespaces.")
    var allNamespaces = false

    func validate() throws {
        if allNamespaces, namespace != nil { throw ValidationError("--namespace and --all-namespaces exclude each other") }
        if let namespace, !Self.isNamespace(namespace) {
            throw ValidationError(
                "--namespace \(namespace): not the name of a namespace: write a-z, 0-9 and '-', at most 63 characters (RFC 1123)")
        }
    }

    /// A label of RFC 1123.
    static func isNamespace(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...63).contains(bytes.count) && bytes.first != 0x2D && bytes.last != 0x2D
            && bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}

/// The way to a cluster, and the namespace to watch.
struct ClusterAccess {
    var cluster: ClusterConfiguration
    /// Nil for all namespaces.
    var namespace: String?
}

extension ClusterOptions {
    /// Finds the way to the cluster: the kubeconfig that is named, the pod's own service account, the kubeconfig at its usual place.
    /// - Throws: `ConfigurationError`.
    func access() throws -> ClusterAccess {
        let cluster = try ClusterConfiguration.load(
            kubeconfig: kubeconfig, context: context, environment: ProcessInfo.processInfo.environment, clock: WallClock.read)
        return ClusterAccess(cluster: cluster, namespace: allNamespaces ? nil : namespace ?? cluster.namespace)
    }
}

extension ClusterOptions {
    /// The pod in which this program runs: $POD_NAME, else the host's name; nil outside a cluster.
    static func ownPod(_ cluster: ClusterConfiguration) -> OwnPod? {
        let environment = ProcessInfo.processInfo.environment
        guard environment["KUBERNETES_SERVICE_HOST"] != nil else { return nil }
        guard let name = environment["POD_NAME"] ?? environment["HOSTNAME"], !name.isEmpty else { return nil }
        let namespace = environment["POD_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 } ?? cluster.namespace
        return OwnPod(name: name, namespace: namespace)
    }
}

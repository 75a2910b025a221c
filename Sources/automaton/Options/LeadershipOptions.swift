import ArgumentParser
import Engine
import KubernetesClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whether this process stands for election among several, and under which name.
struct LeadershipOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Act only while holding a Lease, so that several replicas can run; --no-leader-election acts at once.",
            discussion: "Default: on in a pod with a service account, off with a kubeconfig."))
    var leaderElection: Bool?

    @Option(name: .long, help: "The name of the Lease.")
    var leaseName = "self-healing-automaton"

    @Option(name: .long, help: "The namespace of the Lease. Default: the pod's own, or the kubeconfig context's.")
    var leaseNamespace: String?

    @Option(name: .long, help: "Who holds the Lease; a part that is new for each run is added. Default: $POD_NAME, else the host's name.")
    var identity: String?

    @Option(name: .long, help: "How long others wait after the leader was last heard of, in whole seconds.")
    var leaseDuration = 15

    @Option(name: .long, help: "How long a leader acts that could not renew: seconds, fewer than --lease-duration.")
    var renewDeadline = 10.0

    @Option(name: .long, help: "Seconds between two tries.")
    var leaseRetry = 2.0

    func validate() throws {
        guard (1...3600).contains(leaseDuration) else {
            throw ValidationError("--lease-duration \(leaseDuration): write seconds from 1 to 3600")
        }
        for (option, seconds) in [("--renew-deadline", renewDeadline), ("--lease-retry", leaseRetry)] where !(0.1...3600).contains(seconds)
        {
            throw ValidationError("\(option) \(seconds): write seconds from 0.1 to 3600")
        }
        if !Self.isObjectName(leaseName) {
            throw ValidationError(
                "--lease-name \(leaseName): not the name of an object: write a-z, 0-9, '-' and '.', at most 253 characters (RFC 1123)")
        }
        if let leaseNamespace, !ClusterOptions.isNamespace(leaseNamespace) {
            throw ValidationError(
                "--lease-namespace \(leaseNamespace): not the name of a namespace: write a-z, 0-9 and '-', at most 63 characters (RFC 1123)"
            )
        }
        if let identity, !Self.isIdentity(identity) {
            throw ValidationError("--identity: write 1 to 200 visible ASCII characters, the name of this replica")
        }
    }

    /// What to stand for; nil when this process is to act without an election.
    /// - Parameters:
    ///   - cluster: the way to the cluster: whether this is one of its pods decides the defaults.
    ///   - run: new for each run of the program.
    func election(
        in cluster: ClusterConfiguration, run: String, environment: [String: String] = ProcessInfo.processInfo.environment,
        host: String = ProcessInfo.processInfo.hostName
    ) throws -> Election.Settings? {
        guard leaderElection ?? (cluster.podNamespace != nil) else { return nil }
        let pod = environment["POD_NAME"].flatMap { Self.isIdentity($0) ? $0 : nil }
        return try Election.Settings(
            name: leaseName, namespace: leaseNamespace ?? cluster.podNamespace ?? cluster.namespace,
            identity: Election.Settings.identity(identity ?? pod ?? host, run: run), lease: .seconds(leaseDuration),
            renewDeadline: .milliseconds(Int64(renewDeadline * 1000)), retry: .milliseconds(Int64(leaseRetry * 1000)))
    }

    /// A subdomain of RFC 1123: labels between dots.
    private static func isObjectName(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { ClusterOptions.isNamespace(String($0)) }
    }

    private static func isIdentity(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

public import AutomatonCore

extension ClusterConfiguration {
    /// Finds the way to the cluster in the order that controllers use: a kubeconfig named on the command line, the `KUBECONFIG` variable, the
    /// pod's service account, `~/.kube/config`.
    /// - Parameters:
    ///   - kubeconfig: The file of `--kubeconfig`.
    ///   - context: The context of `--context`; with it, the service account is left out.
    ///   - environment: The process's environment.
    ///   - serviceAccountDirectory: Where the service account is mounted.
    ///   - clock: Wall time.
    /// - Throws: `ConfigurationError`.
    public static func load(
        kubeconfig: String? = nil, context: String? = nil, environment: [String: String],
        serviceAccountDirectory: String = serviceAccountDirectory, clock: @escaping @Sendable () -> Instant
    ) throws -> ClusterConfiguration {
        if let kubeconfig {
            return try .kubeconfig(files: [kubeconfig], context: context, environment: environment, clock: clock)
        }
        if let list = environment["KUBECONFIG"], !list.isEmpty {
            let files = list.split(separator: ":").map(String.init)
            guard files.contains(where: { ConfigurationFile.exists($0) }) else {
                throw ConfigurationError("KUBECONFIG", "none of its files exists: \(list)")
            }
            return try .kubeconfig(files: files, mustExist: false, context: context, environment: environment, clock: clock)
        }
        if context == nil, environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false {
            return try .inCluster(environment: environment, serviceAccountDirectory: serviceAccountDirectory)
        }
        if let home = environment["HOME"], !home.isEmpty, ConfigurationFile.exists("\(home)/.kube/config") {
            return try .kubeconfig(files: ["\(home)/.kube/config"], context: context, environment: environment, clock: clock)
        }
        throw ConfigurationError(
            "",
            "there is no way to a cluster: pass --kubeconfig FILE, set KUBECONFIG, create ~/.kube/config, or run in a pod with a service account"
        )
    }
}

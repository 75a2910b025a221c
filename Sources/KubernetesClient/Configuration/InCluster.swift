import CurlHTTP

extension ClusterConfiguration {
    /// Where kubelet mounts a pod's service account.
    public static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The way to the API server from inside one of the cluster's pods.
    ///
    /// The token is read again as it rotates; the certificate authority, for each new connection.
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - directory: Where the service account is mounted.
    /// - Throws: `ConfigurationError` saying what is missing.
    public static func inCluster(
        environment: [String: String], serviceAccountDirectory directory: String = serviceAccountDirectory
    ) throws -> ClusterConfiguration {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty else {
            throw ConfigurationError(
                "KUBERNETES_SERVICE_HOST", "is not set: this process does not run in a pod of a cluster; give a kubeconfig")
        }
        let port = environment["KUBERNETES_SERVICE_PORT"] ?? "443"
        guard let number = Int(port), (1...65535).contains(number) else {
            throw ConfigurationError("KUBERNETES_SERVICE_PORT", "must be a port from 1 to 65535, not \"\(port.prefix(32))\"")
        }
        let (token, authority) = ("\(directory)/token", "\(directory)/ca.crt")
        guard ConfigurationFile.exists(token) else {
            throw ConfigurationError(
                token, "the service account's token is not mounted: check automountServiceAccountToken of the pod and its account")
        }
        guard ConfigurationFile.exists(authority) else {
            throw ConfigurationError(authority, "the cluster's certificate authority is not mounted: check the ConfigMap kube-root-ca.crt")
        }
        _ = try TokenFile.read(token)
        let namespace = (try? ConfigurationFile.read("\(directory)/namespace", maximumBytes: 1024))
            .map { String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "" }
        let ownNamespace = namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        let isIPv6 = host.contains(":") && !host.hasPrefix("[")
        return ClusterConfiguration(
            server: "https://\(isIPv6 ? "[\(host)]" : host):\(number)", tls: TLSOptions(trust: .file(authority)),
            credentials: TokenFile(path: token), namespace: ownNamespace, podNamespace: ownNamespace,
            origin: "the service account of this pod")
    }
}

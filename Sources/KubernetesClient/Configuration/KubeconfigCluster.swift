public import AutomatonCore
import CurlHTTP

extension ClusterConfiguration {
    /// The way to a cluster that kubeconfig files describe.
    /// - Parameters:
    ///   - files: The files in their order; earlier ones win.
    ///   - mustExist: Whether a missing file is an error.
    ///   - context: The context; nil is the current one.
    ///   - environment: What a credential plugin inherits.
    ///   - clock: Wall time, against which plugins' credentials expire.
    /// - Throws: `ConfigurationError` with file, line and what would be right.
    public static func kubeconfig(
        files: [String], mustExist: Bool = true, context: String? = nil, environment: [String: String],
        clock: @escaping @Sendable () -> Instant
    ) throws -> ClusterConfiguration {
        let selection = try Kubeconfig(files: files, mustExist: mustExist).select(context)
        let cluster = selection.cluster
        let server = try server(cluster)
        let tls = try tls(cluster, server: server)
        var configuration = ClusterConfiguration(
            server: server, tls: tls, proxy: try proxy(cluster), namespace: selection.namespace ?? "default",
            origin: "context \"\(selection.context)\" of \(cluster.file)")
        if let user = selection.user {
            configuration.headers = try impersonation(user)
            configuration.credentials = try credentials(user, cluster: cluster, tls, server, environment, clock)
        }
        return configuration
    }

    private static func server(_ cluster: YAMLFields) throws -> String {
        let server = try cluster.required("server")
        guard server.hasPrefix("https://") || server.hasPrefix("http://"), server.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !server.contains("?"), !server.contains("#"), !server.contains("@")
        else { throw cluster.error("server", "must be a URL such as https://10.0.0.1:6443") }
        return server
    }

    private static func proxy(_ cluster: YAMLFields) throws -> String? {
        guard let proxy = try cluster.string("proxy-url") else { return nil }
        guard ["http://", "https://", "socks5://"].contains(where: { proxy.hasPrefix($0) }) else {
            throw cluster.error("proxy-url", "must begin with http://, https:// or socks5://")
        }
        // As Go does, a SOCKS proxy resolves names itself.
        return proxy.hasPrefix("socks5://") ? "socks5h://" + proxy.dropFirst(9) : proxy
    }

    private static func tls(_ cluster: YAMLFields, server: String) throws -> TLSOptions {
        let data = try cluster.pem("certificate-authority-data", containing: "CERTIFICATE")
        let file = try cluster.string("certificate-authority").map { ConfigurationFile.resolve($0, besides: cluster.file) }
        let trust: TLSOptions.Trust
        if try cluster.bool("insecure-skip-tls-verify") {
            guard data == nil, file == nil else {
                throw cluster.error("insecure-skip-tls-verify", "cannot be true next to a certificate authority: remove one of them")
            }
            trust = .anyone
        } else if let data {
            trust = .pem(data)
        } else if let file {
            try requirePEM(file, "CERTIFICATE", cluster, "certificate-authority")
            trust = .file(file)
        } else {
            trust = .system
        }
        return TLSOptions(trust: trust, serverName: try cluster.string("tls-server-name"))
    }

    private static func impersonation(_ user: YAMLFields) throws -> [HTTPField] {
        guard !user.has("as-user-extra") else { throw user.error("as-user-extra", "is not supported: remove it") }
        let name = try user.string("as")
        let uid = try user.string("as-uid")
        let groups = try user.strings("as-groups")
        guard name != nil || (uid == nil && groups.isEmpty) else { throw user.error(nil, "has as-uid or as-groups without as") }
        return [name.map { HTTPField("Impersonate-User", $0) }, uid.map { HTTPField("Impersonate-Uid", $0) }].compactMap { $0 }
            + groups.map { HTTPField("Impersonate-Group", $0) }
    }

    private static func credentials(
        _ user: YAMLFields, cluster: YAMLFields, _ tls: TLSOptions, _ server: String, _ environment: [String: String],
        _ clock: @escaping @Sendable () -> Instant
    ) throws -> any CredentialSource {
        guard !user.has("auth-provider") else {
            throw user.error("auth-provider", "is gone since Kubernetes 1.26: use an exec credential plugin of the provider")
        }
        let identity = try identity(user)
        let methods = ["token", "username", "exec"].filter { user.has($0) || ($0 == "token" && user.has("tokenFile")) }
        guard methods.count <= 1 else { throw user.error(nil, "has more than one of \(methods.joined(separator: ", ")): keep one") }
        if let exec = try user.mapping("exec", what: "exec of \(user.what)") {
            guard identity == nil else { throw user.error("exec", "cannot stand next to a client certificate: keep one") }
            let plugin = try ExecPlugin.Command(exec, info: .init(server: server, tls: tls, proxy: try proxy(cluster)))
            return ExecPlugin(plugin, environment: environment, clock: clock)
        }
        if let file = try user.string("tokenFile") {
            let path = ConfigurationFile.resolve(file, besides: user.file)
            _ = try TokenFile.read(path)
            return identity == nil ? TokenFile(path: path) : IdentifiedTokenFile(TokenFile(path: path), identity)
        }
        if let token = try user.string("token") {
            var credential = Credential.bearer(Secret(token))
            credential.identity = identity
            return FixedCredential(credential)
        }
        if let name = try user.string("username") {
            guard !name.contains(":") else { throw user.error("username", "cannot contain a colon (RFC 7617)") }
            let pair = Array("\(name):\(try user.string("password") ?? "")".utf8)
            return FixedCredential(Credential(authorization: Secret("Basic " + Base64.encode(pair)), identity: identity))
        }
        return FixedCredential(Credential(identity: identity))
    }

    private static func identity(_ user: YAMLFields) throws -> TLSOptions.Identity? {
        let certificate = try user.pem("client-certificate-data", containing: "CERTIFICATE")
        let key = try user.pem("client-key-data", containing: "PRIVATE KEY")
        let certificateFile = try user.string("client-certificate").map { ConfigurationFile.resolve($0, besides: user.file) }
        let keyFile = try user.string("client-key").map { ConfigurationFile.resolve($0, besides: user.file) }
        guard (certificate ?? nil) != nil || certificateFile != nil else {
            guard key == nil, keyFile == nil else { throw user.error(nil, "has a client-key but no client-certificate") }
            return nil
        }
        guard key != nil || keyFile != nil else { throw user.error(nil, "has a client-certificate but no client-key") }
        // Data wins over files (client-go, clientcmd/api/v1 AuthInfo).
        if certificate == nil, key == nil, let certificateFile, let keyFile {
            try requirePEM(certificateFile, "CERTIFICATE", user, "client-certificate")
            try requirePEM(keyFile, "PRIVATE KEY", user, "client-key")
            return .files(certificate: certificateFile, key: keyFile)
        }
        let certificateBytes = try certificate ?? ConfigurationFile.read(certificateFile ?? "")
        let keyBytes = try key ?? ConfigurationFile.read(keyFile ?? "")
        return .pem(certificate: certificateBytes, key: Secret(bytes: keyBytes))
    }

    private static func requirePEM(_ path: String, _ kind: String, _ fields: YAMLFields, _ key: String) throws {
        let bytes: [UInt8]
        do {
            bytes = try ConfigurationFile.read(path)
        } catch let error as ConfigurationError {
            throw fields.error(key, "names \(path): \(error.problem)")
        }
        guard String(decoding: bytes, as: UTF8.self).contains(kind) else {
            throw fields.error(key, "names \(path), which holds no PEM \(kind)")
        }
    }
}

/// A token file next to a client certificate.
private struct IdentifiedTokenFile: CredentialSource {
    let token: TokenFile
    let identity: TLSOptions.Identity?

    init(_ token: TokenFile, _ identity: TLSOptions.Identity?) {
        self.token = token
        self.identity = identity
    }

    func credential() async throws -> Credential {
        var credential = try await token.credential()
        credential.identity = identity
        return credential
    }

    func reject(_ credential: Credential) async {
        await token.reject(Credential(authorization: credential.authorization))
    }
}

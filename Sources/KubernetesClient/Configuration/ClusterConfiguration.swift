public import CurlHTTP

/// The way to one cluster's API server, and who we are there.
public struct ClusterConfiguration: Sendable {
    /// The base of all URLs, without a slash at the end: `https://10.0.0.1:6443`.
    public var server: String
    /// How to speak TLS; the client certificate is the credential's.
    public var tls: TLSOptions
    /// A proxy to go through; nil goes straight.
    public var proxy: String?
    /// Who we are.
    public var credentials: any CredentialSource
    /// Header fields for each request, of impersonation.
    public var headers: [HTTPField]
    /// The namespace where none is said.
    public var namespace: String
    /// The namespace of the pod that this process runs in, when its service account is who we are; nil otherwise.
    public var podNamespace: String?
    /// Where this configuration comes from, for people: `context "prod" of /root/.kube/config`.
    public var origin: String

    /// Makes a configuration.
    public init(
        server: String, tls: TLSOptions = TLSOptions(), proxy: String? = nil, credentials: any CredentialSource = FixedCredential(),
        headers: [HTTPField] = [], namespace: String = "default", podNamespace: String? = nil, origin: String = "given"
    ) {
        var base = server[...]
        while base.last == "/" { base = base.dropLast() }
        self.server = String(base)
        self.tls = tls
        self.proxy = proxy
        self.credentials = credentials
        self.headers = headers
        self.namespace = namespace
        self.podNamespace = podNamespace
        self.origin = origin
    }
}

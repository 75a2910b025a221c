import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import Testing

struct KubeconfigTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    private static let key = "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\n"
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    private func load(_ files: [String], context: String? = nil, mustExist: Bool = true) throws -> ClusterConfiguration {
        try .kubeconfig(files: files, mustExist: mustExist, context: context, environment: [:], clock: { .epoch })
    }

    /// A kubeconfig with one context of a cluster and a user with these fields.
    private static func config(cluster: String = "server: https://10.0.0.1:6443", user: String = "token: abc", namespace: String = "")
        -> String
    {
        """
        apiVersion: v1
        kind: Config
        current-context: main
        clusters:
        - name: c
          cluster: { \(cluster) }
        users:
        - name: u
          user: { \(user) }
        contexts:
        - name: main
          context: { cluster: c, user: u\(namespace.isEmpty ? "" : ", namespace: \(namespace)") }
        """
    }

    @Test func readsInlineAndFileCredentials() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("pki/ca.crt", Self.certificate)
        try directory.write("pki/me.crt", Self.certificate)
        try directory.write("pki/me.key", Self.key)
        try directory.write("pki/token", "from-file\n")
        let (certificate, key) = (Self.base64(Self.certificate), Self.base64(Self.key))

        let inline = try load([
            directory.write(
                "inline",
                Self.config(
                    cluster: "server: \"https://[fd00::1]:6443/\", certificate-authority-data: \(certificate), tls-server-name: kube.test",
                    user: "client-certificate-data: \(certificate), client-key-data: \(key)", namespace: "shop"))
        ])
        #expect(inline.server == "https://[fd00::1]:6443")
        #expect(inline.tls.trust == .pem(Array(Self.certificate.utf8)))
        #expect(inline.tls.serverName == "kube.test")
        #expect(inline.namespace == "shop")
        #expect(inline.origin == "context \"main\" of \(directory.path)/inline")
        #expect(
            try await inline.credentials.credential().identity
                == .pem(certificate: Array(Self.certificate.utf8), key: Secret(Self.key)))

        let files = try load([
            directory.write(
                "files",
                Self.config(
                    cluster: "server: https://h, certificate-authority: pki/ca.crt, proxy-url: socks5://p:1",
                    user:
                        "client-certificate: pki/me.crt, client-key: \(directory.path)/pki/me.key, tokenFile: pki/token, as: ann, as-groups: [x, y]"
                ))
        ])
        #expect(files.tls.trust == .file("\(directory.path)/pki/ca.crt"))
        #expect(files.proxy == "socks5h://p:1")
        #expect(files.namespace == "default")
        let credential = try await files.credentials.credential()
        #expect(credential.authorization == Secret("Bearer from-file"))
        #expect(credential.identity == .files(certificate: "\(directory.path)/pki/me.crt", key: "\(directory.path)/pki/me.key"))
        #expect(
            files.headers == [
                HTTPField("Impersonate-User", "ann"), HTTPField("Impersonate-Group", "x"), HTTPField("Impersonate-Group", "y"),
            ])
    }

    @Test(arguments: [
        ("token: abc", "Bearer abc"), ("token: 12345", "Bearer 12345"), ("username: ann, password: \"p:w\"", "Basic YW5uOnA6dw=="),
        ("", nil),
        ("token: null", nil),
    ])
    func readsTokensAndPasswords(user: String, header: String?) async throws {
        let directory = try TemporaryDirectory()
        let configuration = try load([directory.write("config", Self.config(user: user))])
        #expect(try await configuration.credentials.credential().authorization == header.map { Secret($0) })
    }

    @Test func mergesAsKubectlDoes() async throws {
        let directory = try TemporaryDirectory()
        let first = try directory.write(
            "first",
            """
            kind: Config
            users: [{name: red, user: {token: first}}]
            contexts: [{name: one, context: {cluster: pig, user: red, namespace: a}}]
            """)
        let second = try directory.write(
            "second",
            """
            current-context: one
            clusters: [{name: pig, cluster: {server: "https://pig"}}, {name: cow, cluster: {server: "https://cow"}}]
            users: [{name: red, user: {token: second, as: nobody}}, {name: blue, user: {token: blue}}]
            contexts: [{name: one, context: {cluster: cow, user: blue}}, {name: two, context: {cluster: cow, user: blue}}]
            """)
        let third = try directory.write("third", "current-context: two\n")
        let empty = try directory.write("empty", "")
        let one = try load(["/nonexistent", first, empty, second, third], mustExist: false)
        #expect(one.server == "https://pig")
        #expect(one.namespace == "a")
        #expect(one.headers.isEmpty, "an entry is taken whole from the file that has it first")
        #expect(try await one.credentials.credential().authorization == Secret("Bearer first"))
        let two = try load([first, second], context: "two")
        #expect(try await two.credentials.credential().authorization == Secret("Bearer blue"))
        #expect(throws: ConfigurationError.self) { try load(["/nonexistent", first, second]) }
    }

    @Test func readsJSON() async throws {
        let directory = try TemporaryDirectory()
        let json =
            #"{"kind":"Config","current-context":"x","clusters":[{"name":"c","cluster":{"server":"https://h:1"}}],"#
            + "\n\t" + #""users":[{"name":"u","user":{"token":"t"}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}]}"#
        let configuration = try load([directory.write("config.json", json)])
        #expect(configuration.server == "https://h:1")
        #expect(try await configuration.credentials.credential().authorization == Secret("Bearer t"))
    }

    /// Each fault is named with its line and what would be right; no secret is ever part of it.
    @Test(arguments: [
        (config(cluster: "server: 10.0.0.1"), ":6: server of cluster \"c\" must be a URL such as https://10.0.0.1:6443"),
        (config(cluster: "insecure-skip-tls-verify: true"), ":6: cluster \"c\" needs the field server"),
        (
            config(cluster: "server: https://h, insecure-skip-tls-verify: yes"),
            "insecure-skip-tls-verify of cluster \"c\" must be true or false"
        ),
        (config(cluster: "server: https://h, insecure-skip-tls-verify: true, certificate-authority: x"), "next to a certificate authority"),
        (
            config(cluster: "server: https://h, certificate-authority-data: '%%'"),
            "certificate-authority-data of cluster \"c\" is not base64"
        ),
        (config(cluster: "server: https://h, certificate-authority-data: aGVsbG8="), "does not hold PEM"),
        (config(cluster: "server: https://h, certificate-authority: nope.crt"), "nope.crt: the file does not exist"),
        (config(cluster: "server: https://h, proxy-url: p:1"), "proxy-url of cluster \"c\" must begin with http://"),
        (config(user: "client-certificate-data: \(base64(certificate))"), "has a client-certificate but no client-key"),
        (config(user: "client-key-data: \(base64(key))"), "has a client-key but no client-certificate"),
        (config(user: "token: hunter2, username: ann, password: hunter2"), "has more than one of token, username: keep one"),
        (config(user: "tokenFile: nope"), "nope: the file does not exist"),
        (config(user: "auth-provider: {name: gcp}"), "auth-provider of user \"u\" is gone since Kubernetes 1.26"),
        (config(user: "token: [hunter2]"), ":9: token of user \"u\" must be text"),
        (config(user: "as-groups: [x]"), "without as"),
        (
            config(user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}"),
            "apiVersion of exec of user \"u\" must be one of"
        ),
        (config(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x}"), "needs the field interactiveMode"),
        (config(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}"), "there is no terminal"),
        (config(user: "exec: {apiVersion: client.authentication.k8s.io/v1}"), "needs the field command"),
        (config().replacing("current-context: main", with: "current-context: other"), "there is no context \"other\"; known are: main"),
        (config().replacing("current-context: main", with: ""), "current-context is not set"),
        (
            config().replacing("cluster: c,", with: "cluster: d,"),
            ":12: cluster of context \"main\" names \"d\", which is not among clusters: c"
        ),
        (config().replacing("user: u", with: "user: v"), ":12: user of context \"main\" names \"v\", which is not among users: u"),
        (config().replacing("kind: Config", with: "kind: Deployment"), ":2: kind of the kubeconfig must be Config"),
        ("clusters: {a: b}", ":1: clusters of the kubeconfig must be a list"),
        ("token: \"hunter2\n  - [", "is not YAML"),
        ("just text", ":1: the kubeconfig must be a mapping of fields"),
        ("a: 1\na: hunter2\n", "the same key twice"),
    ])
    func namesEachFault(text: String, problem: String) throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("config", text)
        let error = #expect(throws: ConfigurationError.self) { try load([file]) }
        let description = error?.description ?? ""
        #expect(description.contains(problem), "\(description)")
        #expect(description.contains(directory.path))
        #expect(!description.contains("hunter2") && !description.contains(Self.base64(Self.key)))
    }

    @Test func findsTheClusterInTheUsualOrder() throws {
        let directory = try TemporaryDirectory()
        func config(_ name: String) throws -> String { try directory.write(name, Self.config(cluster: "server: https://\(name)")) }
        let (flag, variable) = (try config("flag"), try config("variable"))
        try directory.write(".kube/config", Self.config(cluster: "server: https://home"))
        try directory.write("sa/token", "t")
        try directory.write("sa/ca.crt", Self.certificate)
        func server(_ environment: [String: String], kubeconfig: String? = nil, context: String? = nil) throws -> String {
            try ClusterConfiguration.load(
                kubeconfig: kubeconfig, context: context, environment: environment, serviceAccountDirectory: "\(directory.path)/sa",
                clock: { .epoch }
            ).server
        }
        var environment = ["HOME": directory.path]
        #expect(try server(environment) == "https://home")
        environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
        #expect(try server(environment) == "https://10.0.0.1:443")
        #expect(try server(environment, context: "main") == "https://home")
        environment["KUBECONFIG"] = "/nonexistent:\(variable)"
        #expect(try server(environment) == "https://variable")
        #expect(try server(environment, kubeconfig: flag) == "https://flag")
        #expect(throws: ConfigurationError.self) { try server(["KUBECONFIG": "/nonexistent"]) }
        let error = #expect(throws: ConfigurationError.self) { try server([:]) }
        #expect(error?.description.contains("pass --kubeconfig FILE") == true)
    }
}

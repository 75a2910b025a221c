import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct CredentialTests {
    @Test func readsTheServiceAccount() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("token", "first\n")
        try directory.write("ca.crt", "pem")
        try directory.write("namespace", "shop\n")
        func load(_ environment: [String: String]) throws -> ClusterConfiguration {
            try .inCluster(environment: environment, serviceAccountDirectory: directory.path)
        }
        let configuration = try load(["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"])
        #expect(configuration.server == "https://[fd00::1]:6443")
        #expect(configuration.namespace == "shop")
        #expect(configuration.podNamespace == "shop")
        #expect(configuration.tls.trust == .file("\(directory.path)/ca.crt"))
        #expect(try await configuration.credentials.credential() == .bearer(Secret("first")))
        for (environment, part) in [
            ([:], "KUBERNETES_SERVICE_HOST: is not set"),
            (["KUBERNETES_SERVICE_HOST": "h", "KUBERNETES_SERVICE_PORT": "x"], "must be a port"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try load(environment) }
            #expect(error?.description.contains(part) == true)
        }
        try FileManager.default.removeItem(atPath: "\(directory.path)/token")
        let error = #expect(throws: ConfigurationError.self) { try load(["KUBERNETES_SERVICE_HOST": "h"]) }
        #expect(error?.description.contains("token is not mounted") == true)
    }

    @Test func readsATokenAnewAsItAgesAndAfterA401() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("token", "one")
        let now = Mutex(ContinuousClock.now)
        let file = TokenFile(path: path, now: { now.withLock { $0 } })
        #expect(try await file.credential() == .bearer(Secret("one")))
        try directory.write("token", " two\n")
        now.withLock { $0 += .seconds(59) }
        #expect(try await file.credential() == .bearer(Secret("one")))
        now.withLock { $0 += .seconds(1) }
        #expect(try await file.credential() == .bearer(Secret("two")))
        try directory.write("token", "three")
        await file.reject(.bearer(Secret("one")))
        #expect(try await file.credential() == .bearer(Secret("two")), "only the token in use can be rejected")
        await file.reject(.bearer(Secret("two")))
        #expect(try await file.credential() == .bearer(Secret("three")))
        // While it is being replaced, the last one serves.
        try FileManager.default.removeItem(atPath: path)
        now.withLock { $0 += .seconds(120) }
        #expect(try await file.credential() == .bearer(Secret("three")))
    }

    @Test(arguments: ["", " \n", "two words", "tok\u{e9}n"])
    func refusesWhatIsNoToken(text: String) async throws {
        let directory = try TemporaryDirectory()
        let file = TokenFile(path: try directory.write("token", text))
        await #expect(throws: ConfigurationError.self) { try await file.credential() }
    }

    /// A kubeconfig whose user's plugin is this shell script, which can count its runs in `$RUNS`.
    private func plugin(
        _ script: String, _ extra: String = "", directory: TemporaryDirectory, clock: @escaping @Sendable () -> Instant = { .epoch }
    ) throws -> any CredentialSource {
        try directory.write("bin/plugin", "#!/bin/sh\necho run >> \"$RUNS\"\n" + script, executable: true)
        let config = try directory.write(
            "config",
            """
            current-context: x
            clusters: [{name: c, cluster: {server: "https://h:1", insecure-skip-tls-verify: true}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: ./bin/plugin
                  args: [one, "two words"]
                  env: [{name: RUNS, value: \(directory.path)/runs}, {name: MODE, value: m}]
                  interactiveMode: IfAvailable
                  installHint: install it with apt
                  \(extra)
            """)
        return try ClusterConfiguration.kubeconfig(
            files: [config], environment: ["PATH": "/usr/bin:/bin", "INHERITED": "yes"], clock: clock
        ).credentials
    }

    private func runs(_ directory: TemporaryDirectory) -> Int {
        (try? String(contentsOfFile: "\(directory.path)/runs", encoding: .utf8))?.split(separator: "\n").count ?? 0
    }

    private static let head = #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":"#

    @Test func runsAPluginOnceUntilItsCredentialExpires() async throws {
        let directory = try TemporaryDirectory()
        let now = Mutex(Instant(seconds: 0))
        let source = try plugin(
            #"echo '\#(Self.head){"expirationTimestamp":"1970-01-01T01:00:00Z","token":"'"$MODE-$INHERITED-$1-${2% words}"'"}}'"#,
            directory: directory,
            clock: { now.withLock { $0 } })
        let expected = Credential.bearer(Secret("m-yes-one-two"))
        try await withThrowingTaskGroup(of: Credential.self) { group in
            for _ in 0..<20 { group.addTask { try await source.credential() } }
            for try await credential in group { #expect(credential == expected) }
        }
        #expect(runs(directory) == 1)
        now.withLock { $0 = Instant(seconds: 3599) }
        #expect(try await source.credential() == expected)
        #expect(runs(directory) == 1)
        now.withLock { $0 = Instant(seconds: 3600) }
        #expect(try await source.credential() == expected)
        #expect(runs(directory) == 2)
        now.withLock { $0 = Instant(seconds: 0) }
        await source.reject(expected)
        #expect(try await source.credential() == expected)
        #expect(runs(directory) == 3)
    }

    @Test func tellsThePluginOfTheClusterAndTakesCertificates() async throws {
        let directory = try TemporaryDirectory()
        let source = try plugin(
            """
            printf '%s' "$KUBERNETES_EXEC_INFO" > "\(directory.path)/info"
            echo '\(Self.head){"clientCertificateData":"cert","clientKeyData":"key"}}'
            """, "provideClusterInfo: true", directory: directory)
        #expect(try await source.credential() == Credential(identity: .pem(certificate: Array("cert".utf8), key: Secret("key"))))
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory.path)/info"))
        let info = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let spec = try #require(info["spec"] as? [String: Any])
        let cluster = try #require(spec["cluster"] as? [String: Any])
        #expect(info["kind"] as? String == "ExecCredential" && spec["interactive"] as? Bool == false)
        #expect(cluster["server"] as? String == "https://h:1" && cluster["insecure-skip-tls-verify"] as? Bool == true)
    }

    @Test(arguments: [
        ("echo no such profile >&2; exit 3", "failed with exit code 3: no such profile"),
        ("kill -9 $$", "failed with exit code 137"),
        ("echo not json", "did not write an ExecCredential object"),
        (
            #"echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"hunter2"}}'"#,
            "apiVersion"
        ),
        ("echo '\(head){}}'", "neither a token nor a client certificate"),
        (#"echo '\#(head){"token":"hunter2","clientKeyData":"hunter2"}}'"#, "but not both"),
        (#"echo '\#(head){"token":"hunter2","expirationTimestamp":"soon"}}'"#, "not RFC 3339"),
        ("yes hunter2", "wrote more than 1 MiB"),
    ])
    func namesWhatAPluginDidWrong(script: String, problem: String) async throws {
        let directory = try TemporaryDirectory()
        let source = try plugin(script, directory: directory)
        let error = await #expect(throws: ConfigurationError.self) { try await source.credential() }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("config:") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func aMissingPluginComesWithItsHint() async throws {
        let directory = try TemporaryDirectory()
        let source = try plugin("", directory: directory)
        try FileManager.default.removeItem(atPath: "\(directory.path)/bin/plugin")
        let error = await #expect(throws: ConfigurationError.self) { try await source.credential() }
        #expect(error?.description.contains("is it installed, and in PATH? install it with apt") == true)
    }

    /// A cancelled waiter ends a plugin that hangs, its children included, and at once.
    @Test func aHangingPluginEndsWithItsTask() async throws {
        let directory = try TemporaryDirectory()
        let source = try plugin("sleep 50 & echo $! > \"\(directory.path)/child\"; wait", directory: directory)
        let task = Task { try await source.credential() }
        var child: Int32 = 0
        while child == 0 {
            let text = try? String(contentsOfFile: "\(directory.path)/child", encoding: .utf8)
            child = text.flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
            try await Task.sleep(for: .milliseconds(2))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // Gone, or a zombie that nobody has collected yet.
        while let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8), !status.contains("State:\tZ") {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test func credentialsAreNeverPrinted() {
        let configuration = ClusterConfiguration(
            server: "https://h", credentials: FixedCredential(.bearer(Secret("hunter2"))), headers: [HTTPField("X", "hunter2")])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), "\(Credential.bearer(Secret("hunter2")))"] {
            #expect(!text.contains("hunter2"))
        }
    }
}

import AutomatonCore
import CurlHTTP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Credentials from a program (client.authentication.k8s.io, "client-go credential plugins").
///
/// Its answer is kept until its expirationTimestamp, or until a 401. One run serves all who wait. The program runs on a thread of its own.
actor ExecPlugin: CredentialSource {
    private let command: Command
    private let environment: [String: String]
    private let timeout: Duration
    private let clock: @Sendable () -> Instant
    private var current: (credential: Credential, expires: Instant?)?
    private var run: Task<(credential: Credential, expires: Instant?), any Error>?

    init(_ command: Command, environment: [String: String], timeout: Duration = .seconds(60), clock: @escaping @Sendable () -> Instant) {
        self.command = command
        self.environment = environment
        self.timeout = timeout
        self.clock = clock
    }

    func credential() async throws -> Credential {
        while true {
            if let current, current.expires.map({ clock() < $0 }) ?? true { return current.credential }
            let run = run ?? Task { [command, environment, timeout] in try await command.run(environment, timeout) }
            self.run = run
            let result = await withTaskCancellationHandler {
                await run.result
            } onCancel: {
                run.cancel()
            }
            if self.run == run { self.run = nil }
            switch result {
            case .success(let fresh):
                current = fresh
                // Even if its clock and ours disagree, a fresh credential is used once.
                return fresh.credential
            case .failure(is CancellationError):
                // Another waiter's cancel ended the run.
                try Task.checkCancellation()
            case .failure(let error): throw error
            }
        }
    }

    func reject(_ credential: Credential) {
        if current?.credential == credential { current = nil }
    }
}

extension ExecPlugin {
    /// What a plugin may be told of the cluster.
    struct ClusterInfo: Sendable {
        var server: String
        var tls: TLSOptions
        var proxy: String?
    }

    /// How the program is called.
    struct Command: Sendable {
        var apiVersion: String
        var command: String
        var arguments: [String]
        var variables: [String: String]
        var installHint: String?
        var cluster: ClusterInfo?
        /// Where it is defined, for errors.
        var place: String

        static let versions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

        init(_ exec: YAMLFields, info: ClusterInfo) throws {
            apiVersion = try exec.required("apiVersion")
            guard Self.versions.contains(apiVersion) else {
                throw exec.error("apiVersion", "must be one of \(Self.versions.joined(separator: ", "))")
            }
            let name = try exec.required("command")
            command = name.contains("/") ? ConfigurationFile.resolve(name, besides: exec.file) : name
            arguments = try exec.strings("args")
            variables = [:]
            for entry in try exec.mappings("env", what: "env of \(exec.what)") {
                variables[try entry.required("name")] = try entry.string("value") ?? ""
            }
            installHint = try exec.string("installHint")
            cluster = try exec.bool("provideClusterInfo") ? info : nil
            place = exec.place("command")
            switch try exec.string("interactiveMode") {
            case "Never", "IfAvailable": break
            case nil where apiVersion.hasSuffix("v1beta1"): break
            case nil: throw exec.error(nil, "needs the field interactiveMode: Never or IfAvailable")
            case "Always": throw exec.error("interactiveMode", "is Always, but there is no terminal to ask on: use Never or IfAvailable")
            default: throw exec.error("interactiveMode", "must be Never, IfAvailable or Always")
            }
        }

        func run(_ inherited: [String: String], _ timeout: Duration) async throws -> (credential: Credential, expires: Instant?) {
            var environment = inherited
            environment.merge(variables) { $1 }
            environment["KUBERNETES_EXEC_INFO"] = try info()
            let outcome: ChildProcess.Outcome
            do {
                outcome = try await ChildProcess(command: command, arguments: arguments, environment: environment, timeout: timeout).run()
            } catch ChildProcess.Failure.notStarted(let code) {
                let hint = installHint.map { " " + $0.prefix(300) } ?? ""
                throw failure("cannot be started (\(ChildProcess.Failure.text(code))): is it installed, and in PATH?\(hint)")
            } catch ChildProcess.Failure.timedOut {
                throw failure("did not finish within \(timeout.readable)")
            } catch ChildProcess.Failure.tooMuchOutput {
                throw failure("wrote more than 1 MiB")
            }
            guard outcome.code == 0 else {
                let said = MessageScrubber.scrub(String(decoding: outcome.errorOutput.suffix(2000), as: UTF8.self))
                throw failure("failed with exit code \(outcome.code)\(said.isEmpty ? "" : ": \(said)")")
            }
            return try read(outcome.output)
        }

        private func failure(_ problem: String) -> ConfigurationError {
            ConfigurationError(place, "the credential plugin \"\(command)\" \(problem)")
        }

        private struct ExecCredential: Codable {
            struct Cluster: Codable {
                var server: String
                var tlsServerName: String?
                var insecure: Bool?
                var authority: String?
                var proxy: String?

                enum CodingKeys: String, CodingKey {
                    case server
                    case tlsServerName = "tls-server-name"
                    case insecure = "insecure-skip-tls-verify"
                    case authority = "certificate-authority-data"
                    case proxy = "proxy-url"
                }
            }

            struct Spec: Codable {
                var interactive: Bool
                var cluster: Cluster?
            }

            struct Status: Codable {
                var expirationTimestamp: String?
                var token: String?
                var clientCertificateData: String?
                var clientKeyData: String?
            }

            var apiVersion: String
            var kind: String
            var spec: Spec?
            var status: Status?
        }

        private func info() throws -> String {
            var described: ExecCredential.Cluster?
            if let cluster {
                var authority: [UInt8]?
                switch cluster.tls.trust {
                case .pem(let bytes): authority = bytes
                case .file(let path): authority = try ConfigurationFile.read(path)
                case .system, .anyone: break
                }
                described = .init(
                    server: cluster.server, tlsServerName: cluster.tls.serverName, insecure: cluster.tls.trust == .anyone ? true : nil,
                    authority: authority.map { Base64.encode($0) }, proxy: cluster.proxy)
            }
            let credential = ExecCredential(
                apiVersion: apiVersion, kind: "ExecCredential", spec: .init(interactive: false, cluster: described), status: nil)
            return String(decoding: try JSONEncoder().encode(credential), as: UTF8.self)
        }

        private func read(_ output: [UInt8]) throws -> (credential: Credential, expires: Instant?) {
            guard let answer = try? JSONDecoder().decode(ExecCredential.self, from: Data(output)), answer.kind == "ExecCredential" else {
                throw failure("did not write an ExecCredential object in JSON to its standard output")
            }
            guard answer.apiVersion == apiVersion else {
                throw failure("answered in apiVersion \(answer.apiVersion.prefix(64)), but the kubeconfig says \(apiVersion)")
            }
            guard let status = answer.status else { throw failure("answered without status") }
            var credential = Credential()
            if let token = status.token, !token.isEmpty {
                guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                    throw failure("answered with a token of bytes that no token can have")
                }
                credential = .bearer(Secret(token))
            }
            switch (status.clientCertificateData, status.clientKeyData) {
            case (let certificate?, let key?): credential.identity = .pem(certificate: Array(certificate.utf8), key: Secret(key))
            case (nil, nil): break
            default: throw failure("answered with a client certificate or a key, but not both")
            }
            guard credential.authorization != nil || credential.identity != nil else {
                throw failure("answered with neither a token nor a client certificate")
            }
            let expires = try status.expirationTimestamp.map { text in
                guard let instant = Instant(rfc3339: text) else {
                    throw failure("answered with an expirationTimestamp that is not RFC 3339")
                }
                return instant
            }
            return (credential, expires)
        }
    }
}

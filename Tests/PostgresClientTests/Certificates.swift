import EmbeddedPostgres
import Foundation

/// Certificates of a day: the server's, for 127.0.0.1, by an authority; and another authority that nobody knows.
enum Certificates {
    static let settings = ["ssl": "off", "ssl_cert_file": "../server.crt", "ssl_key_file": "../server.key"]

    static func write(to server: TemporaryServer) async throws {
        for authority in ["known", "unknown"] {
            try run(
                server, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                "/CN=\(authority)", "-keyout", "\(authority).key", "-out", "\(authority).crt")
        }
        try run(
            server, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout",
            "own.key", "-out", "own.csr")
        try run(
            server, "x509", "-req", "-in", "own.csr", "-CA", "known.crt", "-CAkey", "known.key", "-CAcreateserial", "-days", "1", "-out",
            "own.crt")
        for kind in ["key", "crt"] {
            try server.append(String(contentsOfFile: "\(server.folder)/own.\(kind)", encoding: .utf8), to: "server.\(kind)")
        }
        try await server.run("ALTER SYSTEM SET ssl = on; SELECT pg_reload_conf();")
    }

    private static func run(_ server: TemporaryServer, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: server.folder)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}

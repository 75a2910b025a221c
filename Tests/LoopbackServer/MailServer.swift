public import Foundation
import Synchronization

/// A real mail server (aiosmtpd) in a process of its own, on a free loopback port, with a certificate that it made itself.
///
/// Who is written to decides what it says: `nobody@…` is refused for ever, `later@…` for now, `greylisted@…` the first time.
public final class MailServer: Sendable {
    /// How it wants to be spoken to.
    public enum Mode: String, Sendable {
        /// No TLS at all.
        case plain
        /// Offers STARTTLS.
        case startTLS = "starttls"
        /// TLS from the first byte.
        case implicit
    }

    /// What it is to do otherwise than a server should.
    public enum Fault: String, Sendable {
        case none
        /// Refuses each message for ever, once it was sent.
        case refusesMessages = "refuses-messages"
        /// Refuses each message for now.
        case isFull = "is-full"
        /// Says nothing for a minute before it takes a message.
        case slow
        /// Refuses STARTTLS for now.
        case tlsIsBroken = "tls-is-broken"
        /// Quotes the password when it refuses it.
        case quotesPassword = "quotes-password"
    }

    /// A message that it took.
    public struct Delivery: Sendable, Decodable {
        public var sender: String
        public var recipients: [String]
        public var user: String?
        public var isEncrypted: Bool
        public var greeting: String
        /// The message as it came, dots unescaped.
        public var data: Data
    }

    /// The port that it listens on.
    public let port: Int
    /// Its certificate, which is its own authority: for 127.0.0.1 and mail.test.
    public let certificate: String
    private let process: Process
    private let output: Output
    private let folder: URL

    /// What it wrote so far, by whole lines.
    private final class Output: Sendable {
        private let text = Mutex("")
        func append(_ data: Data) { text.withLock { $0 += String(decoding: data, as: UTF8.self) } }
        var lines: [Substring] {
            text.withLock { text in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().filter { !$0.isEmpty } }
        }
    }

    /// Starts a server.
    /// - Parameter password: With it, only who logs in as `healer` gets anywhere.
    public init(_ mode: Mode, password: String? = nil, fault: Fault = .none) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process = Process()
        // Debian's own Python, which sees Debian's aiosmtpd.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script, mode.rawValue, fault.rawValue, folder.path, password ?? ""]
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_LIBRARY_PATH" }
        process.standardInput = Pipe()
        let pipe = Pipe()
        process.standardOutput = pipe
        let output = Output()
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            output.append(data)
        }
        self.output = output
        certificate = folder.appendingPathComponent("server.crt").path
        try process.run()
        var port: Int?
        while port == nil, process.isRunning {
            port = output.lines.first.flatMap { Int($0) }
            try await Task.sleep(for: .milliseconds(5))
        }
        guard let port else { throw MailServerError.didNotStart }
        self.port = port
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The messages that it took so far.
    public var deliveries: [Delivery] {
        let decoder = JSONDecoder()
        return output.lines.compactMap { try? decoder.decode(Delivery.self, from: Data($0.utf8)) }
    }

    /// The goodbyes that it heard so far.
    public var goodbyes: Int { output.lines.count { $0 == "QUIT" } }
}

/// Why a mail server is not there.
public enum MailServerError: Error {
    /// Python or aiosmtpd is missing: `scripts/prerequisites.sh test` installs them.
    case didNotStart
}

private let script = #"""
    import asyncio, base64, json, ssl, subprocess, sys
    from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
    mode, fault, folder, password = sys.argv[1:5]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", folder + "/server.key",
        "-out", folder + "/server.crt", "-subj", "/CN=mail.test", "-days", "2", "-addext", "subjectAltName=DNS:mail.test,IP:127.0.0.1"],
        check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/server.crt", folder + "/server.key")
    def say(text):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    greylist = set()
    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            name = address.split("@")[0]
            if name == "nobody": return "550 5.1.1 <%s>: Recipient address rejected: User unknown" % address
            if name == "later": return "451 4.3.0 try again later"
            if name == "greylisted" and address not in greylist:
                greylist.add(address)
                return "450 4.2.0 greylisted, come back"
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        async def handle_MAIL(self, server, session, envelope, address, options):
            if address.startswith("banned@"): return "553-5.7.1 not with\r\n553 5.7.1 this sender"
            envelope.mail_from = address
            return "250 2.1.0 OK"
        async def handle_QUIT(self, server, session, envelope):
            say("QUIT")
            return "221 bye"
        async def handle_DATA(self, server, session, envelope):
            if fault == "slow": await asyncio.sleep(60)
            if fault == "refuses-messages": return "554 5.7.1 looks like spam"
            if fault == "is-full": return "452 4.3.1 disk full"
            say(json.dumps({"sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "greeting": session.host_name,
                "user": session.auth_data.login.decode() if session.auth_data else None, "isEncrypted": session.ssl is not None or mode == "implicit",
                "data": base64.b64encode(envelope.original_content).decode()}))
            return "250 2.0.0 queued"
    class Server(SMTP):
        async def smtp_STARTTLS(self, arg):
            if fault == "tls-is-broken":
                await self.push("454 4.7.0 TLS not available due to a temporary reason")
            else:
                await super().smtp_STARTTLS(arg)
    def authenticate(server, session, envelope, mechanism, data):
        if isinstance(data, LoginPassword) and data.login == b"healer" and data.password == password.encode():
            return AuthResult(success=True, auth_data=data)
        if fault == "quotes-password":
            return AuthResult(success=False, handled=False, message="535 5.7.8 not with " + data.password.decode())
        return AuthResult(success=False, handled=False, message="535 5.7.8 Authentication credentials invalid")
    async def main():
        loop = asyncio.get_running_loop()
        secure = mode == "starttls"
        make = lambda: Server(Handler(), hostname="mail.test", tls_context=context if secure else None, require_starttls=secure and bool(password),
            auth_required=bool(password), auth_require_tls=secure, authenticator=authenticate if password else None,
            auth_exclude_mechanism=None, loop=loop, timeout=600)
        server = await loop.create_server(make, "127.0.0.1", 0, ssl=context if mode == "implicit" else None)
        say(str(server.sockets[0].getsockname()[1]))
        # Ends with the test, however that ended.
        over = loop.create_future()
        loop.add_reader(sys.stdin, lambda: over.done() or sys.stdin.buffer.read(1) or over.set_result(None))
        await over
    asyncio.run(main())
    """#

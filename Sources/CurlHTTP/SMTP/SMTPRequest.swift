/// One message for a mail server (RFC 5321).
public struct SMTPRequest: Sendable {
    /// How the connection is encrypted.
    public enum Security: String, Hashable, Sendable, CaseIterable {
        /// TLS from the first byte (RFC 8314), as on port 465.
        case implicit
        /// TLS after STARTTLS; a server that does not offer it gets nothing.
        case startTLS
        /// TLS after STARTTLS where the server offers it. Whoever sits in between can take the offer away.
        case startTLSIfOffered
        /// No encryption.
        case none
    }

    /// Who we say we are.
    public struct Credential: Hashable, Sendable {
        /// The user's name.
        public var user: String
        /// The password.
        public var password: Secret

        /// Makes a credential.
        public init(user: String, password: Secret) {
            self.user = user
            self.password = password
        }
    }

    /// The server's name or address; an IPv6 address without brackets.
    public var host: String
    /// The port.
    public var port: Int
    /// How the connection is encrypted.
    public var security: Security
    /// Who we say we are; nil where the server does not ask. Only PLAIN and LOGIN are spoken.
    public var credential: Credential?
    /// The name by which we greet; nil leaves the machine's own.
    public var clientName: String?
    /// MAIL FROM: an address without brackets, to which the mail system returns what it cannot deliver.
    public var sender: String
    /// RCPT TO: addresses without brackets.
    public var recipients: [String]
    /// The message, its lines ended by CRLF. Lines that begin with a dot are escaped on the way (RFC 5321, section 4.5.2).
    public var message: [UInt8]
    /// Whom to trust, and who we are, where the connection is encrypted.
    public var tls: TLSOptions
    /// From the start until the server has greeted, TLS stands and it knows who we are. Servers make strangers wait: seconds are usual.
    public var connectTimeout: Duration
    /// From the start until the server has taken the message.
    public var timeout: Duration

    /// Makes a request.
    public init(
        host: String, port: Int, security: Security, credential: Credential? = nil, clientName: String? = nil, sender: String,
        recipients: [String], message: [UInt8], tls: TLSOptions = TLSOptions(), connectTimeout: Duration = .seconds(30),
        timeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credential = credential
        self.clientName = clientName
        self.sender = sender
        self.recipients = recipients
        self.message = message
        self.tls = tls
        self.connectTimeout = connectTimeout
        self.timeout = timeout
    }

    /// Where it goes, as messages name it.
    var endpoint: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Whether nobody in between can read it.
    private var isPrivate: Bool {
        switch security {
        case .implicit, .startTLS: true
        case .startTLSIfOffered, .none: host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    /// What in it cannot go over the wire as it is, since it would become a command of its own or another address; nil when all is well.
    var fault: String? {
        let nameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_".utf8)
        func isName(_ text: String, and more: String = "") -> Bool {
            !text.isEmpty && text.utf8.allSatisfy { nameBytes.contains($0) || more.utf8.contains($0) }
        }
        func isAddress(_ text: String) -> Bool {
            text.utf8.count <= 320 && !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3C && $0 != 0x3E }
        }
        if !isName(host, and: ":") { return "the host is no name and no address" }
        if !(1...65_535).contains(port) { return "the port is none of 1 to 65535" }
        if let clientName, !isName(clientName, and: "[]:") { return "the name to greet with is no host's name" }
        if !isAddress(sender) { return "the sender is no address" }
        if recipients.isEmpty { return "there is no recipient" }
        if let index = recipients.firstIndex(where: { !isAddress($0) }) { return "recipient \(index + 1) is no address" }
        if let credential, credential.user.utf8.contains(0) || credential.password.bytes.contains(0) {
            return "the user's name or the password has a NUL in it"
        }
        if let credential, credential.user.isEmpty { return "the user's name is empty" }
        if credential != nil, !isPrivate {
            return "a password is only sent over TLS that cannot be taken away: use implicit TLS, or require STARTTLS"
        }
        return nil
    }
}

/// A server's answer to a command.
public struct SMTPReply: Hashable, Sendable {
    /// The code: 550.
    public var code: Int
    /// What it said, in one line, at most 200 characters; empty where that may hold a secret.
    public var text: String

    /// Makes a reply.
    public init(code: Int, text: String) {
        self.code = code
        self.text = text
    }

    /// Whether the same may be accepted later (4yz; RFC 5321, section 4.2.1).
    public var isTransient: Bool { code / 100 == 4 }
}

/// That a server has taken a message, for at least one of its recipients.
public struct SMTPReceipt: Hashable, Sendable {
    /// A recipient for whom it was not taken.
    public struct Refusal: Hashable, Sendable {
        /// The address.
        public var recipient: String
        /// What the server said.
        public var reply: SMTPReply
    }

    /// The recipients for whom it was not taken.
    public var refusals: [Refusal]
}

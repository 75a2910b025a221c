/// Why no recipient got a message, or that nobody knows. Its text names the server, the stage and what to check; never the password.
public struct SMTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How far the conversation had come.
    public enum Stage: String, Hashable, Sendable, CaseIterable {
        /// Looking the name up, and the TCP connection.
        case connect
        /// The TLS handshake, or asking for it.
        case tls = "TLS"
        /// The server's greeting and ours.
        case greeting
        /// Who we say we are.
        case authentication = "AUTH"
        /// The sender.
        case sender = "MAIL FROM"
        /// The recipients.
        case recipients = "RCPT TO"
        /// Asking to send the message.
        case data = "DATA"
        /// Sending the message, and waiting for the server to take it.
        case message
    }

    /// What went wrong.
    public enum Kind: Hashable, Sendable {
        /// The server said no.
        case refused(SMTPReply)
        /// A time-out.
        case timeout
        /// Nobody listens at the address.
        case connectionRefused
        /// The connection could not be made for another reason.
        case connectionFailed
        /// The host's name could not be found.
        case dns
        /// The handshake failed: an untrusted or wrong certificate, or no TLS spoken.
        case tls
        /// The server offers no STARTTLS, and TLS is wanted.
        case tlsNotOffered
        /// The server offers no way to log in that is spoken here.
        case loginNotOffered
        /// The connection broke.
        case aborted
        /// The request itself cannot be sent.
        case badRequest
        /// Anything else that libcurl says.
        case other
    }

    /// What went wrong.
    public let kind: Kind
    /// How far it had come.
    public let stage: Stage
    /// The server: `host:port`.
    public let endpoint: String
    /// What libcurl or the system said; may be empty.
    public let detail: String

    /// Makes an error.
    public init(_ kind: Kind, _ stage: Stage, endpoint: String, detail: String = "") {
        self.kind = kind
        self.stage = stage
        self.endpoint = endpoint
        self.detail = detail
    }

    /// Whether the same message may be taken later.
    public var isTransient: Bool {
        switch kind {
        case .refused(let reply): reply.isTransient
        case .timeout, .connectionRefused, .connectionFailed, .dns, .tls, .aborted, .other: true
        case .tlsNotOffered, .loginNotOffered, .badRequest: false
        }
    }

    /// Whether the message may have been taken all the same: its last byte was sent, and no answer came.
    public var mayHaveArrived: Bool {
        guard stage == .message else { return false }
        if case .refused = kind { return false }
        return true
    }

    public var description: String {
        let said = detail.isEmpty ? "" : " (\(detail))"
        switch kind {
        case .refused(let reply):
            let words = reply.text.isEmpty ? "" : " \(reply.text)"
            return "mail server \(endpoint) refused at \(stage.rawValue): \(reply.code)\(words)\(Self.advice(stage, reply.code))"
        case .timeout:
            switch stage {
            case .connect: return "mail server \(endpoint) did not accept a connection in time: check the address and the firewall"
            case .tls: return "mail server \(endpoint) did not finish the TLS handshake in time: check that the port speaks TLS"
            case .message:
                return "mail server \(endpoint) did not say in time whether it took the message: it may arrive all the same"
            default: return "mail server \(endpoint) did not answer at \(stage.rawValue) in time: check its load and its port"
            }
        case .connectionRefused: return "mail server \(endpoint) refused the connection: check that it runs and that the port is right"
        case .connectionFailed: return "no connection to mail server \(endpoint)\(said): check the address and the route to it"
        case .dns: return "the name of mail server \(endpoint) cannot be resolved: check the spelling and the DNS"
        case .tls:
            return
                "TLS with mail server \(endpoint) failed\(said): check the certificate authority, the server's name, and whether the port"
                + " wants TLS at once (smtps, 465) or after STARTTLS (smtp, 587)"
        case .tlsNotOffered:
            return
                "mail server \(endpoint) does not offer STARTTLS: use its TLS port (smtps, 465), or allow a connection without encryption"
        case .loginNotOffered:
            return "mail server \(endpoint) offers neither PLAIN nor LOGIN: leave user and password out, or use a port for submission (587)"
        case .aborted: return "mail server \(endpoint) closed the connection at \(stage.rawValue)\(said)"
        case .badRequest: return "the message to mail server \(endpoint) cannot be sent\(said)"
        case .other: return "mail server \(endpoint) failed at \(stage.rawValue)\(said)"
        }
    }

    private static func advice(_ stage: Stage, _ code: Int) -> String {
        switch (stage, code) {
        case (.authentication, 500...): ": check the user and the password"
        case (.sender, 530): ": it wants user and password"
        case (.sender, 500...): ": check that this user may send from this address"
        case (.recipients, 500...): ": check the addresses"
        default: ""
        }
    }
}

public import CurlHTTP

/// Where mail goes, from whom, to whom.
public struct EmailSettings: Sendable {
    /// What is wrong with a setting, and what would be right.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The setting: `from`.
        public let setting: String
        /// What is wrong, and what would be right.
        public let text: String

        public var description: String { "\(setting): \(text)" }
    }

    /// What to do about encryption where the server's address begins with `smtp://`.
    public enum StartTLS: String, Hashable, Sendable, CaseIterable {
        /// Nothing is sent to a server that does not offer it.
        case required
        /// Used where it is offered.
        case optional
        /// Not used.
        case never
    }

    /// Who logs in, and by what.
    struct Login: Sendable {
        var user: String
        /// Read at each delivery.
        var password: SecretSource
    }

    let host: String
    let port: Int
    let security: SMTPRequest.Security
    let login: Login?
    let from: MailAddress
    let to: [MailAddress]
    let tls: TLSOptions
    let clientName: String?
    let listID: String?
    let timeout: Duration

    /// Checks the settings.
    /// - Parameters:
    ///   - server: `smtp://mail.example.com:587`, or `smtps://mail.example.com:465` for TLS from the first byte. These are the ports when
    ///     none is named.
    ///   - from: The sender: `Auto-Heal <heal@example.com>`.
    ///   - to: Who gets it.
    ///   - user: Who logs in; nil where nobody has to.
    ///   - password: With it, read at each delivery; never shown.
    ///   - tls: Whom to trust.
    ///   - clientName: By what name the server is greeted; nil for the machine's own.
    ///   - listID: A name by which people sort it: `auto-heal.example.com`; nil for none.
    ///   - timeout: How long one delivery may take.
    public init(
        server: String, from: String, to: [String], user: String? = nil, password: SecretSource? = nil, startTLS: StartTLS = .required,
        tls: TLSOptions = TLSOptions(), clientName: String? = nil, listID: String? = nil, timeout: Duration = .seconds(60)
    ) throws(Fault) {
        let isImplicit = server.hasPrefix("smtps://")
        guard isImplicit || server.hasPrefix("smtp://") else {
            throw Fault(setting: "server", text: "is no address of a mail server: write smtp://mail.example.com:587 or smtps://…:465")
        }
        var authority = server.dropFirst(isImplicit ? 8 : 7)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains("@") else {
            throw Fault(setting: "server", text: "has a user in it: name user and password in settings of their own")
        }
        (host, port) = try Self.place(authority, standardPort: isImplicit ? 465 : 587)
        security = isImplicit ? .implicit : [.required: .startTLS, .optional: .startTLSIfOffered, .never: .none][startTLS] ?? .startTLS
        switch (user, password) {
        case (nil, nil): login = nil
        case (let user?, let password?) where !user.isEmpty: login = Login(user: user, password: password)
        case (_?, _): throw Fault(setting: "password", text: "is missing: a user has one")
        case (nil, _?): throw Fault(setting: "user", text: "is missing: a password belongs to one")
        }
        let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        if login != nil, !isImplicit, startTLS != .required, !isLocal {
            throw Fault(setting: "startTLS", text: "is \(startTLS): with a password it must be required, or it could be read on the way")
        }
        guard let sender = MailAddress(from) else {
            throw Fault(setting: "from", text: Self.noAddress(from))
        }
        self.from = sender
        guard !to.isEmpty else { throw Fault(setting: "to", text: "names nobody: at least one address is needed") }
        guard to.count <= 50 else { throw Fault(setting: "to", text: "names \(to.count) addresses: at most 50; use a mailing list") }
        var recipients: [MailAddress] = []
        for (index, text) in to.enumerated() {
            guard let address = MailAddress(text) else { throw Fault(setting: "to[\(index)]", text: Self.noAddress(text)) }
            recipients.append(address)
        }
        self.to = recipients
        if let clientName, !MailAddress.isHostName(clientName) {
            throw Fault(setting: "clientName", text: "is no host's name: write one like pod.example.com")
        }
        if let listID, !MailAddress.isHostName(listID) {
            throw Fault(setting: "listID", text: "is no list's name: write one like auto-heal.example.com")
        }
        guard timeout >= .seconds(1), timeout <= .seconds(600) else {
            throw Fault(setting: "timeout", text: "must be from 1 s to 10 min")
        }
        self.tls = tls
        self.clientName = clientName
        self.listID = listID
        self.timeout = timeout
    }

    private static func noAddress(_ text: String) -> String {
        "\"\(text.oneLine(100))\" is no address: write heal@example.com or Auto-Heal <heal@example.com>, in ASCII"
    }

    private static func place(_ authority: Substring, standardPort: Int) throws(Fault) -> (host: String, port: Int) {
        var host = authority
        var port = standardPort
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Fault(setting: "server", text: "has no port from 1 to 65535 after its colon")
            }
            host = authority[..<colon]
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard !address.isEmpty, address.utf8.allSatisfy({ "0123456789abcdefABCDEF:.".utf8.contains($0) }) else {
                throw Fault(setting: "server", text: "has no IPv6 address between its brackets")
            }
            return (String(address), port)
        }
        guard MailAddress.isHostName(host) else {
            throw Fault(setting: "server", text: "names no host: write smtp://mail.example.com:587, without a path")
        }
        return (String(host), port)
    }
}

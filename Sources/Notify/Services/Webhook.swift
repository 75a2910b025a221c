internal import AutomatonCore
internal import CurlHTTP

/// What is sent to whoever listens: a body by a template, headers, a signature.
public struct WebhookRequest: Sendable {
    /// A header that goes along.
    public struct Header: Hashable, Sendable {
        /// The name.
        public var name: String
        /// Its value.
        public var value: Value

        /// A value in clear, or a secret with what stands before it: `Bearer `.
        public enum Value: Hashable, Sendable {
            case clear(String)
            case secret(SecretSource, prefix: String)
        }

        /// Makes a header.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// An address: with places for names, or a secret.
    public enum Address: Hashable, Sendable {
        case template(Template)
        case secret(SecretSource)
    }

    /// `POST`.
    public var method = "POST"
    /// Where.
    public var address: Address
    /// The content's type: JSON, a form or plain text.
    public var type = "application/json"
    /// The body; nil for the whole message as JSON.
    public var body: Template?
    /// Header fields.
    public var headers: [Header] = []
    /// Signs the body (HMAC-SHA256); nil for no signature.
    public var signature: SecretSource?

    /// The header with the signature: `sha256=` and hexadecimal digits.
    public static let signatureHeader = "X-Signature-256"

    /// Makes a request.
    public init(to address: Address) { self.address = address }

    /// What the body is.
    public var form: Template.Form {
        type.hasPrefix("application/x-www-form-urlencoded") ? .form : type.hasPrefix("text/plain") ? .plain : .json
    }

    func send(_ message: Message, over service: HTTPService, extra: [HTTPField] = []) async throws(DeliveryFailure) {
        var secrets: [Secret] = []
        let url: String
        switch address {
        case .template(let template): url = template.filled(message, as: .form)
        case .secret(let source):
            let secret = try await source.read()
            secrets.append(secret)
            url = secret.text
        }
        let body = body.map { Array($0.filled(message, as: form).utf8) } ?? message.json.bytes
        var fields = extra
        for header in headers {
            switch header.value {
            case .clear(let value): fields.append(HTTPField(header.name, value))
            case .secret(let source, let prefix):
                let secret = try await source.read()
                secrets.append(secret)
                fields.append(HTTPField(header.name, prefix + secret.text))
            }
        }
        if let signature {
            let key = try await signature.read()
            secrets.append(key)
            fields.append(
                HTTPField(Self.signatureHeader, "sha256=" + SHA256.hex(SHA256.authentication(of: body, key: key.bytes))))
        }
        _ = try await service.send(method, url, headers: fields, type: type, body: body, hiding: secrets)
    }
}

/// Whoever listens at an address.
public struct Webhook: Notifier {
    public static let kind = "webhook"
    /// What listens is one's own: it is not spared.
    public var pace: Duration { .milliseconds(100) }

    private let service: HTTPService
    private let request: WebhookRequest

    /// Makes one.
    public init(_ service: HTTPService, _ request: WebhookRequest) {
        self.service = service
        self.request = request
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) { try await request.send(message, over: service) }
}

/// A system that keeps tickets: one is opened by the first message about something, noted on by later ones and closed by the last. The
/// system joins them by the key.
public struct TicketWebhook: Notifier {
    public static let kind = "ticket"
    public static let keepsOpen = true

    private let service: HTTPService
    private let open: WebhookRequest
    private let close: WebhookRequest

    /// Makes one.
    /// - Parameters:
    ///   - open: what opens a ticket, or notes on the one of that key.
    ///   - close: what closes it.
    public init(_ service: HTTPService, open: WebhookRequest, close: WebhookRequest) {
        self.service = service
        self.open = open
        self.close = close
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let isOver = message.kind == .resolved
        // Sent again after a time-out it is the same: the system may tell by this.
        let once = HTTPField("Idempotency-Key", "\(message.digest)-\(isOver ? "close" : "open")-\(message.at.microseconds)")
        try await (isOver ? close : open).send(message, over: service, extra: [once])
    }
}

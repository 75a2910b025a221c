internal import AutomatonCore
internal import Rules

/// Reads a request of a webhook: `url`, `method`, `contentType`, `body`, `headers`, `secret`.
struct WebhookReader {
    static let keys = ["url", "method", "contentType", "body", "headers", "secret"]
    private static let methods = ["POST", "PUT", "PATCH"]
    private static let types = ["application/json", "application/x-www-form-urlencoded", "text/plain"]

    private var fields: MappingReader

    init(_ fields: MappingReader) { self.fields = fields }

    /// Reads a request that is the value of a key.
    static func inner(_ node: YAMLNode, _ key: String, _ outer: inout ReceiverFields) -> WebhookRequest? {
        let mapping = MappingReader(node, file: outer.fields.file, noun: "'\(key)'", known: keys)
        var fields = ReceiverFields(mapping, context: outer.context, service: outer.service)
        var reader = WebhookReader(mapping)
        let request = mapping.isMapping ? reader.read(&fields) : nil
        outer.fields.adopt(fields.fields.problems)
        return request
    }

    mutating func read(_ fields: inout ReceiverFields) -> WebhookRequest? {
        guard let address = address(&fields) else { return nil }
        var request = WebhookRequest(to: address)
        if let method = fields.optional("method", Self.methods.joined(separator: ", "), where: Self.methods.contains) {
            request.method = method
        }
        if let type = fields.optional("contentType", Self.types.joined(separator: ", "), where: Self.types.contains) { request.type = type }
        if let value = fields.fields.value("body"), let text = fields.fields.read(value, "body", ScalarReading.text) {
            request.body = template(text, value, "body", &fields)
            if let body = request.body, request.form == .json, !body.isJSON {
                fields.fields.report(
                    value,
                    "body: what comes of it is no JSON; names stand between the quotes of texts (\"{{title}}\"), but for {{incidents}}, a list"
                )
            }
        } else if request.form != .json, fields.fields.value("body") == nil {
            fields.fields.report(
                fields.fields.place(of: "contentType"), "contentType: \(request.type) needs a body; without one, the message goes as JSON")
        }
        request.headers = headers(&fields)
        request.signature = fields.optionalSecret("secret")
        return fields.fields.problems.isEmpty ? request : nil
    }

    private func address(_ fields: inout ReceiverFields) -> WebhookRequest.Address? {
        let hint = "where it goes: https://example.org/hook, or { env: NAME } or { file: /path } when it is secret"
        guard let value = fields.fields.required("url", hint) else { return nil }
        if case .mapping = value.content { return fields.secret(value, "url").map { .secret($0) } }
        guard let text = fields.fields.read(value, "url", ScalarReading.text) else { return nil }
        // Names are for paths and queries: who is asked is never up to what a pod is called.
        let authority = text.split(separator: "/", omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
        guard !authority.contains("{{") else {
            fields.fields.report(value, "url: the host cannot have a {{name}}; paths and queries can")
            return nil
        }
        guard let template = template(text, value, "url", &fields) else { return nil }
        if let why = WebAddress.flaw(text.split(separator: "{{").first.map(String.init) ?? text, allowsPlain: false) {
            fields.fields.report(value, "url: \(why)")
        }
        return .template(template)
    }

    private func template(_ text: String, _ value: YAMLNode, _ key: String, _ fields: inout ReceiverFields) -> Template? {
        do {
            return try Template(text)
        } catch {
            let why = error.unknown.map { NearestName.unknown("name", $0, known: Template.Name.allCases.map(\.rawValue)) } ?? error.text
            fields.fields.report(value, "\(key): \(why)")
            return nil
        }
    }

    private func headers(_ fields: inout ReceiverFields) -> [WebhookRequest.Header] {
        guard let value = fields.fields.value("headers") else { return [] }
        guard case .mapping(let pairs) = value.content else {
            fields.fields.report(value, "headers: must be a mapping of names to values, not \(value.kind)")
            return []
        }
        var headers: [WebhookRequest.Header] = []
        for (name, position, node) in pairs {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
                fields.fields.report(position, "headers: \(name.quoted) is no name of a header")
                continue
            }
            if case .mapping(let inner) = node.content {
                let (prefix, source) = (inner.first { $0.key == "prefix" }, inner.filter { $0.key != "prefix" })
                let text = prefix.flatMap { fields.fields.read($0.value, "prefix", ScalarReading.text) } ?? ""
                let secret = fields.secret(YAMLNode(content: .mapping(source), position: node.position), name)
                if !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
                    fields.fields.report(node, "headers: the prefix of \(name) holds what no header may")
                }
                if let secret { headers.append(.init(name, .secret(secret, prefix: text))) }
                continue
            }
            guard let text = fields.fields.read(node, name, ScalarReading.anyText) else { continue }
            let isSecret = ["authorization", "cookie", "x-api-key", "api-key", "private-token"].contains(name.lowercased())
            if isSecret {
                fields.fields.report(
                    node,
                    "\(name): a secret is not written here; write { env: NAME } or { file: /path }, with prefix: 'Bearer ' where needed")
            } else if !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
                fields.fields.report(node, "\(name): holds what no header may")
            } else {
                headers.append(.init(name, .clear(text)))
            }
        }
        return headers
    }

    /// RFC 9110, section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

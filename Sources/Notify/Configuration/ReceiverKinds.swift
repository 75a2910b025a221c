internal import AutomatonCore
internal import CurlHTTP
internal import Rules

extension ReceiverKind {
    /// Every kind of this module.
    package static let builtIn = [
        none, email, slack, telegram, pagerDuty, teams, webhook, ticket, gitHub, jira, grafana,
    ]

    private static let none = ReceiverKind("none", keys: []) { _ in NoNotifier() }

    private static let email = ReceiverKind(
        "email", keys: ["server", "from", "to", "user", "password", "startTLS", "listID"]
    ) { fields in
        let server = fields.text("server", "smtp://mail.example.com:587, or smtps://mail.example.com:465")
        let from = fields.text("from", "the sender: Auto-Heal <heal@example.com>")
        let user = fields.optional("user", "who logs in")
        let password = fields.optionalSecret("password")
        let listID = fields.optional("listID", "a name by which people sort it: auto-heal.example.com")
        var to: [String] = []
        if let value = fields.fields.required("to", "a list of addresses: [ops@example.com]") {
            if case .sequence(let items) = value.content {
                to = items.compactMap { fields.fields.read($0, "to", ScalarReading.text) }
            } else {
                fields.fields.report(value, "to: must be a list of addresses ([ops@example.com]), not \(value.kind)")
            }
        }
        var startTLS = EmailSettings.StartTLS.required
        if let value = fields.fields.value("startTLS"), let text = fields.fields.read(value, "startTLS", ScalarReading.text) {
            if let known = EmailSettings.StartTLS(rawValue: text) {
                startTLS = known
            } else {
                fields.fields.report(value, NearestName.unknown("startTLS", text, known: EmailSettings.StartTLS.allCases.map(\.rawValue)))
            }
        }
        guard fields.fields.problems.isEmpty, let server, let from else { return nil }
        var tls = TLSOptions()
        if let authorities = fields.service.authorities { tls.trust = .file(authorities) }
        do throws(EmailSettings.Fault) {
            let settings = try EmailSettings(
                server: server, from: from, to: to, user: user, password: password, startTLS: startTLS, tls: tls,
                listID: listID, timeout: max(.seconds(30), fields.service.timeout))
            return EmailNotifier(settings, refused: fields.context.remark)
        } catch {
            let key = String(error.setting.prefix { $0 != "[" })
            fields.fields.report(fields.fields.place(of: key), "\(error.setting): \(error.text)")
        }
        return nil
    }

    private static let slack = ReceiverKind("slack", keys: ["url"]) { fields in
        fields.secret("url", "the incoming webhook's address").map { Slack(fields.service, url: $0) }
    }

    private static let teams = ReceiverKind("teams", keys: ["url"]) { fields in
        fields.secret("url", "the workflow's address").map { Teams(fields.service, url: $0) }
    }

    private static let telegram = ReceiverKind("telegram", keys: ["token", "chat", "thread", "url"]) { fields in
        let token = fields.secret("token", "the bot's token")
        let hint = "a chat: \"-1001234567890\" or \"@channel\", in quotes"
        let chat = fields.text("chat", hint) { text in
            Int64(text) != nil || (text.hasPrefix("@") && text.dropFirst().utf8.allSatisfy(isWordByte) && text.utf8.count > 1)
        }
        let thread = fields.fields.read("thread") { node throws(ScalarReading.Failure) in try ScalarReading.whole(node, as: Int.self) }
        let base = fields.optionalBase("url")
        guard let token, let chat else { return nil }
        return Telegram(fields.service, token: token, chat: chat, thread: thread, base: base ?? "https://api.telegram.org")
    }

    private static let pagerDuty = ReceiverKind("pagerduty", keys: ["key", "url"]) { fields in
        let key = fields.secret("key", "the integration's routing key (Events API v2)")
        let url = fields.optionalBase("url")
        return key.map { PagerDuty(fields.service, key: $0, url: url ?? "https://events.pagerduty.com/v2/enqueue") }
    }

    private static let webhook = ReceiverKind("webhook", keys: WebhookReader.keys) { fields in
        var reader = WebhookReader(fields.fields)
        let request = reader.read(&fields)
        return request.map { Webhook(fields.service, $0) }
    }

    private static let ticket = ReceiverKind("ticket", keys: ["open", "close"]) { fields in
        let hint = "a request: { url: https://…, body: … }"
        let open = fields.fields.required("open", hint).flatMap { WebhookReader.inner($0, "open", &fields) }
        let close = fields.fields.required("close", hint).flatMap { WebhookReader.inner($0, "close", &fields) }
        guard let open, let close else { return nil }
        return TicketWebhook(fields.service, open: open, close: close)
    }

    private static let gitHub = ReceiverKind("github", keys: ["repository", "token", "label", "url"]) { fields in
        let repository = fields.text("repository", "owner/name") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == 2
                && parts.allSatisfy { part in
                    !part.isEmpty && part != "." && part != ".."
                        && part.utf8.allSatisfy { isWordByte($0) || $0 == 0x2D || $0 == 0x2E }
                }
        }
        let token = fields.secret("token", "a token that may write issues")
        let label = fields.optional("label", "a label of at most 50 characters") { $0.count <= 50 && !$0.contains(",") }
        let base = fields.optionalBase("url")
        guard let repository, let token else { return nil }
        return GitHubIssues(
            fields.service, repository: repository, token: token, label: label ?? "auto-heal", base: base ?? "https://api.github.com")
    }

    private static let jira = ReceiverKind("jira", keys: ["url", "project", "type", "user", "token", "transition"]) { fields in
        let base = fields.base("url", "the site: https://example.atlassian.net")
        let project = fields.text("project", "the project's key: OPS") { $0.utf8.allSatisfy(isWordByte) }
        let type = fields.optional("type", "the name of a type of issues")
        let user = fields.text("user", "the e-mail address of whose token it is") { !$0.contains(":") }
        let token = fields.secret("token", "an API token")
        let transition = fields.optional("transition", "the name of a transition")
        guard let base, let project, let user, let token else { return nil }
        return Jira(
            fields.service, base: base, project: project, type: type ?? "Task", user: user, token: token, transition: transition)
    }

    private static let grafana = ReceiverKind("grafana", keys: ["url", "token", "dashboard", "panel", "tags"]) { fields in
        let base = fields.base("url", "the server: https://grafana.example.org")
        let token = fields.secret("token", "a service account's token")
        let dashboard = fields.optional("dashboard", "a dashboard's uid") { $0.utf8.allSatisfy { isWordByte($0) || $0 == 0x2D } }
        let panel = fields.fields.read("panel") { node throws(ScalarReading.Failure) in try ScalarReading.whole(node, as: Int.self) }
        var tags: [String] = []
        if let value = fields.fields.value("tags") {
            if case .sequence(let items) = value.content {
                tags = items.compactMap { fields.fields.read($0, "tags", ScalarReading.text) }
            } else {
                fields.fields.report(value, "tags: must be a list of texts, not \(value.kind)")
            }
        }
        guard let base, let token else { return nil }
        return GrafanaAnnotations(fields.service, base: base, token: token, dashboard: dashboard, panel: panel, tags: tags)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}

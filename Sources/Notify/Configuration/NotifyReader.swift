internal import AutomatonCore
internal import Rules

/// Reads the whole of `notify.yaml`: `link`, `defaults`, `receivers`, `routes`.
struct NotifyReader {
    private static let keys = ["link", "defaults", "receivers", "routes"]

    private let context: ReceiverContext
    private let kinds: [ReceiverKind]
    private var fields: MappingReader
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, context: ReceiverContext, kinds: [ReceiverKind]) {
        self.context = context
        self.kinds = kinds
        fields = MappingReader(node, file: file, noun: "the file", known: Self.keys)
    }

    mutating func read() -> NotifyConfiguration? {
        guard fields.isMapping else { return nil }
        let link = fields.read("link", ScalarReading.text)
        if let link, let value = fields.value("link"), let why = WebAddress.flaw(link, allowsPlain: true) {
            fields.report(value, "link: \(why)")
        }
        let (receivers, named) = readReceivers()
        var defaults = Route(to: [])
        if let value = fields.value("defaults") {
            var reader = RouteReader(value, file: fields.file, noun: "'defaults'", known: RouteReader.settings, receivers: [])
            reader.readSettings(into: &defaults)
            fields.adopt(reader.problems)
        }
        let routes = readRoutes(defaults, named)
        guard problems.isEmpty else { return nil }
        return NotifyConfiguration(receivers: receivers, routing: Routing(routes), link: link)
    }

    /// The receivers, and every name that is written, also of those that are wrong.
    private mutating func readReceivers() -> ([Receiver], [String]) {
        guard let value = fields.required("receivers", "a list of who can be told: [{ name: chat, kind: slack, url: { env: SLACK_URL } }]")
        else { return ([], []) }
        guard case .sequence(let items) = value.content, !items.isEmpty else {
            fields.report(
                value.isNull ? fields.place(of: "receivers") : value.position, "receivers: must be a list with at least one receiver")
            return ([], [])
        }
        var receivers: [Receiver] = []
        var names: [String] = []
        for item in items {
            var reader = ReceiverReader(item, file: fields.file, context: context, kinds: kinds)
            let receiver = reader.read()
            fields.adopt(reader.problems)
            if let name = reader.name {
                if names.contains(name) { fields.report(item, "name: there is another receiver of the name '\(name)'") }
                names.append(name)
            }
            if let receiver { receivers.append(receiver) }
        }
        return (receivers, names)
    }

    private mutating func readRoutes(_ defaults: Route, _ receivers: [String]) -> [Route] {
        guard let value = fields.required("routes", "who is told of what: [{ receivers: [chat] }]") else { return [] }
        guard case .sequence(let items) = value.content, !items.isEmpty else {
            fields.report(value.isNull ? fields.place(of: "routes") : value.position, "routes: must be a list with at least one route")
            return []
        }
        var routes: [Route] = []
        for item in items {
            if let last = routes.last, last.match == Route.Match(), !last.goesOn {
                fields.report(
                    item, "the route before takes everything, so that this one takes nothing; put it before, or add 'continue: true'")
            }
            var reader = RouteReader(item, file: fields.file, noun: "a route", known: RouteReader.keys, receivers: receivers)
            if let route = reader.read(defaults) { routes.append(route) }
            fields.adopt(reader.problems)
        }
        return routes
    }
}

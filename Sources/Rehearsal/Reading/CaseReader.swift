import AutomatonCore
import Rules

/// Reads one case.
struct CaseReader {
    static let keys = ["name", "check", "thresholds", "world", "start", "until", "findings", "attempts", "people", "expect"]

    /// What a file says for all of its cases.
    struct Shared {
        var namespace = "default"
        var check: String?
        var thresholds: [String: (value: String, place: String)] = [:]
        var stage = StageSettings()

        init(_ fields: inout MappingReader) {
            namespace = fields.read("namespace", ScalarReading.text) ?? "default"
            check = fields.read("check", ScalarReading.text)
            thresholds = CaseReader.thresholds(&fields)
            if let world = fields.value("world") {
                var reader = StageReader(world, file: fields.file, namespace: namespace)
                reader.read(into: &stage)
                fields.adopt(reader.problems)
            }
        }
    }

    private var fields: MappingReader
    private let shared: Shared
    private let node: YAMLNode
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, shared: Shared) {
        self.node = node
        self.shared = shared
        fields = MappingReader(node, file: file, noun: "a case", known: Self.keys)
    }

    /// A Monday: cron expressions of maintenance windows are held against it.
    private static let usualStart = Instant(seconds: 1_767_571_200)

    mutating func read() -> RehearsalCase? {
        guard fields.isMapping else { return nil }
        let name = fields.required("name", "what it shows, in words").flatMap { fields.read($0, "name", ScalarReading.text) }
        let check = fields.read("check", ScalarReading.text) ?? shared.check
        let thresholds = shared.thresholds.merging(Self.thresholds(&fields)) { $1 }
        var stage = shared.stage
        if let world = fields.value("world") {
            var reader = StageReader(world, file: fields.file, namespace: shared.namespace)
            reader.read(into: &stage)
            fields.adopt(reader.problems)
        }
        let sightings = readSightings(check)
        let attempts = readAttempts()
        let requests = readRequests()
        var expectations: [Expectation] = []
        if let value = fields.required("expect", "what is decided when; [] when nothing may be done"),
            let items = fields.list(value, "expect", mayBeEmpty: true)
        {
            for item in items {
                var reader = ExpectationReader(item, file: fields.file, namespace: shared.namespace)
                if let read = reader.read() { expectations.append(read) }
                fields.adopt(reader.problems)
            }
        }
        let last = (sightings.map(\.at) + requests.map(\.at) + expectations.map(\.at)).max() ?? .zero
        let until = fields.span("until")
        if let until, until < last {
            fields.report(fields.place(of: "until"), "until: something is written for later (\(last.configured)): lengthen it")
        }
        if expectations.isEmpty, until == nil {
            fields.report(node, "a case that expects nothing says how long that holds: until: 24h")
        }
        var start = Self.usualStart
        if let value = fields.value("start"), let text = fields.read(value, "start", ScalarReading.anyText) {
            if let instant = Instant(rfc3339: text) {
                start = instant
            } else {
                fields.report(value, "start: \(text.quoted) is no time: write 2026-03-01T12:00:00Z")
            }
        }
        guard problems.isEmpty, let name else { return nil }
        return RehearsalCase(
            name: name, line: node.position.line, thresholds: thresholds, namespace: shared.namespace, start: start,
            until: until ?? last, sightings: sightings, attempts: attempts, requests: requests, expectations: expectations, stage: stage)
    }

    private static func thresholds(_ fields: inout MappingReader) -> [String: (value: String, place: String)] {
        guard let value = fields.value("thresholds") else { return [:] }
        guard case .mapping(let pairs) = value.content else {
            fields.report(value, "thresholds: must be a mapping of keys to values (KAFKA_LAG_THRESHOLD: 15000), not \(value.kind)")
            return [:]
        }
        var thresholds: [String: (value: String, place: String)] = [:]
        for pair in pairs {
            guard let text = fields.read(pair.value, pair.key, ScalarReading.anyText) else { continue }
            thresholds[pair.key] = (text, "\(fields.file):\(pair.position.line):\(pair.position.column)")
        }
        return thresholds
    }

    private mutating func readSightings(_ check: String?) -> [Sighting] {
        var sightings: [Sighting] = []
        for item in fields.list("findings") {
            var reader = SightingReader(item, file: fields.file, namespace: shared.namespace, check: check)
            if let read = reader.read() { sightings.append(read) }
            fields.adopt(reader.problems)
        }
        return sightings
    }

    private mutating func readAttempts() -> [Fate] {
        var fates: [Fate] = []
        for item in fields.list("attempts") {
            var reader = FateReader(item, file: fields.file)
            if let read = reader.read() { fates.append(read) }
            fields.adopt(reader.problems)
        }
        return fates
    }

    private mutating func readRequests() -> [PersonRequest] {
        var requests: [PersonRequest] = []
        for item in fields.list("people") {
            var inner = MappingReader(
                item, file: fields.file, noun: "what a person does", known: ["at", "approve", "heal", "pause", "resume", "subject"])
            let at = inner.required("at", "when: 5m").flatMap { _ in inner.span("at") }
            let kinds: [(key: String, kind: PersonRequest.Kind)] = [
                ("approve", .approve), ("heal", .heal), ("pause", .pause), ("resume", .resume),
            ]
            let written = kinds.filter { inner.has($0.key) }
            guard inner.isMapping, written.count == 1, let (key, kind) = written.first else {
                inner.report(item, "what a person does is one of approve, heal, pause and resume, each with a rule's name (pause: all)")
                fields.adopt(inner.problems)
                continue
            }
            let rule = inner.read(key, ScalarReading.text)
            let subject = inner.subject("subject", namespace: shared.namespace)
            if subject == nil, kind == .approve || kind == .heal { inner.report(item, "subject: whose incident is meant: deployment/NAME") }
            if let at, let rule, inner.problems.isEmpty {
                let isAll = rule == "all" && (kind == .pause || kind == .resume)
                requests.append(PersonRequest(position: item.position, at: at, kind: kind, rule: isAll ? nil : rule, subject: subject))
            }
            fields.adopt(inner.problems)
        }
        return requests
    }
}

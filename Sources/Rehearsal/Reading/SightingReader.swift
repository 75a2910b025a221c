import AutomatonCore
import Rules

/// Reads one entry of `findings`: from `at` on, the check finds this, again and again.
struct SightingReader {
    private static let keys = [
        "at", "check", "rule", "subject", "figures", "reasons", "unwell", "unknown", "gone", "blind", "silent", "repeat",
    ]

    private var fields: MappingReader
    private let namespace: String
    private let check: String?
    private let node: YAMLNode
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, namespace: String, check: String?) {
        self.node = node
        self.namespace = namespace
        self.check = check
        fields = MappingReader(node, file: file, noun: "a finding", known: Self.keys)
    }

    mutating func read() -> Sighting? {
        guard fields.isMapping else { return nil }
        let at = fields.required("at", "from when on: 0s, 15m").flatMap { _ in fields.span("at") }
        let rule = fields.read("rule", ScalarReading.text)
        let own = fields.read("check", ScalarReading.text)
        if rule != nil, own != nil { fields.report(fields.place(of: "rule"), "'check' and 'rule' say the same; write one of them") }
        let kind = readKind()
        let subject = fields.subject("subject", namespace: namespace)
        switch kind {
        case .blind, .silent:
            if subject != nil { fields.report(fields.place(of: "subject"), "subject: a check is blind or silent as a whole; leave it out") }
        case .seen, .unknown, .gone, nil:
            if subject == nil, !fields.has("subject") {
                _ = fields.required("subject", "what was found, such as deployment/email-service")
            }
        }
        let repetition = readRepetition()
        guard problems.isEmpty, let at, let kind else { return nil }
        return Sighting(
            position: node.position, at: at, check: rule == nil ? own ?? check : nil, rule: rule, subject: subject, kind: kind,
            repetition: repetition)
    }

    private mutating func readKind() -> Sighting.Kind? {
        let written = ["unknown", "gone", "blind", "silent"].filter { fields.has($0) }
        let evidence = ["figures", "reasons", "unwell"].filter { fields.has($0) }
        guard written.count + (evidence.isEmpty ? 0 : 1) == 1, let word = written.first ?? evidence.first else {
            fields.report(
                node,
                "a finding is one of: figures and reasons; unknown: why; gone: true; blind: why; silent: true. Nothing wrong: reasons: []")
            return nil
        }
        switch word {
        case "unknown": return fields.read("unknown", ScalarReading.text).map { .unknown($0) }
        case "blind": return fields.read("blind", ScalarReading.text).map { .blind($0) }
        case "gone", "silent":
            guard let value = fields.value(word), fields.read(value, word, ScalarReading.flag) == true else {
                fields.report(fields.place(of: word), "\(word): write true, or leave it out")
                return nil
            }
            return word == "gone" ? .gone : .silent
        default: return Self.evidence(&fields)
        }
    }

    /// `figures`, `reasons` and `unwell` of a mapping.
    static func evidence(_ fields: inout MappingReader) -> Sighting.Kind {
        .seen(figures: figures(&fields), reasons: reasons(&fields), unwell: fields.whole("unwell"))
    }

    private static func figures(_ fields: inout MappingReader) -> [(name: String, level: Sighting.Level)] {
        guard let value = fields.value("figures") else { return [] }
        guard case .mapping(let pairs) = value.content else {
            fields.report(value, "figures: must be a mapping of names to numbers (lag: 20000), not \(value.kind)")
            return []
        }
        var figures: [(name: String, level: Sighting.Level)] = []
        for pair in pairs {
            guard case .mapping = pair.value.content else {
                if let number = fields.read(pair.value, pair.key, ScalarReading.number) { figures.append((pair.key, .fixed(number))) }
                continue
            }
            var inner = MappingReader(pair.value, file: fields.file, noun: "a figure that grows", known: ["from", "to", "over"])
            let from = inner.required("from", "a number").flatMap { inner.read($0, "from", ScalarReading.number) }
            let to = inner.required("to", "a number").flatMap { inner.read($0, "to", ScalarReading.number) }
            let over = inner.required("over", "how long it takes: 10m").flatMap { inner.read($0, "over", ScalarReading.duration) }
            fields.adopt(inner.problems)
            if let from, let to, let over { figures.append((pair.key, .ramp(from: from, to: to, over: over))) }
        }
        return figures
    }

    private static func reasons(_ fields: inout MappingReader) -> [Reason] {
        var reasons: [Reason] = []
        for item in fields.list("reasons") {
            guard case .mapping = item.content else {
                if let code = fields.read(item, "reasons", ScalarReading.text) { reasons.append(Reason(code)) }
                continue
            }
            var inner = MappingReader(
                item, file: fields.file, noun: "a reason", known: ["code", "container", "pod", "exitCode", "restartCount", "message"])
            let code = inner.required("code", "such as OOMKilled").flatMap { inner.read($0, "code", ScalarReading.text) }
            var reason = Reason(code ?? "")
            reason.container = inner.read("container", ScalarReading.text)
            reason.part = inner.read("pod", ScalarReading.text) ?? ""
            reason.message = inner.read("message", ScalarReading.text) ?? ""
            reason.exitCode = inner.whole("exitCode", to: 255).map { Int32($0) }
            reason.restartCount = inner.whole("restartCount").map { Int32($0) }
            fields.adopt(inner.problems)
            if code != nil { reasons.append(reason) }
        }
        return reasons
    }

    private mutating func readRepetition() -> (every: Duration, times: Int)? {
        guard let value = fields.value("repeat") else { return nil }
        var inner = MappingReader(value, file: fields.file, noun: "repeat", known: ["every", "times"])
        let every = inner.required("every", "from one to the next: 10m").flatMap { _ in inner.span("every") }
        let times = inner.required("times", "how often").flatMap { _ in inner.whole("times", from: 1, to: 10_000) }
        if let every, every <= .zero { inner.report(value, "repeat: every must be longer than nothing") }
        fields.adopt(inner.problems)
        guard let every, let times else { return nil }
        return (every, times)
    }
}

/// Reads one entry of `attempts`: what becomes of the next one.
struct FateReader {
    private static let keys = ["use", "helps", "shows", "fails", "why"]

    private var fields: MappingReader
    private let node: YAMLNode
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String) {
        self.node = node
        fields = MappingReader(node, file: file, noun: "what becomes of an attempt", known: Self.keys)
    }

    mutating func read() -> Fate? {
        guard fields.isMapping else { return nil }
        let use = fields.read("use", ScalarReading.text)
        guard ["helps", "shows", "fails"].count(where: { fields.has($0) }) == 1 else {
            fields.report(
                node,
                "an attempt helps (helps: 1m, or never), shows something else (shows: { after: 1m, reasons: [] }), or fails (fails: refused)"
            )
            return nil
        }
        if fields.has("why"), !fields.has("fails") { fields.report(fields.place(of: "why"), "why: belongs to fails") }
        var kind: Fate.Kind?
        if let value = fields.value("helps") {
            let text = fields.read(value, "helps", ScalarReading.anyText)
            if text == "never" {
                kind = .helpsNever
            } else {
                kind = fields.span("helps").map { .helps(after: $0) }
            }
        } else if let value = fields.value("shows") {
            var inner = MappingReader(value, file: fields.file, noun: "shows", known: ["after", "figures", "reasons", "unwell"])
            let after = inner.required("after", "how long after the attempt: 1m").flatMap { _ in inner.span("after") }
            let evidence = SightingReader.evidence(&inner)
            fields.adopt(inner.problems)
            kind = after.map { .shows(after: $0, evidence) }
        } else if let failing = fields.word("fails", as: Fate.Failing.self) {
            kind = .fails(failing, why: fields.read("why", ScalarReading.text) ?? "the case says so")
        }
        guard problems.isEmpty, let kind else { return nil }
        return Fate(position: node.position, use: use, kind: kind)
    }
}

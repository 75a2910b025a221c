import AutomatonCore
import Rules

/// What is expected at a time, of a rule and a subject where they are named.
struct Expectation {
    enum Kind {
        /// Something was done, or would have been, exactly then.
        case deed(Deed.Word, remediation: String?, changes: [String])
        /// An open incident is held by a guard then.
        case hold(Decision.Guard)
        /// It goes on to this remediation exactly then.
        case escalate(String)
        /// The outcome of an attempt is known exactly then.
        case verified(IncidentChange.Outcome)
        /// An incident was opened exactly then.
        case opened(Priority?)
        /// It was closed then: from then on its finding stayed clear.
        case closed(IncidentChange.Ending?)
        /// It is open then.
        case open(Priority?)
        /// None is open then.
        case noIncident
        /// Too many are unhealthy at once: begun, or over, exactly then.
        case storm(begins: Bool)
    }

    var position: Position
    var at: Duration
    var rule: String?
    var subject: Subject?
    /// A part of the decision's reason.
    var why: String?
    var kind: Kind

    func concerns(_ key: IncidentKey) -> Bool { (rule.map { $0 == key.rule } ?? true) && (subject.map { $0 == key.subject } ?? true) }

    /// As the file says it: `act scale (spec.replicas 2 → 6)`.
    var words: String {
        let of = (rule.map { " of \($0)" } ?? "") + (subject.map { " on \($0)" } ?? "") + (why.map { " because of '\($0)'" } ?? "")
        return switch kind {
        case .deed(let word, let remediation, let changes):
            word.rawValue + (remediation.map { " \($0)" } ?? "") + (changes.isEmpty ? "" : " (\(changes.joined(separator: ", ")))") + of
        case .hold(let hold): "hold \(hold.rawValue)" + of
        case .escalate(let remediation): "escalate \(remediation)" + of
        case .verified(let outcome): "verified \(outcome.rawValue)" + of
        case .opened(let priority): "incident opened" + (priority.map { ", \($0)" } ?? "") + of
        case .closed(let ending): "incident closed" + (ending.map { ", \($0.rawValue)" } ?? "") + of
        case .open(let priority): "incident open" + (priority.map { ", \($0)" } ?? "") + of
        case .noIncident: "no incident" + of
        case .storm(let begins): "storm " + (begins ? "begins" : "ends")
        }
    }
}

/// What is done to the world, or put to a person: each one has to be expected.
struct Deed {
    enum Word: String, CaseIterable {
        case act, would, ask, revert, restore
        case tell = "tell person"
    }

    var word: Word
    var remediation: String?
    var plan: Plan?

    /// Nil for a decision that does nothing.
    init?(_ choice: Decision.Choice) {
        switch choice {
        case .act(_, let remediation, let plan): (word, self.remediation, self.plan) = (.act, remediation, plan)
        case .wouldAct(let remediation, let plan): (word, self.remediation, self.plan) = (.would, remediation, plan)
        case .askApproval(let remediation, let plan): (word, self.remediation, self.plan) = (.ask, remediation, plan)
        case .revert(_, let remediation): (word, self.remediation) = (.revert, remediation)
        case .restore(_, let remediation): (word, self.remediation) = (.restore, remediation)
        case .tellPerson: word = .tell
        case .escalate, .hold: return nil
        }
    }

    /// `act scale (spec.replicas 2 → 6)`.
    var words: String {
        let changes = plan?.changes.prefix(4).map(\.summary) ?? []
        return word.rawValue + (remediation.map { " \($0)" } ?? "") + (changes.isEmpty ? "" : " (\(changes.joined(separator: ", ")))")
    }
}

/// Reads one entry of `expect`.
struct ExpectationReader {
    private static let kinds = ["act", "would", "ask", "revert", "restore", "tell", "hold", "escalate", "verified", "incident", "storm"]
    private static let keys = ["at", "rule", "subject", "why", "change", "priority", "as"] + kinds

    private enum IncidentWord: String, CaseIterable { case opened, closed, open, none }
    private enum StormWord: String, CaseIterable { case begins, ends }

    private var fields: MappingReader
    private let node: YAMLNode
    private let namespace: String
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, namespace: String) {
        self.node = node
        self.namespace = namespace
        fields = MappingReader(node, file: file, noun: "an expectation", known: Self.keys)
    }

    mutating func read() -> Expectation? {
        guard fields.isMapping else { return nil }
        let at = fields.required("at", "when: 0s, 15m").flatMap { _ in fields.span("at") }
        let rule = fields.read("rule", ScalarReading.text)
        let subject = fields.subject("subject", namespace: namespace)
        let why = fields.read("why", ScalarReading.text)
        let written = Self.kinds.filter { fields.has($0) }
        guard written.count == 1, let word = written.first else {
            fields.report(node, "an expectation is one of: " + Self.kinds.joined(separator: ", "))
            return nil
        }
        for (key, owners) in [("change", ["act", "would", "ask"]), ("priority", ["incident"]), ("as", ["incident"])]
        where fields.has(key) && !owners.contains(word) {
            fields.report(fields.place(of: key), "\(key): belongs to \(owners.joined(separator: ", "))")
        }
        let kind = readKind(word)
        guard problems.isEmpty, let at, let kind else { return nil }
        return Expectation(position: node.position, at: at, rule: rule, subject: subject, why: why, kind: kind)
    }

    private mutating func readKind(_ word: String) -> Expectation.Kind? {
        switch word {
        case "tell":
            guard let value = fields.value(word), let text = fields.read(value, word, ScalarReading.text) else { return nil }
            if text == "person" { return .deed(.tell, remediation: nil, changes: []) }
            fields.report(value, "tell: write person")
            return nil
        case "hold": return fields.word(word, as: Decision.Guard.self).map { .hold($0) }
        case "verified": return fields.word(word, as: IncidentChange.Outcome.self).map { .verified($0) }
        case "escalate": return fields.read(word, ScalarReading.text).map { .escalate($0) }
        case "storm": return fields.word(word, as: StormWord.self).map { .storm(begins: $0 == .begins) }
        case "incident": return readIncident()
        default:
            guard let deed = Deed.Word(rawValue: word), let remediation = fields.read(word, ScalarReading.text) else { return nil }
            return .deed(deed, remediation: remediation, changes: readChanges())
        }
    }

    private mutating func readIncident() -> Expectation.Kind? {
        guard let word = fields.word("incident", as: IncidentWord.self) else { return nil }
        var priority: Priority?
        if let value = fields.value("priority"), let text = fields.read(value, "priority", ScalarReading.text) {
            priority = Priority(text)
            if priority == nil {
                fields.report(value, NearestName.unknown("priority", text, known: Priority.allCases.map(\.description)))
            }
        }
        let ending = fields.word("as", as: IncidentChange.Ending.self)
        if ending != nil, word != .closed { fields.report(fields.place(of: "as"), "as: says how an incident closed") }
        if priority != nil, word == .closed || word == .none {
            fields.report(fields.place(of: "priority"), "priority: of an incident that is opened or open")
        }
        return switch word {
        case .opened: .opened(priority)
        case .closed: .closed(ending)
        case .open: .open(priority)
        case .none: .noIncident
        }
    }

    private mutating func readChanges() -> [String] {
        guard let value = fields.value("change") else { return [] }
        var items = [value]
        if case .sequence(let list) = value.content { items = list }
        return items.compactMap { fields.read($0, "change", ScalarReading.text)?.replacing("->", with: "→") }
    }
}

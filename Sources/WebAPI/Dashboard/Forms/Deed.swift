internal import AutomatonCore

/// What a button asks for: shown first with what it will do, done when the person confirms it.
enum Deed: Hashable, Sendable {
    case silence(rule: String?, subject: SubjectFilter?)
    case pause(rule: String?, subject: SubjectFilter?)
    case lift(id: String)
    case approve(rule: String, subject: SubjectFilter)
    case resume(rule: String)
    case revert(incident: IncidentID, attempt: AttemptID)

    /// The paths of the forms.
    enum Name: String, CaseIterable, Hashable, Sendable {
        case silence, pause, lift, approve, resume, revert

        var path: WebPath {
            switch self {
            case .silence: WebPath("/actions/silence")
            case .pause: WebPath("/actions/pause")
            case .lift: WebPath("/actions/lift")
            case .approve: WebPath("/actions/approve")
            case .resume: WebPath("/actions/resume")
            case .revert: WebPath("/actions/revert")
            }
        }

        /// What is said when it is done; a word of the address stands for it, so that no address can put words into a page's mouth.
        var done: String {
            switch self {
            case .silence: "Silenced. Nothing is begun and nobody is told, until it ends or is lifted under Settings."
            case .pause: "Paused. Nothing new is begun, until it ends or is lifted under Settings."
            case .lift: "Lifted. The automaton goes on."
            case .approve: "Approved. The automaton makes the plan anew, and acts if it is still the same."
            case .resume: "The rule acts again."
            case .revert: "It is being taken back. The story below says what became of it."
            }
        }
    }

    /// The fields that name it, as they come in the address of the page and in its form.
    static let fields = ["rule", "subject", "id", "incident", "attempt"]

    init(_ name: Name, _ fields: RequestFields) throws(APIProblem) {
        let rule = try fields.line("rule", most: 200).flatMap { $0.isEmpty ? nil : $0 }
        let subject = fields["subject"]?.isEmpty == false ? try fields.subject("subject") : nil
        switch name {
        case .silence: self = .silence(rule: rule, subject: subject)
        case .pause: self = .pause(rule: rule, subject: subject)
        case .lift: self = .lift(id: try fields.required("id", "the name of a pause or silence", most: 100))
        case .approve:
            guard let subject else { throw .field("subject", "is missing", expected: "KIND/NAME") }
            self = .approve(rule: try fields.required("rule", "the rule that asks"), subject: subject)
        case .resume: self = .resume(rule: try fields.required("rule", "the rule that stepped down"))
        case .revert:
            self = .revert(
                incident: IncidentID(try fields.required("incident", "the name of an incident", most: 100)),
                attempt: AttemptID(try fields.required("attempt", "the name of an attempt", most: 100)))
        }
    }

    var name: Name {
        switch self {
        case .silence: .silence
        case .pause: .pause
        case .lift: .lift
        case .approve: .approve
        case .resume: .resume
        case .revert: .revert
        }
    }

    /// The fields that name it again.
    var hidden: [(name: StaticString, value: String)] {
        switch self {
        case .silence(let rule, let subject), .pause(let rule, let subject):
            Self.named("rule", rule) + Self.named("subject", subject?.description)
        case .lift(let id): [("id", id)]
        case .approve(let rule, let subject): [("rule", rule), ("subject", subject.description)]
        case .resume(let rule): [("rule", rule)]
        case .revert(let incident, let attempt): [("incident", incident.text), ("attempt", attempt.text)]
        }
    }

    private static func named(_ name: StaticString, _ value: String?) -> [(name: StaticString, value: String)] {
        value.map { [(name: name, value: $0)] } ?? []
    }

    /// How long it may last, as the form offers it.
    static let lengths: [(value: StaticString, name: String, length: Duration)] = [
        ("15m", "15 minutes", .minutes(15)), ("1h", "1 hour", .hours(1)), ("4h", "4 hours", .hours(4)), ("8h", "8 hours", .hours(8)),
        ("1d", "1 day", .hours(24)), ("7d", "7 days", .hours(168)),
    ]
}

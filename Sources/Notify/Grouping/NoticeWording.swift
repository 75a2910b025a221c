internal import AutomatonCore

/// What is said of what concerns more than one incident.
enum NoticeWording {
    static func message(_ notice: Notice, link: String?, at now: Instant) -> (Occasion, Topic, Message) {
        func told(
            _ topic: Topic, about key: [String], _ title: String, _ text: String, on occasion: Occasion = .notice,
            as kind: Message.Kind = .notice
        ) -> (Occasion, Topic, Message) {
            (
                occasion, topic,
                Message(
                    key: GroupKey.text(key), kind: kind, severity: topic.severity, title: Wording.line(title), text: text.lines,
                    link: link, at: now)
            )
        }
        switch notice {
        case .stormBegan(let namespace, let figures):
            return told(
                storm(namespace), about: ["storm", namespace], "Storm in \(place(namespace))",
                "Too many are unhealthy at once: \(figures). Nothing is begun until it is over; a person is needed.")
        case .stormEnded(let namespace, let length):
            return told(
                storm(namespace), about: ["storm", namespace], "Storm over in \(place(namespace))",
                "The storm is over after \(length.readable); the automaton goes on.", as: .resolved)
        case .steppedDown(let rule, let why):
            return told(
                Topic(rule: rule, severity: .high), about: ["stepped-down", rule], "Rule \(rule) Only Tells",
                "It begins nothing any more: \(why). Let it act again with: automaton resume --rule \(rule)")
        case .reinstated(let rule):
            return told(
                Topic(rule: rule, severity: .high), about: ["stepped-down", rule], "Rule \(rule) Acts Again",
                "A person let it act again, or what it does was changed.", as: .resolved)
        case .suspended(let suspension):
            return told(
                topic(suspension), about: ["suspension", suspension.id], "\(word(suspension)) \(whose(suspension))",
                "By \(suspension.by)\(suspension.until.map { " until \($0.rfc3339)" } ?? ", until it is lifted")"
                    + (suspension.why.isEmpty ? "." : ": \(suspension.why)."),
                on: .suspension)
        case .resumed(let suspension):
            return told(
                topic(suspension), about: ["suspension", suspension.id],
                "\(word(suspension)) Over \(whose(suspension))", "It began at \(suspension.at.rfc3339), by \(suspension.by).",
                on: .suspension,
                as: .resolved)
        case .approvalWanted(let incident, let remediation, let plan, let until):
            let subject = incident.key.subject
            let topic = Topic(
                rule: incident.key.rule, namespace: subject.namespace.isEmpty ? nil : subject.namespace, severity: .high,
                priority: incident.priority)
            return told(
                topic, about: ["approval", incident.key.description], "Confirm \(remediation) of \(subject.name)",
                "Asked until \(until.rfc3339): \(plan), for \(incident.key). Confirm it with: automaton approve \(subject) "
                    + "--rule \(incident.key.rule)")
        }
    }

    private static func storm(_ namespace: String) -> Topic {
        Topic(namespace: namespace == "*" ? nil : namespace, severity: .critical)
    }

    private static func place(_ namespace: String) -> String { namespace == "*" ? "All Namespaces" : namespace }

    private static func topic(_ suspension: Suspension) -> Topic {
        Topic(rule: suspension.rule, namespace: suspension.subject?.namespace, severity: .warning)
    }

    private static func word(_ suspension: Suspension) -> String { suspension.kind == .silence ? "Silence" : "Pause" }

    private static func whose(_ suspension: Suspension) -> String {
        let parts = [suspension.rule.map { "rule \($0)" }, suspension.subject.map { "\($0)" }].compactMap { $0 }
        return parts.isEmpty ? "of Everything" : "of \(parts.joined(separator: " on "))"
    }
}

extension Notice {
    /// The one incident that it is about, with which it ends; nil where it is about more, and is told to be over itself.
    var incident: IncidentID? {
        switch self {
        case .approvalWanted(let incident, _, _, _): IncidentID(incident.key, detectedAt: incident.detectedAt)
        case .stormBegan, .stormEnded, .steppedDown, .reinstated, .suspended, .resumed: nil
        }
    }
}

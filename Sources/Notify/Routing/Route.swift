public import AutomatonCore

/// What people can be told of.
public enum Occasion: String, Hashable, Sendable, CaseIterable {
    /// An incident was seen; nothing was changed yet.
    case detected
    /// The automaton changed something.
    case attempt
    /// The automaton cannot mend it: a person is needed, at once.
    case person
    /// What was told before is over.
    case resolved
    /// Something that concerns more than one incident: a storm, a rule that stepped down, a plan to confirm.
    case notice
    /// A person paused or silenced something, or that ended.
    case suspension
}

/// What joins incidents to one message.
public enum GroupLabel: String, Hashable, Sendable, CaseIterable {
    case rule, namespace, severity, priority, subject
}

/// What routes look at.
public struct Topic: Hashable, Sendable {
    /// Nil where it is about no rule.
    public var rule: String?
    /// Nil where it is about no namespace, or about all.
    public var namespace: String?
    /// How bad it looks.
    public var severity: Severity
    /// Nil where it has none.
    public var priority: Priority?

    /// Makes a topic.
    public init(rule: String? = nil, namespace: String? = nil, severity: Severity, priority: Priority? = nil) {
        self.rule = rule
        self.namespace = namespace
        self.severity = severity
        self.priority = priority
    }

    init(_ record: IncidentRecord) {
        let namespace = record.key.subject.namespace
        self.init(
            rule: record.key.rule, namespace: namespace.isEmpty ? nil : namespace, severity: record.severity, priority: record.priority)
    }
}

/// Where news of some kind goes, and how much at once.
public struct Route: Hashable, Sendable {
    /// Which topics it takes; each empty list takes all.
    public struct Match: Hashable, Sendable {
        /// Rules, by name or pattern.
        public var rules: [NamePattern] = []
        /// Namespaces, by name or pattern.
        public var namespaces: [NamePattern] = []
        /// How bad it looks.
        public var severities: [Severity] = []
        /// How urgent it is.
        public var priorities: [Priority] = []

        /// Takes everything.
        public init() {}

        /// Whether a topic is taken. What a topic does not have is taken by an empty list only.
        public func takes(_ topic: Topic) -> Bool {
            func isTaken(_ patterns: [NamePattern], _ name: String?) -> Bool {
                patterns.isEmpty || (name.map { name in patterns.contains { $0.matches(name) } } ?? false)
            }
            return isTaken(rules, topic.rule) && isTaken(namespaces, topic.namespace)
                && (severities.isEmpty || severities.contains(topic.severity))
                && (priorities.isEmpty || topic.priority.map(priorities.contains) ?? false)
        }
    }

    /// What a person on call wants to know: what was changed, who is needed, and that it is over.
    public static let usualOccasions: Set<Occasion> = [.attempt, .person, .resolved, .notice]

    /// Which topics it takes.
    public var match = Match()
    /// Who is told, by name.
    public var receivers: [String]
    /// Of what.
    public var on = usualOccasions
    /// What joins incidents to one message.
    public var groupBy: [GroupLabel] = [.rule, .namespace]
    /// How long the first message of a group waits for others; one that needs a person does not.
    public var groupWait: Duration = .seconds(30)
    /// The shortest time between two messages of a group.
    public var groupInterval: Duration = .minutes(5)
    /// After this time, what goes on is told again.
    public var repeatInterval: Duration = .hours(4)
    /// Whether later routes are asked as well.
    public var goesOn = false

    /// A route that takes everything.
    public init(to receivers: [String]) { self.receivers = receivers }
}

/// To whom, by what it is about.
public struct Routing: Hashable, Sendable {
    /// Asked in order; the first that takes a topic is the last that is asked, unless it goes on.
    public var routes: [Route]

    /// Makes a routing.
    public init(_ routes: [Route]) { self.routes = routes }

    /// Who is told of a topic, each by one route: the first that names it.
    public func choose(_ topic: Topic) -> [(route: Int, receiver: String)] {
        var chosen: [(route: Int, receiver: String)] = []
        for (index, route) in routes.enumerated() where route.match.takes(topic) {
            for receiver in route.receivers where !chosen.contains(where: { $0.receiver == receiver }) { chosen.append((index, receiver)) }
            if !route.goesOn { break }
        }
        return chosen
    }
}

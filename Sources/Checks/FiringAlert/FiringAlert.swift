public import AutomatonCore

/// Reports alerts that Alertmanager sends to the automaton's webhook.
///
/// Its figure, `firing`, counts the alerts that fire of a subject; a reason names each. Alertmanager tells what fires, and again after its
/// `repeat_interval`: an alert that is not repeated within `within` is unknown, and nothing is decided before this process was told for so
/// long, since nobody says what does not fire.
public struct FiringAlert: WatchingCheck {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// Conditions on labels, all of which hold; empty for every alert.
        public var matchers: [String]?
        /// How long an alert counts that is not repeated.
        public var within: ConfiguredDuration?

        /// Makes parameters.
        public init(matchers: [String]? = nil, within: ConfiguredDuration? = nil) {
            self.matchers = matchers
            self.within = within
        }
    }

    public static let name = "alert"
    public static let documentation = Documentation(
        """
        Takes alerts from Alertmanager's webhook (POST /api/autoheal/alerts, version 4; see docs/alertmanager.md). A finding is about the \
        workload that the labels name (namespace with deployment, statefulset, daemonset or job_name; persistentvolumeclaim; \
        consumergroup), else about the alert itself, and the rule says under subject what is mended. Set repeat_interval below within.
        """,
        parameters: [
            .init(
                "matchers", "a list of matchers", standard: "every alert",
                "Conditions on labels in Alertmanager's notation, all of which hold: alertname=\"QueueFull\", severity=~\"crit.*\"."),
            .init(
                "within", "a time span", standard: "10m",
                "An alert that is not repeated for so long is unknown; so long nothing is decided after a start or a change of leader."),
        ],
        figures: [.init("firing", "alerts that fire of the subject")],
        example: """
            name: queue-full
            check: alert
            with: { matchers: ['alertname="QueueFull"'] }
            when:
              - { reason: Firing, priority: high }
            subject: deployment/order-worker
            remediations:
              - use: rollout-restart
            """)
    public static let vocabulary = Vocabulary(figures: ["firing"], reasons: [reasonCode])
    public static let subjects: Set<Subject.Kind> = Set<Subject.Kind>.workloads.union([.volume, .consumerGroup, .alert])
    public static let permissions: [Permission] = []
    /// Alerts are told to the running automaton.
    public static let toldByHistory: Set<String> = ["firing", reasonCode]

    static let reasonCode = "Firing"

    /// So often it says that it is still there.
    private static let pace: Duration = .seconds(30)

    private let matchers: [AlertMatcher]
    private let within: Duration

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        guard (parameters.matchers ?? []).count <= 50 else {
            throw ParameterError("matchers", "more than 50: write one rule for each case")
        }
        matchers = try (parameters.matchers ?? []).map { try AlertMatcher($0) }
        within = parameters.within?.duration ?? .minutes(10)
        guard within >= .seconds(1), within <= .hours(24 * 7) else {
            throw ParameterError("within", "\(within.readable) is not from 1s to 7d")
        }
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        await findings(try await environment.alerts.read(), at: environment.now())
    }

    public func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
        var last: [Finding]?
        var waitsFor: String?
        while !Task.isCancelled {
            let reading = try await environment.alerts.read()
            let now = environment.now()
            let found = await findings(reading, at: now)
            var limit = Self.pace
            let before = waitsFor
            waitsFor = wait(reading, at: now)
            if let waitsFor {
                if waitsFor != before { await report(.waiting(waitsFor)) }
                // What fires is told at once; that the rest does not is only known later.
                for finding in found { await report(.changed(finding)) }
                last = nil
                if let since = reading.toldSince { limit = min(limit, since + within - now) }
            } else if let last, Self.isSame(last, found) {
                await report(.current)
            } else {
                await report(.complete(found))
                last = found
            }
            await pause(environment, reading, within: limit)
        }
    }

    /// Why nothing can be told yet; nil when it can.
    func wait(_ reading: AlertReading, at now: Instant) -> String? {
        guard let since = reading.toldSince else { return "alerts are told to the process that leads, and this one does not" }
        guard now - since < within else { return nil }
        return "what fires is told at Alertmanager's group_interval and repeat_interval, and what does not is never told; "
            + "waiting until \((since + within).timeOfDay) for it to have told all"
    }

    /// Until something comes, or for a while.
    private func pause(_ environment: Environment, _ reading: AlertReading, within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await environment.alerts.news(after: reading) }
            group.addTask { try? await environment.sleep(limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether they say the same of the same subjects, whenever that was heard.
    private static func isSame(_ left: [Finding], _ right: [Finding]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.subject == $1.subject && $0.observation == $1.observation }
    }

    /// One a subject, in order.
    func findings(_ reading: AlertReading, at now: Instant) async -> [Finding] {
        var chosen: [Alert] = []
        for alert in reading.alerts {
            if matchers.allSatisfy({ $0.matches(alert.labels) }) { chosen.append(alert) }
            // Each match is bounded; together they leave room for others.
            await Task.yield()
        }
        return Dictionary(grouping: chosen, by: \.subject).sorted { $0.key < $1.key }.map { subject, alerts in
            let silent = alerts.filter { $0.resolvedAt == nil && now - $0.heardAt > within }
            if let first = silent.min(by: { $0.heardAt < $1.heardAt }) {
                return Finding(
                    subject, observedAt: now,
                    .unknown(
                        "alert \(first.name) was last told at \(first.heardAt.rfc3339) and not repeated within \(within.readable): "
                            + "Alertmanager does not reach the automaton, or its repeat_interval is longer"))
            }
            let firing = alerts.filter { $0.resolvedAt == nil }
            let reasons = firing.map { alert in
                Reason(Self.reasonCode, part: alert.name, since: alert.startsAt, message: String(alert.summary.prefix(300)))
            }
            // It counts as seen now for as long as it need not be repeated.
            return Finding(
                subject, observedAt: now, .seen(Evidence(figures: [Figure("firing", Double(firing.count))], reasons: reasons)))
        }
    }
}

extension Alert {
    /// What it is about, by the labels that kube-state-metrics and exporters use.
    var subject: Subject {
        let namespace = labels["namespace"] ?? ""
        let named: [(String, Subject.Kind)] = [
            ("deployment", .deployment), ("statefulset", .statefulSet), ("daemonset", .daemonSet), ("job_name", .job),
            ("persistentvolumeclaim", .volume),
        ]
        if !namespace.isEmpty {
            for (label, kind) in named {
                if let name = labels[label], !name.isEmpty { return Subject(kind, namespace: namespace, name: name) }
            }
        }
        if let group = labels["consumergroup"], !group.isEmpty { return Subject(.consumerGroup, namespace: "", name: group) }
        return Subject(.alert, namespace: namespace, name: "\(name)/\(fingerprint)")
    }
}

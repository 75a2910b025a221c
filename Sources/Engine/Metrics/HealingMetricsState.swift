internal import AutomatonCore
internal import Metrics

extension HealingMetrics {
    /// The metrics that come with rules and checks, and what must be remembered to keep the gauges right.
    struct State: Sendable {
        let factory: any MetricsFactory
        private var counters: [Series: Counter] = [:]
        private var checks: [CheckID: CheckSeries] = [:]
        private var latencies: [String: Metrics.Timer] = [:]
        /// By rule in force: the gauges of its open incidents (index: `Priority.rawValue`).
        private var gauges: [String: [Meter]] = [:]
        /// By rule and remediation: what the label `action` says.
        private var actions: [String: [String: String]] = [:]
        private var storms: Set<String> = []
        private var rulesDown: Set<String> = []
        /// Of open incidents, the guard that said no last.
        private var held: [IncidentKey: Decision.Guard] = [:]
        private let heldGauges: [Decision.Guard: Meter]
        private var open: [IncidentKey: (priority: Priority, id: IncidentID)] = [:]
        /// One subject has one attempt in flight: by subject, its attempt and the rule that made it.
        private var attempts: [Subject: (id: AttemptID, rule: String)] = [:]

        /// A counter's name and label values.
        private struct Series: Hashable {
            var name: String
            var values: [String]
        }

        init(factory: any MetricsFactory) {
            self.factory = factory
            heldGauges = Dictionary(
                uniqueKeysWithValues: Decision.Guard.allCases.map {
                    ($0, Meter(label: "healing_incidents_held", dimensions: [("guard", $0.rawValue)], factory: factory))
                })
        }

        mutating func count(_ name: String, _ dimensions: [(String, String)], by amount: Int = 1) {
            let series = Series(name: name, values: dimensions.map(\.1))
            if let counter = counters[series] { return counter.increment(by: amount) }
            let counter = Counter(label: name, dimensions: dimensions, factory: factory)
            counters[series] = counter
            counter.increment(by: amount)
        }

        mutating func prepare(action: String) {
            for success in ["true", "false"] { countAction(action, success: success, by: 0) }
        }

        private mutating func countVerified(_ rule: String, _ outcome: IncidentChange.Outcome, by amount: Int = 1) {
            count("healing_verifications_total", [("rule", rule), ("outcome", outcome.label)], by: amount)
        }

        private mutating func countAction(_ action: String, success: String, by amount: Int = 1) {
            count("healing_actions_total", [("action", action), ("success", success)], by: amount)
        }

        /// The word for a remediation of a rule; its own name when the rule is gone since.
        private func action(_ rule: String?, _ remediation: String) -> String {
            rule.flatMap { actions[$0]?[remediation] } ?? remediation
        }

        mutating func configure(_ rules: [Rule], _ checks: [CheckID]) {
            for rule in rules {
                actions[rule.name] = Dictionary(rule.remediations.map { ($0.use, $0.action) }) { first, _ in first }
                rule.remediations.forEach { prepare(action: $0.action) }
                count("healing_incidents_total", [("rule", rule.name)], by: 0)
                count("healing_escalations_total", [("rule", rule.name)], by: 0)
                for outcome in IncidentChange.Outcome.allCases { countVerified(rule.name, outcome, by: 0) }
                _ = latency(rule.name)
                if gauges[rule.name] == nil { gauges[rule.name] = makeGauges(rule.name) }
            }
            let names = Set(rules.map(\.name))
            for (rule, meters) in gauges where !names.contains(rule) {
                meters.forEach { $0.destroy() }
                gauges[rule] = nil
            }
            open = open.filter { names.contains($0.key.rule) }
            for key in held.keys where !names.contains(key.rule) { hold(key, nil) }
            for check in checks { _ = series(check) }
            let inForce = Set(checks)
            // A check that no longer runs would look as if it had lost contact.
            for (check, var series) in self.checks where !inForce.contains(check) {
                series.forgetContact()
                series.forgetFigures()
                self.checks[check] = nil
            }
        }

        mutating func storm(in namespace: String, _ isOn: Bool) -> Int {
            if isOn { storms.insert(namespace) } else { storms.remove(namespace) }
            return storms.count
        }

        mutating func steppedDown(_ rule: String, _ isOn: Bool) -> Int {
            if isOn { rulesDown.insert(rule) } else { rulesDown.remove(rule) }
            return rulesDown.count
        }

        mutating func checked(_ check: CheckID, _ outcome: CheckOutcome, _ took: Duration?, at instant: Instant) {
            let series = series(check)
            switch outcome {
            case .ok:
                series.ok.increment()
                if let contact = series.contact {
                    contact.set(instant.secondsSinceEpoch)
                } else {
                    let factory = factory
                    checks[check]?.contacted(at: instant, check, factory)
                }
            case .failed:
                series.error.increment()
                checks[check]?.forgetFigures()
            case .timedOut:
                series.timeout.increment()
                checks[check]?.forgetFigures()
            // It is no run yet, and nothing is wrong: it must not look as if it had lost contact.
            case .waiting: checks[check]?.forgetContact()
            }
            if let took { series.duration.recordNanoseconds(took.nanoseconds) }
        }

        mutating func measured(_ check: CheckID, _ figures: [Figure]) {
            var series = series(check)
            series.measured(figures, check, factory)
            checks[check] = series
        }

        /// Notes what holds an incident; nil when nothing does.
        private mutating func hold(_ key: IncidentKey, _ guardian: Decision.Guard?) {
            let before = held[key]
            guard before != guardian else { return }
            held[key] = guardian
            before.flatMap { heldGauges[$0] }?.decrement()
            guardian.flatMap { heldGauges[$0] }?.increment()
        }

        /// - Returns: attempts in flight.
        mutating func decided(_ decision: Decision) -> Int {
            let subject = decision.incident.subject
            count("healing_decisions_total", [("choice", decision.choice.label)])
            switch decision.choice {
            case .act(let id, _, _), .revert(let id, _), .restore(let id, _): attempts[subject] = (id, decision.incident.rule)
            case .hold(let guardian):
                count("healing_suppressed_total", [("guard", guardian.rawValue)])
                hold(decision.incident, guardian)
                // Its own incident is held for another reason than the attempt: the attempt ended without an outcome.
                let goesOn = guardian == .inFlight || guardian == .backoff
                if !goesOn, attempts[subject]?.rule == decision.incident.rule { attempts[subject] = nil }
            case .wouldAct, .askApproval, .escalate, .tellPerson: break
            }
            if !decision.choice.isHold { hold(decision.incident, nil) }
            return attempts.count
        }

        /// - Returns: attempts in flight.
        mutating func changed(_ change: IncidentChange) -> Int {
            let key = change.incident.key
            switch change.kind {
            case .opened:
                count("healing_incidents_total", [("rule", key.rule)])
                let severity = Severity(change.incident.finding.observation).rawValue
                count("healing_incidents_created_total", [("severity", severity), ("namespace", key.subject.namespace)])
                move(change.incident)
            case .priority: move(change.incident)
            case .attempted(let id, _, _): attempts[key.subject] = (id, key.rule)
            case .verified(let id, let remediation, let outcome):
                countVerified(change.incident.key.rule, outcome)
                countAction(action(key.rule, remediation), success: outcome == .helped ? "true" : "false")
                end(id, key.subject)
            case .reverted(let id, _), .restored(let id, _, _): end(id, key.subject)
            case .closed(let ending):
                if ending == .healed {
                    latency(key.rule).recordNanoseconds((change.at - change.incident.detectedAt).nanoseconds)
                }
                if ending == .healed || ending == .recovered {
                    recovery(Severity(change.incident.finding.observation))
                        .recordNanoseconds(max(.zero, change.at - change.incident.detectedAt).nanoseconds)
                }
                if attempts[key.subject]?.rule == key.rule { attempts[key.subject] = nil }
                hold(key, nil)
                if let before = open.removeValue(forKey: key) { gauges[key.rule]?[Int(before.priority.rawValue)].decrement() }
            }
            return attempts.count
        }

        /// The incident that an attempt in flight belongs to; nil when that is not known.
        func incident(of id: AttemptID) -> IncidentID? {
            attempts.first { $0.value.id == id }.flatMap { open[IncidentKey(rule: $0.value.rule, subject: $0.key)]?.id }
        }

        /// - Returns: attempts in flight.
        mutating func writeFailed(_ id: AttemptID, _ remediation: String) -> Int {
            let attempt = attempts.first { $0.value.id == id }
            countAction(action(attempt?.value.rule, remediation), success: "false")
            if let attempt { attempts[attempt.key] = nil }
            return attempts.count
        }

        private mutating func end(_ id: AttemptID, _ subject: Subject) {
            if attempts[subject]?.id == id { attempts[subject] = nil }
        }

        private mutating func move(_ incident: Incident) {
            let (key, priority) = (incident.key, incident.priority)
            let meters = gauges[key.rule] ?? makeGauges(key.rule)
            gauges[key.rule] = meters
            let before = open.updateValue((priority, IncidentID(key, detectedAt: incident.detectedAt)), forKey: key)
            if let before { meters[Int(before.priority.rawValue)].decrement() }
            meters[Int(priority.rawValue)].increment()
        }

        private func makeGauges(_ rule: String) -> [Meter] {
            Priority.allCases.map { priority in
                let dimensions = [("rule", rule), ("priority", priority.description)]
                return Meter(label: "healing_incidents_open", dimensions: dimensions, factory: factory)
            }
        }

        private mutating func series(_ check: CheckID) -> CheckSeries {
            if let series = checks[check] { return series }
            let series = CheckSeries(check, factory)
            checks[check] = series
            return series
        }

        private func recovery(_ severity: Severity) -> Metrics.Timer {
            Metrics.Timer(label: "healing_incident_mttr_seconds", dimensions: [("severity", severity.rawValue)], factory: factory)
        }

        private mutating func latency(_ rule: String) -> Metrics.Timer {
            if let timer = latencies[rule] { return timer }
            let timer = Metrics.Timer(label: "healing_latency_seconds", dimensions: [("rule", rule)], factory: factory)
            latencies[rule] = timer
            return timer
        }
    }
}

/// The series of one check, at hand: a watch reports each change of a large cluster.
private struct CheckSeries: Sendable {
    let ok: Counter
    let error: Counter
    let timeout: Counter
    let duration: Metrics.Timer
    /// Nil while it waits.
    private(set) var contact: Meter?
    /// By figure: what its last run measured.
    private var figures: [String: Meter] = [:]

    init(_ check: CheckID, _ factory: any MetricsFactory) {
        let label = ("check", check.description)
        func counter(_ outcome: CheckOutcome) -> Counter {
            Counter(label: "healing_checks_total", dimensions: [label, ("result", outcome.label)], factory: factory)
        }
        ok = counter(.ok)
        error = counter(.failed(""))
        timeout = counter(.timedOut(after: .zero))
        duration = Metrics.Timer(label: "healing_check_duration_seconds", dimensions: [label], factory: factory)
        contact = Self.makeContact(check, factory)
    }

    private static func makeContact(_ check: CheckID, _ factory: any MetricsFactory) -> Meter {
        Meter(label: "healing_watch_last_contact_timestamp_seconds", dimensions: [("check", check.description)], factory: factory)
    }

    mutating func contacted(at instant: Instant, _ check: CheckID, _ factory: any MetricsFactory) {
        let contact = contact ?? Self.makeContact(check, factory)
        contact.set(instant.secondsSinceEpoch)
        self.contact = contact
    }

    mutating func forgetContact() {
        contact?.destroy()
        contact = nil
    }

    mutating func measured(_ measured: [Figure], _ check: CheckID, _ factory: any MetricsFactory) {
        let names = Set(measured.map(\.name))
        for (name, meter) in figures where !names.contains(name) {
            meter.destroy()
            figures[name] = nil
        }
        for figure in measured {
            let meter =
                figures[figure.name]
                ?? Meter(
                    label: "healing_check_highest_value", dimensions: [("check", check.description), ("figure", figure.name)],
                    factory: factory)
            figures[figure.name] = meter
            meter.set(figure.value)
        }
    }

    /// What was measured before is not how it is now.
    mutating func forgetFigures() {
        for meter in figures.values { meter.destroy() }
        figures = [:]
    }
}

extension Duration {
    /// Whole nanoseconds; never below zero, saturates above.
    fileprivate var nanoseconds: Int64 {
        let (product, overflow) = max(0, microseconds).multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}

extension Decision.Choice {
    fileprivate var isHold: Bool { if case .hold = self { true } else { false } }
}

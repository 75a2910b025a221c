public import AutomatonCore
public import Metrics
internal import Synchronization

/// Counts what happens in the engine.
public final class HealingMetrics: EngineObserver {
    private let factory: any MetricsFactory
    private let state: Mutex<State>
    private let lastAction: Meter
    private let inFlight: Meter
    private let leader: Meter
    private let reloadSuccessful: Meter
    private let storms: Meter
    private let steppedDown: Meter
    private let journalWritable: Meter
    private let reloadTimestamp: Meter

    /// Makes the metrics; every series that is known shows at 0 from here on.
    /// - Parameters:
    ///   - factory: where the metrics live; must know ``descriptors`` to show their help texts and buckets.
    ///   - version: shown by `healing_build_info`.
    ///   - actions: values of the label `action` whose series start at 0 before any rule uses them.
    public init(factory: any MetricsFactory, version: String, actions: [String] = []) {
        self.factory = factory
        lastAction = Meter(label: "healing_last_action_timestamp_seconds", factory: factory)
        inFlight = Meter(label: "healing_attempts_in_flight", factory: factory)
        leader = Meter(label: "healing_leader", factory: factory)
        reloadSuccessful = Meter(label: "healing_config_last_reload_successful", factory: factory)
        reloadTimestamp = Meter(label: "healing_config_last_reload_success_timestamp_seconds", factory: factory)
        storms = Meter(label: "healing_storms", factory: factory)
        steppedDown = Meter(label: "healing_rules_stepped_down", factory: factory)
        journalWritable = Meter(label: "healing_journal_writable", factory: factory)
        var state = State(factory: factory)
        for action in actions { state.prepare(action: action) }
        self.state = Mutex(state)
        Meter(label: "healing_build_info", dimensions: [("version", version)], factory: factory).set(1)
    }

    public func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .configured(let rules, _, let checks): state.withLock { $0.configure(rules, checks) }
        case .checked(let check, let outcome, let took):
            state.withLock { $0.checked(check, outcome, took, at: instant) }
        case .measured(let check, let figures): state.withLock { $0.measured(check, figures) }
        case .decided(let decision):
            inFlight.set(state.withLock { $0.decided(decision) })
        case .incident(let change):
            if case .attempted = change.kind { lastAction.set(change.at.secondsSinceEpoch) }
            let incident = IncidentID(change.incident.key, detectedAt: change.incident.detectedAt)
            inFlight.set(Exemplar.$current.withValue(Exemplar(incident, at: instant)) { state.withLock { $0.changed(change) } })
        case .escalated(let incident, _):
            let exemplar = Exemplar(IncidentID(incident.key, detectedAt: incident.detectedAt), at: instant)
            Exemplar.$current.withValue(exemplar) {
                state.withLock { $0.count("healing_escalations_total", [("rule", incident.key.rule)]) }
            }
        case .writeFailed(let attempt, let remediation, _, outcomeKnown: true):
            let incident = state.withLock { $0.incident(of: attempt) }
            inFlight.set(
                Exemplar.$current.withValue(incident.map { Exemplar($0, at: instant) }) {
                    state.withLock { $0.writeFailed(attempt, remediation) }
                })
        case .noticed(let notice): noticed(notice)
        case .journalFailed(let why): journalWritable.set(why == nil ? 1 : 0)
        case .recalled: journalWritable.set(1)
        case .deposed:
            journalWritable.set(0)
            leader.set(0)
            countFixes([:], drifted: [:])
        case .leadership(let state): leader.set(state.isLeading ? 1 : 0)
        case .fixesKept(let kept, let drifted): countFixes(kept, drifted: drifted)
        case .writeFailed, .unknown, .iteration, .stopping, .recorded, .fix: break
        }
    }

    private func countFixes(_ kept: [Fix.Kind: Int], drifted: [Fix.Kind: Int]) {
        for kind in Fix.Kind.allCases {
            for (name, counts) in [("healing_fixes", kept), ("healing_fixes_drifted", drifted)] {
                Meter(label: name, dimensions: [("type", kind.rawValue)], factory: factory).set(Double(counts[kind] ?? 0))
            }
        }
    }

    /// Notes whether the ConfigMap of fixes says what is kept; nil while this process does not lead, and does not look there.
    public func fixesMirrored(inStep: Bool?, at instant: Instant) {
        let inStepMeter = Meter(label: "healing_fixes_configmap_in_step", factory: factory)
        let failed = Meter(label: "healing_fixes_configmap_last_failure_timestamp_seconds", factory: factory)
        guard let inStep else {
            // How it was says nothing of how it is.
            inStepMeter.destroy()
            return failed.destroy()
        }
        inStepMeter.set(inStep ? 1 : 0)
        if inStep { failed.increment(by: 0) } else { failed.set(instant.secondsSinceEpoch) }
    }

    private func noticed(_ notice: Notice) {
        switch notice {
        case .stormBegan(let namespace, _): storms.set(state.withLock { $0.storm(in: namespace, true) })
        case .stormEnded(let namespace, _): storms.set(state.withLock { $0.storm(in: namespace, false) })
        case .steppedDown(let rule, _): steppedDown.set(state.withLock { $0.steppedDown(rule, true) })
        case .reinstated(let rule): steppedDown.set(state.withLock { $0.steppedDown(rule, false) })
        case .suspended, .resumed, .approvalWanted: break
        }
    }

    /// Counts a request to the Kubernetes API.
    /// - Parameters:
    ///   - method: `GET`, `PATCH`, …; a word that HTTP does not define counts as `other`.
    ///   - code: the status; nil when no answer came.
    public func kubernetesRequest(method: String, code: Int?) {
        let method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(method) ? method : "other"
        let code = code.map { (100...599).contains($0) ? String($0) : "error" } ?? "error"
        state.withLock { $0.count("healing_kubernetes_requests_total", [("method", method), ("code", code)]) }
    }

    /// Counts what became of asking somebody for a summary.
    public func summary(provider: String, result: String) {
        state.withLock { $0.count("healing_summaries_total", [("provider", provider), ("result", result)]) }
    }

    /// What became of a message to people.
    public enum NotificationResult: String, Sendable, CaseIterable {
        /// The service took it.
        case delivered
        /// It did not; it is tried again.
        case retried
        /// It is not tried again.
        case failed
        /// Too many waited.
        case dropped
    }

    /// Shows the series of those who can be told at 0.
    public func prepare(notifiers: [String]) {
        for notifier in notifiers {
            for result in NotificationResult.allCases { countNotification(notifier, result, by: 0) }
        }
    }

    /// Counts what became of a message, by who was to be told.
    public func notification(notifier: String, result: NotificationResult) { countNotification(notifier, result, by: 1) }

    private func countNotification(_ notifier: String, _ result: NotificationResult, by amount: Int) {
        state.withLock { $0.count("healing_notifications_total", [("notifier", notifier), ("result", result.rawValue)], by: amount) }
    }

    /// Counts a message that goes out, by how bad it is about and what for: `attempt`, `person`, …
    /// - Parameter incident: one that it is about; nil where it is about none.
    public func alertTriggered(severity: Severity, type: String, about incident: IncidentID? = nil, at instant: Instant = WallClock.read())
    {
        Exemplar.$current.withValue(incident.map { Exemplar($0, at: instant) }) {
            state.withLock { $0.count("healing_alerts_triggered_total", [("severity", severity.rawValue), ("type", type)]) }
        }
    }

    /// Counts an event about an object.
    public func objectEvent(_ result: ObjectEventResult) {
        state.withLock { $0.count("healing_object_events_total", [("result", result.rawValue)]) }
    }

    /// Notes that the file of who is told was read, and whether what was read is in force now.
    public func notifyReloaded(successfully: Bool, at instant: Instant) {
        // Only from here on: without such a file there is nothing to tell of it.
        Meter(label: "healing_notify_config_last_reload_successful", factory: factory).set(successfully ? 1 : 0)
        if successfully {
            Meter(label: "healing_notify_config_last_reload_success_timestamp_seconds", factory: factory).set(instant.secondsSinceEpoch)
        }
    }

    /// Notes that rules and thresholds were read, and whether what was read is in force now.
    public func configurationReloaded(successfully: Bool, at instant: Instant) {
        reloadSuccessful.set(successfully ? 1 : 0)
        if successfully { reloadTimestamp.set(instant.secondsSinceEpoch) }
    }
}

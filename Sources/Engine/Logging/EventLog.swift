public import AutomatonCore
public import Logging
internal import Synchronization

/// Writes what happens in the engine as log lines that a person on call understands.
///
/// The message says it in words; the metadata says it again for machines: `rule`, `subject`, `priority`, `attempt`, `remediation`,
/// `guard`, `reason`, `until`, `changes`, `leadership`, `term`, `holder`.
public final class EventLog: EngineObserver {
    private let logger: Logger
    /// What is wrong with each check, to say it once and not at each run.
    private let failures = Mutex<[CheckID: String]>([:])

    /// Makes the log.
    public init(logger: Logger) { self.logger = logger }

    /// The first line of a run.
    /// - Parameters:
    ///   - version: the program's version.
    ///   - details: what else a person would want to know first: where it reads from, whether it is a dry run.
    public func starting(version: String, details: Logger.Metadata = [:]) {
        logger.info("Starting Self-Healing Automaton", metadata: details.merging(["version": "\(version)"]) { $1 })
    }

    public func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .configured(let rules, let policy, let checks): configured(rules, policy, checks)
        case .iteration(let number, let checks, let incidents):
            logger.info(
                "Running healing checks iteration \(number)",
                metadata: [
                    "iteration": .stringConvertible(number), "checks": .stringConvertible(checks),
                    "incidents": .stringConvertible(incidents),
                ])
        case .checked(let check, let outcome, let took): checked(check, outcome, took)
        case .unknown(let check, let subject, let why?):
            logger.warning(
                "Unknown: \(subject): \(why). Nothing acts on it",
                metadata: ["check": "\(check)", "subject": "\(subject)", "reason": "\(why)"])
        case .unknown(let check, let subject, nil):
            logger.notice("\(subject) can be told again", metadata: ["check": "\(check)", "subject": "\(subject)"])
        case .decided(let decision): decided(decision)
        case .incident(let change): changed(change)
        // What it is made of is told.
        case .recorded, .measured, .fixesKept: break
        case .fix(let record): fixed(record)
        case .escalated(let incident, let why):
            logger.log(
                level: incident.priority == .critical ? .critical : .error,
                "A person is needed: \(incident.key) is \(incident.priority) and the automaton cannot mend it: \(why)",
                metadata: incident.metadata.merging(["reason": "\(why)", "attempts": .stringConvertible(incident.attempts)]) { $1 })
        case .writeFailed(let attempt, let remediation, let why, let outcomeKnown):
            let message: Logger.Message =
                outcomeKnown
                ? "\(remediation) could not be written: \(why)"
                : "\(remediation) was sent and no answer came, so that it may have happened: \(why)"
            logger.error(message, metadata: ["attempt": "\(attempt)", "remediation": "\(remediation)", "reason": "\(why)"])
        case .noticed(let notice): noticed(notice)
        case .journalFailed(let why?):
            logger.error("The journal cannot be used: \(why). Nothing is begun without it", metadata: ["reason": "\(why)"])
        case .journalFailed(nil): logger.notice("The journal can be used again")
        case .deposed(let why):
            logger.error("Another run has the journal: \(why). Nothing is begun any more", metadata: ["reason": "\(why)"])
        case .recalled(let subjects, let open):
            logger.info(
                open == 0
                    ? "The journal was read"
                    : "The journal was read; what became of \(open) attempts is found out before anything is begun on them",
                metadata: ["subjects": .stringConvertible(subjects), "open_attempts": .stringConvertible(open)])
        case .leadership(let state): leads(state)
        case .stopping(let attempts):
            logger.notice(
                attempts == 0 ? "Stopping" : "Stopping, with attempts in flight: they are found again by the journal, or their stamps",
                metadata: ["attempts_in_flight": .stringConvertible(attempts)])
        }
    }

    private func fixed(_ record: FixRecord) {
        guard let fix = record.fix else {
            return logger.notice(
                "Kept no longer: \(record.key)", metadata: ["fix": "\(record.key.id)", "subject": "\(record.key.subject)"])
        }
        logger.notice(
            "Kept: \(fix.summary) on \(fix.key.subject)",
            metadata: [
                "fix": "\(fix.key.id)", "subject": "\(fix.key.subject)", "type": "\(fix.key.kind.rawValue)",
                "value": "\(fix.value.amountText)", "rule": "\(fix.origin.rule ?? "")", "imported": "\(fix.origin.isImported)",
            ])
    }

    private func noticed(_ notice: Notice) {
        switch notice {
        case .stormBegan(let namespace, let figures):
            logger.critical("Storm: \(figures). Nothing is begun; a person is needed", metadata: ["namespace": "\(namespace)"])
        case .stormEnded(let namespace, let length):
            logger.notice("The storm is over after \(length.readable); it goes on", metadata: ["namespace": "\(namespace)"])
        case .steppedDown(let rule, let why):
            logger.error("Rule \(rule) only tells from now on: \(why)", metadata: ["rule": "\(rule)"])
        case .reinstated(let rule): logger.notice("Rule \(rule) acts again", metadata: ["rule": "\(rule)"])
        case .suspended(let suspension):
            logger.notice("\(suspension.words) by \(suspension.by)", metadata: suspension.metadata)
        case .resumed(let suspension): logger.notice("Over: \(suspension.words)", metadata: suspension.metadata)
        case .approvalWanted(let incident, let remediation, let plan, let until):
            logger.warning(
                "A person is asked to confirm until \(until.timeOfDay): \(plan), for \(incident.key)",
                metadata: incident.metadata.merging(["remediation": "\(remediation)", "until": "\(until.rfc3339)"]) { $1 })
        }
    }

    private func configured(_ rules: [Rule], _ policy: SafetyPolicy, _ checks: [CheckID]) {
        let names = rules.map { $0.mode == .auto ? $0.name : "\($0.name) (\($0.mode.rawValue))" }
        let text = names.isEmpty ? "none, so nothing is healed" : names.joined(separator: ", ")
        logger.log(
            level: rules.isEmpty ? .warning : .info, "Rules in force: \(text)\(policy.dryRun ? "; dry run: nothing is changed" : "")",
            metadata: [
                "rules": .array(rules.map { "\($0.name)" }), "checks": .array(checks.map { "\($0)" }),
                "dry_run": .stringConvertible(policy.dryRun),
            ])
        failures.withLock { known in known = known.filter { checks.contains($0.key) } }
    }

    private func checked(_ check: CheckID, _ outcome: CheckOutcome, _ took: Duration?) {
        let failure: String? =
            switch outcome {
            case .ok: nil
            case .failed(let why): why
            case .timedOut(let limit): "no answer within \(limit.readable)"
            case .waiting(let why): why
            }
        let before = failures.withLock { known in
            let before = known[check]
            if before != failure { known[check] = failure }
            return before
        }
        // A watch of a large cluster reports often: nothing is built for a line that is not written.
        if failure == nil, before == nil, logger.logLevel > .debug { return }
        var metadata: Logger.Metadata = ["check": "\(check)", "result": "\(outcome.label)"]
        if let took { metadata["seconds"] = .stringConvertible(took.inSeconds) }
        if let failure {
            metadata["reason"] = "\(failure)"
            if case .waiting = outcome {
                logger.log(
                    level: failure == before ? .debug : .info, "Check \(check) waits, and nothing acts on it: \(failure)",
                    metadata: metadata)
                return
            }
            logger.log(
                level: failure == before ? .debug : .warning,
                "Check \(check) cannot see: \(failure). Its findings are unknown, and nothing acts on them", metadata: metadata)
        } else if before != nil {
            logger.notice("Check \(check) sees again", metadata: metadata)
        } else {
            logger.debug("Check \(check) reported", metadata: metadata)
        }
    }

    private func leads(_ state: LeadershipState) {
        switch state {
        case .leading(let term):
            logger.notice(
                "Leading: this process acts from here on", metadata: ["leadership": "leading", "term": .stringConvertible(term)])
        case .following(let holder?):
            logger.notice(
                "Following \(holder): this process observes and does not act", metadata: ["leadership": "following", "holder": "\(holder)"])
        case .following(nil):
            logger.notice("Nobody leads: this process observes and does not act", metadata: ["leadership": "following"])
        case .unknown(let why):
            logger.warning(
                "It is unknown who leads: \(why). This process observes and does not act",
                metadata: ["leadership": "unknown", "reason": "\(why)"])
        }
    }

    private func decided(_ decision: Decision) {
        let key = decision.incident
        switch decision.choice {
        case .act: logger.notice("Acting on \(key): \(decision.reason)", metadata: decision.metadata)
        case .wouldAct: logger.notice("Would act on \(key): \(decision.reason)", metadata: decision.metadata)
        case .askApproval: logger.notice("Asking a person about \(key): \(decision.reason)", metadata: decision.metadata)
        case .revert: logger.notice("Taking back on \(key): \(decision.reason)", metadata: decision.metadata)
        case .restore: logger.notice("Putting back on \(key): \(decision.reason)", metadata: decision.metadata)
        case .escalate: logger.warning("Escalating \(key): \(decision.reason)", metadata: decision.metadata)
        case .tellPerson: logger.info("Telling a person about \(key): \(decision.reason)", metadata: decision.metadata)
        case .hold: logger.info("Holding \(key): \(decision.reason)", metadata: decision.metadata)
        }
    }

    private func changed(_ change: IncidentChange) {
        let incident = change.incident
        let metadata = incident.metadata.merging(change.metadata) { $1 }
        let (level, text): (Logger.Level, String) =
            switch change.kind {
            case .opened: (.warning, "Incident opened: \(incident.key) (\(incident.priority)): \(incident.cause)")
            case .priority(let from):
                (incident.priority > from ? .warning : .info, "Incident \(incident.key) is \(incident.priority) now, was \(from)")
            case .attempted(_, _, let report): (.notice, "Done on \(incident.key): \(report.summary); now it is verified")
            case .verified(_, let remediation, .helped): (.notice, "Verified: \(remediation) helped \(incident.key)")
            case .verified(_, let remediation, .noChange): (.warning, "Verified: \(remediation) did not help \(incident.key)")
            case .verified(_, let remediation, .worse): (.warning, "Verified: \(remediation) made \(incident.key) worse")
            case .restored(_, let remediation, _): (.notice, "Put back: what \(remediation) changed on \(incident.key)")
            case .reverted(_, let remediation): (.notice, "Taken back: \(remediation) on \(incident.key)")
            case .closed(.healed): (.notice, "Healed: \(incident.key), time to recover \(change.timeToRecover.readable)")
            case .closed(.recovered) where incident.attempts > 0:
                (
                    .notice,
                    "Recovered, after \(incident.attempts == 1 ? "1 attempt that was" : "\(incident.attempts) attempts that were") not seen to "
                        + "help in time: \(incident.key), after \(change.timeToRecover.readable)"
                )
            case .closed(.recovered):
                (.notice, "Recovered without an attempt of this rule: \(incident.key), after \(change.timeToRecover.readable)")
            case .closed(.gone): (.info, "Incident closed: \(incident.key): the subject is gone")
            case .closed(.ruleRemoved): (.info, "Incident closed: \(incident.key): the rule is gone")
            }
        logger.log(level: level, "\(text)", metadata: metadata)
    }
}

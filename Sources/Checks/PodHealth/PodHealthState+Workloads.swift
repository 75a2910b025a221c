import AutomatonCore

/// Which workload the pods belong to, and which workloads are followed.
///
/// The owner of a ReplicaSet is asked for only when one of its pods is unwell. To know how the other pods of that Deployment are, its
/// other ReplicaSets are found by their names; they count as its own at once, and are asked about too, so that one that is not leaves
/// again. (A ReplicaSet that a Deployment adopted under another name is found when it is unwell itself.)
extension PodHealthState {
    /// A workload that was unwell is followed for as long as restarts count, and an hour at least, so that a later complete report
    /// still names it.
    private var keep: Duration { max(window, .hours(1)) }

    /// Follows the workload of a group that is unwell.
    mutating func beginTracking(_ group: Int32, at now: Instant) {
        let controller = groups[Int(group)]
        if controller.isWorkload {
            join(group, controller.subject, at: now)
        } else if case .known(let subject) = owners[group] {
            join(group, subject, at: now)
        } else {
            askOwner(of: group)
        }
    }

    /// Adds a new group to the workload that it seems to belong to, if that is followed.
    mutating func joinTracked(_ group: Int32, at now: Instant) {
        let controller = groups[Int(group)]
        if controller.isWorkload {
            if workloads[controller.subject] != nil { join(group, controller.subject, at: now) }
        } else if let deployment = controller.deployment, workloads[deployment] != nil {
            join(group, deployment, at: now)
            askOwner(of: group)
        }
    }

    /// Makes a group part of a workload, which is followed from now on.
    private mutating func join(_ group: Int32, _ subject: Subject, at now: Instant) {
        let isNew = workloads[subject] == nil
        membership[group] = subject
        var workload = workloads[subject] ?? TrackedWorkload(keptUntil: now + keep)
        workload.groups.append(group)
        workloads[subject] = workload
        enqueue(subject)
        guard isNew, subject.kind == .deployment else { return }
        let stem = PodGroup.stem(subject.namespace, subject.name)
        for (index, other) in groups.enumerated() where other.stem == stem && other.deployment == subject {
            let sibling = Int32(index)
            guard membership[sibling] == nil else { continue }
            if case .known(let owner) = owners[sibling], owner != subject { continue }
            membership[sibling] = subject
            workloads[subject]?.groups.append(sibling)
            askOwner(of: sibling)
        }
    }

    /// Takes a group out of its workload. A pod of its own, and a controller that stood in for an unknown workload, end with it.
    mutating func leave(_ group: Int32) {
        guard let subject = membership.removeValue(forKey: group), var workload = workloads[subject] else { return }
        workload.groups.removeAll { $0 == group }
        workloads[subject] = workload
        if workload.groups.isEmpty, subject.kind == .pod || workload.obscured != nil {
            drop(subject, isGone: true)
        } else {
            enqueue(subject)
        }
    }

    /// Follows a workload no longer.
    private mutating func drop(_ subject: Subject, isGone: Bool) {
        guard let workload = workloads.removeValue(forKey: subject) else { return }
        for group in workload.groups { membership[group] = nil }
        if isGone, workload.reported != nil { outbox.add(gone: subject) }
    }

    /// Has a workload looked at again.
    mutating func enqueue(_ subject: Subject) {
        guard workloads[subject]?.isQueued == false else { return }
        workloads[subject]?.isQueued = true
        outbox.add(changed: subject)
    }

    private mutating func askOwner(of group: Int32) {
        switch owners[group] {
        case .asked, .known, .failed: return
        case nil: break
        }
        owners[group] = .asked(attempts: 0)
        unanswered += 1
        ask(group)
    }

    private mutating func ask(_ index: Int32) {
        let group = groups[Int(index)]
        let pod = group.troubled.first.flatMap { troubles[$0]?.pod } ?? ""
        let row = PodRow(uid: "", namespace: group.namespace, name: pod, controller: group.owner)
        questions.append(.owner(of: row, group: ObjectKey(group.owner.uid)))
    }

    mutating func forgetOwner(of group: Int32) {
        if case .asked(attempts: 0) = owners.removeValue(forKey: group) { unanswered -= 1 }
    }

    /// The next question to the cluster; nil when there is none. Each is asked once, and again when it has failed.
    mutating func nextQuestion() -> WorkloadQuestion? { questions.popLast() }

    /// Takes in the answer to a question.
    mutating func answer(_ question: WorkloadQuestion, _ answer: WorkloadAnswer, at now: Instant) {
        switch question {
        case .owner(_, let key):
            guard let group = groupIndex[key], case .asked(let attempts) = owners[group] else { return }
            if attempts == 0 { unanswered -= 1 }
            switch answer {
            case .owner(let subject): settleOwner(of: group, subject, at: now)
            case .failed(let error): obscure(group, error, attempts: attempts, at: now)
            case .present, .absent: break
            }
        case .presence(let subject):
            guard var workload = workloads[subject], case .asked(let attempts) = workload.presence else { return }
            switch answer {
            case .absent: drop(subject, isGone: true)
            case .present, .owner, .failed:
                let again = now + max(.seconds(30), backoff(answer.error, attempts))
                workload.presence = .due(again, attempts: attempts + 1)
                workloads[subject] = workload
                note(again)
            }
        }
    }

    private mutating func settleOwner(of group: Int32, _ subject: Subject, at now: Instant) {
        owners[group] = .known(subject)
        if membership[group] == subject {
            workloads[subject]?.obscured = nil
            enqueue(subject)
            return
        }
        leave(group)
        if workloads[subject] != nil || !groups[Int(group)].troubled.isEmpty { join(group, subject, at: now) }
    }

    private mutating func obscure(_ group: Int32, _ error: PortError, attempts: Int, at now: Instant) {
        let again = now + backoff(error, attempts)
        owners[group] = .failed(attempts: attempts + 1, again: again)
        note(again)
        let controller = groups[Int(group)]
        let why = "cannot tell which workload \(controller.subject) belongs to: \(error)"
        if membership[group] == nil, !controller.troubled.isEmpty { join(group, controller.subject, at: now) }
        if membership[group] == controller.subject {
            workloads[controller.subject]?.obscured = why
            enqueue(controller.subject)
        }
    }

    /// From a second to a minute, or as long as the cluster says.
    private func backoff(_ error: PortError?, _ attempts: Int) -> Duration {
        let wait = Duration.seconds(min(60, 1 << min(attempts, 6)))
        if case .unavailable(_, let retryAfter?) = error { return max(wait, min(retryAfter, .minutes(10))) }
        return wait
    }

    /// Asks again what failed, asks for workloads that have lost all pods, and forgets those that have been well for long.
    mutating func advanceWorkloads(to now: Instant) {
        for (group, ownership) in owners.sorted(by: { $0.key < $1.key }) {
            guard case .failed(let attempts, let again) = ownership else { continue }
            if again <= now {
                owners[group] = .asked(attempts: attempts)
                ask(group)
            } else {
                note(again)
            }
        }
        for (subject, workload) in workloads.sorted(by: { $0.key < $1.key }) {
            if case .due(let time, let attempts) = workload.presence {
                if time <= now {
                    workloads[subject]?.presence = .asked(attempts: attempts)
                    questions.append(.presence(of: subject))
                } else {
                    note(time)
                }
            }
            if workload.keptUntil > now { note(workload.keptUntil) } else { endTracking(subject, at: now) }
        }
    }

    private mutating func endTracking(_ subject: Subject, at now: Instant) {
        let tally = tally(subject)
        let isReportedWell =
            if case .seen(let evidence) = workloads[subject]?.reported?.observation { evidence.reasons.isEmpty } else { false }
        if workloads[subject]?.obscured == nil, tally.isQuiet, tally.isReady, isReportedWell {
            drop(subject, isGone: false)
        } else if tally.isQuiet, tally.live == 0 {
            drop(subject, isGone: true)
        } else {
            workloads[subject]?.keptUntil = now + settle
            note(now + settle)
        }
    }

    /// Keeps a workload that is unwell now.
    mutating func prolong(_ subject: Subject, at now: Instant) {
        let end = now + keep
        workloads[subject]?.keptUntil = end
        note(end)
    }

    /// Has a workload without pods asked for, after it has had time to make new ones.
    mutating func setPresence(_ subject: Subject, isMissed: Bool, at now: Instant) {
        if !isMissed {
            workloads[subject]?.presence = .notAsked
        } else if workloads[subject]?.presence == .notAsked {
            workloads[subject]?.presence = .due(now + settle, attempts: 0)
            note(now + settle)
        }
    }
}

extension WorkloadAnswer {
    fileprivate var error: PortError? { if case .failed(let error) = self { error } else { nil } }
}

import AutomatonCore

/// The pods of a workload, added up.
struct WorkloadTally {
    /// Pods that are wanted, and those of them that are ready.
    var live = 0
    var ready = 0
    /// Pods that ended well.
    var succeeded = 0
    /// Pods with a fault.
    var unwell = 0
    /// Restarts in the window.
    var restarts = 0
    var faults: [(code: FaultCode, reason: Reason)] = []

    /// Whether there is nothing wrong with it now, nor was in the window.
    var isQuiet: Bool { faults.isEmpty && restarts == 0 }

    /// Whether all its pods are there and ready, or it is done.
    var isReady: Bool { ready == live && (live > 0 || succeeded > 0) }
}

/// What is reported.
extension PodHealthState {
    /// Most reasons of a finding; the figure `unwell` tells how many pods there are.
    private static let mostReasons = 32

    /// The next report; nil when there is nothing to say now.
    mutating func nextReport(at now: Instant) -> CheckReport? {
        if let blind = outbox.takeBlind() { return blind }
        if outbox.isCompleteDue {
            // A workload that is not named would count as gone: first everybody has to be known, or known to be unknown.
            guard unanswered == 0, !outbox.seesNothing else { return nil }
            // First of how many the unwell are a part.
            if let population = newPopulation() { return population }
            outbox.takeAll()
            return .complete(completeFindings(at: now))
        }
        guard outbox.isOpen else { return nil }
        if let subject = outbox.takeGone() { return .gone(subject) }
        while let subject = outbox.takeChanged() {
            guard workloads[subject]?.isQueued == true else { continue }
            let finding = finding(of: subject, at: now)
            workloads[subject]?.isQueued = false
            guard workloads[subject]?.isNews(finding) == true else { continue }
            workloads[subject]?.reported = finding
            return .changed(finding)
        }
        guard outbox.isCurrentDue else { return nil }
        if let population = newPopulation() { return population }
        outbox.isCurrentDue = false
        return .current
    }

    /// How many workloads have pods, by namespace. The ReplicaSets of a rollout count as one.
    var population: [String: Int] {
        var population: [String: Int] = [:]
        var stems: Set<Int> = []
        for group in groups where group.live > 0 && (group.stem == 0 || stems.insert(group.stem).inserted) {
            population[group.namespace, default: 0] += 1
        }
        return population
    }

    /// The same, if that changed since it was told.
    private mutating func newPopulation() -> CheckReport? {
        let population = population
        guard population != toldPopulation else { return nil }
        toldPopulation = population
        return .population(population)
    }

    /// All that is followed, sorted.
    mutating func completeFindings(at now: Instant) -> [Finding] {
        workloads.keys.sorted().map { subject in
            let finding = finding(of: subject, at: now)
            workloads[subject]?.isQueued = false
            workloads[subject]?.reported = finding
            return finding
        }
    }

    /// What is to be said of a workload.
    ///
    /// A fault counts as soon as it is seen. That nothing is wrong is said only when every pod is ready: while new ones start, nobody
    /// can know.
    private mutating func finding(of subject: Subject, at now: Instant) -> Finding {
        if let why = workloads[subject]?.obscured { return Finding(subject, observedAt: now, .unknown(why)) }
        let tally = tally(subject)
        var finding = Finding(subject, observedAt: now, observation(tally, of: subject, at: now))
        if tally.live > 0 { finding.unwell = max(tally.unwell, tally.live - tally.ready) }
        return finding
    }

    private mutating func observation(_ tally: WorkloadTally, of subject: Subject, at now: Instant) -> Observation {
        let isMissed = tally.faults.isEmpty && tally.live == 0 && tally.succeeded == 0
        setPresence(subject, isMissed: isMissed && subject.kind != .pod, at: now)
        if !tally.isQuiet { prolong(subject, at: now) }
        if tally.faults.isEmpty && !tally.isReady {
            if tally.live == 0 { return .unknown("it has no running pods") }
            return .unknown("\(tally.live - tally.ready) of \(tally.live) pods are not ready yet")
        }
        let figures = [
            Figure("restarts", Double(tally.restarts)), Figure("unwell", Double(tally.unwell)), Figure("pods", Double(tally.live)),
        ]
        return .seen(Evidence(figures: figures, reasons: Self.reasons(tally.faults)))
    }

    func tally(_ subject: Subject) -> WorkloadTally {
        var tally = WorkloadTally()
        for index in workloads[subject]?.groups ?? [] {
            let group = groups[Int(index)]
            tally.live += Int(group.live)
            tally.ready += Int(group.ready)
            tally.succeeded += Int(group.succeeded)
            for key in group.troubled {
                guard let trouble = troubles[key] else { continue }
                tally.restarts += trouble.restartCount
                guard trouble.isUnwell else { continue }
                tally.unwell += 1
                tally.faults += trouble.reasons
            }
        }
        return tally
    }

    /// Worst first, the latest of equals first; bounded, but so that each fault of each container has a voice.
    private static func reasons(_ faults: [(code: FaultCode, reason: Reason)]) -> [Reason] {
        struct Voice: Hashable {
            var code: FaultCode
            var container: String?
        }
        func isBefore(_ one: (code: FaultCode, reason: Reason), _ other: (code: FaultCode, reason: Reason)) -> Bool {
            if one.code != other.code { return one.code < other.code }
            let times = (one.reason.since ?? .epoch, other.reason.since ?? .epoch)
            if times.0 != times.1 { return times.0 > times.1 }
            return (one.reason.part, one.reason.container ?? "") < (other.reason.part, other.reason.container ?? "")
        }
        let sorted = faults.sorted(by: isBefore)
        guard sorted.count > mostReasons else { return sorted.map(\.reason) }
        var heard: Set<Voice> = []
        var first: [(code: FaultCode, reason: Reason)] = []
        var rest: [(code: FaultCode, reason: Reason)] = []
        for fault in sorted {
            if heard.insert(Voice(code: fault.code, container: fault.reason.container)).inserted {
                first.append(fault)
            } else {
                rest.append(fault)
            }
        }
        return (first + rest).prefix(mostReasons).sorted(by: isBefore).map(\.reason)
    }
}

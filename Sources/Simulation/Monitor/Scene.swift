import AutomatonCore

/// What the invariants may know: the true time, the clocks, the limits that were given, and what each run was told.
final class Scene {
    private let time: VirtualTime
    let features: Features
    /// How wrong each run's clock is.
    private(set) var skews: [RunName: Duration] = [:]
    /// Limits by run, newest last, with the true time from which they were given.
    private var given: [RunName: [(at: Instant, rules: [Rule], policy: SafetyPolicy)]] = [:]
    private(set) var hearings: [RunName: Hearing] = [:]
    /// Attempts by name.
    private(set) var attempts: [AttemptID: Attempt] = [:]

    /// What each run read of each workload lately.
    private var reads: [RunName: [Subject: [Workload]]] = [:]

    struct Attempt {
        var run: RunName
        var plan: Plan
        var stamp: Stamp
        /// When it was authorised, in true time.
        var authorised: Instant
        /// The workload as it was when it was read for the plan; more than one where nobody can tell which it was.
        var reads: [Workload]
    }

    init(_ time: VirtualTime, _ features: Features) {
        self.time = time
        self.features = features
    }

    var now: Instant { time.now }

    /// Limits that were in force at an instant, and those that replaced them right then.
    func limits(of run: RunName, at instant: Instant) -> [(rules: [Rule], policy: SafetyPolicy)] {
        let all = given[run] ?? []
        let from = all.lastIndex { $0.at < instant } ?? 0
        let to = all.lastIndex { $0.at <= instant } ?? -1
        return to < from ? [] : all[from...to].map { ($0.rules, $0.policy) }
    }

    /// Whether none of the limits in force when an attempt was authorised allowed it. Limits that were others a moment ago may have let it
    /// through.
    func isForbidden(_ stamp: Stamp, by run: RunName, _ forbids: (_ rule: Rule, _ policy: SafetyPolicy) -> Bool) -> Bool {
        let limits = limits(of: run, at: truth(stamp.at, of: run))
        return !limits.isEmpty
            && limits.allSatisfy { limit in
                limit.rules.first { $0.name == stamp.rule }.map { forbids($0, limit.policy) } ?? false
            }
    }

    /// How old something of another run looks to a run, whose clock may be ahead: two clocks that differ shorten an hour by as much, no more.
    func age(of instant: Instant, by other: RunName, at now: Instant, to run: RunName) -> Duration {
        now - instant + max(.zero, (skews[run] ?? .zero) - (skews[other] ?? .zero))
    }

    /// The true time of what a run's clock says.
    func truth(_ instant: Instant, of run: RunName) -> Instant { instant - (skews[run] ?? .zero) }

    /// What a plan rests on. One that is written under no version of the object rests on what was read last.
    private func reads(for plan: Plan, _ run: RunName) -> [Workload] {
        let reads = reads[run]?[plan.subject] ?? []
        guard case .version(_, let version)? = plan.write.workload?.precondition else { return reads.suffix(1) }
        return reads.filter { $0.resourceVersion == version }
    }

    func take(_ fact: Fact) {
        switch fact {
        case .started(let run, let skew):
            skews[run] = skew
            hearings[run] = Hearing()
        case .killed(let run): (hearings[run], reads[run]) = (nil, nil)
        case .configured(let run, let rules, let policy):
            given[run, default: []].append((now, rules, policy))
            hearings[run]?.configure(rules, at: now)
        case .read(let run, let workload):
            reads[run, default: [:]][workload.subject] = (reads[run]?[workload.subject] ?? []).suffix(3) + [workload]
        case .heard(let run, let check, let report): hearings[run]?.take(report, of: check, at: now)
        case .applying(let run, let plan, let stamp):
            attempts[stamp.attempt] = Attempt(
                run: run, plan: plan, stamp: stamp, authorised: truth(stamp.at, of: run), reads: reads(for: plan, run))
        default: break
        }
    }
}

extension Scene {
    /// Who knows what a person said of an incident: the run that heard it, or with a journal all of them.
    struct Hearer: Hashable {
        var run: RunName?
        var incident: IncidentKey
    }

    func hearer(_ run: RunName, _ incident: IncidentKey) -> Hearer { Hearer(run: features.journal ? nil : run, incident: incident) }
}

/// Which parts of the automaton a simulation runs with.
struct Features: Sendable, Hashable {
    /// It remembers across runs.
    var journal = false
    /// Several processes agree on who acts.
    var leadership = false
    /// How many processes.
    var processes = 1
}

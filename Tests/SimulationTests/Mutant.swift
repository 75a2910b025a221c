import AutomatonCore

@testable import Simulation

/// A guard that is broken: the automaton is told other than it is, and is judged by what is true.
struct Mutant: Sendable, CustomStringConvertible {
    /// What is broken.
    var name: String
    /// The invariant that finds it.
    var finder: String
    /// Seeds that do.
    var seeds: [UInt64]
    /// Whether it needs a journal, or an election.
    var remembers = false
    private var distort: @Sendable (inout Distortion) -> Void

    /// Made anew for each simulation: one that remembers must not remember another.
    var distortion: Distortion {
        var distortion = Distortion()
        distort(&distortion)
        return distortion
    }

    var description: String { name }

    init(
        _ name: String, finder: String, seeds: [UInt64], remembers: Bool = false, _ distort: @escaping @Sendable (inout Distortion) -> Void
    ) {
        self.name = name
        self.finder = finder
        self.seeds = seeds
        self.remembers = remembers
        self.distort = distort
    }

    /// A history in which it is looked for.
    func simulation(_ seed: UInt64, hours: Int) -> Simulation { Simulation(seed: seed, hours: hours, remembers: remembers) }

    private static func limits(_ change: @escaping @Sendable (inout SafetyPolicy) -> Void) -> @Sendable (inout Distortion) -> Void {
        {
            $0.policy = { policy in
                var policy = policy
                change(&policy)
                return policy
            }
        }
    }

    private static func rules(_ change: @escaping @Sendable (inout Rule) -> Void) -> @Sendable (inout Distortion) -> Void {
        {
            $0.rules = { rules in
                rules.map { rule in
                    var rule = rule
                    change(&rule)
                    return rule
                }
            }
        }
    }

    static let all: [Mutant] = [
        Mutant(
            "no cooldown", finder: QuietTime.name, seeds: [1],
            {
                limits { $0.cooldown = .zero }(&$0)
                rules { $0.cooldown = nil }(&$0)
            }),
        Mutant("stamps are not seen", finder: QuietTime.name, seeds: [1, 3]) {
            $0.workload = { workload in
                var workload = workload
                workload.stamps = []
                return workload
            }
        },
        Mutant("stamps seem an hour old", finder: QuietTime.name, seeds: [1, 3]) {
            $0.workload = { workload in
                var workload = workload
                workload.stamps = workload.stamps.map { stamp in
                    var stamp = stamp
                    stamp.at = stamp.at - .hours(1)
                    return stamp
                }
                return workload
            }
        },
        Mutant("writes bear no stamp", finder: WritesAreOwn.name, seeds: [1, 2]) { $0.stamp = { _ in nil } },
        Mutant("no hourly budget", finder: BudgetKept.name, seeds: [1, 2], limits { $0.attemptsAnHour = 100_000 }),
        Mutant("nothing is kept for what is critical", finder: BudgetKept.name, seeds: [1, 2], limits { $0.criticalReserve = 0 }),
        Mutant("no budget at once", finder: BudgetKept.name, seeds: [1, 6], limits { $0.attemptsAtOnce = 100_000 }),
        Mutant("MAX_REPLICAS is not kept", finder: CapsKept.name, seeds: [7], limits { $0.maximumReplicas = 100 }),
        Mutant("MIN_REPLICAS is not kept", finder: CapsKept.name, seeds: [5], limits { $0.minimumReplicas = 0 }),
        Mutant(
            "MAX_MEMORY is not kept", finder: CapsKept.name, seeds: [1, 2], limits { $0.maximumMemory = ByteQuantity(bytes: 1 << 40) }),
        Mutant("no delays", finder: DelayKept.name, seeds: [1, 2], limits { $0.delays = Array(repeating: .zero, count: 4) }),
        Mutant(
            "no breaker", finder: BreakerKept.name, seeds: [2],
            limits {
                $0.breakerThreshold = 100_000; $0.breakerBackoff = .seconds(30); $0.breakerLongest = .seconds(30)
            }),
        Mutant("nothing is ever stale", finder: SightNeeded.name, seeds: [2], limits { $0.staleAfter = .hours(1000) }),
        Mutant("a blind check seems to see", finder: SightNeeded.name, seeds: [4]) {
            $0.report = { report, _ in if case .blind = report { .current } else { report } }
        },
        Mutant("faults are not seen", finder: "everything curable is healed in the end", seeds: [2]) {
            $0.report = { report, _ in
                switch report {
                case .changed: .current
                case .complete(let findings):
                    .complete(findings.filter { if case .seen(let evidence) = $0.observation { evidence.reasons.isEmpty } else { true } })
                default: report
                }
            }
        },
        Mutant("dry run writes", finder: DryRunWritesNothing.name, seeds: [2, 4], limits { $0.dryRun = false }),
        Mutant(
            "rules that observe act", finder: DryRunWritesNothing.name, seeds: [4, 5], rules { if $0.mode == .observe { $0.mode = .auto } }),
        Mutant(
            "rules that ask act by themselves", finder: ApprovalNeeded.name, seeds: [1, 2],
            rules { if $0.mode == .approve { $0.mode = .auto } }),
        Mutant(
            "what a person takes back is done again", finder: ObjectionsHeeded.name, seeds: [3, 6], limits { $0.objectionTime = .zero }),
        Mutant("more is kept than what helped", finder: FixesAreOwn.name, seeds: [1, 2]) {
            $0.fixes = { fixes in
                fixes.map { fix in
                    guard case .memory(let limit, let request) = fix.value else { return fix }
                    var fix = fix
                    fix.value = .memory(limit: ByteQuantity(bytes: limit.bytes + 1024), request: request)
                    return fix
                }
            }
        },
        Mutant("what was taken back is kept", finder: FixesAreOwn.name, seeds: [3, 4]) {
            let memory = FixMemory()
            $0.fixes = { memory.joined($0) }
        },
        Mutant("rules have no maintenance window", finder: MaintenanceKept.name, seeds: [2, 9], rules { $0.maintenance = [] }),
        Mutant("annotations are not seen", finder: WishesHeeded.name, seeds: [2, 3]) {
            $0.workload = { workload in
                var workload = workload
                workload.wish = ObjectWish()
                return workload
            }
        },
        Mutant("what a person asks for is lost", finder: SuspensionsKept.name, seeds: [2]) { $0.suspension = { _ in nil } },
        Mutant("silences are not kept", finder: SuspensionsKept.name, seeds: [2]) {
            $0.suspension = { $0.kind == .silence ? nil : $0 }
        },
        Mutant("the journal forgets what a person asks for", finder: SuspensionsKept.name, seeds: [2], remembers: true) {
            $0.journal = { ForgetfulJournal($0, .suspensions) }
        },
        Mutant("MIN_HEALTHY is not kept", finder: EnoughStayReady.name, seeds: [9], limits { $0.minimumHealthy = .count(0) }),
        Mutant("no storm brake", finder: StormCalms.name, seeds: [1], limits { $0.stormShare = .count(1000) }),
        Mutant("no share of a namespace", finder: NamespaceShareKept.name, seeds: [4], limits { $0.namespaceShare = .count(1000) }),
        Mutant("nothing is protected", finder: NamespaceShareKept.name, seeds: [3], limits { $0.protectedNamespaces = [] }),
        Mutant("the journal forgets intents", finder: JournalTellsAll.name, seeds: [1, 2], remembers: true) {
            $0.journal = { ForgetfulJournal($0, .intents) }
        },
        Mutant("the journal forgets outcomes", finder: JournalTellsAll.name, seeds: [1], remembers: true) {
            $0.journal = { ForgetfulJournal($0, .outcomes) }
        },
        Mutant("the journal remembers nothing", finder: BudgetKept.name, seeds: [1, 2], remembers: true) {
            $0.journal = { ForgetfulJournal($0, .everything) }
        },
        Mutant("everybody leads", finder: OnlyTheLeaderActs.name, seeds: [1, 5], remembers: true) { $0.everybodyLeads = true },
        Mutant("unknown seems to be as it was", finder: SightNeeded.name, seeds: [4, 8]) {
            let memory = LastReports()
            $0.report = { report, _ in memory.replaceUnknown(report) }
        },
        Mutant("writes have no precondition", finder: WritesAreOwn.name, seeds: [32]) {
            $0.write = { write, workload in
                var write = write
                write.precondition = .version(uid: workload.uid, resourceVersion: workload.resourceVersion)
                return write
            }
        },
        Mutant("what is taken back has no precondition, and who set it since is not seen", finder: RevertsExactly.name, seeds: [4, 12]) {
            $0.workload = { workload in
                var workload = workload
                workload.owners.removeAll { $0.kind == .person }
                return workload
            }
            $0.write = { write, workload in
                guard case .values = write.precondition else { return write }
                var write = write
                write.precondition = .version(uid: workload.uid, resourceVersion: workload.resourceVersion)
                return write
            }
        },
        Mutant("inverses are not exact", finder: RevertsExactly.name, seeds: [1]) {
            $0.plan = { plan in
                var plan = plan
                guard let inverse = plan.inverse else { return plan }
                plan.inverse?.edits = inverse.edits.map { edit -> WorkloadWrite.Edit in
                    switch edit {
                    case .replicas(let count): return .replicas(count + 1)
                    case .memory(let container, let limit, let request):
                        return .memory(container: container, limit: limit.map { ByteQuantity(bytes: $0.bytes + 1) }, request: request)
                    default: return edit
                    }
                }
                return plan
            }
        },
        Mutant("autoscalers are not seen", finder: AutoscalersRespected.name, seeds: [1]) { $0.hidesAutoscalers = true },
        Mutant("GitOps tools are not seen", finder: OwnersRespected.name, seeds: [1, 6]) {
            $0.workload = { workload in
                var workload = workload
                workload.owners.removeAll { $0.kind == .gitOps }
                return workload
            }
        },
        Mutant("paused rollouts are not seen", finder: PausedLeftAlone.name, seeds: [9, 11]) {
            $0.workload = { workload in
                var workload = workload
                workload.paused = false
                return workload
            }
        },
        Mutant("no rule inhibits another", finder: InhibitionKept.name, seeds: [1, 2], rules { $0.inhibits = [] }),
        Mutant("rules never step down", finder: RulesStepDown.name, seeds: [6], limits { $0.ruleThreshold = 100_000 }),
        Mutant("nothing has to opt in", finder: WishesHeeded.name, seeds: [1, 2], limits { $0.requiresOptIn = false }),
        Mutant("a pod is deleted with each write", finder: NoPodDeleted.name, seeds: [1, 2]) { $0.deletesPods = true },
    ]
}

/// The automaton: a plain value that turns events into effects.
///
/// It has no clock, no I/O and no randomness: the same events at the same instants give the same effects. Every limit is held here
/// (``SafetyPolicy``), and every decision, also the one to do nothing, leaves as a ``Decision`` with its reason.
public struct Automaton: Sendable {
    /// The limits in force.
    public internal(set) var policy: SafetyPolicy
    /// Latest instant seen; time never runs backwards here.
    public internal(set) var now = Instant.epoch

    var rules: [Rule] = []
    var ruleIndex: [String: Int] = [:]
    /// By rule: the rules that explain it.
    var inhibitors: [String: [String]] = [:]
    /// The longest quiet time that any rule asks for.
    var longestCooldown: Duration = .zero

    var checks: [CheckID: CheckState] = [:]
    var subjects: [Subject: SubjectState] = [:]
    /// By check: the subjects that have an open incident from it.
    var openSubjects: [CheckID: Set<Subject>] = [:]
    var attemptSubjects: [AttemptID: Subject] = [:]
    var budget = Budget()
    /// When subjects are to be looked at.
    var deadlines = Agenda<Instant, Subject>()
    /// Subjects that wait for the budget, the most urgent first.
    var waiting = Agenda<Urgency, Subject>()
    /// Subjects with something that is to be put back.
    var restorable: Set<Subject> = []
    /// Of rules that fire ahead: the trends of what they watch.
    var trends: [TrendKey: Trend] = [:]
    /// When the budget lets the next of them through; nil when no time is known.
    var budgetOpens: Instant?
    var standDowns: [StandDown: String] = [:]
    /// What is known beyond single subjects and remembered beyond the run.
    var memory = AutomatonMemory()
    var isMemoryChanged = false
    /// What helped, and is kept.
    var fixBook = FixBook()
    /// How many workloads each check knows, by namespace.
    var census: [CheckID: [String: Int]] = [:] {
        didSet { population = census.values.reduce(into: [:]) { $0.merge($1) { max($0, $1) } } }
    }
    /// Of each namespace, as the check that knows most tells it.
    private(set) var population: [String: Int] = [:]
    /// How many of them are unhealthy.
    var unhealthy: [String: Int] = [:]
    /// When a storm or something that a person asked for may be over.
    var nextLook: Instant?
    var effects: [Effect] = []

    private let run: String
    /// Whether somebody keeps what is to be remembered.
    let remembers: Bool
    private var attemptCount = 0

    /// What is known of a run of a check.
    struct CheckState: Sendable {
        let id: CheckID
        /// Indexes of the rules that judge it.
        var rules: [Int] = []
        /// Of those, the ones that mend what the check reports on, and the ones that mend something else.
        var direct: [Int] = []
        var mapped: [Int] = []
        /// Whether one of them fires ahead.
        var foresees = false
        /// The last complete observation, or word that nothing changed since.
        var currentAt: Instant?
        /// Why it cannot see.
        var blind: String?
        /// Counts its complete observations.
        var round: UInt64 = 0
    }

    /// Priorities in the order in which they are served.
    struct Urgency: Comparable, Sendable {
        var priority: Priority
        static func < (lhs: Urgency, rhs: Urgency) -> Bool { lhs.priority > rhs.priority }
    }

    /// Makes an automaton that watches nothing yet.
    /// - Parameters:
    ///   - rules: the rules in force; replaced by ``Event/configured(rules:policy:)``.
    ///   - policy: the limits.
    ///   - run: names this run of the program in attempts' names; unique a run.
    ///   - remembers: whether what outlives the run leaves as effects, for a journal.
    public init(rules: [Rule] = [], policy: SafetyPolicy = SafetyPolicy(), run: String, remembers: Bool = false) {
        self.policy = policy
        self.run = run
        self.remembers = remembers
        configure(rules, policy)
    }

    /// When ``step(_:at:)`` wants to be called with ``Event/tick`` at the latest; nil when nothing is due.
    public var nextDeadline: Instant? {
        let opens = waiting.isEmpty ? nil : budgetOpens
        return [deadlines.first, opens, nextLook].compactMap { $0 }.min()
    }

    /// Why nothing new is begun at all; nil when it may be.
    public var standDown: String? { standDowns.isEmpty ? nil : standDowns.min { $0.key < $1.key }?.value }

    /// The open incidents, sorted. For display; cost follows their number.
    public var incidents: [Incident] {
        openSubjects.values.reduce(into: Set<Subject>()) { $0.formUnion($1) }
            .flatMap { subject in subjects[subject]?.incidents.map { describe($0, subject) } ?? [] }
            .sorted { $0.key < $1.key }
    }

    /// One of them; nil when it is not open.
    public func incident(_ key: IncidentKey) -> Incident? {
        guard let state = subjects[key.subject] else { return nil }
        return state.incidents.first { $0.rule == key.rule }.map { describe($0, key.subject) }
    }

    /// Subjects that a check reports on, with an open incident of it, sorted.
    public func openSubjects(of check: CheckID) -> [Subject] {
        (openSubjects[check] ?? []).filter { subject in
            subjects[subject]?.incidents.contains { $0.check == check && $0.sources.isEmpty } ?? false
        }.sorted()
    }

    /// How many incidents are open.
    public var openIncidents: Int {
        openSubjects.reduce(0) { count, open in
            count + open.value.reduce(0) { $0 + (subjects[$1]?.incidents.count { $0.check == open.key } ?? 0) }
        }
    }

    /// The longest quiet time after an attempt that any rule asks for.
    public var longestQuiet: Duration { longestCooldown }

    /// Attempts that are in flight, from plan to verification.
    public var attemptsInFlight: Int { budget.inFlight }

    /// Takes an event that happened at `instant` and answers with what is to be done, in order.
    public mutating func step(_ event: Event, at instant: Instant) -> [Effect] {
        now = max(now, instant)
        switch event {
        case .changed(let check, let finding): observe(finding, by: check)
        case .complete(let check, let findings): observeAll(findings, by: check)
        case .repeated(let check, let findings): observeAgain(findings, by: check)
        case .gone(let check, let subject): lose(subject, by: check)
        case .current(let check): stayCurrent(check)
        case .blind(let check, let why): goBlind(check, why)
        case .configured(let rules, let policy):
            configure(rules, policy)
            reconsider()
        case .standDown(let cause, let why):
            let before = standDown
            standDowns[cause] = why
            // Without a journal nobody tells it what whoever leads then keeps and drops.
            if cause == .leadership, why != nil, !remembers { fixBook = FixBook() }
            if standDown == nil, before != nil { reconsider() }
        case .recalled(let recollection): recall(recollection)
        case .census(let check, let workloads): count(workloads, by: check)
        case .suspended(let suspension): suspend(suspension)
        case .lifted(let id): lift(id)
        case .approved(let incident, let by): approve(incident, by)
        case .hurried(let incident, let by, let plan): hurry(incident, Hurry(by: by, plan: plan))
        case .takeBack(let request, let by): takeBack(request, by)
        case .reinstated(let rule): reinstate(rule)
        case .fixesFound(let fixes, let mark): tellFixes(fixBook.take(fixes, mark: mark, at: now))
        case .fixImported(let fix): tellFixes(fixBook.keep(fix))
        case .fixForgotten(let key): tellFixes(fixBook.drop(key, at: now))
        case .planned(let id, let plan): withAttempt(id) { $0.planned(plan, &$1) }
        case .refused(let id, let why): withAttempt(id) { $0.refused(why, &$1) }
        case .unavailable(let id, let why, let wait):
            withAttempt(id) {
                if case .settling? = $1.attempt?.phase {
                    $0.settlingFailed(why, retryAfter: wait, &$1)
                } else {
                    $0.unavailable(why, retryAfter: wait, &$1)
                }
            } restoration: {
                $0.restoringFailed(why, &$1)
            }
        case .conflicted(let id, let why): withAttempt(id) { $0.conflicted(why, &$1) }
        case .applied(let id, let report): withAttempt(id) { $0.applied(report, &$1) }
        case .outcomeUnknown(let id, let why):
            withAttempt(id) {
                $0.outcomeUnknown(why, &$1)
            } restoration: {
                $0.restoringFailed(why, isKnown: false, &$1)
            }
        case .preceded(let id, let other, let at):
            withAttempt(id) {
                $0.preceded(by: other, at: at, &$1)
            } restoration: {
                $0.restored("attempt \(other) of \(at.timeOfDay) came before", &$1)
            }
        case .settled(let id, let settlement): withAttempt(id) { $0.settled(settlement, &$1) }
        case .reverted(let id):
            withAttempt(id) {
                $0.reverted(nil, &$1)
            } restoration: {
                $0.restored(nil, &$1)
            }
        case .revertFailed(let id, let why):
            withAttempt(id) {
                $0.reverted(why, &$1)
            } restoration: {
                $0.restored(why, &$1)
            }
        case .tick: break
        }
        if let nextLook, nextLook <= now { lookAround() }
        runDue()
        rememberAutomaton()
        if effects.isEmpty { return [] }
        defer { effects = [] }
        return effects
    }

    /// Looks at every subject whose time has come, and at those that waited for the budget.
    private mutating func runDue() {
        while let first = deadlines.first, first <= now, let due = deadlines.pop() {
            var wanted = false
            with(due.item) { automaton, state in
                guard state.wake?.ticket == due.ticket else { return }
                wanted = true
                state.wake = nil
                automaton.evaluate(due.item, &state)
            }
            if !wanted { deadlines.skipped() }
        }
        if !waiting.isEmpty { serveWaiting() }
        let subjects = subjects
        deadlines.compact { subjects[$0.item]?.wake?.ticket == $0.ticket }
        waiting.compact { subjects[$0.item]?.place?.ticket == $0.ticket }
    }

    /// Lets subjects through while the budget has room, the most urgent first.
    private mutating func serveWaiting() {
        while true {
            guard let urgency = waiting.first else { return }
            if let refusal = budget.refusal(policy, urgency.priority, at: now) {
                budgetOpens = refusal.until
                return
            }
            budgetOpens = nil
            guard budget.refusalAtOnce(policy) == nil, let next = waiting.pop() else { return }
            var wanted = false
            with(next.item) { automaton, state in
                guard state.place?.ticket == next.ticket else { return }
                wanted = true
                state.place = nil
                automaton.evaluate(next.item, &state)
            }
            if !wanted { waiting.skipped() }
        }
    }

    mutating func nextAttemptID() -> AttemptID {
        attemptCount += 1
        return AttemptID("\(run)-\(attemptCount)")
    }

    /// Lends the state of a subject, and drops it when nothing is left to know.
    mutating func with(_ subject: Subject, _ body: (inout Automaton, inout SubjectState) -> Void) {
        guard let index = subjects.index(forKey: subject) else { return }
        with(index, body)
    }

    /// Lends the state at an index of ``subjects``; the body adds and removes no subject.
    mutating func with(_ index: [Subject: SubjectState].Index, _ body: (inout Automaton, inout SubjectState) -> Void) {
        var state = SubjectState()
        swap(&state, &subjects.values[index])
        body(&self, &state)
        if !state.restorations.isEmpty {
            restorable.insert(subjects.keys[index])
        } else if !restorable.isEmpty {
            restorable.remove(subjects.keys[index])
        }
        if remembers { remember(subjects.keys[index], &state) } else { state.remembered = nil }
        if state.isEmpty {
            if state.isCounted { uncount(subjects.keys[index]) }
            subjects.remove(at: index)
        } else {
            swap(&state, &subjects.values[index])
        }
    }

    /// Lends the subject's state for the outcome of its attempt; an outcome of an attempt that is no longer wanted is ignored.
    private mutating func withAttempt(
        _ id: AttemptID, _ body: (inout Automaton, inout SubjectState) -> Void,
        restoration: (inout Automaton, inout SubjectState) -> Void = { _, _ in }
    ) {
        guard let subject = attemptSubjects[id] else { return }
        with(subject) { automaton, state in
            if state.attempt?.id == id {
                body(&automaton, &state)
            } else if state.restoring?.id == id {
                restoration(&automaton, &state)
            } else {
                return
            }
            automaton.evaluate(subject, &state)
        }
    }

    mutating func reconsider() {
        for subject in subjects.keys.sorted() {
            with(subject) { automaton, state in automaton.evaluate(subject, &state) }
        }
    }

    /// Whether this run of the program made the attempt.
    func isOwn(_ attempt: AttemptID) -> Bool { attempt.text.hasPrefix(run + "-") }

    func describe(_ incident: IncidentState, _ subject: Subject) -> Incident {
        Incident(
            key: IncidentKey(rule: incident.rule, subject: subject), detectedAt: incident.detectedAt, priority: incident.priority,
            finding: incident.finding, cause: cause(incident), attempts: incident.attempts)
    }

    mutating func tell(_ incident: IncidentState, _ subject: Subject, _ kind: IncidentChange.Kind, at: Instant? = nil) {
        effects.append(.incident(IncidentChange(describe(incident, subject), kind, at: at ?? now)))
    }
}

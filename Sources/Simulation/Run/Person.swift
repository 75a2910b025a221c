import AutomatonCore
import Engine

/// The people who talk to the automaton: they ask for quiet, lift it, and confirm plans; some plans nobody confirms.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class Person: @unchecked Sendable {
    private unowned let stage: Stage
    private var asked = 0
    /// What they asked for and did not lift.
    private var wanted: [Suspension] = []
    /// They take nothing back any more.
    private var isContent = false
    /// Rules that stepped down, as far as they were told.
    private var down: Set<String> = []

    /// How often somebody asks again who was not heard.
    private static let patience = 5

    init(_ stage: Stage) { self.stage = stage }

    private var time: VirtualTime { stage.time }

    /// Asks for quiet, and lifts it after a while where that is said.
    func suspend(_ kind: Suspension.Kind, _ scope: Scope, for length: Duration, liftedAfter: Duration?) {
        asked += 1
        var suspension = Suspension(
            id: "\(kind.rawValue)-\(asked)", kind: kind, at: time.now, until: time.now + length, by: "anna", why: "simulated")
        switch scope {
        case .everything: break
        case .rule(let index):
            let names = Variant.rules(0, databases: stage.world.databases.map(\.name)).map(\.name)
            suspension.rule = names[index % names.count]
        case .subject(let index):
            let subject = stage.world.workload(index).subject
            suspension.subject = SubjectFilter(kind: subject.kind, namespace: subject.namespace, name: subject.name)
        }
        wanted.append(suspension)
        tell(suspension)
        if let liftedAfter { time.after(liftedAfter) { [weak self] in self?.lift(suspension) } }
    }

    private func tell(_ suspension: Suspension) {
        let lost = stage.distortion.suspension(suspension) == nil
        askLeader(Self.patience) { [weak self] in
            self?.isWanted(suspension) ?? false
        } question: { engine in
            if !lost { try await engine.suspend(suspension) }
            return true
        } heard: { [weak self] run in
            self?.stage.world.heed(.suspended(run, suspension))
        }
    }

    private func isWanted(_ suspension: Suspension) -> Bool { wanted.contains { $0.id == suspension.id } }

    private func lift(_ suspension: Suspension) {
        guard isWanted(suspension) else { return }
        wanted.removeAll { $0.id == suspension.id }
        stage.world.heed(.lifted(suspension.id))
        askLeader(Self.patience) {
            true
        } question: { engine in
            _ = try await engine.lift(suspension.id)
            return true
        } heard: { _ in
        }
    }

    /// All is well again: nothing is to stay quiet.
    func calm() {
        isContent = true
        for suspension in wanted { lift(suspension) }
        for rule in down.sorted() { reinstate(rule, Self.patience) }
    }

    /// A rule only tells from now on; somebody lets it act again, sooner or later.
    func hear(of rule: String) {
        down.insert(rule)
        var chance = Chance(stage.world.seed, "reinstatement", rule, time.now.rfc3339Micro)
        time.after(chance.within(Duration.minutes(10) ... .hours(3))) { [weak self] in self?.reinstate(rule, 1) }
    }

    private func reinstate(_ rule: String, _ tries: Int) {
        askLeader(tries) {
            true
        } question: { engine in
            try await engine.reinstate(rule)
        } heard: { _ in
        }
    }

    /// A plan waits to be confirmed. Of some incidents nobody takes care.
    func read(_ incident: Incident) {
        var chance = Chance(stage.world.seed, "approval", incident.key.description, time.now.rfc3339Micro)
        guard chance.percent(60) else { return }
        time.after(chance.within(Duration.seconds(20) ... .minutes(28))) { [weak self] in self?.confirm(incident.key) }
    }

    /// Something was changed. Few of it is taken back by hand, soon or late.
    func hear(of attempt: AttemptID, _ incident: Incident) {
        var chance = Chance(stage.world.seed, "regret", attempt.text)
        guard chance.percent(4) else { return }
        let id = IncidentID(incident.key, detectedAt: incident.detectedAt)
        time.after(chance.within(Duration.seconds(5) ... .hours(2))) { [weak self] in self?.takeBack(attempt, in: id, of: incident.key) }
    }

    private func takeBack(_ attempt: AttemptID, in id: IncidentID, of key: IncidentKey) {
        guard !isContent else { return }
        let remembers = stage.features.journal
        askLeader(1) {
            true
        } question: { engine in
            guard let reversal = try await engine.takeBack(attempt, in: id, by: "anna"), reversal.refusal == nil else { return false }
            // What could not be written down the next run need not know.
            let forgets = await engine.forgets
            return !remembers || forgets == nil
        } heard: { [weak self] run in
            self?.stage.world.heed(.objected(run, key))
        }
    }

    private func confirm(_ key: IncidentKey) {
        askLeader(1) {
            true
        } question: { engine in
            if case .confirmed = try await engine.approve(key, by: "anna") { true } else { false }
        } heard: { [weak self] run in
            self?.stage.world.heed(.confirmed(run, key))
        }
    }

    /// Asks every process; of those that agree on a leader, the one that leads answers. When none does, asks again a minute later.
    private func askLeader(
        _ tries: Int, while isWanted: @escaping @Sendable () -> Bool, question: @escaping @Sendable (Engine) async throws -> Bool,
        heard: @escaping @Sendable (RunName) -> Void
    ) {
        guard tries > 0, isWanted() else { return }
        let instances = stage.instances
        let poll = Poll(open: instances.count)
        let again: @Sendable () -> Void = { [weak self] in
            guard let self else { return }
            self.time.after(.minutes(1)) { [weak self] in
                self?.askLeader(tries - 1, while: isWanted, question: question, heard: heard)
            }
        }
        if instances.isEmpty { return again() }
        for instance in instances {
            let run = instance.run
            instance.ask(question) { said in
                if said == true { heard(run) }
                if poll.take(said) { again() }
            }
        }
    }

    /// Who was asked, and whether anybody answered.
    ///
    /// `@unchecked Sendable`: everything happens on the simulation's thread.
    private final class Poll: @unchecked Sendable {
        private var open: Int
        private var isAnswered = false

        init(open: Int) { self.open = open }

        /// Takes an answer; true when it was the last, and nobody answered.
        func take(_ answer: Bool?) -> Bool {
            open -= 1
            isAnswered = isAnswered || answer != nil
            return open == 0 && !isAnswered
        }
    }
}

extension Suspension {
    /// What it is about, for people.
    var reach: String { [rule.map { "rule \($0)" }, subject.map { "\($0)" }].compactMap { $0 }.first ?? "everything" }
}

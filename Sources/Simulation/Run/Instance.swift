import AutomatonCore
import Engine
import Store

/// One run of one process of the automaton: the real engine on a lane of its own, wired to the world.
///
/// The only place that makes an engine.
final class Instance {
    let run: RunName
    let lane: Lane
    let wire: Wire
    private let engine: Engine
    private let ear: Ear
    private let leadership: Leadership?
    private let distortion: Distortion
    /// By how much its wall clock is wrong.
    let skew: Duration
    private var root: Task<Void, Never>?
    private let limits = LimitsInForce()

    /// The limits that plugins read.
    ///
    /// `@unchecked Sendable`: everything happens on the simulation's thread.
    private final class LimitsInForce: @unchecked Sendable {
        var value = SafetyPolicy()
    }

    /// - Parameters:
    ///   - skew: by how much its wall clock is wrong.
    ///   - trace: takes what it tells its observers.
    ///   - journal: what all runs share; nil for none.
    ///   - isElected: whether it acts only while it leads.
    init(
        _ run: RunName, wire: Wire, skew: Duration, journal: SQLiteJournal?, isElected: Bool,
        trace: @escaping (EngineEvent, Instant) -> Void
    ) throws {
        let world = wire.world
        let clock = Self.clock(wire, skew: skew)
        self.run = run
        self.wire = wire
        self.skew = skew
        distortion = wire.distortion
        lane = Lane(world.time)
        ear = Ear(wire, trace: trace)
        var environment = Environment(pods: wire, workloads: wire, limits: { [limits] in limits.value }, now: clock.now)
        let ports = BoundPorts(wire, attempt: nil)
        environment.consumerGroups = wire
        environment.sessions = ports
        environment.volumes = wire
        environment.files = ports
        environment.memories = wire
        environment.sleep = clock.sleep
        let kept = KeptFixes(wire.distortion)
        environment.fixes = kept
        let candidate = Candidate()
        leadership =
            isElected ? Leadership(try Self.election(run), leases: wire, clock: Self.clock(wire, skew)) { await candidate.take($0) } : nil
        let gate = wire.distortion.everybodyLeads ? nil : leadership?.gate
        engine = Engine(
            environment: environment, clock: clock, observers: [ear], run: run.description,
            journal: journal.map { wire.distortion.journal(WitnessedJournal(SQLiteJournal(sharing: $0), wire)) },
            isElected: isElected && !wire.distortion.everybodyLeads,
            mayWrite: { gate?.mayWrite() ?? true })
        (candidate.engine, candidate.isDeaf) = (engine, wire.distortion.everybodyLeads)
        kept.engine = engine
        world.heed(.started(run, skew: skew))
    }

    /// What the engine keeps, for its own plugins. The engine is made after the environment that it gives them.
    ///
    /// `@unchecked Sendable`: everything happens on the simulation's thread.
    private final class KeptFixes: Fixes, @unchecked Sendable {
        weak var engine: Engine?
        private let distortion: Distortion

        init(_ distortion: Distortion) { self.distortion = distortion }

        func read() async throws(PortError) -> [Fix] {
            do {
                return distortion.fixes(try await engine?.keptFixes() ?? [])
            } catch {
                throw .unavailable("\(error)", retryAfter: nil)
            }
        }
    }

    /// Tells the engine who leads. The engine is made after the election, whose gate it asks.
    ///
    /// `@unchecked Sendable`: everything happens on the simulation's thread.
    private final class Candidate: @unchecked Sendable {
        var engine: Engine?
        var isDeaf = false

        func take(_ state: LeadershipState) async {
            guard !isDeaf else { return }
            await engine?.lead(state.isLeading, "\(state)")
        }
    }

    /// Four times client-go's, so that a simulation does not consist of renewals.
    static let lease: Duration = .seconds(60)

    private static func election(_ run: RunName) throws -> Election.Settings {
        try Election.Settings(
            name: "self-healing-automaton", namespace: "shop", identity: run.description, lease: Self.lease,
            renewDeadline: .seconds(40), retry: .seconds(10))
    }

    private static func clock(_ wire: Wire, _ skew: Duration) -> LeadershipClock {
        let dice = Dice(Chance(wire.world.seed, "election", wire.run.description))
        let origin = wire.world.time.now
        return LeadershipClock(
            now: { [wire] in wire.world.time.now - origin }, wall: { [wire] in wire.world.time.now + skew },
            sleep: { [wire] in try await wire.sleep($0) }, random: { [dice] in (dice.chance.spread() + 1) / 2 })
    }

    private static func clock(_ wire: Wire, skew: Duration) -> EngineClock {
        let dice = Dice(Chance(wire.world.seed, "jitter", wire.run.description))
        return EngineClock(
            now: { [wire] in wire.world.time.now + skew }, sleep: { [wire] in try await wire.sleep($0) },
            spread: { [dice] in dice.chance.spread() })
    }

    /// `@unchecked Sendable`: everything happens on the simulation's thread.
    private final class Dice: @unchecked Sendable {
        var chance: Chance
        init(_ chance: Chance) { self.chance = chance }
    }

    /// Begins to run.
    func start(variant: Int) throws {
        try configure(variant: variant)
        root = Task(executorPreference: lane) { [engine, leadership] in
            await withTaskGroup { group in
                group.addTask { await engine.run() }
                if let leadership { group.addTask { await leadership.run() } }
            }
        }
    }

    /// Puts other rules and limits in force.
    func configure(variant: Int) throws {
        let databases = wire.world.databases.map(\.name)
        let ruleset = try Variant.ruleset(variant, databases: databases, ear, distortion)
        let policy = distortion.policy(Variant.policy(variant))
        wire.world.heed(.configured(run, Variant.rules(variant, databases: databases), Variant.policy(variant)))
        _ = Task(executorPreference: lane) { [engine, limits] in
            limits.value = policy
            await engine.configure(ruleset, policy: policy, settings: Variant.settings(variant))
        }
    }

    /// A person asks it something by its own interface; the answer is nil when there is none, since it died or does not lead.
    func ask(_ question: @escaping @Sendable (Engine) async throws -> Bool, _ answer: @escaping @Sendable (Bool?) -> Void) {
        _ = Task(executorPreference: lane) { [engine, wire] in
            let said = try? await question(engine)
            answer(wire.isCut ? nil : said)
        }
    }

    /// kill -9: nothing that it does from here on reaches anybody. Its tasks unwind behind the cut.
    func kill() {
        wire.cut()
        wire.world.heed(.killed(run))
        lane.stopCounting()
        lane.thaw()
        root?.cancel()
    }
}

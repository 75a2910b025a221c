import AutomatonCore
import Engine

/// Listens at the door between the plugins and the engine of one run, and passes on what it is told to.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class Ear: EngineObserver, @unchecked Sendable {
    private let wire: Wire
    /// Reports that the engine has not said it took.
    private var pending: [CheckID: [CheckReport]] = [:]
    private let trace: (EngineEvent, Instant) -> Void

    init(_ wire: Wire, trace: @escaping (EngineEvent, Instant) -> Void) {
        self.wire = wire
        self.trace = trace
    }

    /// A check reports.
    func hear(_ report: CheckReport, of check: CheckID) -> CheckReport {
        if !wire.isCut { pending[check, default: []].append(report) }
        return wire.distortion.report(report, wire.world.time.now)
    }

    func applying(_ plan: Plan, _ stamp: Stamp) {
        if !wire.isCut { wire.world.heed(.applying(wire.run, plan, stamp)) }
    }

    func answered(_ attempt: AttemptID, _ error: PortError?) {
        if !wire.isCut { wire.world.heed(.answered(wire.run, attempt, error)) }
    }

    func reverting(_ plan: Plan) {
        if !wire.isCut { wire.world.heed(.reverting(wire.run, plan)) }
    }

    func distort(_ plan: Plan) -> Plan { wire.distortion.plan(plan) }

    /// The ports of an attempt.
    func bind(_ environment: Environment, to attempt: AttemptID) -> Environment {
        var environment = environment
        let ports = BoundPorts(wire, attempt: attempt)
        environment.sessions = ports
        environment.files = ports
        return environment
    }

    func observe(_ event: EngineEvent, at instant: Instant) {
        guard !wire.isCut else { return }
        if case .checked(let check, let outcome, _) = event {
            switch outcome {
            case .ok:
                for report in pending.removeValue(forKey: check) ?? [] { wire.world.heed(.heard(wire.run, check, report)) }
            // What is pending may belong to the next run of the check: after a freeze both end at once.
            case .failed(let why), .waiting(let why): wire.world.heed(.heard(wire.run, check, .blind(why)))
            case .timedOut: wire.world.heed(.heard(wire.run, check, .blind("no answer in time")))
            }
        }
        trace(event, instant)
        switch event {
        // That time passes tells nobody anything, and is most of what is told.
        case .checked, .measured, .iteration, .recorded: break
        default: wire.world.heed(.told(wire.run, event))
        }
    }
}

/// A check as it is, overheard.
struct Overheard<Base: Check>: Check {
    static var name: String { Base.name }
    static var documentation: Documentation { Base.documentation }
    static var vocabulary: Vocabulary { Base.vocabulary }
    static var permissions: [Permission] { Base.permissions }
    var permissions: [Permission] { base.permissions }
    var subjects: Set<Subject.Kind> { base.subjects }
    private let base: Base
    private var ear: (Ear, CheckID)?

    init(_ parameters: Base.Parameters) throws { base = try Base(parameters) }

    init(_ base: Base, _ ear: Ear, as check: CheckID) {
        self.base = base
        self.ear = (ear, check)
    }

    func run(in environment: Environment) async throws -> [Finding] {
        let findings = try await base.run(in: environment)
        guard let (ear, check) = ear, case .complete(let told) = ear.hear(.complete(findings), of: check) else { return findings }
        return told
    }
}

extension Overheard: WatchingCheck where Base: WatchingCheck {
    func watch(in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void) async throws {
        guard let (ear, check) = ear else { return try await base.watch(in: environment, report: report) }
        try await base.watch(in: environment) { await report(ear.hear($0, of: check)) }
    }
}

/// A remediation as it is, overheard.
struct Witnessed<Base: Remediation>: Remediation {
    static var name: String { Base.name }
    static var documentation: Documentation { Base.documentation }
    static var action: String { Base.action }
    static var permissions: [Permission] { Base.permissions }
    private let base: Base
    private var ear: Ear?

    init(_ parameters: Base.Parameters) throws { base = try Base(parameters) }

    init(_ base: Base, _ ear: Ear) {
        self.base = base
        self.ear = ear
    }

    func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        let answer = try await base.plan(for: finding, on: subject, in: environment)
        guard let ear, case .plan(let plan) = answer else { return answer }
        return .plan(ear.distort(plan))
    }

    func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport {
        guard let ear else { return try await base.apply(plan, stamp: stamp, in: environment) }
        ear.applying(plan, stamp)
        do {
            let report = try await base.apply(plan, stamp: stamp, in: ear.bind(environment, to: stamp.attempt))
            ear.answered(stamp.attempt, nil)
            return report
        } catch {
            ear.answered(stamp.attempt, error)
            throw error
        }
    }

    func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        ear?.reverting(plan)
        try await base.revert(plan, in: environment)
    }
}

public import AutomatonCore
import Engine

/// Judges the automaton from outside: by what landed in the world, by what it was told, and by what was really true.
final class Monitor {
    let scene: Scene
    private let invariants: [any Invariant]
    private let time: VirtualTime
    /// What was broken first.
    private(set) var violation: Violation?

    init(_ time: VirtualTime, _ features: Features) {
        self.time = time
        scene = Scene(time, features)
        invariants = [
            NoPodDeleted(), QuietTime(), CapsKept(), BudgetKept(), SightNeeded(), DelayKept(), WritesAreOwn(), RevertsExactly(),
            JournalTellsAll(), OnlyTheLeaderActs(), DryRunWritesNothing(),
            NothingOverwritten(), AutoscalersRespected(), BreakerKept(), StormCalms(), NamespaceShareKept(),
            WishesHeeded(), SuspensionsKept(), MaintenanceKept(), ApprovalNeeded(), ObjectionsHeeded(), EnoughStayReady(),
            ReadsPaced(), OwnersRespected(), FixesAreOwn(), PausedLeftAlone(), InhibitionKept(), RulesStepDown(),
        ]
    }

    func heed(_ fact: Fact) {
        guard violation == nil else { return }
        scene.take(fact)
        for invariant in invariants {
            if let what = invariant.heed(fact, scene) { return fail(type(of: invariant).name, what) }
        }
    }

    func fail(_ invariant: String, _ what: String) {
        if violation == nil { violation = Violation(invariant: invariant, what: what, at: time.now) }
    }

    func conclude() {
        for invariant in invariants where violation == nil {
            if let what = invariant.conclude(scene) { fail(type(of: invariant).name, what) }
        }
    }
}

/// A limit that was broken.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// Which limit.
    public var invariant: String
    /// What happened.
    public var what: String
    /// When, in the simulation's time.
    public var at: Instant

    public var description: String { "\(invariant), at \(at.rfc3339): \(what)" }
}

import AutomatonCore

/// Something that happens to the world or to the automaton, drawn before the run, so that a run that fails can be shortened.
public struct Happening: Hashable, Sendable, CustomStringConvertible {
    /// When, since the beginning.
    public var at: Duration
    var what: What

    public var description: String { "after \(at.readable): \(what)" }

    enum What: Hashable, Sendable {
        /// A workload falls ill; the number says how badly.
        case ailment(Ailment.Kind, of: Int, degree: Int)
        /// A third of all workloads fall ill at once.
        case storm(Ailment.Kind, offset: Int)
        /// `kubectl scale`, by so many.
        case scaled(Int, by: Int)
        /// A person sets the memory limit to so many tenths of what it is.
        case resized(Int, tenths: Int)
        /// `kubectl rollout pause`, for so many minutes.
        case paused(Int, minutes: Int)
        /// `kubectl rollout restart`, by a person.
        case restarted(Int)
        /// Deleted, and made anew under the same name.
        case replaced(Int)
        /// Something between the automaton and the world does not work, in so many of a hundred cases.
        case trouble(Trouble, process: Int, minutes: Int, share: Int)
        /// kill -9, after so many more of its jobs; it is started again.
        case crash(process: Int, jobs: Int, down: Int)
        /// SIGSTOP, and SIGCONT after so many seconds.
        case freeze(process: Int, jobs: Int, seconds: Int)
        /// The wall clock of its node is wrong by so many seconds from the next start on.
        case clock(process: Int, seconds: Int)
        /// Other rules and limits come into force.
        case reload(variant: Int)
        /// A person writes an annotation to a workload, and removes it again after so many minutes.
        case annotated(Int, Annotation, minutes: Int)
        /// A new release, which is well; something else may break the workload right then, and pass.
        case released(Int, isTroubled: Bool)
        /// A person asks the automaton for quiet, with an end, and may lift it earlier.
        case suspended(Suspension.Kind, Scope, minutes: Int, liftedAfter: Int?)
    }
}

/// What a person writes to a workload for the automaton to read.
enum Annotation: String, Hashable, Sendable, CaseIterable {
    case ignore = "mode: ignore"
    case observe = "mode: observe"
    case pausedUntil = "paused-until"
    /// A slip of the pen counts as a no.
    case mistyped = "mode: ingore"
}

/// Of what a person asks for quiet.
enum Scope: Hashable, Sendable {
    case everything
    case rule(Int)
    case subject(Int)
}

/// What may not work between the automaton and the world.
enum Trouble: String, Hashable, Sendable, CaseIterable {
    case apiErrors = "API errors"
    case throttling = "throttling"
    case timeouts = "time-outs with the write done"
    case lateWrites = "time-outs with the write landing late"
    case lostWrites = "time-outs without the write"
    case staleReads = "stale reads"
    case slowness = "slow answers"
    case lostEvents = "lost watch events"
    case doubledEvents = "doubled watch events"
    case brokenWatch = "broken watches"
    case expiredWatch = "expired watches (410)"
    case silentWatch = "watches that fall silent"
    case unknownData = "figures that cannot be read"
    case journalDown = "journal unavailable"
    case journalFull = "journal full"
    case journalSlow = "journal slow"
}

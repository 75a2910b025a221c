import SeededRandom
import AutomatonCore

/// What the controllers of a world share beside the store.
struct Scene: Sendable {
    var pace: Pace
    var dependents = Dependents()
    var queue = WorkQueue()
    var agenda = Agenda<WorkItem>()
    var recorder = EventRecorder()
    var nodes = NodeLedger()
    var random: SplitMix64
}

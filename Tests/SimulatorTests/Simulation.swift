import AutomatonCore
import Simulator

/// A world in virtual time.
struct Simulation {
    static let beginning = Instant(seconds: 1_790_000_000)

    var store: Store
    var world: World
    var now = Simulation.beginning
    private var wake: Instant?

    init(nodes: [SimulatedNode] = SimulatedNode.several(3), timeScale: Double = 1, seed: UInt64 = 1) {
        store = Store(seed: seed, logCapacity: 200_000)
        world = World(.init(nodes: nodes, timeScale: timeScale, seed: seed))
        settle()
    }

    /// Lets the controllers look at what changed.
    mutating func settle() {
        wake = world.reconcile(&store, at: now)
    }

    /// Changes the store, as a client would.
    mutating func write(_ body: (inout Store, Instant) throws -> Void) rethrows {
        try body(&store, now)
        settle()
    }

    /// Lets time pass, from one due instant to the next.
    mutating func run(for duration: Duration) { run(for: duration) { _, _ in false } }

    /// Lets time pass until a condition holds.
    ///
    /// - Returns: whether it came to hold.
    @discardableResult
    mutating func run(for duration: Duration, until condition: (borrowing Store) -> Bool) -> Bool {
        run(for: duration) { store, _ in condition(store) }
    }

    /// Lets time pass until a condition holds, which is told the instant too.
    @discardableResult
    mutating func run(for duration: Duration, watching condition: (borrowing Store, Instant) -> Bool) -> Bool {
        let end = now + duration
        if condition(store, now) { return true }
        while let due = wake, due <= end {
            now = max(now, due)
            settle()
            if condition(store, now) { return true }
        }
        now = end
        return false
    }

    func deployment(_ name: WorkloadName) -> StoredObject? { store.get(.deployments, namespace: name.namespace, name: name.name) }

    func pods(of name: WorkloadName) -> [StoredObject] {
        store.list(.pods, namespace: name.namespace).filter { $0.labels["app"] == name.name }
    }

    /// The distinct states that a pod's first container went through, in order: state, reason, exit code, restarts, last death.
    func history(ofPod name: String, in namespace: String) -> [String] {
        var lines: [String] = []
        for event in (try? store.changes(after: 1000, of: .pods)) ?? []
        where event.object.name == name && event.object.namespace == namespace && event.change != .deleted {
            guard let status = event.object["status", "containerStatuses", 0] else { continue }
            let line = Self.line(status)
            if lines.last != line { lines.append(line) }
        }
        return lines
    }

    static func line(_ status: JSON) -> String {
        let state = status["state"]?.object?.first(where: { _ in true })
        var line = state?.key ?? "none"
        if let reason = state?.value["reason"]?.string { line += " \(reason)" }
        if let code = state?.value["exitCode"]?.int { line += " \(code)" }
        line += ", restarts \(status["restartCount"]?.int ?? -1)"
        if let last = status["lastState", "terminated", "reason"]?.string { line += ", last \(last)" }
        return line + (status["ready"]?.bool ?? false ? ", ready" : "")
    }
}

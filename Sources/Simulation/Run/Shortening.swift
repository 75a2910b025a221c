import AutomatonCore

/// Leaves out of what happens in a simulation all that a violation does not need (Zeller: delta debugging).
public struct Shortening: Sendable {
    /// What is left.
    public private(set) var script: [Happening]
    /// How it ends, with a trace.
    public private(set) var outcome: Outcome
    /// Simulations that were run for it.
    public private(set) var tries = 0

    /// The most simulations that one shortening runs.
    private static let mostTries = 400

    /// Shortens a simulation that breaks a limit; nil for one that does not.
    public init?(of simulation: Simulation) { self.init(of: simulation, distortion: Distortion()) }

    init?(of simulation: Simulation, distortion: Distortion) {
        let whole = simulation.script
        guard let first = simulation.play(whole, distortion: distortion).violation else { return nil }
        func isSame(_ script: [Happening]) -> Bool {
            simulation.play(script, distortion: distortion).violation?.invariant == first.invariant
        }
        // What was to happen later than the violation did not happen.
        var script = whole.filter { Stage.beginning + $0.at <= first.at }
        var tries = 1
        var size = max(1, script.count / 2)
        while size > 0, tries < Self.mostTries {
            var start = 0
            while start < script.count, tries < Self.mostTries {
                var shorter = script
                shorter.removeSubrange(start..<min(start + size, script.count))
                tries += 1
                if isSame(shorter) { script = shorter } else { start += size }
            }
            size /= 2
        }
        self.script = script
        self.tries = tries
        outcome = simulation.play(script, distortion: distortion, isTracing: true)
    }

    /// For people: what has to happen, what is broken then, and what was seen before.
    public var report: String {
        var lines = ["\(script.count) happenings are left after \(tries) tries:"]
        lines += script.map { "  \($0)" }
        lines.append(outcome.violation.map { "break: \($0)" } ?? "break nothing any more")
        lines.append("The end of the trace:")
        lines += outcome.trace.filter { !$0.contains(": checked ") && !$0.contains(": iteration ") }.suffix(40).map { "  \($0)" }
        return lines.joined(separator: "\n")
    }
}

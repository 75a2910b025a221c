/// Runs the automaton against a simulated world: the real core, engine, checks and remediations, in virtual time.
///
/// The same seed gives the same history, event for event, in every process.
public struct Simulation: Sendable {
    /// From which all is drawn.
    public var seed: UInt64
    /// Virtual hours in which things go wrong; after them come some in which they do not.
    public var hours: Int
    /// Whether runs may have a journal, and elect a leader; else they have the stamps on the objects alone.
    public var remembers: Bool

    /// Makes a simulation.
    public init(seed: UInt64, hours: Int, remembers: Bool = true) {
        self.seed = seed
        self.remembers = remembers
        self.hours = hours
    }

    /// What will happen in it.
    public var script: [Happening] { Script.draw(seed, hours: hours, processes: Scenario(seed: seed).features.processes) }

    /// Runs it on this thread.
    /// - Parameter isTracing: whether a line is kept of everything that happens.
    public func run(isTracing: Bool = false) -> Outcome { play(script, isTracing: isTracing) }

    func play(_ script: [Happening], distortion: Distortion = Distortion(), isTracing: Bool = false) -> Outcome {
        Stage(Scenario(seed: seed, remembers: remembers), distortion: distortion, isTracing: isTracing).play(script, hours: hours)
    }
}

import AutomatonCore
import Engine

/// A place where the automaton runs: what dies there is started again, as a Deployment does it.
final class Process {
    let index: Int
    let troubles = Troubles()
    private(set) var instance: Instance?
    private var runs = 0
    private var isFrozen = false
    /// How wrong its node's wall clock is; a run reads it as it starts.
    var skew: Duration = .zero
    private unowned let simulation: Stage

    init(_ index: Int, _ simulation: Stage) {
        self.index = index
        self.simulation = simulation
    }

    private var world: World { simulation.world }

    func start() {
        guard instance == nil else { return }
        runs += 1
        let run = RunName(process: index, number: runs)
        let wire = Wire(
            run, world, troubles, simulation.distortion, struck: { [weak simulation] in simulation?.struck($0) },
            note: { [weak simulation] text in simulation?.trace(text) })
        let instance: Instance
        do {
            instance = try Instance(
                run, wire: wire, skew: skew, journal: simulation.journal, isElected: simulation.features.leadership
            ) { [weak simulation] event, instant in simulation?.trace(run, event, at: instant) }
        } catch {
            return simulation.monitor.fail("the simulation's own election", "\(error)")
        }
        self.instance = instance
        simulation.trace("\(run) starts, its clock is \(skew.readable) wrong")
        do { try instance.start(variant: simulation.variant) } catch { simulation.monitor.fail("the simulation's own rules", "\(error)") }
    }

    func reload() {
        do { try instance?.configure(variant: simulation.variant) } catch {
            simulation.monitor.fail("the simulation's own rules", "\(error)")
        }
    }

    /// Dies after so many of its jobs, and is started again after a while.
    func crash(jobs: Int, down: Duration) {
        guard let instance, !isFrozen else { return }
        instance.lane.after(jobs: jobs) { [weak self] in self?.die(instance, down: down) }
    }

    private func die(_ dying: Instance, down: Duration) {
        guard instance === dying else { return }
        simulation.trace("\(dying.run) is killed")
        instance = nil
        isFrozen = false
        dying.kill()
        world.time.after(down) { [weak self] in self?.start() }
    }

    func freeze(jobs: Int, for wait: Duration) {
        guard let instance, !isFrozen else { return }
        instance.lane.after(jobs: jobs) { [weak self] in
            guard let self, self.instance === instance, !self.isFrozen else { return }
            self.isFrozen = true
            self.simulation.trace("\(instance.run) is frozen")
            self.world.heed(.froze(instance.run))
            instance.lane.freeze()
            self.world.time.after(wait) { [weak self] in self?.thaw(instance) }
        }
    }

    private func thaw(_ frozen: Instance) {
        guard isFrozen, instance === frozen else { return }
        isFrozen = false
        simulation.trace("\(frozen.run) goes on")
        world.heed(.thawed(frozen.run))
        frozen.lane.thaw()
    }

    /// Everything ends.
    func end() {
        instance?.kill()
        instance = nil
    }
}

/// Runs the tasks of one process of the automaton on the simulation's thread. It can be frozen, as SIGSTOP does.
///
/// Default actors that its tasks call run here, too (SE-0417), and so do child tasks.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread; ``VirtualTime/enqueue(_:on:)`` sees to it.
final class Lane: TaskExecutor, @unchecked Sendable {
    private let time: VirtualTime
    private var isFrozen = false
    /// What is to be run when it thaws.
    private var backlog: [UnownedJob] = []
    /// Jobs until ``whenCounted`` is called; nil when nobody waits for it.
    private var countdown: Int?
    private var whenCounted: () -> Void = {}

    init(_ time: VirtualTime) { self.time = time }

    func enqueue(_ job: consuming ExecutorJob) { time.enqueue(UnownedJob(job), on: self) }

    func run(_ job: UnownedJob) {
        if isFrozen { return backlog.append(job) }
        job.runSynchronously(on: asUnownedTaskExecutor())
        guard let left = countdown else { return }
        if left > 0 {
            countdown = left - 1
        } else {
            let action = whenCounted
            stopCounting()
            action()
        }
    }

    /// Has something done when so many jobs have run.
    func after(jobs: Int, _ action: @escaping () -> Void) {
        countdown = jobs
        whenCounted = action
    }

    /// What waited for a count would keep its process alive.
    func stopCounting() {
        countdown = nil
        whenCounted = {}
    }

    /// Nothing of it runs any more until it thaws.
    func freeze() { isFrozen = true }

    /// Goes on where it was frozen.
    func thaw() {
        isFrozen = false
        for job in backlog { time.enqueue(job, on: self) }
        backlog = []
    }
}

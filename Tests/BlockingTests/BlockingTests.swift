import Dispatch

/// Where the tests run that start processes and wait for them: a queue of their own, since whoever blocks a thread of the cooperative pool
/// holds up every other test.
@globalActor public actor BlockingTests {
    public static let shared = BlockingTests()
    private let executor = QueueExecutor()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
}

private final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "blocking tests")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

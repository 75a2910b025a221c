import Dispatch

/// Runs an actor on a queue of its own, for calls that may block.
package final class FileExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// - Parameter name: of the queue, for debuggers.
    package init(_ name: String) { queue = DispatchQueue(label: name) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}

import Glibc
import Threads

/// A serial executor that is one thread of its own: librdkafka's calls block, and must not hold up the others' tasks.
///
/// The thread ends when the executor is released, after the last job.
final class PinnedThread: SerialExecutor {
    private let queue = JobQueue()

    /// Starts the thread.
    /// - Throws: `NoThread` when the system has none left.
    init() throws(NoThread) { try OwnThread.start { [queue] in queue.run() } }

    deinit { queue.close() }

    func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job), on: self) }
}

/// The jobs that wait for a thread.
///
/// `@unchecked Sendable`: `jobs` and `isClosed` are touched with the mutex held.
private final class JobQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Each holds its executor, which its own last job may otherwise release while it runs.
    private var jobs: [(job: UnownedJob, executor: PinnedThread)] = []
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func add(_ job: UnownedJob, on executor: PinnedThread) {
        pthread_mutex_lock(mutex)
        jobs.append((job, executor))
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Body of the thread.
    func run() {
        while let batch = next() {
            for (job, executor) in batch { job.runSynchronously(on: executor.asUnownedSerialExecutor()) }
        }
    }

    private func next() -> [(job: UnownedJob, executor: PinnedThread)]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(condition, mutex)
        }
        defer { jobs = [] }
        return jobs
    }
}

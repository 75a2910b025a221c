import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Time that passes only when nothing is left to do: one thread runs every job, first come first served, and when none is ready the clock
/// jumps to the next timer.
///
/// All of a simulation lives on the thread that made it: the automatons' tasks by their ``Lane``, the world by its timers.
final class VirtualTime {
    /// The true time, which nobody in the simulation knows exactly.
    private(set) var now: Instant
    /// Jobs and timers that ran.
    private(set) var steps: UInt64 = 0
    /// So many jobs ran without any time passing that it will not end by itself.
    private(set) var isStalled = false

    private var ready: [(job: UnownedJob, lane: Lane)] = []
    private var head = 0
    private var timers = TimerQueue()
    private let thread = pthread_self()

    /// Jobs at one instant before it counts as a stall.
    private static let patience = 2_000_000

    init(at start: Instant) { now = start }

    /// Has a closure run later, on this thread.
    func after(_ wait: Duration, _ action: @escaping () -> Void) { timers.insert(action, at: now + max(wait, .zero)) }

    /// Has a closure run at an instant, at once if that is over.
    func at(_ instant: Instant, _ action: @escaping () -> Void) { timers.insert(action, at: max(instant, now)) }

    /// Nothing waits any more: what timers hold would hold this one, too.
    func forgetTimers() { timers = TimerQueue() }

    /// Takes a job of a lane.
    func enqueue(_ job: UnownedJob, on lane: Lane) {
        // Anything that came from elsewhere would make the order a matter of chance.
        precondition(pthread_equal(thread, pthread_self()) != 0, "a job escaped virtual time: it was enqueued by another thread")
        ready.append((job, lane))
    }

    /// Runs until nothing is left to do before `end`, or until it is told to stop.
    func run(until end: Instant, unless isOver: () -> Bool) {
        var jobs = 0
        while !isOver() {
            if head < ready.count {
                let (job, lane) = ready[head]
                head += 1
                if head == ready.count {
                    ready.removeAll(keepingCapacity: true)
                    head = 0
                }
                lane.run(job)
                jobs += 1
                steps += 1
                if jobs > Self.patience {
                    isStalled = true
                    return
                }
            } else if let next = timers.first, next <= end, let action = timers.pop() {
                if next > now { jobs = 0 }
                now = max(now, next)
                steps += 1
                action()
            } else {
                now = end
                return
            }
        }
    }
}

/// The timers, by time, those of the same time in the order in which they were set.
struct TimerQueue {
    private struct Entry {
        var at: Int64
        var order: UInt64
        var action: () -> Void

        func comesBefore(_ other: Entry) -> Bool { at != other.at ? at < other.at : order < other.order }
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var first: Instant? { heap.first.map { Instant(microseconds: $0.at) } }

    mutating func insert(_ action: @escaping () -> Void, at instant: Instant) {
        order += 1
        heap.append(Entry(at: instant.microseconds, order: order, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].comesBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (() -> Void)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first.action }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let right = left + 1
            let child = right < heap.count && heap[right].comesBefore(heap[left]) ? right : left
            guard heap[child].comesBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first.action
    }
}

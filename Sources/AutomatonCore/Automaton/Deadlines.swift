/// A binary heap of what is due when. An entry that is no longer wanted is skipped when its time comes.
struct Deadlines<Item: Sendable>: Sendable {
    private var heap: [(at: Instant, item: Item)] = []

    /// The earliest time.
    var first: Instant? { heap.first?.at }

    var count: Int { heap.count }

    mutating func insert(_ item: Item, at instant: Instant) {
        heap.append((instant, item))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].at < heap[parent].at else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest entry that is due at `now`.
    mutating func popDue(at now: Instant) -> (at: Instant, item: Item)? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { break }
            let right = left + 1
            let child = right < heap.count && heap[right].at < heap[left].at ? right : left
            guard heap[child].at < heap[parent].at else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first
    }
}

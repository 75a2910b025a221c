import AutomatonCore

/// What the world has to look at again at a later instant: a binary heap, first due first out, and in the order of entry where two
/// are due at the same instant.
struct Agenda<Item: Sendable>: Sendable {
    private struct Entry: Sendable {
        var due: Instant
        var order: UInt64
        var item: Item

        func precedes(_ other: Entry) -> Bool { due != other.due ? due < other.due : order < other.order }
    }

    private var heap: [Entry] = []
    private var entered: UInt64 = 0

    /// When the first item is due; nil when there is none.
    var nextDue: Instant? { heap.first?.due }

    /// Enters an item for an instant.
    mutating func add(_ item: Item, at due: Instant) {
        heap.append(Entry(due: due, order: entered, item: item))
        entered += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first item that is due at `now` or earlier.
    mutating func popDue(at now: Instant) -> Item? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least]) { least = child }
            if least == parent { return first.item }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

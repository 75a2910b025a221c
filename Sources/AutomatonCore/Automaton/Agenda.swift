/// A binary heap of what is to be looked at, by key; entries of the same key in the order in which they came.
///
/// An entry is not searched for when it is no longer wanted: its owner forgets the ticket, counts it with ``unwant()``, and skips it
/// when it comes up. ``compact(_:)`` keeps such entries fewer than the wanted ones.
struct Agenda<Key: Comparable & Sendable, Item: Sendable>: Sendable {
    /// Names an entry.
    typealias Ticket = UInt64

    struct Entry: Sendable {
        let key: Key
        let ticket: Ticket
        let item: Item

        static func < (lhs: Entry, rhs: Entry) -> Bool { lhs.key != rhs.key ? lhs.key < rhs.key : lhs.ticket < rhs.ticket }
    }

    private var heap: [Entry] = []
    private var tickets: Ticket = 0
    private var unwanted = 0

    var isEmpty: Bool { heap.isEmpty }
    var count: Int { heap.count }

    /// The earliest key, wanted or not.
    var first: Key? { heap.first?.key }

    mutating func insert(_ item: Item, at key: Key) -> Ticket {
        tickets += 1
        heap.append(Entry(key: key, ticket: tickets, item: item))
        siftUp(from: heap.count - 1)
        return tickets
    }

    /// Takes out the earliest entry.
    mutating func pop() -> Entry? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown(from: 0)
        }
        return first
    }

    /// One of the entries is no longer wanted.
    mutating func unwant() { unwanted += 1 }

    /// An unwanted entry came up and is gone.
    mutating func skipped() { unwanted -= 1 }

    /// Drops unwanted entries when they are the greater part.
    mutating func compact(_ isWanted: (Entry) -> Bool) {
        guard unwanted > 64, unwanted > heap.count / 2 else { return }
        heap.removeAll { !isWanted($0) }
        unwanted = 0
        for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(from: index) }
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from index: Int) {
        var parent = index
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right] < heap[left] ? right : left
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}

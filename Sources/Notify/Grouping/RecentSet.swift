/// A set that keeps the last that came.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let most: Int
    private var members: Set<Element> = []
    /// Oldest first; may hold what was removed since.
    private var order: [Element] = []

    init(most: Int) { self.most = most }

    func contains(_ element: Element) -> Bool { members.contains(element) }

    mutating func insert(_ element: Element) {
        guard members.insert(element).inserted else { return }
        order.append(element)
        // Half at once, so that it costs little on average.
        guard order.count > 2 * most else { return }
        for old in order.prefix(order.count - most) { members.remove(old) }
        order.removeFirst(order.count - most)
    }

    mutating func remove(_ element: Element) {
        guard members.remove(element) != nil else { return }
        order.removeAll { $0 == element }
    }
}

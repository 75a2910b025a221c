import AutomatonCore

/// The restarts of a pod in the window. Bounded: restarts close to each other share an entry.
struct RestartLog: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        var at: Instant
        var count: Int
    }

    private var entries: [Entry] = []

    /// Restarts that are still in the window, as of the last ``expire(at:window:)``.
    private(set) var total = 0

    /// When the oldest leaves the window; nil when there is none.
    func nextExpiry(window: Duration) -> Instant? { entries.first.map { $0.at + window } }

    /// Counts restarts. Those within a sixtieth of the window are taken together, and leave it together.
    mutating func record(_ count: Int, at now: Instant, window: Duration) {
        total += count
        if let last = entries.indices.last, now - entries[last].at < window / 60 {
            entries[last].count += count
        } else {
            entries.append(Entry(at: now, count: count))
        }
    }

    /// Drops what has left the window. True when something did.
    mutating func expire(at now: Instant, window: Duration) -> Bool {
        guard let keep = entries.firstIndex(where: { $0.at + window > now }) ?? (entries.isEmpty ? nil : entries.count), keep > 0 else {
            return false
        }
        for entry in entries[..<keep] { total -= entry.count }
        entries.removeFirst(keep)
        return true
    }
}

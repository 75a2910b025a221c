import AutomatonCore

/// How a group moves on a partition: Burrow's word.
public enum PartitionStatus: Int, Hashable, Comparable, Sendable, CaseIterable {
    /// It keeps up, or has caught up within the window, or is not known for long enough.
    case ok
    /// It moves, but its lag never shrank in the window.
    case warn
    /// It has stopped: behind, and nobody can be committing.
    case stop
    /// It does not move, though it is behind.
    case stall
    /// It went back and has not come to where it was.
    case rewind

    /// The reason code.
    var code: String {
        switch self {
        case .ok: "OK"
        case .warn: "WARN"
        case .stop: "STOP"
        case .stall: "STALL"
        case .rewind: "REWIND"
        }
    }

    public static func < (lhs: PartitionStatus, rhs: PartitionStatus) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The last observations of one partition, and what they say.
///
/// The rules are Burrow's (LinkedIn), in this order:
/// 1. No lag now: OK.
/// 2. The last commit is older than the window: STOP.
/// 3. The offset went back in the window, and is still below where it was: REWIND.
/// 4. There was lag all through the window: the same offset all the time is STALL, lag that never shrank is WARN.
/// 5. Otherwise OK.
///
/// Burrow sees each commit as it is written; offsets that are read from time to time do not show a commit that does not move. So the
/// window is the last ten observations, a commit counts as seen when it moved, and rule 2 holds only where the broker says that the
/// group has no members: then nobody commits. Otherwise the members may be committing the same offset over and over, which is a STALL.
/// Rules 2 and 4 need a whole window.
struct PartitionHistory: Hashable {
    /// One observation.
    struct Entry: Hashable {
        var at: Instant
        var committed: Int64
        var lag: Int64
    }

    /// Observations that are kept.
    static let length = 10

    /// Oldest first; at most `length`.
    private(set) var window: [Entry] = []
    /// When the committed offset was first seen to be what it is.
    private(set) var movedAt: Instant = .epoch
    /// Whether the observation before the last one had the same offset.
    private(set) var isUnmoved = false

    /// Takes an observation.
    mutating func observe(_ committed: Int64, lag: Int64, at now: Instant) {
        isUnmoved = window.last?.committed == committed
        if !isUnmoved { movedAt = now }
        if window.count == Self.length { window.removeFirst() }
        window.append(Entry(at: now, committed: committed, lag: lag))
    }

    /// What the window says. `hasMembers` is nil where the broker does not tell.
    func status(hasMembers: Bool?) -> PartitionStatus {
        guard let first = window.first, let last = window.last, last.lag > 0 else { return .ok }
        let isWhole = window.count == Self.length
        if isWhole, hasMembers == false, last.at - movedAt > last.at - first.at { return .stop }
        if last.committed < window.reduce(first.committed, { max($0, $1.committed) }) { return .rewind }
        guard isWhole, window.allSatisfy({ $0.lag > 0 }) else { return .ok }
        if window.allSatisfy({ $0.committed == last.committed }) { return .stall }
        return zip(window, window.dropFirst()).allSatisfy { $0.lag <= $1.lag } ? .warn : .ok
    }

    /// Whether it is behind and has not moved since the last observation; nor for a time in which a consumer would have committed
    /// twice (`auto.commit.interval.ms` is 5 s), so that frequent observations do not take every pause for a stand-still.
    var hasPersistentLag: Bool {
        guard let last = window.last, isUnmoved, last.lag > 0 else { return false }
        return last.at - movedAt >= .seconds(10)
    }
}

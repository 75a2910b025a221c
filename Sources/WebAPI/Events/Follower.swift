internal import AutomatonCore
internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// How long a follower waits for what.
struct FollowerPace: Hashable, Sendable {
    /// A comment goes out after so long without a change, so that proxies keep the connection, and it is noticed when nobody is there.
    var heartbeat: Duration = .seconds(15)
    /// Who takes nothing for so long is let go.
    var stalled: Duration = .seconds(60)
    /// So often it is asked, at a heartbeat, whether the follower may still read.
    var review: Duration = .seconds(60)
    /// When nobody could say so for so long, it is let go.
    var unreviewed: Duration = .minutes(5)
}

/// Somebody who follows the changes, over one connection.
final class Follower: Sendable {
    /// Nobody takes what is sent.
    struct Stalled: Error {}

    /// Unchecked: one task writes, and has ended when its parent does.
    private final class Lent: @unchecked Sendable {
        var writer: any ResponseBodyWriter

        init(_ writer: any ResponseBodyWriter) { self.writer = writer }
    }

    private let feed: ChangeFeed
    private let place: ChangeFeed.Place
    private let seen: String?
    private let pace: FollowerPace
    private let mayStay: @Sendable () async -> Bool?
    /// Since when a write waits to be taken; nil while none does.
    private let writingSince = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - seen: the last event that it had, as it says (`Last-Event-ID`); nil for one that is new.
    ///   - mayStay: whether it may still read; nil when nobody can say now.
    init(
        _ feed: ChangeFeed, _ place: ChangeFeed.Place, seen: String?, pace: FollowerPace, mayStay: @escaping @Sendable () async -> Bool?
    ) {
        self.mayStay = mayStay
        self.feed = feed
        self.place = place
        self.seen = seen
        self.pace = pace
    }

    /// Also when the body is never asked for.
    deinit { leave() }

    /// It is gone: the news end.
    func leave() { feed.leave(place) }

    /// Sends the changes until it is gone, takes nothing for too long, or the feed is over.
    func serve(_ writer: inout any ResponseBodyWriter) async throws {
        let lent = Lent(writer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.send { try await lent.writer.write($0) }
                try await lent.writer.finish(nil)
            }
            group.addTask { try await self.watch() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func send(_ write: (ByteBuffer) async throws -> Void) async throws {
        var last = feed.last
        // How long a browser waits before it comes back, in milliseconds.
        var text = "retry: 2000\n"
        if let seen {
            if let known = feed.place(of: seen) { last = known } else { text += Self.reset }
        }
        try await timed(write, "\(text)id: \(feed.run)-\(last)\n\n")
        // What it missed waits for no news.
        if last < feed.last { place.wake() }
        for await _ in place.news {
            var page = feed.page(after: last)
            var isNews = false
            while page.last > last {
                var bytes = ByteBuffer()
                if page.isCut { bytes.writeString("\(Self.reset)\n") }
                var number = page.last - UInt64(page.changes.count)
                for change in page.changes {
                    number += 1
                    bytes.writeString("event: \(change.kind.rawValue)\nid: \(feed.run)-\(number)\ndata: ")
                    bytes.writeBytes(change.json)
                    bytes.writeString("\n\n")
                }
                try await timed(write, bytes)
                (last, isNews) = (page.last, true)
                page = feed.page(after: last)
            }
            if !isNews { try await timed(write, ":\n\n") }
        }
    }

    /// Changes were missed: whoever shows something reads it anew.
    private static let reset = "event: reset\ndata: {}\n"

    private func timed(_ write: (ByteBuffer) async throws -> Void, _ text: String) async throws {
        try await timed(write, ByteBuffer(string: text))
    }

    private func timed(_ write: (ByteBuffer) async throws -> Void, _ bytes: ByteBuffer) async throws {
        writingSince.withLock { $0 = .now }
        try await write(bytes)
        writingSince.withLock { $0 = nil }
    }

    /// Wakes the other one for its heartbeat, and ends it when nobody takes what it sends, or who follows may read no more.
    private func watch() async throws {
        var (asked, allowed) = (ContinuousClock.now, ContinuousClock.now)
        while true {
            try await Task.sleep(for: pace.heartbeat)
            if let since = writingSince.withLock({ $0 }), .now - since > pace.stalled { throw Stalled() }
            if .now - asked >= pace.review {
                asked = .now
                switch await mayStay() {
                case true?: allowed = .now
                // What it was told until now it has; the stream ends in order.
                case false?: leave()
                case nil: if .now - allowed > pace.unreviewed { leave() }
                }
            }
            place.wake()
        }
    }
}

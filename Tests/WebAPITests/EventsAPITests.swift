import AutomatonCore
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: following changes", .timeLimit(.minutes(10)))
struct EventsAPITests {
    /// What a follower has read.
    final class Reader: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }
        func add(_ more: String) { text.withLock { $0 += more } }
        /// The numbers of the events, in order.
        var numbers: [Int] { all.matches(of: /\nid: test-(\d+)\ndata/).compactMap { Int($0.1) } }
        func count(_ name: String) -> Int { all.matches(of: try! Regex("event: \(name)\n")).count }
    }

    /// Follows while the body runs.
    private func following(_ stage: Stage, headers: [String] = [], _ body: (Reader) async throws -> Void) async throws {
        let reader = Reader()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await stage.client.connected { inbound, outbound in
                    let head = ["GET \(base)/events HTTP/1.1", "Host: localhost"] + headers
                    try await outbound.write(ByteBuffer(string: head.joined(separator: "\r\n") + "\r\n\r\n"))
                    for try await buffer in inbound { reader.add(String(buffer: buffer).replacing(/[0-9a-f]+\r\n/, with: "")) }
                }
            }
            try await eventually("it follows") { reader.all.contains("\nid: test-") }
            try await body(reader)
            group.cancelAll()
        }
    }

    @Test("Every change of an incident, every decision and what holds for all comes as it happens")
    func changes() async throws {
        try await serving { stage in
            try await following(stage) { reader in
                #expect(reader.all.contains("Content-Type: text/event-stream") || reader.all.contains("content-type: text/event-stream"))
                stage.furnaces.heat("boiler")
                try await eventually("it is told") { reader.all.contains(#""status":"healed""#) }
                #expect(reader.all.contains(#""status":"detected""#) && reader.all.contains(#""kind":"act""#))
                let numbers = reader.numbers
                #expect(numbers == Array(numbers[0]..<numbers[0] + numbers.count))
                _ = try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#)
                try await eventually("the pause is told") { reader.all.contains(#""what":"suspensions""#) }
            }
            try await eventually("nobody follows") { stage.feed.followers == 0 }
        }
    }

    @Test("Who comes back goes on where it was; one of another run, or too late, is told to read anew")
    func resume() async throws {
        try await serving { stage in
            for number in 0..<150 { stage.feed.append(change(number)) }
            let from = stage.feed.last - 120
            try await following(stage, headers: ["Last-Event-ID: test-\(from)"]) { reader in
                try await eventually("the rest is there") { reader.numbers.count >= 120 }
                #expect(reader.numbers.prefix(120).elementsEqual((from + 1...from + 120).map(Int.init)))
                #expect(reader.count("reset") == 0)
            }
            for other in ["other-7", "test-99999999", "nonsense", "test-"] {
                try await following(stage, headers: ["Last-Event-ID: \(other)"]) { reader in
                    #expect(reader.count("reset") == 1 && reader.numbers.isEmpty)
                }
            }
            for number in 0..<(ChangeFeed.most + 10) { stage.feed.append(change(number)) }
            try await following(stage, headers: ["Last-Event-ID: test-\(from)"]) { reader in
                try await eventually("all that is left is there") { reader.numbers.count >= ChangeFeed.most }
                #expect(reader.count("reset") == 1)
                #expect(reader.numbers.first.map { $0 > from + 1 } == true)
            }
        }
    }

    @Test("A silent connection is kept; one that takes nothing is let go")
    func heartbeat() async throws {
        try await serving(pace: FollowerPace(heartbeat: .milliseconds(20), stalled: .milliseconds(300))) { stage in
            try await following(stage) { reader in
                try await eventually("it beats") { reader.all.matches(of: /\n:\n/).count > 3 || reader.all.contains(":\n\n\r\n:\n\n") }
            }
            try await stage.client.connected { _, outbound in
                try await outbound.write(ByteBuffer(string: "GET \(base)/events HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                try await eventually("it follows") { stage.feed.followers == 1 }
                // More than the kernel's buffers on both sides take.
                let long = String(repeating: "x", count: 100_000)
                try await eventually("it is let go") {
                    for number in 0..<20 { stage.feed.append(change(number, text: long)) }
                    return stage.feed.followers == 0
                }
            }
        }
    }

    @Test("So many may follow and no more; a shutdown ends them")
    func limits() async throws {
        let feed = ChangeFeed(run: "test")
        let places = (0..<ChangeFeed.mostFollowers).compactMap { _ in feed.follow() }
        #expect(places.count == ChangeFeed.mostFollowers)
        #expect(feed.follow() == nil)
        feed.leave(places[0])
        #expect(feed.follow() != nil)
        feed.close()
        for place in places { for await _ in place.news { Issue.record("it went on") } }
        #expect(feed.follow() == nil)
    }

    @Test("A ring tells what it has, in order, and that it lost some")
    func ring() {
        let feed = ChangeFeed(run: "test")
        #expect(feed.page(after: 0).changes.isEmpty)
        for number in 0..<(ChangeFeed.most + 5) { feed.append(change(number)) }
        var (last, seen, cuts) = (UInt64(0), 0, 0)
        while true {
            let page = feed.page(after: last, most: 70)
            guard page.last > last else { break }
            if page.isCut { cuts += 1 }
            seen += page.changes.count
            last = page.last
        }
        #expect(seen == ChangeFeed.most && cuts == 1 && last == feed.last)
        #expect(feed.place(of: "test-7") == 7 && feed.place(of: "tset-7") == nil && feed.place(of: "test-7-1") == nil)
    }

    private func change(_ number: Int, text: String = "because") -> FeedChange {
        let key = IncidentKey(rule: "rule", subject: Subject(.deployment, namespace: "production", name: "n\(number)"))
        let decision = Decision(
            at: Instant(seconds: 1), incident: key, priority: .high, choice: .hold(.cooldown), reason: text, until: nil)
        guard let change = FeedChange(.decided(decision), at: Instant(seconds: 1)) else { fatalError("no change") }
        return change
    }
}

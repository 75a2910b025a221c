import AutomatonCore
import Testing

@testable import Notify

/// What was given up is told again, within bounds.
@Suite("Given up") struct OwedTests {
    private static let start = Sample.start

    private func grouping() -> Grouping {
        var route = Route(to: ["pager"])
        (route.groupWait, route.groupInterval, route.repeatInterval) = (.zero, .minutes(5), .hours(48))
        return Grouping(Routing([route]))
    }

    @Test("It is told again ever more rarely, for a day")
    func bounded() throws {
        var grouping = grouping()
        var sample = Sample()
        grouping.take(sample.attempted(at: Self.start), at: Self.start)
        let first = try #require(grouping.due(at: Self.start).first)
        #expect(grouping.due(at: Self.start + .minutes(10)).isEmpty)
        var now = Self.start
        var pauses: [Duration] = []
        grouping.giveBack(first.message, to: "pager", at: now)
        while let next = grouping.next, next < Self.start + .hours(30) {
            pauses.append(next - now)
            now = next
            let again = grouping.due(at: now)
            #expect(again.map(\.message.key) == [first.message.key] && again.map(\.occasions) == [[]])
            #expect(grouping.due(at: now).isEmpty)
            grouping.giveBack(again[0].message, to: "pager", at: now)
        }
        #expect(pauses.prefix(4) == [.minutes(5), .minutes(10), .minutes(20), .minutes(40)])
        #expect(pauses.dropFirst(4).allSatisfy { $0 == .minutes(50) } && now - Self.start < .hours(25) && now - Self.start >= .hours(24))
        #expect(grouping.owed.isEmpty)
    }

    @Test("What is news takes its place, and what was delivered is owed no more")
    func noDoubling() throws {
        var grouping = grouping()
        var sample = Sample()
        grouping.take(sample.attempted(at: Self.start), at: Self.start)
        let first = try #require(grouping.due(at: Self.start).first)
        grouping.giveBack(first.message, to: "pager", at: Self.start)
        let later = Self.start + .minutes(5)
        grouping.take(sample.closed(at: Self.start + .minutes(1)), at: Self.start + .minutes(1))
        let over = grouping.due(at: later)
        #expect(over.map(\.message.kind) == [.resolved] && over.first?.message.entries.count == 1)
        grouping.giveBack(over[0].message, to: "pager", at: later)
        let again = grouping.due(at: later + .minutes(10))
        #expect(again.map(\.message.kind) == [.resolved])
        grouping.settle(first.message.key, of: "pager")
        #expect(grouping.next == nil)
    }

    @Test("Another process, or another configuration without the receiver, owes nothing")
    func bounds() throws {
        var grouping = grouping()
        var sample = Sample()
        grouping.take(sample.attempted(at: Self.start), at: Self.start)
        let message = try #require(grouping.due(at: Self.start).first?.message)
        grouping.giveBack(message, to: "nobody", at: Self.start)
        #expect(grouping.owed.isEmpty)
        grouping.giveBack(message, to: "pager", at: Self.start)
        var other = grouping
        other.standDown()
        #expect(other.owed.isEmpty && grouping.owed.count == 1)
        _ = grouping.adopt(Grouping(Routing([Route(to: ["chat"])])), at: Self.start)
        #expect(grouping.owed.isEmpty)
    }
}

import AutomatonCore
import Logging
import ServiceLifecycle
import Simulator
import Synchronization
import Testing

@testable import Engine

/// The election with real tasks and requests, on a clock that the test moves.
@Suite("Leadership", .timeLimit(.minutes(5)))
struct LeadershipTests {
    let clock = VirtualClock()
    let leases: SimulatedLeases
    let course: Course

    final class Course: Sendable {
        let value = Mutex(SimulatedLeases.Course())
        func set(_ course: SimulatedLeases.Course) { value.withLock { $0 = course } }
    }

    final class Flag: Sendable {
        let value = Mutex(false)
    }

    init() {
        let (clock, course) = (clock, Course())
        self.course = course
        leases = SimulatedLeases(sleep: { try await clock.sleep($0) }, course: { _ in course.value.withLock { $0 } })
    }

    /// An elector and what it told.
    final class Member: Sendable {
        let leadership: Leadership
        private let told: @Sendable () -> [LeadershipState]
        var states: [LeadershipState] { told() }
        var gate: LeadershipGate { leadership.gate }

        init(
            _ name: String, _ leases: any Leases, _ clock: VirtualClock,
            listener: @escaping @Sendable (LeadershipState) async -> Void = { _ in }
        ) throws {
            let log = Log()
            told = { log.states.withLock { $0 } }
            leadership = Leadership(
                try Election.Settings(name: "leader", namespace: "ops", identity: name), leases: leases, clock: clock.clock
            ) { state in
                log.states.withLock { $0.append(state) }
                await listener(state)
            }
        }

        final class Log: Sendable {
            let states = Mutex<[LeadershipState]>([])
        }
    }

    func member(_ name: String, listener: @escaping @Sendable (LeadershipState) async -> Void = { _ in }) throws -> Member {
        try Member(name, leases, clock, listener: listener)
    }

    var holder: String? { leases.contents.read("leader", inNamespace: "ops")?.holder }

    /// Runs it beside the body, and cancels it after.
    func running(_ member: Member, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await member.leadership.run() }
            try await body()
            group.cancelAll()
        }
    }

    @Test func leadsAndRenews() async throws {
        let a = try member("a")
        #expect(!a.gate.mayWrite())
        try await running(a) {
            try await eventually("a leads") { a.states == [.leading(term: 0)] }
            #expect(a.gate.mayWrite() && holder == "a")
            let first = leases.contents.read("leader", inNamespace: "ops")?.renewedAt
            try await clock.advance(until: "a renews") { leases.contents.read("leader", inNamespace: "ops")?.renewedAt != first }
            let end = clock.now + .seconds(30)
            try await clock.advance(until: "time passes") { clock.now >= end }
            #expect(a.gate.mayWrite() && a.states == [.leading(term: 0)])
        }
        // Cancelled: closed and told, and the Lease runs out by itself.
        #expect(!a.gate.mayWrite())
        #expect(a.states == [.leading(term: 0), .unknown("the election was ended")])
        #expect(holder == "a")
    }

    @Test func losesWhileARequestHangs() async throws {
        let a = try member("a")
        try await running(a) {
            try await eventually("a leads") { a.states == [.leading(term: 0)] }
            course.set(.init(there: .seconds(3600)))
            try await clock.advance(until: "the gate closes") { !a.gate.mayWrite() }
            #expect(clock.now >= .seconds(10) && clock.now <= .milliseconds(10_050))
            try await eventually("it is told") { a.states.count == 2 }
            guard case .unknown(let why)? = a.states.last else { return #expect(Bool(false), "\(a.states)") }
            #expect(why.contains("not renewed for 10 s"))
            // The network is back: the Lease is still its own, and the term the same.
            course.set(.init())
            try await clock.advance(until: "a leads again") { a.states.last == .leading(term: 0) }
            #expect(a.gate.mayWrite())
        }
    }

    @Test func aStoppedProcessIsToldNoBeforeAnythingElse() async throws {
        let a = try member("a")
        try await running(a) {
            try await eventually("a leads") { a.gate.mayWrite() }
            clock.advance(.seconds(10))
            // Nobody else has run since.
            #expect(!a.gate.mayWrite())
            try await eventually("it notices") { a.states.count >= 2 }
            guard case .unknown? = a.states.dropFirst().first else { return #expect(Bool(false), "\(a.states)") }
        }
    }

    @Test func aSlowListenerDelaysNothing() async throws {
        let (release, open) = AsyncStream.makeStream(of: Void.self)
        let a = try member("a") { _ in for await _ in release { return } }
        try await running(a) {
            try await eventually("a leads") { a.gate.mayWrite() }
            let first = leases.contents.read("leader", inNamespace: "ops")?.renewedAt
            try await clock.advance(until: "it renews") { leases.contents.read("leader", inNamespace: "ops")?.renewedAt != first }
            course.set(.init(loss: .request))
            try await clock.advance(until: "the gate closes") { !a.gate.mayWrite() }
            #expect(a.states == [.leading(term: 0)])
            open.finish()
            try await eventually("told in order") { a.states.count == 2 }
            guard case .unknown(let why)? = a.states.last else { return #expect(Bool(false), "\(a.states)") }
            #expect(why.hasSuffix("the API server cannot be reached"))
        }
    }

    @Test func shutdownHandsOver() async throws {
        let (a, b) = (try member("a"), try member("b"))
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [.init(service: a.leadership)], logger: quiet))
        try await running(b) {
            // b is first to hold it, and gives a no chance before.
            try await eventually("b leads") { b.gate.mayWrite() }
            course.set(.init(loss: .request))
            try await clock.advance(until: "b loses it") { !b.gate.mayWrite() }
        }
        course.set(.init())
        // A dead leader is waited for.
        let served = Task { try? await group.run() }
        try await eventually("a follows") { a.states == [.following(holder: "b")] }
        let wait = try await clock.advance(until: "a leads") { a.gate.mayWrite() }
        #expect(wait >= .seconds(15) && wait <= .seconds(18))
        try await eventually("a says so") { a.states == [.following(holder: "b"), .leading(term: 1)] }
        // One that is shut down is not.
        let c = try member("c")
        try await running(c) {
            try await eventually("c follows") { c.states == [.following(holder: "a")] }
            await group.triggerGracefulShutdown()
            _ = await served.value
            #expect(!a.gate.mayWrite() && holder == "")
            #expect(a.states.last == .following(holder: nil))
            let wait = try await clock.advance(until: "c leads") { c.gate.mayWrite() }
            #expect(wait <= .milliseconds(2200))
            try await eventually("c says so") { c.states.last == .leading(term: 2) }
        }
    }

    @Test func aReleaseThatHangsEndsByItself() async throws {
        let a = try member("a")
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [.init(service: a.leadership)], logger: quiet))
        let ended = Flag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await group.run()
                ended.value.withLock { $0 = true }
            }
            try await eventually("a leads") { a.gate.mayWrite() }
            course.set(.init(there: .seconds(3600)))
            await group.triggerGracefulShutdown()
            try await eventually("the gate closes") { !a.gate.mayWrite() }
            let wait = try await clock.advance(until: "it ends") { ended.value.withLock { $0 } }
            #expect(wait <= .milliseconds(2500))
            try await tasks.waitForAll()
        }
    }

    @Test func withoutAnElectionTheGateIsOpen() {
        #expect(LeadershipGate.withoutElection().mayWrite())
    }

    @Test func theSystemsClockGoesOn() {
        let clock = LeadershipClock.system()
        let before = clock.now()
        #expect(clock.now() >= before && before >= .zero)
        #expect((0...1).contains(clock.random()))
    }
}

import AutomatonCore
import Testing

@testable import Engine

/// One elector, step by step, as client-go's does it.
@Suite("Election")
struct ElectionTests {
    /// An elector with the time that its test gives it.
    struct Elector {
        var election: Election
        var time = Duration.zero
        var random = 0.0
        static let start = Instant(seconds: 1_700_000_000)
        var wall: Instant { Self.start + time }

        init(_ identity: String = "a_1") throws {
            election = Election(try Election.Settings(name: "leader", namespace: "ops", identity: identity))
        }

        mutating func step(_ event: Election.Event, after duration: Duration = .zero) -> [Election.Action] {
            time += duration
            return election.step(event, at: Election.Moment(monotonic: time, wall: wall, random: random))
        }

        mutating func answer(_ number: Int, _ answer: Election.Answer, after duration: Duration = .milliseconds(10)) -> [Election.Action] {
            step(.answered(number, answer), after: duration)
        }

        /// Leads since 10 ms, with request 2; the next try is due at 2.01 s.
        static func leading() throws -> (Elector, Lease) {
            var elector = try Elector()
            _ = elector.step(.start)
            guard case .request(2, .create(var lease)) = elector.answer(1, .read(nil), after: .zero).first else { throw Unexpected() }
            lease.resourceVersion = "1"
            _ = elector.answer(2, .written(lease))
            return (elector, lease)
        }
    }

    struct Unexpected: Error {}

    static func others(renewed: Int = 0, version: String = "7") -> Lease {
        Lease(
            name: "leader", namespace: "ops", holder: "b_1", acquiredAt: Instant(seconds: 5), renewedAt: Instant(seconds: Int64(renewed)),
            transitions: 4, resourceVersion: version)
    }

    @Test("The first of all creates the Lease and leads from the start of that write")
    func creates() throws {
        var elector = try Elector()
        #expect(elector.step(.start) == [.request(1, .read)])
        let lease = Lease(
            name: "leader", namespace: "ops", holder: "a_1", acquiredAt: elector.wall + .milliseconds(10),
            renewedAt: elector.wall + .milliseconds(10))
        #expect(elector.answer(1, .read(nil)) == [.request(2, .create(lease))])
        var stored = lease
        stored.resourceVersion = "1"
        #expect(
            elector.answer(2, .written(stored), after: .seconds(1))
                == [.openGate(until: .milliseconds(10_010)), .tell(.leading(term: 0))])
        #expect(elector.election.nextDeadline == .milliseconds(3010))
    }

    @Test("A leader renews over the version that it wrote, without a look")
    func renews() throws {
        var (elector, lease) = try Elector.leading()
        let actions = elector.step(.tick, after: .seconds(2))
        var renewed = lease
        renewed.renewedAt = elector.wall
        #expect(actions == [.request(3, .update(renewed))])
        renewed.resourceVersion = "2"
        #expect(elector.answer(3, .written(renewed)) == [.openGate(until: .milliseconds(12_010))], "nothing to tell: the term goes on")
        #expect(renewed.acquiredAt == lease.acquiredAt && renewed.transitions == lease.transitions)
    }

    @Test("What renews is later than what was there, also when the wall clock stands or is set back")
    func renewTimeMoves() throws {
        var (elector, lease) = try Elector.leading()
        let actions = elector.election.step(
            .tick, at: Election.Moment(monotonic: .seconds(3), wall: Elector.start - .hours(1), random: 0))
        lease.renewedAt = lease.renewedAt.map { $0 + .microseconds(1) }
        #expect(actions == [.request(3, .update(lease))])
    }

    @Test("A renewal that fails is followed by a look, and by another over what was found")
    func slowPath() throws {
        var (elector, lease) = try Elector.leading()
        _ = elector.step(.tick, after: .seconds(2))
        #expect(elector.answer(3, .failed(.conflict("labels"))) == [.request(4, .read)])
        lease.resourceVersion = "9"
        var renewed = lease
        renewed.renewedAt = elector.wall + .milliseconds(10)
        #expect(elector.answer(4, .read(lease)) == [.request(5, .update(renewed))])
        // It fails again: the next try is a retry period after the beginning of this one.
        #expect(elector.answer(5, .failed(.unavailable("503", retryAfter: nil))) == [])
        #expect(elector.election.nextDeadline == .milliseconds(4010))
        #expect(elector.election.state.isLeading)
    }

    @Test("A request that hangs is given up after half the deadline; the leadership ends with the deadline, while the next hangs")
    func hanging() throws {
        var (elector, _) = try Elector.leading()
        _ = elector.step(.tick, after: .seconds(2))
        #expect(elector.election.nextDeadline == .milliseconds(7010))
        #expect(elector.step(.tick, after: .seconds(5)) == [.abandon(3), .request(4, .read)])
        #expect(elector.election.nextDeadline == .milliseconds(10_000))
        let actions = elector.step(.tick, after: .milliseconds(2990))
        guard case .closeGate? = actions.first, case .tell(.unknown(let why))? = actions.last, actions.count == 2 else {
            return #expect(Bool(false), "\(actions)")
        }
        #expect(why == "the Lease was not renewed for 10 s: no answer from the API server within 5 s")
    }

    @Test("After a stop of the process the loss comes before anything else")
    func frozen() throws {
        var (elector, lease) = try Elector.leading()
        _ = elector.step(.tick, after: .seconds(2))
        lease.resourceVersion = "2"
        // The answer came while it was stopped.
        let actions = elector.answer(3, .written(lease), after: .seconds(60))
        #expect(actions.first == .closeGate)
        #expect(!actions.contains { if case .openGate = $0 { true } else { false } })
        #expect(!elector.election.state.isLeading)
        // And it is a follower that looks first.
        #expect(elector.step(.tick, after: .seconds(5)) == [.request(4, .read)])
    }

    @Test("A Lease that another holds is waited for, by the time since it was seen to change")
    func waits() throws {
        var elector = try Elector()
        elector.random = 1
        _ = elector.step(.start)
        #expect(elector.answer(1, .read(Self.others())) == [.tell(.following(holder: "b_1"))])
        #expect(elector.election.nextDeadline == .milliseconds(4410), "2 s and 1.2 times 2 s at most")
        var number = 1
        // Renewed once, at the third look.
        for (look, lease) in [(2, Self.others()), (3, Self.others(renewed: 1, version: "8")), (4, Self.others(renewed: 1, version: "8"))] {
            #expect(elector.step(.tick, after: .milliseconds(4400)) == [.request(look, .read)])
            #expect(elector.answer(look, .read(lease), after: .zero) == [])
            number = look
        }
        // Labels change the version, and are no renewal.
        #expect(elector.step(.tick, after: .milliseconds(4400)) == [.request(number + 1, .read)])
        #expect(elector.answer(number + 1, .read(Self.others(renewed: 1, version: "9")), after: .zero) == [])
        _ = elector.step(.tick, after: .milliseconds(6199))
        #expect(elector.answer(number + 2, .read(Self.others(renewed: 1, version: "9")), after: .zero) == [], "14.999 s after the change")
        _ = elector.step(.tick, after: .milliseconds(4400))
        var taken = Self.others(renewed: 1, version: "9")
        taken.holder = "a_1"
        taken.acquiredAt = elector.wall
        taken.renewedAt = elector.wall
        taken.transitions = 5
        #expect(
            elector.answer(number + 3, .read(Self.others(renewed: 1, version: "9")), after: .zero) == [.request(number + 4, .update(taken))]
        )
        #expect(elector.answer(number + 4, .failed(.conflict("c was faster"))) == [.tell(.following(holder: nil))])
    }

    @Test("A Lease that was released is taken at once")
    func released() throws {
        var elector = try Elector()
        _ = elector.step(.start)
        var lease = Self.others()
        lease.holder = ""
        lease.duration = .seconds(1)
        guard case .request(2, .update(let taken))? = elector.answer(1, .read(lease)).first else { throw Unexpected() }
        #expect(taken.holder == "a_1" && taken.transitions == 5 && taken.duration == .seconds(15) && taken.resourceVersion == "7")
    }

    @Test("A shorter duration in the Lease, or none, does not shorten the wait", arguments: [Duration.zero, .seconds(1)])
    func editedDuration(duration: Duration) throws {
        var elector = try Elector()
        _ = elector.step(.start)
        var lease = Self.others()
        lease.duration = duration
        _ = elector.answer(1, .read(lease))
        _ = elector.step(.tick, after: .seconds(14))
        #expect(elector.answer(2, .read(lease)) == [])
        lease.duration = .seconds(40)
        _ = elector.step(.tick, after: .seconds(20))
        #expect(elector.answer(3, .read(lease)) == [])
        _ = elector.step(.tick, after: .seconds(39))
        #expect(elector.answer(4, .read(lease)) == [], "a longer one is kept")
    }

    @Test("A Lease that vanishes while another's time runs is not taken before that is over")
    func deleted() throws {
        var elector = try Elector()
        _ = elector.step(.start)
        _ = elector.answer(1, .read(Self.others()))
        _ = elector.step(.tick, after: .seconds(5))
        #expect(elector.answer(2, .read(nil)) == [])
        _ = elector.step(.tick, after: .seconds(10))
        guard case .request(4, .create(let lease))? = elector.answer(3, .read(nil)).first else { throw Unexpected() }
        #expect(lease.transitions == 5 && lease.resourceVersion == "" && lease.holder == "a_1")
    }

    @Test("What bears our name before we wrote anything is not ours")
    func leftover() throws {
        var elector = try Elector("b_1")
        _ = elector.step(.start)
        #expect(elector.answer(1, .read(Self.others())) == [.tell(.following(holder: "b_1"))])
    }

    @Test("A leader that finds another in the Lease has lost it")
    func superseded() throws {
        var (elector, _) = try Elector.leading()
        _ = elector.step(.tick, after: .seconds(2))
        _ = elector.answer(3, .failed(.conflict("changed")))
        #expect(elector.answer(4, .read(Self.others())) == [.closeGate, .tell(.following(holder: "b_1"))])
    }

    @Test("What it cannot read is unknown, until somebody else's time runs")
    func blind() throws {
        var elector = try Elector()
        _ = elector.step(.start)
        #expect(elector.answer(1, .failed(.refused("leases are forbidden"))) == [.tell(.unknown("leases are forbidden"))])
        _ = elector.step(.tick, after: .seconds(5))
        _ = elector.answer(2, .read(Self.others()))
        _ = elector.step(.tick, after: .seconds(5))
        #expect(elector.answer(3, .failed(.unavailable("503", retryAfter: nil))) == [], "one failure does not make it unknown")
        _ = elector.step(.tick, after: .seconds(12))
        #expect(elector.answer(4, .failed(.unavailable("503", retryAfter: nil))) == [.tell(.unknown("503"))])
    }

    @Test("An answer whose renewal is older than the deadline gives nothing")
    func lateClaim() throws {
        var elector = try Elector()
        _ = elector.step(.start)
        guard case .request(2, .create(var lease))? = elector.answer(1, .read(nil)).first else { throw Unexpected() }
        lease.resourceVersion = "1"
        #expect(elector.answer(2, .written(lease), after: .seconds(10)) == [.tell(.unknown("the API server's answer took 10 s"))])
    }

    @Test("A shutdown closes the gate first and then empties the Lease")
    func release() throws {
        var (elector, lease) = try Elector.leading()
        let actions = elector.step(.stop, after: .seconds(1))
        lease.holder = ""
        lease.duration = .seconds(1)
        lease.acquiredAt = elector.wall
        lease.renewedAt = elector.wall
        #expect(actions == [.closeGate, .tell(.following(holder: nil)), .request(3, .update(lease))])
        #expect(elector.answer(3, .written(lease)) == [.finish])
        #expect(elector.step(.tick, after: .seconds(60)) == [])
    }

    @Test("A renewal under way at the shutdown is given up, and what it did is looked for")
    func releaseDuringRenewal() throws {
        var (elector, lease) = try Elector.leading()
        _ = elector.step(.tick, after: .seconds(2))
        #expect(elector.step(.stop).suffix(2) == [.abandon(3), .request(4, .read)])
        guard case .request(5, .update)? = elector.answer(4, .read(lease)).first else { throw Unexpected() }
        // It came through after the look.
        #expect(elector.answer(5, .failed(.conflict("changed"))) == [.request(6, .read)])
        lease.resourceVersion = "2"
        guard case .request(7, .update(let released))? = elector.answer(6, .read(lease)).first else { throw Unexpected() }
        #expect(released.holder == "" && released.resourceVersion == "2")
    }

    @Test("A release that hangs ends with its time; who never wrote has nothing to release")
    func releaseBounds() throws {
        var (elector, _) = try Elector.leading()
        _ = elector.step(.stop)
        #expect(elector.election.nextDeadline == elector.time + .seconds(2))
        #expect(elector.step(.tick, after: .seconds(2)) == [.abandon(3), .finish])

        var follower = try Elector()
        _ = follower.step(.start)
        _ = follower.answer(1, .read(Self.others()))
        #expect(follower.step(.stop) == [.finish])
        #expect(follower.election.nextDeadline == nil)
    }

    @Test("An answer that is no longer waited for is passed over")
    func strayAnswer() throws {
        var (elector, lease) = try Elector.leading()
        #expect(elector.answer(1, .read(Self.others())) == [])
        #expect(elector.answer(9, .written(lease)) == [])
    }

    @Test(
        "Settings that cannot work are refused, with what would be right",
        arguments: [
            (15, 15, 2, "longer than the renew deadline"), (15, 2, 2, "longer than 1.2 times the retry period"), (15, 10, 0, "more than 0"),
        ])
    func settings(lease: Int, deadline: Int, retry: Int, problem: String) {
        let error = #expect(throws: ElectionSettingsError.self) {
            try Election.Settings(
                name: "leader", namespace: "ops", identity: "a", lease: .seconds(lease), renewDeadline: .seconds(deadline),
                retry: .seconds(retry))
        }
        #expect(error?.description.contains(problem) == true, "\(error as Any)")
    }

    @Test("A part of a second, and empty names, are refused")
    func moreSettings() {
        #expect(throws: ElectionSettingsError.self) {
            try Election.Settings(name: "leader", namespace: "ops", identity: "a", lease: .milliseconds(15_500))
        }
        #expect(throws: ElectionSettingsError.self) { try Election.Settings(name: "leader", namespace: "ops", identity: "") }
    }
}

import AutomatonCore
import Engine
import Synchronization
import Testing

@testable import WebAPI

@Suite("Vitals of the engine")
struct EngineVitalsTests {
    /// A clock that stands still until it is told to go on.
    final class StillClock: Sendable {
        let uptime = Mutex(Duration.zero)
        func advance(_ duration: Duration) { uptime.withLock { $0 += duration } }
    }

    let clock = StillClock()
    let vitals: EngineVitals
    let pods = CheckID("pod-health")
    let disks = CheckID("disk")

    init() {
        let clock = clock
        vitals = EngineVitals(limit: .seconds(60)) { clock.uptime.withLock { $0 } }
    }

    func observe(_ event: EngineEvent) { vitals.observe(event, at: .epoch) }

    @Test("An engine that falls silent is dead, until it speaks again")
    func heartbeat() {
        clock.advance(.seconds(60))
        #expect(vitals.health().problems == [])
        clock.advance(.seconds(1))
        #expect(vitals.health().problems == ["the engine's last sign of life was 1 min 1 s ago, more than 1 min"])
        observe(.iteration(1, checks: 0, incidents: 0))
        #expect(vitals.health().problems == [])
        clock.advance(.seconds(90))
        vitals.setLimit(.seconds(120))
        #expect(vitals.health().problems == [])
    }

    @Test("Ready once every check has seen everything")
    func readiness() {
        #expect(vitals.readiness().missing == ["rules and thresholds are not loaded yet"])
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods]))
        observe(.checked(pods, .ok, took: nil))
        #expect(vitals.readiness().missing == ["check pod-health has no complete observation yet"])
        observe(.checked(pods, .failed("403"), took: nil))
        #expect(vitals.readiness().missing == ["check pod-health has no complete observation yet: 403"])
        observe(.checked(pods, .timedOut(after: .seconds(30)), took: nil))
        #expect(vitals.readiness().missing == ["check pod-health has no complete observation yet: no answer within 30 s"])
        observe(.checked(pods, .ok, took: .seconds(1)))
        #expect(vitals.readiness().missing == [])
        observe(.checked(pods, .failed("403"), took: nil))
        #expect(vitals.readiness().missing == [], "once ready, a blind check is the metrics' to tell")
    }

    @Test("A follower is as ready as a leader, and an election is no sign of the engine's life", arguments: [true, false])
    func follower(leads: Bool) {
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods]))
        observe(.leadership(leads ? .leading(term: 1) : .following(holder: "b")))
        #expect(vitals.readiness().missing.count == 1)
        observe(.checked(pods, .ok, took: .seconds(1)))
        #expect(vitals.readiness().missing == [])
        clock.advance(.seconds(61))
        observe(.leadership(.unknown("503")))
        #expect(vitals.health().problems.count == 1)
        #expect(vitals.readiness().missing == [])
    }

    @Test("A check that says why it cannot see holds up nothing, as long as another sees")
    func blindBesideOthers() {
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods, disks]))
        observe(.checked(disks, .failed("no metrics API"), took: .seconds(1)))
        #expect(
            vitals.readiness().missing
                == ["check disk has no complete observation yet: no metrics API", "check pod-health has no complete observation yet"])
        observe(.checked(pods, .ok, took: .seconds(1)))
        #expect(vitals.readiness().missing == [])
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods, disks, CheckID("third")]))
        #expect(vitals.readiness().missing == ["check third has no complete observation yet"])
    }

    @Test("A check that waits to be told holds up nothing: who is not ready is told nothing")
    func waiting() {
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods]))
        observe(.checked(pods, .waiting("until 12:10"), took: nil))
        #expect(vitals.readiness().missing == [])
    }

    @Test("New rules with new checks are waited for; removed ones are not")
    func reconfigured() {
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods]))
        observe(.checked(pods, .ok, took: .seconds(1)))
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: [pods, disks]))
        #expect(vitals.readiness().missing == ["check disk has no complete observation yet"])
        observe(.configured(rules: [], policy: SafetyPolicy(), checks: []))
        #expect(vitals.readiness().missing == [])
    }
}

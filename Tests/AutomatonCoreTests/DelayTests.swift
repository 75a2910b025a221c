import AutomatonCore
import Testing

/// When an incident may begin: delays, sight, inhibition.
@Suite struct DelayTests {
    @Test(arguments: [
        (Priority.critical, Duration.zero), (.high, .minutes(5)), (.medium, .minutes(15)), (.low, .hours(1)),
    ]) func waitsAsLongAsItsPriority(priority: Priority, delay: Duration) {
        var stage = Stage([.oom(priority: priority)])
        stage.see(.oom())
        if delay > .zero {
            #expect(stage.last.holds == [.delay])
            stage.pass(delay - .seconds(1))
            #expect(stage.all.requests.isEmpty)
            stage.pass(.seconds(1))
        }
        #expect(stage.all.requests.count == 1)
        #expect(stage.all.requests.first?.finding.observation == .oom())
        #expect(stage.all.changes == [.opened])
    }

    @Test func delaySaysHowLong() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        #expect(stage.last.reasons == ["delay: priority high waits 5 min; 5 min left, due at 12:05:00Z"])
        #expect(stage.last.decisions.first?.until == noon + .minutes(5))
        #expect(stage.see(.oom(), after: .minutes(1)).isEmpty, "the same hold is told once")
        #expect(stage.see(.oom(2), after: .minutes(1)).isEmpty, "nothing was tried: happening again says nothing new")
    }

    @Test func raisedTierKeepsTheEarlierDelay() {
        var stage = Stage([.lag([(10, .medium), (100, .high)])])
        stage.see(.figure(50))
        stage.pass(.minutes(9))
        #expect(stage.see(.figure(500)).changes == [.priority(from: .medium)])
        #expect(stage.last.reasons == ["delay: priority high waits 5 min; 5 min left, due at 12:14:00Z"])
        stage.pass(.minutes(5))
        #expect(stage.last.requests.count == 1)
    }

    @Test func loweredTierForgetsTheShorterDelay() {
        var stage = Stage([.lag([(10, .medium), (100, .high)])])
        stage.see(.figure(500))
        stage.pass(.minutes(4))
        #expect(stage.see(.figure(50)).reasons == ["delay: priority medium waits 15 min; 11 min left, due at 12:15:00Z"])
        stage.see(.figure(500), after: .minutes(3))
        stage.pass(.minutes(4))
        #expect(stage.all.requests.isEmpty, "high for 4 minutes again, not for 5")
        stage.pass(.minutes(1))
        #expect(stage.all.requests.count == 1)
    }

    @Test func raisedToCriticalActsAtOnce() {
        var stage = Stage([.lag([(10, .low), (100, .critical)])])
        stage.see(.figure(50))
        #expect(stage.see(.figure(500), after: .seconds(1)).requests.count == 1)
    }

    @Test func nothingActsBeforeTheFirstCompleteObservation() {
        var stage = Stage([.oom()], observed: false)
        stage.see(.oom())
        #expect(stage.last.reasons == ["not observed: nothing acts before the first complete observation of pod-health"])
        stage.send(.current(pods), after: .minutes(1))
        #expect(stage.last.isEmpty, "that nothing changed is no complete observation")
        stage.send(.complete(pods, [Finding(email, observedAt: stage.now, .oom())]), after: .minutes(1))
        #expect(stage.last.requests.count == 1)
    }

    @Test func completeObservationClosesWhatIsNotInIt() {
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        #expect(stage.send(.complete(pods, []), after: .minutes(1)).changes == [.closed(.gone)])
        #expect(stage.automaton.incidents.isEmpty)
    }

    @Test func unknownNeverActs() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        stage.see(.unknown("no data"), after: .minutes(4))
        #expect(stage.last.reasons == ["unknown: no data"])
        #expect(stage.see(.unknown("still no data"), after: .seconds(30)).isEmpty, "told once")
        stage.pass(.minutes(2))
        #expect(stage.all.requests.isEmpty)
        #expect(stage.see(.oom()).requests.count == 1, "a gap shorter than the staleness limit does not restart the delay")
    }

    @Test func longGapRestartsTheDelay() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        stage.see(.unknown("no data"), after: .minutes(1))
        stage.pass(.minutes(10))
        stage.see(.oom())
        #expect(stage.last.reasons == ["delay: priority high waits 5 min; 5 min left, due at 12:16:00Z"])
    }

    @Test func unknownOpensAndClosesNothing() {
        var stage = Stage([.oom(priority: .low)])
        #expect(stage.see(.unknown("no data")).isEmpty)
        stage.see(.oom())
        #expect(stage.see(.unknown("no data")).changes.isEmpty)
    }

    @Test func staleHoldsUntilTheCheckSeesAgain() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        stage.pass(.minutes(6), checks: [])
        #expect(stage.last.reasons == ["stale: last seen 5 min ago, more than STALE_AFTER (3 min)"])
        #expect(stage.last.requests.isEmpty)
        stage.send(.current(pods))
        #expect(stage.last.holds == [.delay], "nobody knows what was in between: the delay starts anew")
        stage.pass(.minutes(5))
        #expect(stage.last.requests.count == 1)
    }

    @Test func findingThatCameStaleIsUnknown() {
        var stage = Stage([.oom()])
        let old = Finding(email, observedAt: noon - .minutes(4), .oom())
        #expect(stage.send(.changed(pods, old)).isEmpty)
        stage.see(.oom())
        stage.send(.changed(pods, Finding(email, observedAt: noon - .minutes(4), .well)), after: .seconds(1))
        #expect(stage.automaton.incidents.count == 1, "an old report of health closes nothing")
    }

    @Test func blindHoldsAndSightLifts() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        #expect(stage.send(.blind(pods, "connection refused"), after: .minutes(4)).reasons == ["unknown: connection refused"])
        stage.pass(.minutes(2), checks: [])
        #expect(stage.last.requests.isEmpty)
        #expect(stage.send(.current(pods)).requests.isEmpty)
        #expect(stage.last.holds == [.delay], "unseen for 6 minutes")
    }

    @Test func inhibitedWhileTheOtherRuleIsUnhealthy() {
        var stage = Stage([.oom(inhibits: ["crash"]), .oom("crash", reason: "CrashLoopBackOff", [.raise("rollout-restart")])])
        stage.see(.fault("OOMKilled", "CrashLoopBackOff"))
        #expect(stage.last.requests.map(\.rule) == ["oom"])
        #expect(stage.last.reasons == ["inhibited: rule oom explains this, unhealthy (critical) since 12:00:00Z"])
        stage.send(.refused(stage.attempt, "paused"), after: .seconds(1))
        #expect(stage.last.requests.isEmpty)
        stage.see(.fault("CrashLoopBackOff"), after: .seconds(1))
        #expect(stage.last.changes == [.closed(.recovered)])
        #expect(stage.last.requests.map(\.rule) == ["crash"])
    }

    @Test func inhibitionThatBeginsWhilePlanningIsAskedAgain() {
        var stage = Stage([.oom(inhibits: ["crash"]), .oom("crash", reason: "CrashLoopBackOff", [.raise("rollout-restart")])])
        stage.see(.fault("CrashLoopBackOff"))
        let crash = stage.attempt
        stage.see(.fault("OOMKilled", "CrashLoopBackOff"))
        stage.send(.planned(crash, memoryPlan()))
        #expect(stage.all.applied.isEmpty)
        #expect(stage.last.requests.map(\.rule) == ["oom"])
    }

    @Test func delayThatGrowsWhilePlanningIsAskedAgain() {
        var stage = Stage([.lag([(10, .low), (100, .critical)])])
        stage.see(.figure(500))
        stage.see(.figure(50))
        #expect(stage.answer().holds == [.delay])
        #expect(stage.all.applied.isEmpty)
        #expect(stage.automaton.attemptsInFlight == 0)
    }

    @Test func recoversWithoutAnAttempt() {
        var stage = Stage([.oom(priority: .high)])
        stage.see(.oom())
        #expect(stage.see(.well, after: .minutes(1)).changes == [.closed(.recovered)])
        stage.pass(.hours(2))
        #expect(stage.all.requests.isEmpty)
        #expect(stage.automaton.nextDeadline == nil, "nothing is left to wait for")
    }
}

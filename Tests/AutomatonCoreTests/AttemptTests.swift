import AutomatonCore
import Testing

/// From the plan to the answer of the write: every way in which it can go.
@Suite struct AttemptTests {
    @Test func planThenWriteThenHealed() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer(after: .milliseconds(40))
        let reason =
            "OOMKilled in container app of pod-1 (restart 1), critical since 12:00:00Z; attempt 1 of 1 of raise-memory: "
            + "raise memory of container app from 1Gi to 2Gi"
        #expect(stage.last.reasons == [reason])
        #expect(
            stage.last.applied == [
                Stamp(attempt: stage.attempt, rule: "oom", remediation: "raise-memory", at: noon + .milliseconds(40))
            ])
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        #expect(stage.last.changes.count == 1)
        stage.see(.well, after: .minutes(1))
        #expect(stage.last.isEmpty, "clear, and not yet for long enough")
        stage.pass(.seconds(30))
        #expect(stage.last.changes == [.verified(stage.attempt, remediation: "raise-memory", .helped), .closed(.healed)])
        if case .incident(let change)? = stage.last.last { #expect(change.at == noon + .milliseconds(40) + .minutes(1)) }
        #expect(stage.automaton.attemptsInFlight == 0)
    }

    @Test func duplicateAndLateAnswersChangeNothing() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        #expect(stage.answer().isEmpty)
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        for event in [
            Event.applied(stage.attempt, AttemptReport("done")), .conflicted(stage.attempt, "late"), .refused(stage.attempt, "late"),
            .unavailable(stage.attempt, "late", retryAfter: nil), .outcomeUnknown(stage.attempt, "late"), .reverted(stage.attempt),
            .revertFailed(stage.attempt, "late"), .planned(stage.attempt, memoryPlan()),
            .applied(AttemptID("nobody"), AttemptReport("done")),
        ] { #expect(stage.send(event, after: .seconds(1)).isEmpty, "\(event)") }
        #expect(stage.all.applied.count == 1)
    }

    @Test func oneAttemptASubject() {
        var stage = Stage([.oom(), .oom("error", reason: "Error", priority: .high, [.raise("rollout-restart")])])
        stage.see(.fault("OOMKilled", "Error"))
        #expect(stage.last.requests.map(\.rule) == ["oom"], "the more urgent first")
        stage.pass(.minutes(5))
        #expect(stage.last.reasons.contains("in flight: attempt run-1 of rule oom (raise-memory) on the same subject"))
        #expect(Set(stage.all.requests.map(\.rule)) == ["oom"])
    }

    @Test func planOfAnotherSubjectIsRefused() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer(memoryPlan(Subject(.pod, namespace: "other", name: "x")))
        #expect(stage.last.applied.isEmpty)
        #expect(stage.last.holds.contains(.refused))
    }

    @Test func recoveredWhilePlanning() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.see(.well, after: .seconds(1))
        #expect(stage.last.reasons == ["recovered: the finding cleared before anything was changed"])
        #expect(stage.last.changes == [.closed(.recovered)])
        #expect(stage.answer().isEmpty)
        #expect(stage.automaton.attemptsInFlight == 0)
    }

    @Test func conflictIsPlannedAgainAndKeepsItsCount() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        for _ in 0..<3 {
            stage.answer()
            #expect(stage.send(.conflicted(stage.attempt, "object changed")).requests.count == 1)
            #expect(stage.last.reasons == ["conflict: object changed; planned again"])
        }
        stage.answer()
        #expect(stage.last.reasons.first?.hasPrefix("again: ") == true)
        #expect(stage.last.reasons.first?.contains("attempt 1 of 1") == true)
        stage.send(.conflicted(stage.attempt, "object changed"))
        #expect(stage.last.reasons == ["backoff: object changed; tried again in 2 s"])
    }

    /// It counts once, however often it is tried; against the limits as they are now.
    @Test(arguments: [1, 0]) func triedAgainWithinTheBudgetOfToday(_ attemptsAnHour: Int) {
        var policy = SafetyPolicy()
        policy.attemptsAnHour = 1
        var stage = Stage([.oom()], policy)
        stage.see(.oom())
        stage.answer()
        stage.send(.unavailable(stage.attempt, "503", retryAfter: nil))
        policy.attemptsAnHour = attemptsAnHour
        stage.send(.configured(rules: [.oom()], policy: policy))
        let before = stage.all.applied.count
        stage.pass(.seconds(30))
        stage.answer()
        #expect(stage.all.applied.count - before == attemptsAnHour)
    }

    @Test func unavailableBacksOffAndGivesTheplaceBack() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        for wait in ["2 s", "4 s", "8 s", "16 s", "32 s"] {
            stage.send(.unavailable(stage.attempt, "503", retryAfter: nil))
            #expect(stage.last.reasons == ["backoff: 503; tried again in \(wait)"])
            stage.pass(.seconds(32), checks: [])
            stage.send(.current(pods))
        }
        stage.send(.unavailable(stage.attempt, "503", retryAfter: nil))
        #expect(stage.last.reasons == ["backoff: 503, 6 times; tried again in 5 min"])
        #expect(stage.automaton.attemptsInFlight == 0)
        stage.pass(.minutes(5))
        #expect(stage.attempt == AttemptID("run-2"))
    }

    @Test func longRetryAfterGivesThePlaceBack() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.send(.unavailable(stage.attempt, "429", retryAfter: .minutes(20)))
        #expect(stage.last.reasons == ["backoff: 429; tried again in 20 min"])
        #expect(stage.automaton.attemptsInFlight == 0)
        stage.pass(.minutes(20))
        #expect(stage.last.requests.count == 1)
    }

    @Test func retriedWriteCountsItsQuietTimeFromThen() {
        var stage = Stage([.oom([.raise(verify: .seconds(10), attempts: 9)])])
        stage.see(.oom())
        stage.answer()
        stage.send(.unavailable(stage.attempt, "503", retryAfter: .seconds(50)))
        stage.pass(.seconds(50))
        stage.answer()
        #expect(stage.last.applied.first?.at == noon + .seconds(50))
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        stage.pass(.seconds(299))
        #expect(stage.all.applied.count == 2)
        #expect(stage.last.requests.isEmpty)
        stage.pass(.seconds(1))
        #expect(stage.last.requests.count == 1)
    }

    @Test func noPlanInTimeIsTriedAgain() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.pass(.seconds(60))
        #expect(stage.last.reasons == ["backoff: no plan within 1 min; tried again in 2 s"])
        stage.pass(.seconds(2))
        #expect(stage.last.requests.map(\.attempt) == [AttemptID("run-1")])
    }

    @Test(arguments: [true, false]) func lostAnswer(isWritten: Bool) {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        let stamp = stage.last.applied.first
        stage.send(.outcomeUnknown(stage.attempt, "time-out"))
        #expect(stage.last.reasons == ["backoff: time-out; tried again in 2 s"])
        stage.pass(.seconds(2))
        #expect(stage.last.requests.count == 1, "the subject is read again")
        stage.answer(memoryPlan(stamps: isWritten ? [stamp].compactMap { $0 } : []))
        #expect(stage.last.applied.count == (isWritten ? 0 : 1))
        #expect(stage.last.changes.count == (isWritten ? 1 : 0))
    }

    @Test func lostAnswerThenNothingToDoIsVerified() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        stage.send(.outcomeUnknown(stage.attempt, "time-out"))
        stage.pass(.seconds(2))
        stage.send(.refused(stage.attempt, "already at MAX_MEMORY"))
        #expect(stage.last.changes.count == 1)
        #expect(stage.automaton.attemptsInFlight == 1)
    }

    @Test func lateAnswerOfAWriteCounts() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        stage.pass(.minutes(2))
        #expect(stage.last.holds == [.backoff])
        #expect(stage.send(.applied(stage.attempt, AttemptReport("done"))).changes.count == 1)
    }

    @Test func refusedGoesOnAndTellsAPersonAtTheEnd() {
        var stage = Stage([.oom([.raise(), .raise("rollout-restart")])])
        stage.see(.oom())
        stage.send(.refused(stage.attempt, "403"))
        #expect(stage.last.reasons == ["raise-memory refused: 403", "raise-memory refused: 403; next: rollout-restart"])
        stage.send(.refused(stage.attempt, "paused"))
        #expect(stage.last.escalations == ["every remediation of rule oom was tried, lately: rollout-restart refused: paused"])
        #expect(
            stage.last.reasons.last
                == "exhausted: every remediation of rule oom was tried, lately: rollout-restart refused: paused; this is for a person; "
                + "tried again at 12:15:00Z, in 15 min")
        stage.pass(.minutes(14))
        #expect(stage.last.isEmpty, "told once")
        stage.pass(.minutes(1))
        #expect(stage.last.requests.map(\.remediation) == ["raise-memory"])
    }

    @Test func writeOnItsWayKeepsThePlaceWhenItsSubjectGoes() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        stage.send(.gone(pods, email))
        #expect(stage.last.changes == [.closed(.gone)])
        stage.see(.oom(2))
        #expect(stage.last.requests.isEmpty)
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        #expect(stage.last.holds == [.cooldown])
        #expect(stage.automaton.attemptsInFlight == 0)
    }

    @Test func writeThatIsNeverAnsweredAfterItsSubjectWentIsForgotten() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        stage.send(.gone(pods, email))
        stage.pass(.hours(1))
        #expect(stage.automaton.attemptsInFlight == 0)
        #expect(stage.automaton.nextDeadline == nil)
    }

    @Test func standDownStopsAtThePlan() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.send(.standDown(.shutdown, "shutting down"))
        #expect(stage.answer().reasons == ["stand down: shutting down"])
        #expect(stage.all.applied.isEmpty)
        stage.pass(.hours(1))
        #expect(stage.last.isEmpty)
        #expect(stage.send(.standDown(.shutdown, nil)).requests.count == 1)
    }

    @Test(arguments: [true, false]) func dryRunShowsTheSamePlanOnce(byPolicy: Bool) {
        var policy = SafetyPolicy()
        policy.dryRun = byPolicy
        var stage = Stage([.oom([.raise()], mode: byPolicy ? .auto : .observe)], policy)
        stage.see(.oom())
        stage.answer()
        #expect(stage.last.wouldActs == 1)
        #expect(stage.last.reasons.first?.hasPrefix(byPolicy ? "dry run: OOMKilled" : "rule oom is in mode observe: OOMKilled") == true)
        #expect(stage.last.reasons.last == "dry run: the plan was shown at 12:00:00Z; 5 min left until it is made anew")
        for _ in 0..<5 {
            stage.pass(.minutes(5))
            stage.answer()
        }
        #expect(stage.all.requests.count == 6)
        #expect(stage.all.wouldActs == 1)
        #expect(stage.all.applied.isEmpty)
        #expect(stage.automaton.attemptsInFlight == 0)
        stage.send(.configured(rules: [.oom()], policy: SafetyPolicy()))
        stage.answer()
        #expect(stage.last.applied.count == 1, "what was only shown holds nothing back")
    }

    /// Sessions and files bear no stamp that would tell what a lost answer stood for.
    @Test(arguments: [true, false]) func whatBearsNoStampIsNotDoneTwice(isTimeOut: Bool) {
        var stage = Stage([.oom([.raise("clean-logs", attempts: 2)])])
        stage.see(.oom())
        let search = FileSearch(path: "/var/log", name: "*.gz", olderThanDays: 7, depth: 1, limit: 10)
        let plan = Plan(
            subject: email, summary: "delete 2 files", changes: [Change("/var/log/a.gz", before: "1 KiB", after: nil)],
            write: .files(FileCleaning(places: [.local], search: search)))
        stage.answer(plan)
        if isTimeOut { stage.pass(.minutes(3)) } else { stage.send(.outcomeUnknown(stage.attempt, "broken pipe")) }
        let summary = stage.all.changes.compactMap { if case .attempted(_, _, let report) = $0 { report.summary } else { nil } }
        #expect(summary.count == 1 && summary[0].contains("delete 2 files; whether all of it was done is unknown"))
        stage.pass(.minutes(4))
        #expect(stage.all.applied.count == 1 && stage.all.requests.count == 1)
        stage.see(.well)
        stage.pass(.minutes(1))
        #expect(stage.all.changes.last == .closed(.healed))
    }
}

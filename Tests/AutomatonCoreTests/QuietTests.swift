import Testing

@testable import AutomatonCore

/// What people asked for: pauses, silences, approval; and rules that step down.
@Suite struct QuietTests {
    private func suspension(
        _ kind: Suspension.Kind, rule: String? = nil, subject: SubjectFilter? = nil, for length: Duration? = .minutes(30)
    ) -> Suspension {
        Suspension(
            id: "s1", kind: kind, rule: rule, subject: subject, at: noon, until: length.map { noon + $0 }, by: "anna", why: "deploying")
    }

    @Test func aPauseEndsByItself() {
        var stage = Stage([.oom()])
        stage.send(.suspended(suspension(.pause)))
        stage.see(.oom())
        #expect(stage.last.decisions.first?.choice == .hold(.paused))
        #expect(stage.last.decisions.first?.reason.contains("by anna") == true)
        for _ in 0..<29 { stage.see(.oom(), after: .minutes(1)) }
        #expect(stage.all.requests.isEmpty)
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.requests.count == 1)
        #expect(stage.automaton.suspensions.isEmpty)
    }

    @Test(arguments: [("oom", "email-service", true), ("other", "email-service", false), ("oom", "other", false)])
    func aPauseIsAboutWhatItNames(_ rule: String, _ name: String, _ holds: Bool) {
        var stage = Stage([.oom()])
        let subject = SubjectFilter(kind: .deployment, namespace: "production", name: name)
        stage.send(.suspended(suspension(.pause, rule: rule, subject: subject)))
        stage.see(.oom())
        #expect(stage.all.requests.isEmpty == holds)
    }

    @Test func aSilencedIncidentIsToldOfWhenTheSilenceIsOver() {
        var stage = Stage([.oom([.raise(verify: .minutes(5))])])
        stage.attemptWritten()
        stage.send(.suspended(suspension(.silence, for: .minutes(20))))
        for _ in 0..<19 { stage.see(.oom(), after: .minutes(1)) }
        #expect(stage.all.changes.contains { if case .verified(_, _, .noChange) = $0 { true } else { false } })
        #expect(stage.all.escalations.isEmpty, "nobody is told in the silence")
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.escalations.count == 1)
    }

    @Test func liftingLetsItGoOn() {
        var stage = Stage([.oom()])
        stage.send(.suspended(suspension(.pause, for: nil)))
        stage.see(.oom())
        stage.send(.lifted("s1"))
        #expect(stage.last.requests.count == 1)
    }

    @Test func anApprovedPlanIsWrittenOnce() {
        var stage = Stage([.oom(mode: .approve)])
        stage.see(.oom())
        stage.answer()
        #expect(stage.all.applied.isEmpty)
        #expect(stage.last.contains { if case .noticed(.approvalWanted) = $0 { true } else { false } })
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.automaton.standing(IncidentKey(rule: "oom", subject: email), at: stage.now)?.hold == .approval)
        stage.send(.approved(IncidentKey(rule: "oom", subject: email), by: "anna"))
        #expect(stage.last.requests.count == 1, "it is planned anew")
        stage.answer()
        #expect(stage.all.applied.count == 1)
    }

    @Test func whoIsAskedToHurryWaitsForNoDelay() {
        let key = IncidentKey(rule: "oom", subject: email)
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        #expect(stage.automaton.standing(key, at: stage.now)?.hold == .delay)
        stage.send(.suspended(suspension(.pause, for: nil)))
        stage.send(.hurried(key, by: "anna"))
        #expect(stage.all.requests.isEmpty, "the pause holds it")
        stage.send(.lifted("s1"))
        #expect(stage.last.requests.count == 1)
        stage.answer()
        #expect(stage.all.applied.count == 1)
        // Its next attempt has the cooldown to wait for.
        stage.send(.hurried(key, by: "anna"))
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.applied.count == 1)
    }

    /// Nobody knows that it was unhealthy all through the gap: the delay begins anew, for those who hurry, too.
    @Test func aHurryEndsWithAGap() {
        let key = IncidentKey(rule: "oom", subject: email)
        var stage = Stage([.oom(priority: .low)])
        stage.see(.oom())
        stage.send(.suspended(suspension(.pause, for: nil)))
        stage.send(.hurried(key, by: "anna"))
        stage.see(.oom(), after: .hours(2))
        stage.send(.lifted("s1"))
        #expect(stage.all.requests.isEmpty)
        #expect(stage.automaton.standing(key, at: stage.now)?.hold == .delay)
    }

    @Test func aHurryIsAboutOneIncident() {
        let key = IncidentKey(rule: "oom", subject: email)
        var stage = Stage([.oom(priority: .low)])
        stage.send(.hurried(key, by: "anna"))
        stage.see(.oom())
        #expect(stage.all.requests.isEmpty, "there was none when it was asked for")
        stage.send(.suspended(suspension(.pause, for: nil)))
        stage.send(.hurried(key, by: "anna"))
        stage.see(.well)
        stage.send(.lifted("s1"))
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.requests.isEmpty, "the next one waits")
    }

    @Test func aPlanThatChangedIsAskedForAgain() {
        var stage = Stage([.oom(mode: .approve)])
        stage.see(.oom())
        stage.answer()
        stage.send(.approved(IncidentKey(rule: "oom", subject: email), by: "anna"))
        stage.send(.planned(stage.attempt, memoryPlan(to: ByteQuantity(bytes: 4 << 30))))
        #expect(stage.all.applied.isEmpty)
        #expect(stage.last.decisions.contains { $0.reason.hasPrefix("the plan changed since it was confirmed") })
    }

    @Test func aWordIsAboutOneIncident() {
        let key = IncidentKey(rule: "oom", subject: email)
        var stage = Stage([.oom(mode: .approve)])
        stage.see(.oom())
        stage.answer()
        stage.send(.approved(key, by: "anna"))
        // It recovers before anything is written.
        stage.see(.well)
        stage.answer()
        stage.see(.oom(), after: .hours(1))
        stage.answer()
        #expect(stage.all.applied.isEmpty, "the next incident is asked about again")
        #expect(stage.automaton.standing(key, at: stage.now)?.hold == .approval)
    }

    @Test func whatNobodyConfirmsIsForAPerson() {
        var stage = Stage([.oom(mode: .approve)])
        stage.see(.oom())
        stage.answer()
        for _ in 0..<30 { stage.see(.oom(), after: .minutes(1)) }
        #expect(stage.all.applied.isEmpty)
        #expect(stage.all.escalations == ["nobody confirmed the plan within 30 min"])
        stage.send(.approved(IncidentKey(rule: "oom", subject: email), by: "anna"))
        #expect(stage.last.requests.isEmpty, "it is too late")
    }

    @Test func aRuleThatDoesNotHelpStepsDownAndActsAgainWhenAPersonSaysSo() {
        var policy = SafetyPolicy()
        (policy.ruleThreshold, policy.breakerThreshold) = (3, 100)
        var stage = Stage([.oom([.raise(verify: .minutes(5), attempts: 100)])], policy)
        stage.attemptWritten()
        for _ in 0..<40 {
            stage.see(.oom(), after: .minutes(1))
            guard !stage.last.requests.isEmpty else { continue }
            stage.answer()
            stage.send(.applied(stage.attempt, AttemptReport("done")))
        }
        #expect(stage.all.applied.count == 3)
        #expect(stage.all.contains { if case .noticed(.steppedDown(rule: "oom", _)) = $0 { true } else { false } })
        #expect(stage.all.escalations.count >= 1)
        #expect(stage.automaton.efficacies["oom"]?.attempts == 3)
        stage.send(.reinstated(rule: "oom"))
        #expect(stage.last.requests.count == 1)
    }

    @Test func maintenanceWindowsHoldAndEnd() throws {
        // Noon of a Sunday.
        var rule = Rule.oom()
        rule.maintenance = [MaintenanceWindow(begins: try CronExpression("0 11 * * sun"), lasts: .hours(2))]
        var stage = Stage([rule])
        stage.see(.oom())
        #expect(stage.last.decisions.first?.choice == .hold(.maintenance))
        for _ in 0..<59 { stage.see(.oom(), after: .minutes(1)) }
        #expect(stage.all.requests.isEmpty)
        stage.see(.oom(), after: .minutes(1))
        #expect(stage.all.requests.count == 1)
    }
}

/// What is told of incidents without changing anything.
@Suite struct StandingTests {
    @Test func askingChangesNothing() {
        var stage = Stage([.oom()])
        stage.see(.oom())
        stage.answer()
        stage.send(.applied(stage.attempt, AttemptReport("done")))
        let key = IncidentKey(rule: "oom", subject: email)
        let before = stage.automaton.standing(key, at: stage.now)
        #expect(before?.hold == .inFlight)
        #expect(stage.automaton.standing(key, at: stage.now + .hours(2))?.reason != before?.reason)
        #expect(stage.automaton.standing(key, at: stage.now) == before)
        #expect(stage.automaton.standings([key, IncidentKey(rule: "none", subject: email)], at: stage.now).count == 1)
    }

    @Test(arguments: [
        ("deployment/a", Subject.Kind.deployment), ("deploy/a", .deployment), ("Deployments/a", .deployment), ("sts/a", .statefulSet),
        ("pvc/a", .volume), ("pods/a", .pod), ("ns/po/a", .pod), ("database/localhost:5432/x", .database),
        ("job/pod/a", .pod), ("volume/\u{1F3FB}a", .volume),
    ])
    func kindsAreReadAsPeopleWriteThem(_ text: String, _ kind: Subject.Kind) {
        #expect(SubjectFilter(text)?.kind == kind)
    }

    @Test(arguments: ["a", "deployment/", "deploymint/a", "/a", ""])
    func whatNamesNoSubjectIsNone(_ text: String) { #expect(SubjectFilter(text) == nil) }
}

import SeededRandom
import AutomatonCore
import Testing

@testable import Remediations

/// A revision of `email`, made so many minutes ago.
private func revision(
    _ number: Int, madeAgo minutes: Int, current: Bool = false, alike: Bool? = nil, readyFor: Int? = nil, firstRun: Int? = nil
) -> Revision {
    Revision(
        number: number, replicaSet: "email-\(number)", uid: "rs-\(number)", createdAt: now - .minutes(minutes), isCurrent: current,
        isAlike: alike, readyReplicas: readyFor == nil ? 0 : 1, readySince: readyFor.map { now - .minutes($0) },
        firstRun: firstRun.map { .minutes($0) }, images: ["email:\(number)"])
}

/// Pods of these ReplicaSets in a crash loop for so many minutes.
private func crashLoop(_ sets: String..., since minutes: Int? = nil) -> Finding {
    let reasons = sets.map {
        Reason("CrashLoopBackOff", part: "\($0)-x7k2p", container: "email", since: minutes.map { now - .minutes($0) })
    }
    return Finding(email, observedAt: now, .seen(Evidence(reasons: reasons)))
}

@Suite struct RolloutUndoTests {
    private static let release = [revision(2, madeAgo: 6, current: true), revision(1, madeAgo: 90)]

    private static func answer(
        _ revisions: [Revision], _ finding: Finding = crashLoop("email-2"), on workload: Workload = workload(), within: Duration? = nil
    ) async throws -> PlanAnswer {
        let remediation = try RolloutUndo(.init(within: within.map { ConfiguredDuration($0) }))
        return try await remediation.plan(
            for: finding, on: workload.subject, in: world(FakeWorkloads(workload, revisions: revisions)))
    }

    private static func plan(_ revisions: [Revision], _ finding: Finding = crashLoop("email-2")) async throws -> Plan {
        switch try await answer(revisions, finding) {
        case .plan(let plan): return plan
        case .refused(let why): throw PortError.refused(why)
        }
    }

    @Test func goesBackAndForward() async throws {
        var before = workload()
        (before.readyReplicas, before.desired, before.takesDown, before.wish) = (0, 3, 1, ObjectWish(mode: .auto))
        let argo = FieldOwner(kind: .gitOps, name: "argocd-controller", field: .template)
        before.owners = [argo, FieldOwner(kind: .gitOps, name: "argocd-controller", field: .replicas)]
        let workloads = FakeWorkloads(before, revisions: Self.release)
        let remediation = try RolloutUndo(.init())
        guard case .plan(let plan) = try await remediation.plan(for: crashLoop("email-2"), on: email, in: world(workloads)) else {
            throw Unexpected()
        }
        #expect(plan.summary == "take deployment/email back from revision 2 (email:2) to revision 1 (email:1)")
        #expect(
            plan.changes == [
                Change(
                    "spec.template", before: "revision 2 (email:2), ReplicaSet email-2", after: "revision 1 (email:1), ReplicaSet email-1")
            ])
        let (back, forward) = (
            WorkloadWrite.Edit.template(replicaSet: "email-1", uid: "rs-1"), WorkloadWrite.Edit.template(replicaSet: "email-2", uid: "rs-2")
        )
        #expect(plan.write == .workload(WorkloadWrite([back], precondition: .version(uid: "u1", resourceVersion: "7"))))
        #expect(plan.inverse == WorkloadWrite([forward], precondition: .values(uid: "u1", [back])))
        #expect(plan.stamps == before.stamps)
        var circumstances = Circumstances()
        circumstances.wish = before.wish
        (circumstances.healthy, circumstances.desired, circumstances.takesDown) = (0, 3, 1)
        circumstances.owners = [argo]
        #expect(plan.circumstances == circumstances)

        _ = try await remediation.apply(plan, stamp: stamp(2), in: world(workloads))
        #expect(workloads.present == "email-1" && workloads.stamps == [stamp(2)])
        try await remediation.revert(plan, in: world(workloads))
        #expect(workloads.present == "email-2")
        // It is as it was: there is nothing to take back any more.
        await #expect(throws: PortError.self) { try await remediation.revert(plan, in: world(workloads)) }
    }

    /// A former template may ask for more memory than anything may have today: that is a change like any other.
    @Test func tellsTheMemoryThatTheFormerTemplateAsksFor() async throws {
        let (small, large) = (ByteQuantity(bytes: 1 << 30), ByteQuantity(bytes: 64 << 30))
        var revisions = Self.release
        revisions[0].memoryLimits = ["email": small, "proxy": small]
        revisions[1].memoryLimits = ["email": large, "proxy": small]
        let changes = try await Self.plan(revisions).changes
        #expect(
            changes.dropFirst() == [
                Change("containers[email].resources.limits.memory", before: "1Gi", after: "64Gi", measure: .memory(large))
            ])
    }

    @Test func restartsInBetweenAreNoRevisions() async throws {
        // Revision 2 is the release; 3 and 4 are its rollout restarts.
        let restarted = [
            revision(4, madeAgo: 1, current: true), revision(3, madeAgo: 3, alike: true), revision(2, madeAgo: 8, alike: true),
            revision(1, madeAgo: 90),
        ]
        let plan = try await Self.plan(restarted, crashLoop("email-4"))
        #expect(plan.write.workload?.edits == [.template(replicaSet: "email-1", uid: "rs-1")])
        #expect(plan.inverse?.edits == [.template(replicaSet: "email-4", uid: "rs-4")])
        // A restart makes an old release no new one.
        let old = [revision(3, madeAgo: 3, current: true), revision(2, madeAgo: 600, alike: true), revision(1, madeAgo: 900)]
        guard case .refused(let why) = try await Self.answer(old, crashLoop("email-3")) else { throw Unexpected() }
        #expect(why.contains("longer than 1 h before the trouble"))
    }

    @Test func theNextRevisionMayBeAnyBefore() async throws {
        // The history was cut: what is left counts.
        let plan = try await Self.plan([revision(9, madeAgo: 2, current: true), revision(4, madeAgo: 400)], crashLoop("email-9"))
        #expect(plan.write.workload?.edits == [.template(replicaSet: "email-4", uid: "rs-4")])
    }

    @Test func troubleThatBeganLongAgoCountsFromItsBeginning() async throws {
        let revisions = [revision(2, madeAgo: 120, current: true), revision(1, madeAgo: 900)]
        guard case .plan = try await Self.answer(revisions, crashLoop("email-2", since: 100)) else { throw Unexpected() }
        guard case .refused = try await Self.answer(revisions, crashLoop("email-2", since: 10)) else { throw Unexpected() }
        guard case .plan = try await Self.answer(revisions, crashLoop("email-2", since: 10), within: .hours(2)) else { throw Unexpected() }
    }

    static let refusals: [([Revision], Finding, String)] = [
        ([revision(1, madeAgo: 5, current: true)], crashLoop("email-1"), "revision 1 is its first: there is no revision to go back to"),
        (
            [revision(2, madeAgo: 5, current: true), revision(1, madeAgo: 60, alike: true)], crashLoop("email-2"),
            "revision 2 is its first: there is no revision"
        ),
        (
            [revision(3, madeAgo: 90, current: true), revision(2, madeAgo: 20)], crashLoop("email-3"),
            "revision 3 is itself a step back, to what ReplicaSet email-3 has kept since"
        ),
        (
            [revision(2, madeAgo: 61, current: true), revision(1, madeAgo: 90)], crashLoop("email-2"),
            "longer than 1 h before the trouble: it is not the revision's fault"
        ),
        (release, crashLoop("email-1"), "the pods in trouble (email-1-x7k2p) are not those of revision 2"),
        (
            [revision(2, madeAgo: 30, current: true, readyFor: 11), revision(1, madeAgo: 90)], crashLoop("email-2"),
            "a pod of revision 2 has been ready since"
        ),
        (
            [revision(2, madeAgo: 50, current: true, firstRun: 31), revision(1, madeAgo: 90)], crashLoop("email-2"),
            "a pod of revision 2 ran for 31 min before the trouble"
        ),
        (release, Finding(email, observedAt: now, .unknown("stale")), "is unknown"),
    ]

    @Test(arguments: refusals) func refuses(_ revisions: [Revision], _ finding: Finding, _ expected: String) async throws {
        guard case .refused(let why) = try await Self.answer(revisions, finding) else { throw Unexpected() }
        #expect(why.contains(expected), "\(why)")
    }

    @Test func aShortWhileReadyProvesNothing() async throws {
        _ = try await Self.plan([revision(2, madeAgo: 30, current: true, readyFor: 9, firstRun: 9), revision(1, madeAgo: 90)])
        // Whatever else belongs to the Deployment, besides one of its new pods.
        _ = try await Self.plan(Self.release, crashLoop("email-1", "email-2"))
        // What is no pod of it says nothing about revisions.
        _ = try await Self.plan(Self.release, crashLoop("volume"))
    }

    @Test func longNamesAreCut() async throws {
        let name = String(repeating: "n", count: 60)
        let subject = Subject(.deployment, namespace: "production", name: name)
        var revisions = Self.release
        for index in revisions.indices { revisions[index].replicaSet = "\(name)-\(index)" }
        let pod = String("\(name)-0-".prefix(58)) + "x7k2p"
        let finding = Finding(subject, observedAt: now, .seen(Evidence(reasons: [Reason("CrashLoopBackOff", part: pod)])))
        guard case .plan = try await Self.answer(revisions, finding, on: workload(subject)) else { throw Unexpected() }
    }

    static let workloads: [(Workload, String)] = [
        (workload(paused: true), "is paused"), (workload(replicas: 0), "scaled to 0"),
        (workload(Subject(.statefulSet, namespace: "production", name: "store")), "only a Deployment keeps revisions"),
        (workload(Subject(.daemonSet, namespace: "production", name: "agent")), "only a Deployment keeps revisions"),
        (workload(Subject(.pod, namespace: "production", name: "debug")), "only a Deployment keeps revisions"),
    ]

    @Test(arguments: workloads) func refusesWorkloads(_ workload: Workload, _ expected: String) async throws {
        guard case .refused(let why) = try await Self.answer(Self.release, on: workload) else { throw Unexpected() }
        #expect(why.contains(expected) && why.contains(workload.subject.description), "\(why)")
    }

    static let stamps: [(String, Int, String?)] = [
        ("raise-memory", 6, "was made by raise-memory of rule oom-killed"), ("raise-memory", 7, "was made by raise-memory"),
        ("raise-memory", 60, nil), ("raise-memory", 2, nil), ("rollout-restart", 6, nil), ("scale", 6, nil),
        ("rollout-undo", 3, "revision 2 was left once, by rule oom-killed at"), ("rollout-undo", 30, nil),
    ]

    @Test(arguments: stamps) func ownAttemptsAreNoReleases(_ remediation: String, _ minutes: Int, _ expected: String?) async throws {
        var stamped = workload()
        stamped.stamps = [Stamp(attempt: AttemptID("a"), rule: "oom-killed", remediation: remediation, at: now - .minutes(minutes))]
        switch try await Self.answer(Self.release, on: stamped) {
        case .plan: #expect(expected == nil)
        case .refused(let why): #expect(expected.map { why.contains($0) } ?? false, "\(why)")
        }
    }

    @Test(arguments: [[], [revision(2, madeAgo: 5), revision(1, madeAgo: 90, current: true)]])
    func waitsForTheController(_ revisions: [Revision]) async throws {
        let error = await #expect(throws: PortError.self) { _ = try await Self.answer(revisions) }
        #expect(error == .unavailable("the present template of \(email) has no ReplicaSet yet", retryAfter: .seconds(5)))
    }

    @Test(arguments: [0, 59, 8 * 86_400]) func refusesParameters(_ seconds: Int) {
        let error = #expect(throws: ParameterError.self) { try RolloutUndo(.init(within: ConfiguredDuration(.seconds(seconds)))) }
        #expect(error?.key == "within" && error?.problem.contains(": write ") == true)
    }

    @Test func namesAreThoseOfTheParameters() {
        #expect(Mirror(reflecting: RolloutUndo.Parameters()).children.compactMap(\.label) == RolloutUndo.parameterNames)
    }

    /// Whatever the history: the target is another template, older than the present one, and the nearest such.
    @Test func neverForwardAndNeverToTheSame() async throws {
        var random = SplitMix64(3)
        var planned = 0
        for _ in 0..<3000 {
            var revisions: [Revision] = []
            for number in (1...Int.random(in: 1...6, using: &random)).reversed() {
                let isFirst = revisions.isEmpty
                revisions.append(
                    revision(
                        number, madeAgo: Int.random(in: 0...120, using: &random), current: isFirst,
                        alike: isFirst || Int.random(in: 0...2, using: &random) == 0))
            }
            guard case .plan(let plan) = try await Self.answer(revisions, crashLoop("volume")) else { continue }
            planned += 1
            guard case .template(let name, let uid)? = plan.write.workload?.edits.first else { throw Unexpected() }
            let target = try #require(revisions.first { $0.uid == uid && $0.replicaSet == name })
            #expect(!target.isAlike && target.uid == revisions.first { !$0.isAlike }?.uid)
            let same = revisions.prefix { $0.isAlike }
            #expect(same.allSatisfy { target.createdAt <= $0.createdAt })
            #expect(same.contains { now - $0.createdAt <= .hours(1) })
        }
        #expect(planned > 300)
    }

    struct Unexpected: Error {}
}

import AutomatonCore
import Testing

@testable import Checks

/// Which workload is meant, and how long it is followed.
@Suite struct TrackingTests {
    @Test func healthyPodsAskNothingAndLeaveNoDetails() {
        var scene = Scene()
        let rows = (0..<10_000).map { pod($0, set: "shop\($0 / 3)-7d9c5", running(Int32($0 % 2)), running(name: "proxy")) }
        scene.see(.listing, .page(rows), .listed)
        for row in rows { scene.change(row) }
        #expect(scene.asked.isEmpty)
        #expect(scene.reports.count == 1)
        #expect(scene.state.troubles.isEmpty && scene.state.workloads.isEmpty && scene.state.owners.isEmpty)
        #expect(scene.state.questions.isEmpty)
        for row in rows { scene.see(.deleted(row)) }
        #expect(scene.state.pods.isEmpty && scene.state.groupIndex.isEmpty)
        #expect(MemoryLayout<PodMemory>.stride <= 24)
    }

    @Test func anOwnerIsAskedForOnce() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, running()))
        for restart in 1...9 {
            scene.change(pod(1, running(Int32(restart), last: end("Error", exit: 1, at: Int64(restart)))))
            scene.change(pod(2, running(Int32(restart), last: end("Error", exit: 1, at: Int64(restart)))))
        }
        #expect(scene.asked.count == 1)
    }

    @Test func anOwnerThatCannotBeToldIsUnknownAndAskedAgain() {
        var scene = Scene()
        scene.owners["email-7d9c5"] = .failed(.refused("may not get replicasets"))
        let unknown =
            "replicaset/email-7d9c5: unknown: "
            + "cannot tell which workload production/replicaset/email-7d9c5 belongs to: may not get replicasets"
        #expect(scene.list(pod(1, ended(end("OOMKilled")))) == ["complete[\(unknown)]"])
        #expect(scene.wait(.minutes(10)) == [], "said once")
        #expect((8...20).contains(scene.asked.count), "asked again, ever more rarely: \(scene.asked.count)")
        scene.owners["email-7d9c5"] = nil
        #expect(scene.wait(.minutes(1)) == ["gone replicaset/email-7d9c5", "email: OOMKilled#0 restarts 0 unwell 1 pods 1"])
    }

    @Test func theClusterSaysHowLongToWait() {
        var scene = Scene()
        scene.owners["email-7d9c5"] = .failed(.unavailable("too many requests", retryAfter: .seconds(30)))
        scene.list(pod(1, ended(end("OOMKilled"))))
        scene.wait(.seconds(29))
        #expect(scene.asked.count == 1)
        scene.wait(.seconds(1))
        #expect(scene.asked.count == 2)
    }

    @Test func theFirstReportWaitsUntilOwnersAreKnown() {
        var scene = Scene()
        scene.answers = false
        #expect(scene.list(pod(1, ended(end("OOMKilled")))) == [])
        #expect(scene.change(pod(2, running())) == [])
        scene.answers = true
        #expect(scene.settleUp() == ["complete[email: OOMKilled#0 restarts 0 unwell 1 pods 2]"])
    }

    @Test func anOwnerThatIsNotToldInTimeDoesNotMatterOnceThePodIsGone() {
        var scene = Scene()
        scene.answers = false
        scene.list(pod(1, ended(end("OOMKilled"))))
        #expect(scene.see(.deleted(pod(1))) == ["complete[]"])
        scene.answers = true
        #expect(scene.settleUp() == [])
    }

    @Test func aBarePodIsItsOwnWorkload() {
        var scene = Scene()
        scene.list()
        let row = pod(1, set: "debug", kind: nil, running())
        scene.change(row)
        #expect(
            scene.change(pod(1, set: "debug", kind: nil, ended(end("OOMKilled")))) == [
                "pod/debug-1: OOMKilled#0 restarts 0 unwell 1 pods 1"
            ])
        #expect(scene.see(.deleted(row)) == ["gone pod/debug-1"])
        #expect(scene.asked.isEmpty)
    }

    @Test func podsOfAControllerThatIsNoWorkloadAreOnTheirOwn() {
        var scene = Scene()
        scene.list()
        for number in 1...2 { scene.change(pod(number, set: "node-a", kind: "Node", running())) }
        #expect(
            scene.change(pod(2, set: "node-a", kind: "Node", ended(end("Error", exit: 1)))) == [
                "pod/node-a-2: Error#0 restarts 0 unwell 1 pods 1"
            ])
    }

    @Test func aWorkloadThatIsGoneIsSaidToBeGone() {
        var scene = Scene()
        scene.presence = .absent
        scene.list(pod(1, ended(end("OOMKilled"))))
        #expect(scene.see(.deleted(pod(1))) == ["email: unknown: it has no running pods"])
        #expect(scene.wait(.seconds(119)) == [])
        #expect(scene.wait(.seconds(1)) == ["gone email"])
    }

    @Test func aWorkloadWhosePodsCannotBeMadeIsNotWell() {
        var scene = Scene()
        scene.list(pod(1, set: "db", kind: "StatefulSet", ended(end("OOMKilled"))))
        #expect(scene.see(.deleted(pod(1, set: "db", kind: "StatefulSet"))) == ["statefulset/db: unknown: it has no running pods"])
        #expect(scene.wait(.minutes(30)) == [], "it is still there, and wants pods")
        #expect(scene.asked.count > 2)
        #expect(scene.change(pod(2, set: "db", kind: "StatefulSet", running())) == ["statefulset/db: restarts 0 unwell 0 pods 1"])
    }

    @Test func aJobThatGotDoneIsWell() {
        var scene = Scene()
        scene.list(pod(1, set: "report", kind: "Job", running()))
        scene.change(pod(1, set: "report", kind: "Job", phase: .failed, ended(end("OOMKilled"))))
        scene.change(pod(2, set: "report", kind: "Job", running()))
        scene.change(pod(2, set: "report", kind: "Job", phase: .succeeded, ended(end("Completed", exit: 0))))
        #expect(scene.wait(.minutes(3)) == ["job/report: restarts 0 unwell 0 pods 0"])
    }

    @Test func aWorkloadIsFollowedForAnHourAfterItWasUnwell() {
        var scene = Scene()
        scene.list(pod(1, ended(end("OOMKilled"))), pod(2, running()))
        scene.change(pod(1, terminating: true))
        scene.see(.deleted(pod(1)))
        scene.wait(.minutes(59))
        #expect(scene.list(pod(2, running())) == ["complete[email: restarts 0 unwell 0 pods 1]"])
        scene.wait(.minutes(2))
        #expect(scene.list(pod(2, running())) == ["complete[]"])
        #expect(scene.state.workloads.isEmpty && scene.state.membership.isEmpty)
    }

    @Test func aPodThatChangesItsControllerIsCountedOnce() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, ended(end("Error", exit: 1))))
        #expect(scene.change(pod(1, set: "cart-7d9c5", running())) == ["email: Error#0 restarts 0 unwell 1 pods 1"])
        #expect(
            scene.change(pod(1, set: "cart-7d9c5", running(1, last: end("OOMKilled", at: 1))))
                == ["cart: OOMKilled#1 restarts 1 unwell 1 pods 1"])
    }
}

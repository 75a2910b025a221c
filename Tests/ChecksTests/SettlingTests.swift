import AutomatonCore
import Testing

@testable import Checks

/// When a fault stops counting, and when a workload is said to be well again.
@Suite struct SettlingTests {
    @Test func aContainerMustRunForAWhileAfterItsLastEnd() {
        var scene = Scene()
        scene.list(pod(running()))
        scene.change(pod(ended(end("OOMKilled", at: 0))))
        #expect(scene.wait(.minutes(10)) == [], "down is down, for however long")
        #expect(scene.change(pod(running(1, last: end("OOMKilled")))) == ["email: OOMKilled#0 restarts 1 unwell 1 pods 1"])
        #expect(scene.wait(.seconds(119)) == [])
        scene.change(pod(running(1, last: end("OOMKilled"), ready: false)))
        scene.change(pod(running(1, last: end("OOMKilled"))))
        #expect(scene.wait(.seconds(1)) == ["email: restarts 1 unwell 0 pods 1"])
        #expect(scene.wait(.minutes(57)) == [])
        #expect(scene.wait(.minutes(2)) == ["email: restarts 0 unwell 0 pods 1"], "an hour after the restart")
    }

    @Test func aNewEndStartsTheTimeAnew() {
        var scene = Scene()
        scene.list(pod(running()))
        scene.change(pod(running(1, last: end("Error", exit: 1, at: 0))))
        scene.wait(.seconds(100))
        #expect(scene.change(pod(running(2, last: end("Error", exit: 1, at: 99)))) == ["email: Error#2 restarts 2 unwell 1 pods 1"])
        #expect(scene.wait(.seconds(119)) == [])
        #expect(scene.wait(.seconds(1)) == ["email: restarts 2 unwell 0 pods 1"])
    }

    @Test func aRestartWithoutFaultStartsTheTimeAnewToo() {
        var scene = Scene()
        scene.list(pod(running()))
        scene.change(pod(running(1, last: end("OOMKilled", at: 0))))
        scene.wait(.seconds(100))
        scene.change(pod(running(2, last: end("Completed", exit: 0, at: 99))))
        #expect(scene.wait(.seconds(119)) == [])
        #expect(scene.wait(.seconds(1)) == ["email: restarts 2 unwell 0 pods 1"])
    }

    @Test func anEvictedPodThatStaysIsNewsForAWhile() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, running()))
        scene.change(pod(1, phase: .failed, reason: "Evicted", ended(end("Error"))))
        scene.change(pod(3, running()))
        #expect(scene.wait(.seconds(119)) == [])
        #expect(scene.wait(.seconds(1)) == ["email: restarts 0 unwell 0 pods 2"])
        #expect(
            scene.list(pod(1, phase: .failed, reason: "Evicted", ended(end("Error"))), pod(2, running()), pod(3, running()))
                == ["complete[email: restarts 0 unwell 0 pods 2]"])
    }

    @Test func aRolloutIsWellWhenAllNewPodsAreReady() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, running()))
        scene.change(pod(1, ended(end("OOMKilled"))))
        // The Deployment makes a second ReplicaSet; the first one goes.
        #expect(
            scene.change(pod(3, set: "email-5f4b2", phase: .pending, ready: false)) == ["email: OOMKilled#0 restarts 0 unwell 1 pods 3"])
        #expect(scene.change(pod(1, terminating: true, ended(end("OOMKilled")))) == ["email: unknown: 1 of 2 pods are not ready yet"])
        #expect(
            scene.change(pod(4, set: "email-5f4b2", phase: .pending, ready: false)) == ["email: unknown: 2 of 3 pods are not ready yet"])
        #expect(scene.change(pod(2, terminating: true, running())) == ["email: unknown: 2 of 2 pods are not ready yet"])
        #expect(scene.change(pod(3, set: "email-5f4b2", running())) == ["email: unknown: 1 of 2 pods are not ready yet"])
        #expect(scene.change(pod(4, set: "email-5f4b2", running())) == ["email: restarts 0 unwell 0 pods 2"])
        #expect(scene.see(.deleted(pod(1)), .deleted(pod(2))) == [])
    }

    @Test func aRolloutThatFailsAgainIsTheSameWorkload() {
        var scene = Scene()
        scene.list(pod(1, running()))
        scene.change(pod(1, ended(end("OOMKilled"))))
        scene.change(pod(2, set: "email-5f4b2", running()))
        #expect(scene.change(pod(1, terminating: true)) == ["email: restarts 0 unwell 0 pods 1"])
        #expect(scene.change(pod(2, set: "email-5f4b2", ended(end("OOMKilled")))) == ["email: OOMKilled#0 restarts 0 unwell 1 pods 1"])
    }

    @Test func otherReplicaSetsOfTheDeploymentCountFromTheStart() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, set: "email-5f4b2", running(ready: false)), pod(3, set: "email-web-7d9c5", running()))
        #expect(scene.change(pod(1, ended(end("OOMKilled")))) == ["email: OOMKilled#0 restarts 0 unwell 1 pods 2"])
        #expect(scene.see(.deleted(pod(1))) == ["email: unknown: 1 of 1 pods are not ready yet"])
    }

    @Test func aReplicaSetThatOnlyLooksLikeASiblingLeavesAgain() {
        var scene = Scene()
        scene.owners["email-5f4b2"] = .owner(Subject(.replicaSet, namespace: "production", name: "email-5f4b2"))
        scene.list(pod(1, running()), pod(2, set: "email-5f4b2", running(ready: false)))
        #expect(scene.change(pod(1, ended(end("OOMKilled")))) == ["email: OOMKilled#0 restarts 0 unwell 1 pods 1"])
    }

    @Test func restartsOfPodsThatAreReplacedCountNoMore() {
        var scene = Scene()
        scene.list(pod(1, running()))
        for restart in 1...5 { scene.change(pod(1, running(Int32(restart), last: end("Error", exit: 1, at: Int64(restart))))) }
        #expect(scene.lastFinding(email).map(ReportText.of) == "email: Error#5 restarts 5 unwell 1 pods 1")
        scene.change(pod(2, running()))
        #expect(scene.change(pod(1, terminating: true, running(5))) == ["email: restarts 0 unwell 0 pods 1"])
    }

    @Test func aLongHistoryOfRestartsStaysSmallAndLeavesTheWindow() {
        var log = RestartLog()
        for second in 0..<3600 { log.record(1, at: start + .seconds(second), window: .hours(1)) }
        #expect(log.total == 3600)
        let isEarly = log.expire(at: start + .seconds(3599), window: .hours(1))
        #expect(!isEarly)
        var entries = 0
        var now = start + .seconds(3600)
        while let next = log.nextExpiry(window: .hours(1)) {
            now = max(now, next)
            let isDue = log.expire(at: now, window: .hours(1))
            #expect(isDue)
            entries += 1
        }
        #expect(log.total == 0)
        #expect(entries <= 61)
    }
}

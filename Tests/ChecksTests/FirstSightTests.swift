import AutomatonCore
import Testing

@testable import Checks

/// What counts when a pod is seen for the first time: what is wrong at this moment, never what it brought along.
@Suite struct FirstSightTests {
    static let rows: [(String, PodRow, String)] = [
        ("a history of OOMs", pod(running(9, last: end("OOMKilled", at: -5))), "complete[]"),
        (
            "dead at this moment", pod(ended(end("OOMKilled", at: -5), restarts: 9)),
            "complete[email: OOMKilled#9 restarts 0 unwell 1 pods 1]"
        ),
        (
            "in back-off after an OOM", pod(waiting("CrashLoopBackOff", restarts: 9, last: end("OOMKilled", at: -5))),
            "complete[email: OOMKilled#9 CrashLoopBackOff#9 restarts 0 unwell 1 pods 1]"
        ),
        (
            "in back-off after a crash", pod(waiting("CrashLoopBackOff", restarts: 9, last: end("Error", exit: 1, at: -5))),
            "complete[email: CrashLoopBackOff#9 Error#9 restarts 0 unwell 1 pods 1]"
        ),
        ("waits for an image after a crash", pod(waiting("ImagePullBackOff", last: end("Error", exit: 1, at: -5))), "complete[]"),
        ("evicted before", pod(phase: .failed, reason: "Evicted", ended(end("Error", at: -5))), "complete[]"),
        ("failed before", pod(set: "report", kind: "Job", phase: .failed, ended(end("OOMKilled", at: -5))), "complete[]"),
        ("on its way out", pod(terminating: true, ended(end("OOMKilled", at: -5))), "complete[]"),
        ("well", pod(running()), "complete[]"),
        ("not ready", pod(running(ready: false)), "complete[]"),
        ("137 without the word", pod(ended(end("Error", at: -5))), "complete[email: Error#0 restarts 0 unwell 1 pods 1]"),
        ("ended well", pod(ended(end("Completed", exit: 0, at: -5))), "complete[]"),
    ]

    @Test(arguments: rows) func list(_ name: String, _ row: PodRow, _ expected: String) {
        var scene = Scene()
        #expect(scene.list(row) == [expected])
        #expect(scene.list(row) == [expected], "the same list once more")
    }

    @Test(arguments: rows) func listThenWatchEqualsWatchAlone(_ name: String, _ row: PodRow, _ expected: String) {
        var scene = Scene()
        scene.list()
        let texts = scene.change(row).joined()
        #expect("complete[\(texts)]" == expected)
    }

    @Test func theFirstListIsReportedAsAWhole() {
        var scene = Scene()
        let shop = pod(2, set: "cart", kind: "StatefulSet", ended(end("Error", exit: 1)))
        scene.state.apply(.listing, at: scene.now)
        scene.state.apply(.page([pod(ended(end("OOMKilled")))]), at: scene.now)
        #expect(scene.settleUp() == [], "nothing before the list is complete")
        #expect(
            scene.see(.page([shop]), .listed) == [
                "complete[email: OOMKilled#0 restarts 0 unwell 1 pods 1, statefulset/cart: Error#0 restarts 0 unwell 1 pods 1]"
            ])
    }

    @Test func thePopulationCountsWorkloadsNotPodsAndARolloutOnce() {
        var scene = Scene()
        scene.list(
            pod(running()), pod(2, running()), pod(3, set: "email-5f6b7", running()), pod(4, set: "cart", kind: "StatefulSet", running()),
            pod(5, set: "report", kind: "Job", phase: .succeeded, ended(end("Completed", exit: 0))))
        #expect(scene.population == ["production": 2])
        scene.see(.deleted(pod(4, set: "cart", kind: "StatefulSet", running())), .alive)
        #expect(scene.population == ["production": 1])
    }

    @Test func aRelistComparesWithWhatWasKnown() {
        var scene = Scene()
        scene.list(pod(running()), pod(2, running(4, last: end("OOMKilled", at: -9))))
        let texts = scene.list(pod(running(1, last: end("OOMKilled", at: 5))), pod(2, running(4, last: end("OOMKilled", at: -9))))
        #expect(texts == ["complete[email: OOMKilled#1 restarts 1 unwell 1 pods 2]"])
        #expect(
            scene.list(pod(running(1, last: end("OOMKilled", at: 5))), pod(2, running(4, last: end("OOMKilled", at: -9)))) == texts,
            "an OOM that is known is not counted again")
    }

    @Test func aRelistDropsPodsThatAreGone() {
        var scene = Scene()
        scene.list(pod(ended(end("OOMKilled"))), pod(2, running()))
        #expect(scene.list(pod(2, running())) == ["complete[email: restarts 0 unwell 0 pods 1]"])
    }

    @Test func aListThatBreaksOffDropsNothing() {
        var scene = Scene()
        scene.list(pod(ended(end("OOMKilled"))), pod(2, running()))
        #expect(scene.see(.listing, .page([pod(2, running())]), .disconnected("reset")) == [])
        #expect(
            scene.list(pod(ended(end("OOMKilled"))), pod(2, running())) == ["complete[email: OOMKilled#0 restarts 0 unwell 1 pods 2]"])
    }
}

import AutomatonCore
import Testing

@testable import Checks

/// What is said while the pods cannot be seen.
@Suite struct InterruptionTests {
    @Test func aShortInterruptionIsNoNews() {
        var scene = Scene()
        scene.list(pod(running()))
        #expect(scene.see(.disconnected("reset")) == [])
        #expect(scene.wait(.seconds(29)) == [])
        #expect(scene.see(.alive) == ["current"])
        #expect(scene.wait(.minutes(2)) == [])
    }

    @Test func aLongInterruptionIsBlindness() {
        var scene = Scene()
        scene.list(pod(ended(end("OOMKilled"))))
        scene.see(.disconnected("connection refused"))
        scene.wait(.seconds(15))
        scene.see(.disconnected("no route to host"))
        #expect(scene.wait(.seconds(15)) == ["blind: no route to host"])
        #expect(scene.wait(.minutes(5)) == [])
        #expect(scene.see(.alive) == ["complete[email: OOMKilled#0 restarts 0 unwell 1 pods 1]"], "what is known is so again")
        #expect(scene.see(.alive) == ["current"])
    }

    @Test func aNewListEndsBlindnessToo() {
        var scene = Scene()
        scene.list(pod(ended(end("OOMKilled"))))
        scene.see(.disconnected("connection refused"))
        scene.wait(.seconds(30))
        #expect(scene.see(.listing, .page([pod(2, running())])) == [])
        #expect(scene.see(.listed) == ["complete[email: restarts 0 unwell 0 pods 1]"])
    }

    @Test func blindFromTheStart() {
        var scene = Scene()
        scene.see(.disconnected("forbidden: may not list pods"))
        #expect(scene.wait(.minutes(2)) == ["blind: forbidden: may not list pods"])
        #expect(scene.list(pod(running())) == ["complete[]"])
    }

    @Test func nothingSettlesUnseen() {
        var scene = Scene()
        scene.list(pod(running()))
        scene.change(pod(running(1, last: end("OOMKilled"))))
        scene.wait(.seconds(110))
        scene.see(.disconnected("reset"))
        #expect(scene.wait(.seconds(20)) == [], "it would have settled after ten")
        // The watch goes on where it was: the end that happened meanwhile comes a moment later.
        #expect(scene.change(pod(2, running())) == ["email: OOMKilled#1 restarts 1 unwell 1 pods 2"])
        #expect(scene.wait(.seconds(1)) == [])
        #expect(scene.change(pod(ended(end("OOMKilled", at: 120), restarts: 1))) == ["email: OOMKilled#1 restarts 1 unwell 1 pods 2"])
        #expect(scene.wait(.minutes(5)) == [])
    }

    @Test func settlesAfterTheWatchIsBack() {
        var scene = Scene()
        scene.list(pod(running()))
        scene.change(pod(running(1, last: end("OOMKilled"))))
        scene.wait(.seconds(110))
        scene.see(.disconnected("reset"))
        scene.wait(.seconds(20))
        #expect(scene.see(.alive) == ["current"])
        #expect(scene.wait(.seconds(4)) == [])
        #expect(scene.wait(.seconds(1)) == ["email: restarts 1 unwell 0 pods 1"])
    }

    @Test func aPodThatIsToldFirstDoesNotSettleTheOthers() {
        var scene = Scene()
        scene.list(pod(1, running()), pod(2, running()))
        scene.change(pod(1, running(1, last: end("OOMKilled"))))
        scene.change(pod(2, running(1, last: end("OOMKilled"))))
        scene.see(.disconnected("reset"))
        scene.wait(.minutes(10))
        #expect(
            scene.change(pod(2, running(1, last: end("OOMKilled")))) == [
                "complete[email: OOMKilled#1 OOMKilled#1 restarts 2 unwell 2 pods 2]"
            ])
        #expect(scene.wait(.seconds(4)) == [])
        scene.change(pod(1, ended(end("OOMKilled", at: 500), restarts: 1)))
        #expect(scene.wait(.seconds(1)) == ["email: OOMKilled#1 restarts 2 unwell 1 pods 2"])
    }
}

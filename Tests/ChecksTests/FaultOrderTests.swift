import AutomatonCore
import Testing

@testable import Checks

/// The orders of statuses in which real faults arrive, and what is said about each.
@Suite struct FaultOrderTests {
    struct Order: CustomTestStringConvertible {
        var name: String
        var steps: [(PodRow, [String])]
        var testDescription: String { name }
    }

    static let orders: [Order] = [
        Order(
            name: "OOM loop: terminated, running, terminated, back-off, running",
            steps: [
                (pod(running()), []),
                (pod(ended(end("OOMKilled", at: 2))), ["email: OOMKilled#0 restarts 0 unwell 1 pods 1"]),
                (pod(running(1, last: end("OOMKilled", at: 2))), ["email: OOMKilled#0 restarts 1 unwell 1 pods 1"]),
                (
                    pod(ended(end("OOMKilled", at: 3), restarts: 1, last: end("OOMKilled", at: 2))),
                    ["email: OOMKilled#1 restarts 1 unwell 1 pods 1"]
                ),
                (
                    pod(waiting("CrashLoopBackOff", restarts: 1, last: end("OOMKilled", at: 3), message: "back-off 10s")),
                    ["email: OOMKilled#1 CrashLoopBackOff#1 restarts 1 unwell 1 pods 1"]
                ),
                (
                    pod(running(2, last: end("OOMKilled", at: 3))),
                    ["email: OOMKilled#1 CrashLoopBackOff#1 restarts 2 unwell 1 pods 1"]
                ),
            ]),
        Order(
            name: "two ends within one second",
            steps: [
                (pod(running()), []),
                (pod(ended(end("OOMKilled", at: 2))), ["email: OOMKilled#0 restarts 0 unwell 1 pods 1"]),
                (pod(running(1, last: end("OOMKilled", at: 2))), ["email: OOMKilled#0 restarts 1 unwell 1 pods 1"]),
                (
                    pod(ended(end("OOMKilled", at: 2), restarts: 1, last: end("OOMKilled", at: 2))),
                    ["email: OOMKilled#1 restarts 1 unwell 1 pods 1"]
                ),
            ]),
        Order(
            name: "OOM seen only by the restart count that grew",
            steps: [
                (pod(running()), []),
                (pod(running(1, last: end("OOMKilled", at: 2))), ["email: OOMKilled#1 restarts 1 unwell 1 pods 1"]),
                (pod(running(1, last: end("OOMKilled", at: 2), ready: false)), []),
            ]),
        Order(
            name: "one crash with a message",
            steps: [
                (pod(running()), []),
                (
                    pod(ended(end("Error", exit: 1, at: 2, message: "panic: no connection"))),
                    ["email: Error#0 restarts 0 unwell 1 pods 1"]
                ),
                (pod(running(1, last: end("Error", exit: 1, at: 2))), ["email: Error#0 restarts 1 unwell 1 pods 1"]),
            ]),
        Order(
            name: "a container that ends with 0 and is restarted all the same",
            steps: [
                (pod(running()), []),
                (pod(ended(end("Completed", exit: 0, at: 2))), []),
                (pod(running(1, last: end("Completed", exit: 0, at: 2))), ["email: restarts 1 unwell 0 pods 1"]),
            ]),
        Order(
            name: "eviction: 137 with reason Error is no OOM and no error of the container; the pod that stays is news once",
            steps: [
                (pod(running()), []),
                (
                    pod(phase: .failed, reason: "Evicted", message: "low on memory", ended(end("Error", at: 2))),
                    ["email: Evicted restarts 0 unwell 1 pods 0"]
                ),
                (pod(2, phase: .pending, ready: false), ["email: Evicted restarts 0 unwell 1 pods 1"]),
                (pod(2, phase: .pending, ready: false, waiting("ContainerCreating")), []),
                (pod(2, running()), []),
                (pod(phase: .failed, reason: "Evicted", message: "low on memory", ended(end("Error", at: 2))), []),
            ]),
        Order(
            name: "a pod beyond its deadline",
            steps: [
                (pod(set: "report", kind: "Job", running()), []),
                (
                    pod(set: "report", kind: "Job", phase: .failed, reason: "DeadlineExceeded", ended(end("Error", at: 2))),
                    ["job/report: DeadlineExceeded restarts 0 unwell 1 pods 0"]
                ),
            ]),
        Order(
            name: "a pod that a node's shutdown ended",
            steps: [
                (pod(running()), []),
                (pod(phase: .failed, reason: "Terminated", ended(end("Error", at: 2))), []),
            ]),
        Order(
            name: "a Job's pod that ends well",
            steps: [
                (pod(set: "report", kind: "Job", running()), []),
                (pod(set: "report", kind: "Job", phase: .succeeded, ready: false, ended(end("Completed", exit: 0, at: 2))), []),
            ]),
        Order(
            name: "a Job's pod that is killed",
            steps: [
                (pod(set: "report", kind: "Job", running()), []),
                (
                    pod(set: "report", kind: "Job", phase: .failed, ended(end("OOMKilled", at: 2))),
                    ["job/report: OOMKilled#0 restarts 0 unwell 1 pods 0"]
                ),
            ]),
        Order(name: "readiness lost and regained", steps: [(pod(running()), []), (pod(running(ready: false)), []), (pod(running()), [])]),
        Order(
            name: "a crash, then an image that cannot be pulled",
            steps: [
                (pod(running()), []),
                (pod(ended(end("Error", exit: 1, at: 2))), ["email: Error#0 restarts 0 unwell 1 pods 1"]),
                (pod(waiting("ErrImagePull", last: end("Error", exit: 1, at: 2))), []),
                (pod(waiting("ImagePullBackOff", last: end("Error", exit: 1, at: 2))), []),
            ]),
        Order(
            name: "an image that does not exist, a ConfigMap that is missing",
            steps: [
                (pod(phase: .pending, ready: false), []),
                (pod(phase: .pending, waiting("ErrImagePull")), []),
                (pod(phase: .pending, waiting("CreateContainerConfigError")), []),
            ]),
        Order(
            name: "a command that does not exist",
            steps: [
                (pod(phase: .pending, waiting("ContainerCreating")), []),
                (pod(waiting("RunContainerError", message: "no such file")), ["email: StartError#0 restarts 0 unwell 1 pods 1"]),
                (pod(ended(end("StartError", exit: 128, at: 2))), []),
                (
                    pod(waiting("CrashLoopBackOff", last: end("StartError", exit: 128, at: 2))),
                    ["email: CrashLoopBackOff#0 StartError#0 restarts 0 unwell 1 pods 1"]
                ),
                (
                    pod(waiting("CrashLoopBackOff", restarts: 1, last: end("StartError", exit: 128, at: 12))),
                    ["email: CrashLoopBackOff#1 StartError#1 restarts 1 unwell 1 pods 1"]
                ),
            ]),
        Order(
            name: "a runtime that cannot make or run the container",
            steps: [
                (pod(phase: .pending, waiting("ContainerCreating")), []),
                (pod(waiting("CreateContainerError")), ["email: ContainerCannotRun#0 restarts 0 unwell 1 pods 1"]),
                (pod(ended(end("ContainerCannotRun", exit: 127, at: 2))), []),
            ]),
        Order(
            name: "deletion: what a pod does on its way out is nobody's fault",
            steps: [
                (pod(running()), []),
                (pod(terminating: true, running()), []),
                (pod(2, phase: .pending, ready: false), []),
                (pod(terminating: true, ended(end("Error", exit: 143, at: 2))), []),
                (pod(2, running()), []),
            ]),
        Order(
            name: "a sidecar that is killed beside a container that is well",
            steps: [
                (pod(running(), running(name: "proxy")), []),
                (pod(running(), ended(end("OOMKilled", at: 2), name: "proxy")), ["email: OOMKilled(proxy)#0 restarts 0 unwell 1 pods 1"]),
            ]),
        Order(
            name: "a container that the kubelet lost: a restart, no fault",
            steps: [
                (pod(running()), []),
                (pod(running(1, last: end("ContainerStatusUnknown", at: 2))), ["email: restarts 1 unwell 0 pods 1"]),
            ]),
        Order(
            name: "an older end under a newer count, after the node came back",
            steps: [
                (pod(running()), []),
                (pod(running(1, last: end("OOMKilled", at: 2))), ["email: OOMKilled#1 restarts 1 unwell 1 pods 1"]),
                (pod(waiting("ContainerCreating", restarts: 1, last: end("OOMKilled", at: 2))), []),
            ]),
        Order(
            name: "a restart count that fell, after the node forgot its containers",
            steps: [(pod(running(7, last: end("Error", exit: 1))), []), (pod(running(0)), [])]),
    ]

    @Test(arguments: orders) func order(_ order: Order) {
        var scene = Scene()
        #expect(scene.list() == ["complete[]"])
        for (index, (row, expected)) in order.steps.enumerated() {
            scene.now = scene.now + .seconds(1)
            #expect(scene.change(row) == expected, "step \(index)")
            #expect(scene.change(row) == [], "step \(index), told once more")
        }
    }

    @Test func reasonsCarryWhatIsKnown() throws {
        var scene = Scene()
        scene.list(pod(running(3, last: end("Error", exit: 1))))
        scene.now = start + .seconds(60)
        scene.change(pod(ended(end("OOMKilled", at: 59, message: "killed"), restarts: 3)))
        let finding = try #require(scene.lastFinding(email))
        #expect(finding.observedAt == start + .seconds(60))
        guard case .seen(let evidence) = finding.observation else { throw Unexpected() }
        #expect(
            evidence.reasons == [
                Reason(
                    "OOMKilled", part: "email-7d9c5-1", container: "main", exitCode: 137, restartCount: 3, since: start + .seconds(59),
                    message: "killed")
            ])
        #expect(PodHealth.vocabulary.figures == evidence.figures.map(\.name))
    }

    @Test func aLongListOfReasonsKeepsEachContainer() throws {
        var scene = Scene()
        scene.list()
        for number in 1...60 {
            scene.change(pod(number, running(), running(name: "proxy")))
            let proxy = number == 1 ? ended(end("OOMKilled", at: 0), name: "proxy") : running(name: "proxy")
            scene.change(pod(number, ended(end("OOMKilled", at: 5)), proxy))
        }
        guard case .seen(let evidence) = try #require(scene.lastFinding(email)).observation else { throw Unexpected() }
        #expect(evidence.reasons.count == 32)
        #expect(evidence.figure("unwell") == 60)
        #expect(evidence.reasons.contains { $0.container == "proxy" })
    }

    struct Unexpected: Error {}
}

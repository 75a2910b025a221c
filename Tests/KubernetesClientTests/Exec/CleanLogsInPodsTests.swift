import AutomatonCore
import Foundation
import LoopbackServer
import Remediations
import Testing

@testable import KubernetesClient

#if canImport(Glibc)
    import Glibc
#endif

/// clean-logs from its plan to its report, with real files, a real find and a real stream between.
@Suite(.timeLimit(.minutes(5)), .serialized) struct CleanLogsInPodsTests {
    private let web = Subject(.statefulSet, namespace: "shop", name: "web")

    private func serveWeb(_ container: ContainerFixture) {
        let pod =
            #"{"metadata":{"uid":"u","name":"web-0","namespace":"shop","ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"web","uid":"x","controller":true}]},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}}"#
        container.serve("/api/v1/namespaces/shop/pods", #"{"metadata":{"resourceVersion":"1"},"items":[\#(pod)]}"#)
        container.serve(
            "/apis/apps/v1/namespaces/shop/statefulsets/web",
            #"{"metadata":{"uid":"x","resourceVersion":"1"},"spec":{"selector":{"matchLabels":{"app":"web"}}}}"#)
    }

    private func environment(_ container: ContainerFixture) -> Environment {
        struct NoPods: Pods {
            func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {}
        }
        let workloads = KubernetesWorkloads(container.api)
        var environment = Environment(
            pods: NoPods(), workloads: workloads, limits: { SafetyPolicy() }, now: { Instant(seconds: 1_800_000_000) })
        environment.files = KubernetesFiles(container.api, workloads: workloads)
        return environment
    }

    @Test(arguments: ContainerFixture.Tools.available) func oldLogsGoAndTheReportSaysWhat(tools: ContainerFixture.Tools) async throws {
        let container = try ContainerFixture(tools)
        let tree = FileTree(root: container.root)
        serveWeb(container)
        for index in 0..<12 { try tree.file("logs/app.log.\(index)", kib: 1024, days: 10 + Double(index)) }
        try tree.file("logs/app.log", kib: 64, days: 30)
        try tree.file("logs/app.log.new", kib: 64, days: 1)
        let remediation = try CleanLogs(.init(path: tree.root + "/logs", name: "*.log.*"))
        let environment = environment(container)
        let finding = Finding(web, observedAt: .epoch, .seen(Evidence(figures: [Figure("used", 91, unit: "%")])))

        guard case .plan(let plan) = try await remediation.plan(for: finding, on: web, in: environment) else {
            Issue.record("no plan")
            return
        }
        #expect(plan.summary == "delete 12 files (12Mi) older than 7 days below \(tree.root)/logs in pod web-0")
        #expect(tree.all.count { $0.hasPrefix("logs/") } == 14, "a plan changes nothing")
        let report = try await remediation.apply(
            plan, stamp: Stamp(attempt: AttemptID("run-1"), rule: "disk", remediation: "clean-logs", at: .epoch), in: environment)
        #expect(report.summary.hasPrefix("Deleted 12 old log files, "), "\(report)")
        #expect(Set(tree.all.filter { $0.hasPrefix("logs/") }) == Set(["logs/app.log", "logs/app.log.new"]))
        guard case .refused(let why) = try await remediation.plan(for: finding, on: web, in: environment) else {
            Issue.record("a second plan")
            return
        }
        #expect(why.contains("there is nothing to delete"))
    }

    @Test func manyExecsLeaveNothingBehind() async throws {
        func count(_ what: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(what)").count) ?? 0 }
        let container = try ContainerFixture()
        // Without a process behind them, so that a thousand take no time: a status, a refusal, a break.
        container.fault { exec in
            switch exec.arguments.last {
            case "0": .status(#"{"status":"Success"}"#)
            case "1": .refuse(500, "no kubelet")
            default: .breakBeforeRun
            }
        }
        func round(_ number: Int) async {
            _ = try? await container.api.run(PodCommand(namespace: "a", pod: "b", arguments: ["x", String(number % 3)]))
        }
        for number in 0..<30 { await round(number) }
        let before = (count("task"), count("fd"))
        for number in 0..<1000 { await round(number) }
        while container.server.openConnections > 0 { try await Task.sleep(for: .milliseconds(2)) }
        // Other tests of this process come and go meanwhile.
        #expect(count("task") < before.0 + 100 && count("fd") < before.1 + 100)
        #expect(container.execs.count == 1030)
    }
}

import AutomatonCore
import CurlHTTP
import Foundation
import LoopbackServer
import Testing

@testable import KubernetesClient

@Suite(.timeLimit(.minutes(5))) struct PodExecTests {
    private func command(_ arguments: String..., isChange: Bool = false, change: (inout PodCommand) -> Void = { _ in }) -> PodCommand {
        var command = PodCommand(namespace: "shop", pod: "web-0", container: "app", arguments: arguments, isChange: isChange)
        command.timeout = .seconds(10)
        change(&command)
        return command
    }

    @Test(arguments: ["v5.channel.k8s.io", "v4.channel.k8s.io"]) func aCommandIsAnArray(subprotocol: String) async throws {
        let container = try ContainerFixture(subprotocol: subprotocol)
        let awkward = "$(touch /tmp/x); `id` && a b&command=c?ü\"'\\"
        let result = try await container.api.run(command("sh", "-c", "printf '%s' \"$1\"; echo oops >&2; exit 3", "sh", awkward))
        #expect(result.exitCode == 3)
        #expect(String(decoding: result.output, as: UTF8.self) == awkward)
        #expect(result.complaint == "oops")
        let exec = try #require(container.execs.first)
        #expect(exec.path == "/api/v1/namespaces/shop/pods/web-0/exec" && exec.container == "app")
        #expect(exec.protocols == "v5.channel.k8s.io, v4.channel.k8s.io")
        #expect(exec.arguments.last == awkward)
    }

    @Test func outputIsWholeOrBounded() async throws {
        let container = try ContainerFixture()
        let all = try await container.api.run(command("sh", "-c", "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done"))
        #expect(all.exitCode == 0)
        let expected = (0..<5000).map { "line \($0)\n" }.joined()
        #expect(String(decoding: all.output, as: UTF8.self) == expected)
        container.fault { _ in .flood }
        let cut = try await container.api.run(command("sh") { $0.maximumOutputBytes = 100_000 })
        #expect(cut.exitCode == nil && cut.output.count == 100_000)
        // What the server still writes goes nowhere, and its connection ends.
        while container.server.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// The API server's own answers, as recorded from one without a kubelet (v1.36.3).
    static let refusals: [(Int, String, KubernetesError.Kind?, String)] = [
        (
            500,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"error dialing backend: dial tcp 127.0.0.1:10250: connect: connection refused","code":500}"#,
            .serverError(retryAfter: nil), "error dialing backend"
        ),
        (
            400,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pod pending does not have a host assigned","reason":"BadRequest","code":400}"#,
            .rejected, "does not have a host assigned"
        ),
        (
            404,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"web-0\" not found","reason":"NotFound","details":{"name":"web-0","kind":"pods"},"code":404}"#,
            .notFound, "not found"
        ),
        (
            403,
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods \"web-0\" is forbidden: User \"system:serviceaccount:ops:automaton\" cannot create resource \"pods/exec\" in API group \"\" in the namespace \"shop\"","reason":"Forbidden","details":{"name":"web-0","kind":"pods"},"code":403}"#,
            nil, "grant verb create on resource pods/exec"
        ),
    ]

    @Test(arguments: refusals) func refusalsBeforeItBeginsChangeNothing(
        status: Int, body: String, kind: KubernetesError.Kind?, text: String
    ) async throws {
        let container = try ContainerFixture()
        container.fault { _ in .refuse(status, body) }
        for isChange in [false, true] {
            let error = await #expect(throws: KubernetesError.self) { try await container.api.run(command("ls", isChange: isChange)) }
            if let kind { #expect(error?.kind == kind) }
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
            if let error, case .outcomeUnknown = PortError(error, isChange: false) { Issue.record("nothing was changed") }
        }
    }

    @Test func aWrongTokenIsReadAnewOnce() async throws {
        let container = try ContainerFixture()
        let api = KubernetesAPI(
            ClusterConfiguration(server: container.server.url), http: try .init(), retry: .never, requestTimeout: .seconds(5))
        let error = await #expect(throws: KubernetesError.self) { try await api.run(command("ls")) }
        #expect(error?.kind == .unauthorized)
        #expect(container.execs.count == 2)
    }

    @Test func whatIsNotThereCannotBeStarted() async throws {
        let container = try ContainerFixture()
        let error = await #expect(throws: KubernetesError.self) { try await container.api.run(command("vi", isChange: true)) }
        #expect(error?.kind == .rejected)
        #expect(error?.description.contains("'vi' could not be started") == true)
    }

    @Test func aBrokenStreamLeavesAChangeOpen() async throws {
        let container = try ContainerFixture()
        for fault in [ContainerFixture.Fault.breakAfterRun, .breakBeforeRun, .status("gibberish"), .status(#"{"status":"Failure"}"#)] {
            container.fault { _ in fault }
            let change = await #expect(throws: KubernetesError.self) {
                try await container.api.run(command("sh", "-c", ":", isChange: true))
            }
            #expect(change?.kind == .outcomeUnknown, "\(fault)")
            let read = await #expect(throws: KubernetesError.self) { try await container.api.run(command("sh", "-c", ":")) }
            #expect(read?.isTransient == true, "\(fault)")
        }
    }

    @Test func silenceAndCancellationEnd() async throws {
        let container = try ContainerFixture(timeout: .seconds(5))
        container.fault { _ in .silence }
        let late = await #expect(throws: KubernetesError.self) {
            try await container.api.run(command("sh", isChange: true) { $0.timeout = .milliseconds(200) })
        }
        #expect(late?.kind == .outcomeUnknown)
        let task = Task { try await container.api.run(command("sh")) }
        while container.execs.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        while container.server.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func theEndOfACommandIsRead() {
        #expect(ExecStatus(json: Array(#"{"metadata":{},"status":"Success"}"#.utf8)).outcome == .exited(0))
        let failed = #"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"137"}]}}"#
        #expect(ExecStatus(json: Array(failed.utf8)).outcome == .exited(137))
        for odd in ["", "{}", "[]", #"{"status":"Failure","reason":"NonZeroExitCode"}"#] {
            guard case .failed = ExecStatus(json: Array(odd.utf8)).outcome else { Issue.record("\(odd)"); continue }
        }
    }
}

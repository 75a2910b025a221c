import AutomatonCore
import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

@testable import KubernetesClient

@Suite("Pods: list and watch")
struct KubernetesPodsTests {
    @Test("Lists the recorded pods in pages, then follows their faults")
    func follows() async throws {
        let pods = try PodFixtures.items(PodFixtures.data("pods.json"))
        let events = try PodFixtures.data("pod-fault-events.jsonl").split(separator: 0x0A).map { Array($0) }
        let open = DispatchGate()
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                if request.query("watch") == "true" {
                    connection.beginChunks()
                    for event in events { connection.chunk(event + [0x0A]) }
                    connection.chunk(
                        #"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"99999"},"spec":{"containers":null},"status":{}}}"#
                            + "\n")
                    open.wait()
                    connection.chunk("")
                } else {
                    let isFirst = request.query("continue") == nil
                    let page = Array((isFirst ? pods[..<12] : pods[12...]).joined(separator: [0x2C]))
                    let metadata = isFirst ? #"{"resourceVersion":"5","continue":"more"}"# : #"{"resourceVersion":"5"}"#
                    connection.respond(
                        200, Array(#"{"kind":"PodList","apiVersion":"v1","metadata":\#(metadata),"items":["#.utf8) + page + Array("]}".utf8)
                    )
                }
            }
        }
        defer { open.open() }
        let port = KubernetesPods(try ScriptedAPI.api(server.url), clock: { Instant(seconds: 1) })
        let selection = PodSelection(namespace: "shop", labelSelector: "app in (a,b)")
        let seen = Seen()
        let task = Task {
            try await port.watch(selection) { seen.add($0) }
        }
        while seen.followed < events.count { try await Task.sleep(for: .milliseconds(2)) }
        #expect(port.health[selection]?.isListed == true)
        #expect(port.health[selection]?.lastContact == Instant(seconds: 1))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(port.health.isEmpty)

        let listed = try pods.map { try PodScanner.pod($0.span).row }
        #expect(seen.listed == listed)
        let followed = try events.map { event in
            let object = try PodFixtures.values(event, after: "\"object\":")[0]
            return try PodScanner.pod(object.span).row
        }
        #expect(seen.changes == followed)
        #expect(seen.deleted == 1)
        #expect(seen.marks.starts(with: ["listing", "listed"]))
        #expect(!seen.marks.contains("disconnected"))
    }

    @Test("A refusal is told, with the permission that is missing, and tried again")
    func refused() async throws {
        let scripted = try ScriptedAPI { _ in
            .failure(
                403, "Forbidden",
                #"pods is forbidden: User \"system:serviceaccount:a:b\" cannot list resource \"pods\" in API group \"\" at the cluster scope"#
            )
        }
        var options = ListWatchOptions()
        options.backoff = Backoff(base: .milliseconds(1), maximum: .milliseconds(2))
        let port = KubernetesPods(scripted.api, options: options, clock: { Instant(seconds: 1) })
        let seen = Seen()
        let task = Task { try await port.watch(PodSelection()) { seen.add($0) } }
        while seen.reasons.count < 3 { try await Task.sleep(for: .milliseconds(2)) }
        task.cancel()
        _ = try? await task.value
        #expect(seen.reasons.allSatisfy { $0.contains("grant verb list on resource pods") })
        #expect(scripted.requests.first?.path == "/api/v1/pods")
    }

    @Test("A pod that cannot be read leaves the picture incomplete, and that is said")
    func unreadable() async throws {
        let open = DispatchGate()
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                if request.query("watch") == "true" {
                    connection.beginChunks()
                    connection.chunk(
                        #"{"type":"MODIFIED","object":{"metadata":{"uid":"u","name":"n","resourceVersion":"6"},"status":{"phase":7}}}"#
                            + "\n")
                    open.wait()
                } else {
                    connection.respond(200, #"{"kind":"PodList","metadata":{"resourceVersion":"5"},"items":[]}"#)
                }
            }
        }
        defer { open.open() }
        let port = KubernetesPods(try ScriptedAPI.api(server.url), clock: { Instant(seconds: 1) })
        let seen = Seen()
        let task = Task { try await port.watch(PodSelection(namespace: "shop")) { seen.add($0) } }
        while seen.reasons.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        task.cancel()
        _ = try? await task.value
        #expect(seen.reasons.first?.contains("a pod cannot be read: byte") == true)
    }
}

/// What a watch has told.
private final class Seen: Sendable {
    private struct State {
        var marks: [String] = []
        var listed: [PodRow] = []
        var changes: [PodRow] = []
        var deleted = 0
        var reasons: [String] = []
    }

    private let state = Mutex(State())

    func add(_ change: PodChange) {
        state.withLock { state in
            switch change {
            case .listing: state.marks.append("listing")
            case .page(let rows): state.listed += rows
            case .listed: state.marks.append("listed")
            case .changed(let row): state.changes.append(row)
            case .deleted(let row):
                state.changes.append(row)
                state.deleted += 1
            case .alive: state.marks.append("alive")
            case .disconnected(let reason):
                state.marks.append("disconnected")
                state.reasons.append(reason)
            }
        }
    }

    var marks: [String] { state.withLock { $0.marks } }
    var listed: [PodRow] { state.withLock { $0.listed } }
    var changes: [PodRow] { state.withLock { $0.changes } }
    var followed: Int { state.withLock { $0.changes.count } }
    var deleted: Int { state.withLock { $0.deleted } }
    var reasons: [String] { state.withLock { $0.reasons } }
}

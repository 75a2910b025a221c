import AutomatonCore
import LoopbackServer
import Synchronization
import Testing

@testable import KubernetesClient

@Suite("Memories: metrics joined with pods")
struct KubernetesMemoriesTests {
    private static let metrics = "/apis/metrics.k8s.io/v1beta1/pods"
    private static let pods = "/api/v1/pods"

    /// A Pod whose containers `app` (limit raised in place from 1Gi to 2Gi), `proxy` (a sidecar among the init containers, 64Mi),
    /// `free` (no limit) and `done` (ended) have been reported.
    private static func pod(_ name: String) -> String {
        """
        {"metadata":{"name":"\(name)","namespace":"shop","uid":"u-\(name)","ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet",\
        "name":"mail-1","uid":"r1","controller":true}]},"spec":{"initContainers":[{"name":"proxy","restartPolicy":"Always",\
        "resources":{"limits":{"memory":"64Mi"}}}],"containers":[{"name":"app","resources":{"limits":{"cpu":"1","memory":"1Gi"},\
        "requests":{"memory":"512Mi"}}},{"name":"free","resources":{}},{"name":"done","resources":{"limits":{"memory":"1Gi"}}}]},\
        "status":{"phase":"Running","containerStatuses":[{"name":"app","ready":true,"restartCount":0,"state":{"running":\
        {"startedAt":"2026-11-21T05:00:00Z"}},"resources":{"limits":{"memory":"2Gi"}}},{"name":"free","ready":true,"restartCount":0,\
        "state":{"running":{"startedAt":"2026-11-21T05:00:00Z"}}},{"name":"done","ready":false,"restartCount":0,"state":{"terminated":\
        {"exitCode":0,"reason":"Completed"}}}],"initContainerStatuses":[{"name":"proxy","ready":true,"restartCount":0,"state":{"running":\
        {"startedAt":"2026-11-21T05:00:00Z"}}}]}}
        """
    }

    private static func usage(_ name: String, _ containers: [(String, String)], timestamp: String = "\"2026-11-21T05:28:00Z\"") -> String {
        let items = containers.map { #"{"name":"\#($0.0)","usage":{"cpu":"5m","memory":"\#($0.1)"}}"# }.joined(separator: ",")
        return
            #"{"metadata":{"name":"\#(name)","namespace":"shop","labels":{"a":"b"}},"timestamp":\#(timestamp),"window":"15s","containers":[\#(items)]}"#
    }

    private static func list(_ items: [String], next: String = "") -> ScriptedAPI.Answer {
        .init(200, #"{"kind":"List","metadata":{"resourceVersion":"7","continue":"\#(next)"},"items":[\#(items.joined(separator: ","))]}"#)
    }

    @Test("Limits in force, sidecars, and what was not measured")
    func joins() async throws {
        let scripted = try ScriptedAPI { request in
            request.path.hasPrefix("/apis/metrics")
                ? Self.list([Self.usage("mail-a", [("app", "1536Mi"), ("proxy", "65536k"), ("gone", "1Gi")])])
                : Self.list([Self.pod("mail-a"), Self.pod("mail-b")])
        }
        let readings = try await KubernetesMemories(scripted.api).read(PodSelection())
        let at = try #require(Instant(rfc3339: "2026-11-21T05:28:00Z"))
        let texts = readings.map { reading in
            let used =
                switch reading.workingSet {
                case .known(let measurement): "\(measurement.bytes >> 20)\(measurement.at == at ? "" : " at another time")"
                case .unknown: "unknown"
                }
            return "\(reading.pod.name)/\(reading.container) \(used) of \(reading.limit.map { String($0 >> 20) } ?? "none")"
        }
        #expect(
            texts == [
                "mail-a/app 1536 of 2048", "mail-a/free unknown of none", "mail-a/proxy 62 of 64", "mail-b/app unknown of 2048",
                "mail-b/free unknown of none", "mail-b/proxy unknown of 64",
            ])
        #expect(readings[0].pod.controller == .init(kind: "ReplicaSet", name: "mail-1", uid: "r1"))
    }

    @Test("Nothing measured is nothing known: no time, no amount")
    func incomplete() async throws {
        let scripted = try ScriptedAPI { request in
            request.path.hasPrefix("/apis/metrics")
                ? Self.list([Self.usage("mail-a", [("app", "1Mi"), ("proxy", "0")], timestamp: "null")]) : Self.list([Self.pod("mail-a")])
        }
        let readings = try await KubernetesMemories(scripted.api).read(PodSelection())
        #expect(readings.count == 3)
        #expect(readings.allSatisfy { $0.workingSet.value == nil })
    }

    @Test("Pages, selection, and the namespace of the installation")
    func pages() async throws {
        let scripted = try ScriptedAPI { request in
            if request.path.hasPrefix("/apis/metrics") { return Self.list([]) }
            return request.target.contains("continue=next") ? Self.list([Self.pod("b")]) : Self.list([Self.pod("a")], next: "next")
        }
        let port = KubernetesMemories(scripted.api, namespace: "shop", pageSize: 1)
        let readings = try await port.read(PodSelection(labelSelector: "app=mail"))
        #expect(Set(readings.map(\.pod.name)) == ["a", "b"])
        #expect(
            scripted.requests.map(\.target) == [
                "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dmail",
                "/api/v1/namespaces/shop/pods?labelSelector=app%3Dmail&limit=1",
                "/api/v1/namespaces/shop/pods?labelSelector=app%3Dmail&limit=1&continue=next",
            ])
    }

    @Test("A server that hands out the same token for ever ends in an error, not in a list without end")
    func endless() async throws {
        let scripted = try ScriptedAPI { request in
            request.path.hasPrefix("/apis/metrics") ? Self.list([]) : Self.list([Self.pod("a")], next: "next")
        }
        await #expect(throws: PortError.self) { try await KubernetesMemories(scripted.api).read(PodSelection()) }
        #expect(scripted.requests.count == 3)
    }

    @Test("A token that expires begins the list anew, at last in one answer; nothing is read twice")
    func expired() async throws {
        let scripted = try ScriptedAPI { request in
            if request.path.hasPrefix("/apis/metrics") { return Self.list([]) }
            if request.target.contains("continue=next") { return .failure(410, "Expired", "too old") }
            return request.target.contains("limit=") ? Self.list([Self.pod("a")], next: "next") : Self.list([Self.pod("a"), Self.pod("b")])
        }
        let readings = try await KubernetesMemories(scripted.api, pageSize: 1).read(PodSelection())
        #expect(readings.map(\.pod.name) == ["a", "a", "a", "b", "b", "b"])
        #expect(scripted.requests.count == 6)
    }

    @Test(
        "What fails",
        arguments: [
            (Self.metrics, 404, "install metrics-server"), (Self.metrics, 503, "registered but does not answer"),
            (Self.metrics, 500, "GET \(Self.metrics)"), (Self.pods, 404, "GET \(Self.pods)"), (Self.pods, 503, "GET \(Self.pods)"),
        ])
    func fails(path: String, status: Int, text: String) async throws {
        let scripted = try ScriptedAPI { request in
            request.path.hasPrefix(path) ? .init(status, "plain text\n") : Self.list([])
        }
        let error = await #expect(throws: PortError.self) { try await KubernetesMemories(scripted.api).read(PodSelection()) }
        #expect(error?.description.contains(text) == true)
        switch (error, status, path) {
        case (.refused, 404, Self.metrics), (.notFound, 404, Self.pods), (.unavailable, 500..., _): break
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test(
        "Answers that are no lists, and items that are not what they should be",
        arguments: [
            "{\"items\":[{\"metadata\":{}}]}", "{\"items\":[", "[]", "nonsense",
            "{\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"a\"},\"containers\":[{\"name\":\"x\",\"usage\":{\"memory\":\"much\"}}]}]}",
        ])
    func garbage(body: String) async throws {
        let scripted = try ScriptedAPI { request in
            request.path.hasPrefix("/apis/metrics") ? .init(200, body) : Self.list([])
        }
        await #expect(throws: PortError.self) { try await KubernetesMemories(scripted.api).read(PodSelection()) }
    }
}

import AutomatonCore
import Foundation
import LoopbackServer
import Testing

@testable import KubernetesClient

@Suite(.timeLimit(.minutes(5))) struct KubernetesVolumesTests {
    private static let now = Instant(seconds: 1_800_000_000)

    private func pod(_ name: String, node: String, claims: [String] = [], spec: String = "", phase: String = "Running") -> String {
        let volumes = claims.map { #"{"name":"v-\#($0)","persistentVolumeClaim":{"claimName":"\#($0)"}}"# }.joined(separator: ",")
        return
            #"{"metadata":{"uid":"u-\#(name)","name":"\#(name)","namespace":"shop"},"spec":{"nodeName":"\#(node)","volumes":[\#(volumes)]\#(spec)},"status":{"phase":"\#(phase)","containerStatuses":[{"name":"app","state":{"running":{}}}]}}"#
    }

    private func list(_ pods: String...) -> String { #"{"metadata":{"resourceVersion":"1"},"items":[\#(pods.joined(separator: ","))]}"# }

    private func figures(used: Int64, free: Int64, at: String = "2027-01-15T07:59:00Z") -> String {
        #""time":"\#(at)","availableBytes":\#(free),"capacityBytes":\#(free + 100),"usedBytes":\#(used)"#
    }

    private func stats(_ name: String, ephemeral: String, volumes: String = "", uid: String? = nil) -> String {
        #"{"podRef":{"name":"\#(name)","namespace":"shop","uid":"\#(uid ?? "u-" + name)"},"volume":[\#(volumes)],"ephemeral-storage":{\#(ephemeral)}}"#
    }

    private func volumes(_ container: ContainerFixture) -> KubernetesVolumes { KubernetesVolumes(container.api, clock: { Self.now }) }
    private let source = VolumeSource.kubelet(namespace: "shop", labelSelector: "app=web")

    @Test func kubeletsFiguresBelongToTheirPods() async throws {
        let container = try ContainerFixture()
        let limits =
            #","containers":[{"name":"a","resources":{"limits":{"ephemeral-storage":"300","memory":"1Gi"}}},{"name":"b","resources":{"limits":{"ephemeral-storage":"100"}}}]"#
        let device = #","containers":[{"name":"a","volumeDevices":[{"name":"v-raw","devicePath":"/dev/x"}]}]"#
        container.serve(
            "/api/v1/namespaces/shop/pods",
            list(
                pod("web-0", node: "n1", claims: ["data-0", "untold"]), pod("web-1", node: "n1", claims: ["raw"], spec: device),
                pod("web-2", node: "n1", spec: limits), pod("web-3", node: "n2", claims: ["data-3"]), pod("late", node: "n1"),
                pod("done", node: "n1", phase: "Succeeded")))
        let summary = [
            stats(
                "web-0", ephemeral: figures(used: 40, free: 60),
                volumes:
                    #"{"name":"v-data-0",\#(figures(used: 900, free: 100)),"pvcRef":{"name":"data-0","namespace":"shop"}},{"name":"tmp",\#(figures(used: 1, free: 1))}"#
            ),
            stats("web-1", ephemeral: figures(used: 1, free: 99, at: "2027-01-15T07:00:00Z")),
            stats("web-2", ephemeral: figures(used: 350, free: 10_000)),
            stats("late", ephemeral: figures(used: 1, free: 1), uid: "another"),
        ].joined(separator: ",")
        container.serve(
            "/api/v1/nodes/n1/proxy/stats/summary",
            #"{"node":{"nodeName":"n1"},"pods":[\#(summary)]}"#)
        let readings = try await volumes(container).read(source)
        func usage(_ pod: String, _ name: String) -> Reading<VolumeReading.Usage>? {
            readings.first { $0.pod?.name == pod && $0.name == name }?.usage
        }
        #expect(readings.count == 8)
        #expect(usage("web-0", "ephemeral-storage") == .known(.init(used: 40, capacity: 100)))
        #expect(usage("web-3", "ephemeral-storage")?.value == nil)
        #expect(usage("web-0", "data-0") == .known(.init(used: 900, capacity: 1000)))
        #expect(usage("web-2", "ephemeral-storage") == .known(.init(used: 350, capacity: 400)), "its limits are less than its disk")
        for (pod, name, why) in [
            ("web-0", "untold", "not every storage driver tells"), ("web-1", "ephemeral-storage", "1 h old"),
            ("web-3", "ephemeral-storage", "kubelet of node n2"), ("web-3", "data-3", "kubelet of node n2"),
            ("late", "ephemeral-storage", "does not know pod late yet"),
        ] {
            guard case .unknown(let text) = usage(pod, name) else { Issue.record("\(pod) \(name)"); continue }
            #expect(text.contains(why), "\(text)")
        }
    }

    @Test func aMissingPermissionIsSaidOnce() async throws {
        let forbidden =
            #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"nodes \"n1\" is forbidden: User \"system:serviceaccount:ops:automaton\" cannot get resource \"nodes/proxy\" in API group \"\" at the cluster scope","reason":"Forbidden","details":{"name":"n1","kind":"nodes"},"code":403}"#
        let pods = list(pod("web-0", node: "n1"))
        let scripted = try ScriptedAPI { $0.path.hasSuffix("/pods") ? .init(200, pods) : .init(403, forbidden) }
        let error = await #expect(throws: PortError.self) {
            try await KubernetesVolumes(scripted.api, clock: { Self.now }).read(source)
        }
        guard case .refused(let text) = error else { Issue.record("\(error as Any)"); return }
        #expect(text.contains("grant verb get on resource nodes/proxy"))
        #expect(scripted.requests.first?.query("labelSelector") == "app%3Dweb")
        #expect(scripted.requests.first?.query("fieldSelector") == "status.phase%3DRunning")
    }

    @Test func theOneThatFillsTheDiskIsToldFromThoseBesideIt() async throws {
        let container = try ContainerFixture()
        container.serve("/api/v1/namespaces/shop/pods", list(pod("web-0", node: "n1"), pod("web-1", node: "n1"), pod("web-2", node: "n1")))
        func part(_ name: String, _ used: Int64) -> String {
            stats(name, ephemeral: #""time":"2027-01-15T07:59:00Z","availableBytes":0,"capacityBytes":1000,"usedBytes":\#(used)"#)
        }
        container.serve(
            "/api/v1/nodes/n1/proxy/stats/summary",
            #"{"pods":[\#([part("web-0", 600), part("web-1", 340), part("web-2", 10)].joined(separator: ","))]}"#)
        let readings = try await volumes(container).read(source)
        #expect(
            readings.map(\.usage.value) == [
                .init(used: 600, capacity: 600), .init(used: 340, capacity: 340), .init(used: 10, capacity: 1000),
            ])
    }

    /// As recorded from an API server without a kubelet.
    @Test func withoutAnyKubeletItIsSaidOnce() async throws {
        let pods = list(pod("web-0", node: "n1"))
        let scripted = try ScriptedAPI {
            $0.path.hasSuffix("/pods") ? .init(200, pods) : .failure(400, "BadRequest", "address not allowed")
        }
        let error = await #expect(throws: PortError.self) {
            try await KubernetesVolumes(scripted.api, clock: { Self.now }).read(source)
        }
        guard case .unavailable(let text, _) = error else { Issue.record("\(error as Any)"); return }
        #expect(text.contains("kubelet of node n1 gives no figures") && text.contains("address not allowed"))
    }

    @Test(arguments: ContainerFixture.Tools.available) func dfInPodsIsReadStrictly(tools: ContainerFixture.Tools) async throws {
        let container = try ContainerFixture(tools)
        container.serve("/api/v1/namespaces/shop/pods", list(pod("web-0", node: "n1"), pod("web-1", node: "n1")))
        container.fault { $0.path.contains("web-1") ? .refuse(500, "no kubelet") : nil }
        let source = VolumeSource.pods(namespace: "shop", labelSelector: "", container: "app", paths: [container.root, "/nowhere"])
        let readings = try await volumes(container).read(source).sorted { ($0.pod?.name ?? "", $0.name) < ($1.pod?.name ?? "", $1.name) }
        #expect(readings.map(\.name) == ["/nowhere", container.root, "/nowhere", container.root])
        guard case .unknown(let text) = readings[0].usage, case .known(let usage) = readings[1].usage else {
            Issue.record("\(readings)")
            return
        }
        #expect(text.hasPrefix("/nowhere in pod web-0: ") && text.contains("df: /nowhere: "), "\(text)")
        var figures = statvfs()
        #expect(statvfs(container.root, &figures) == 0)
        let capacity = Int64(figures.f_blocks - figures.f_bfree + figures.f_bavail) * Int64(figures.f_frsize)
        #expect(abs(usage.capacity - capacity) < capacity / 50 && usage.used > 0 && usage.used < usage.capacity)
        for reading in readings[2...] { guard case .unknown = reading.usage else { Issue.record("\(reading)"); continue } }
        // Other containers' pods are left alone.
        let other = VolumeSource.pods(namespace: "shop", labelSelector: "", container: "nobody", paths: ["/x"])
        #expect(try await volumes(container).read(other).isEmpty)
    }

    @Test func linesOfDfThatAreNoneAreRefused() {
        func usages(_ text: String) -> [VolumeReading.Usage]? { DiskFree.usages(Array(text.utf8)) }
        let head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
        #expect(usages(head + "/dev/sda1 1000 700 200 78% /var/log\n") == [.init(used: 700 << 10, capacity: 900 << 10)])
        #expect(usages(head + "//nas/my share 1000 700 200 78% /mnt/my share\n") == [.init(used: 700 << 10, capacity: 900 << 10)])
        #expect(usages(head + "/dev/sda1 1000 1000 -50 100% /\n") == [.init(used: 1000 << 10, capacity: 1000 << 10)])
        #expect(usages(head + "none 0 0 0 - /proc\n") == [.init(used: 0, capacity: 0)])
        for bad in [
            "", "df: /x: not found", head + "/dev/sda1 1000 700", head + "a b c d e f", head + "/dev/sda1 1000 9223372036854775807 1 9% /",
            head + "/dev/sda1 1000 -1 10 9% /",
        ] {
            let read = usages(bad)
            #expect(read == nil || read == [], "\(bad)")
        }
    }
}

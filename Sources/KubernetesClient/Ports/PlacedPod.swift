internal import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A running pod, where it runs, and what it keeps on disks.
struct PlacedPod: Hashable, Sendable {
    var row: PodRow
    /// `spec.nodeName`.
    var node: String
    /// The claims that it mounts as file systems, by name.
    var claims: [String]
    /// What its containers may keep on the node's disk, in bytes, all together; nil when none of them has a limit.
    var ephemeralLimit: Int64?
}

/// `metadata` of a list.
private struct ListMetadata: Decodable {
    var `continue`: String?
}

extension KubernetesAPI {
    /// The running pods that are selected, in pages: each page is scanned and let go.
    func runningPods(inNamespace namespace: String?, labelSelector: String) async throws -> [PlacedPod] {
        var query: APIQuery = ["fieldSelector": "status.phase=Running"]
        if !labelSelector.isEmpty { query["labelSelector"] = labelSelector }
        let path = APIPath(namespace: namespace, resource: "pods")
        var pods: [PlacedPod] = []
        var token: String?
        var restarts = 0
        while true {
            let bytes: [UInt8]
            do {
                bytes = try await listPage(path, query: query, limit: 250, continue: token)
            } catch let error as KubernetesError {
                // A list that took too long begins anew, once.
                guard case .expired = error.kind, token != nil, restarts == 0 else { throw error }
                (pods, token, restarts) = ([], nil, 1)
                continue
            }
            guard let next = try Self.scan(bytes, path, into: &pods) else { return pods }
            token = next
        }
    }

    /// Adds the page's pods that run and are to stay; says where the next page begins.
    private static func scan(_ page: [UInt8], _ path: APIPath, into pods: inout [PlacedPod]) throws -> String? {
        var splitter = ListSplitter()
        do {
            try splitter.consume(page.span) { item in
                let pod = try PodPlacement.pod(item)
                if pod.row.phase == .running, !pod.row.isTerminating, !pod.node.isEmpty { pods.append(pod) }
            }
            guard splitter.isComplete else { throw FramingError("the list ends early") }
        } catch {
            throw KubernetesError(.decoding, request: "GET \(path)", status: 200, message: "\(error)")
        }
        let next = try? JSONDecoder().decode(ListMetadata.self, from: Data(splitter.metadata)).continue
        return next.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Reads from a pod's JSON where it runs and what it keeps on disks.
enum PodPlacement {
    private struct Spec {
        var node = ""
        /// Names of volumes, and the claims behind them; an ephemeral volume's claim is named after pod and volume.
        var claims: [(volume: String, claim: String?)] = []
        /// Volumes that are used as bare devices, without a file system.
        var devices: Set<String> = []
        var ephemeralLimit: Int64?
    }

    static func pod(_ bytes: Span<UInt8>) throws(ScanError) -> PlacedPod {
        let row = try PodScanner.pod(bytes).row
        var spec = Spec()
        var cursor = JSONCursor()
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "spec", bytes) { try read(&spec, &cursor, bytes) } else { try cursor.skipValue(bytes) }
        }
        let claims = spec.claims.filter { !spec.devices.contains($0.volume) }.map { $0.claim ?? "\(row.name)-\($0.volume)" }
        return PlacedPod(row: row, node: spec.node, claims: claims, ephemeralLimit: spec.ephemeralLimit)
    }

    private static func read(_ spec: inout Spec, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) {
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "nodeName", bytes) {
                spec.node = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "volumes", bytes) {
                guard try cursor.enterArray(bytes) else { continue }
                while try cursor.nextElement(bytes) { try volume(&spec, &cursor, bytes) }
            } else if cursor.matches(key, "containers", bytes) {
                guard try cursor.enterArray(bytes) else { continue }
                while try cursor.nextElement(bytes) { try container(&spec, &cursor, bytes) }
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func volume(_ spec: inout Spec, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) {
        var name = ""
        var claim: String??
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "name", bytes) {
                name = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "persistentVolumeClaim", bytes) {
                claim = .some(try WorkloadScanner.member("claimName", &cursor, bytes))
            } else if cursor.matches(key, "ephemeral", bytes) {
                claim = .some(nil)
                try cursor.skipValue(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        if let claim { spec.claims.append((name, claim)) }
    }

    private static func container(_ spec: inout Spec, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) {
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "volumeDevices", bytes) {
                guard try cursor.enterArray(bytes) else { continue }
                while try cursor.nextElement(bytes) {
                    if let name = try WorkloadScanner.member("name", &cursor, bytes) { spec.devices.insert(name) }
                }
            } else if cursor.matches(key, "resources", bytes) {
                guard try cursor.enterObject(bytes) else { continue }
                while let key = try cursor.nextKey(bytes) {
                    guard cursor.matches(key, "limits", bytes) else {
                        try cursor.skipValue(bytes)
                        continue
                    }
                    // As kubelet adds them up before it evicts: a container without a limit adds nothing.
                    if let text = try WorkloadScanner.member("ephemeral-storage", &cursor, bytes), let limit = ByteQuantity(text) {
                        spec.ephemeralLimit = (spec.ephemeralLimit ?? 0).addingReportingOverflow(limit.bytes).partialValue
                    }
                }
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }
}

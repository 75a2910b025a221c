import AutomatonCore
import Foundation

/// Decodes a pod with Foundation's JSONDecoder into the same row: what the scanner is held against.
enum PodOracle {
    static func row(_ bytes: [UInt8]) throws -> (row: PodRow, resourceVersion: String) {
        let pod = try JSONDecoder().decode(Pod.self, from: Data(bytes))
        guard let metadata = pod.metadata, let uid = metadata.uid, !uid.isEmpty, let name = metadata.name, !name.isEmpty else {
            throw Unidentified()
        }
        let owner = (metadata.ownerReferences ?? []).compactMap { $0 }.first { $0.controller == true }
        let status = pod.status
        let row = PodRow(
            uid: uid, namespace: metadata.namespace ?? "", name: name,
            controller: owner.map { PodRow.Owner(kind: $0.fullKind, name: $0.name ?? "", uid: $0.uid ?? "") },
            phase: ["Pending": .pending, "Running": .running, "Succeeded": .succeeded, "Failed": .failed][status?.phase ?? ""] ?? .unknown,
            reason: status?.reason ?? "", message: cut(status?.message), isTerminating: metadata.deletionTimestamp != nil,
            isReady: (status?.conditions ?? []).contains { $0?.type == "Ready" && $0?.status == "True" },
            containers: (status?.containerStatuses ?? []).compactMap { $0?.row(isInit: false) }
                + (status?.initContainerStatuses ?? []).compactMap { $0?.row(isInit: true) })
        return (row, metadata.resourceVersion ?? "")
    }

    struct Unidentified: Error {}

    /// Scalars, as long as they fit into what is kept of a message.
    static func cut(_ text: String?) -> String {
        var result = String.UnicodeScalarView()
        var size = 0
        for scalar in (text ?? "").unicodeScalars {
            size += UTF8.width(scalar)
            guard size <= PodRow.longestMessage else { break }
            result.append(scalar)
        }
        return String(result)
    }

    struct Pod: Decodable {
        var metadata: Metadata?
        var status: Status?
    }

    struct Metadata: Decodable {
        var uid, name, namespace, resourceVersion, deletionTimestamp: String?
        var ownerReferences: [Owner?]?
    }

    struct Owner: Decodable {
        var apiVersion, kind, name, uid: String?
        var controller: Bool?

        var fullKind: String {
            let parts = (apiVersion ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let group = parts.count == 2 ? String(parts[0]) : ""
            return (kind ?? "") + (["", "apps", "batch"].contains(group) ? "" : ".\(group)")
        }
    }

    struct Status: Decodable {
        var phase, reason, message: String?
        var conditions: [Condition?]?
        var containerStatuses, initContainerStatuses: [ContainerStatus?]?
    }

    struct Condition: Decodable {
        var type, status: String?
    }

    struct ContainerStatus: Decodable {
        var name: String?
        var restartCount: Int32?
        var ready: Bool?
        var state, lastState: State?

        func row(isInit: Bool) -> ContainerRow {
            ContainerRow(
                name: name ?? "", restartCount: restartCount ?? 0, isReady: ready ?? false,
                state: state?.row ?? .waiting(reason: "", message: ""), lastTermination: lastState?.terminated?.row, isInit: isInit)
        }
    }

    struct State: Decodable {
        struct Waiting: Decodable { var reason, message: String? }
        struct Running: Decodable { var startedAt: String? }
        struct Terminated: Decodable {
            var reason, message, finishedAt: String?
            var exitCode: Int32?

            var row: ContainerRow.Termination {
                .init(reason: reason ?? "", exitCode: exitCode ?? 0, finishedAt: instant(finishedAt), message: cut(message))
            }
        }
        var waiting: Waiting?
        var running: Running?
        var terminated: Terminated?

        var row: ContainerRow.State {
            if let terminated { return .terminated(terminated.row) }
            if let running { return .running(since: instant(running.startedAt)) }
            return .waiting(reason: waiting?.reason ?? "", message: cut(waiting?.message))
        }
    }

    static func instant(_ text: String?) -> Instant? { text.flatMap { Instant(rfc3339: $0) } }
}

public import AutomatonCore

/// The instant for which tables show ages.
public struct TableClock: Sendable {
    /// The instant.
    public let instant: Instant

    /// Shows ages as of an instant.
    public init(_ instant: Instant) { self.instant = instant }
}

/// The columns that `kubectl get` shows (k8s.io/kubernetes/pkg/printers/internalversion).
struct TablePrinter {
    let type: ResourceType

    fileprivate struct Column {
        let name: String
        let type: String
        let priority: Int

        init(_ name: String, _ type: String = "string", wide: Bool = false) {
            self.name = name
            self.type = type
            priority = wide ? 1 : 0
        }
    }

    private var columns: [Column] {
        let name = Column("Name")
        let age = Column("Age")
        let template = [Column("Containers", wide: true), Column("Images", wide: true), Column("Selector", wide: true)]
        switch type {
        case .pods:
            return [
                name, Column("Ready"), Column("Status"), Column("Restarts"), age, Column("IP", wide: true), Column("Node", wide: true),
                Column("Nominated Node", wide: true), Column("Readiness Gates", wide: true),
            ]
        case .deployments: return [name, Column("Ready"), Column("Up-to-date", "integer"), Column("Available", "integer"), age] + template
        case .replicaSets:
            return [name, Column("Desired", "integer"), Column("Current", "integer"), Column("Ready", "integer"), age] + template
        case .statefulSets: return [name, Column("Ready"), age, Column("Containers", wide: true), Column("Images", wide: true)]
        case .daemonSets:
            return [
                name, Column("Desired", "integer"), Column("Current", "integer"), Column("Ready", "integer"),
                Column("Up-to-date", "integer"), Column("Available", "integer"), Column("Node Selector"), age,
            ] + template
        case .jobs: return [name, Column("Status"), Column("Completions"), Column("Duration"), age]
        case .events: return [Column("Last Seen"), Column("Type"), Column("Reason"), Column("Object"), Column("Message"), name.asWide]
        case .namespaces: return [name, Column("Status"), age]
        case .nodes: return [name, Column("Status"), Column("Roles"), age, Column("Version")]
        case .configMaps: return [name, Column("Data", "integer"), age]
        case .secrets: return [name, Column("Type"), Column("Data", "integer"), age]
        case .services: return [name, Column("Type"), Column("Cluster-IP"), Column("External-IP"), Column("Port(s)"), age]
        case .leases: return [name, Column("Holder"), age]
        case .podDisruptionBudgets:
            return [name, Column("Min Available"), Column("Max Unavailable"), Column("Allowed Disruptions", "integer"), age]
        default: return [name, Column("Created At")]
        }
    }

    var columnDefinitions: JSON {
        .array(
            columns.map { column in
                [
                    "name": .string(column.name), "type": .string(column.type), "format": column.name == "Name" ? "name" : "",
                    "description": .string(column.name), "priority": JSON(column.priority),
                ]
            })
    }

    func cells(_ object: StoredObject, now: Instant) -> [JSON] {
        let name = JSON.string(object.name)
        let age = JSON.string(Self.age(object["metadata", "creationTimestamp"], now))
        func count(_ key: String, _ part: String = "status") -> JSON { object[.member(part), .member(key)] ?? 0 }
        func text(_ first: JSON.Step, _ second: JSON.Step) -> JSON { object[first, second] ?? "<none>" }
        switch type {
        case .pods: return PodCells.cells(object, age: age, now: now)
        case .deployments:
            let ready = "\(count("readyReplicas").text)/\(count("replicas", "spec").text)"
            return [name, .string(ready), count("updatedReplicas"), count("availableReplicas"), age] + template(object)
        case .replicaSets:
            return [name, count("replicas", "spec"), count("replicas"), count("readyReplicas"), age] + template(object)
        case .statefulSets:
            let ready = "\(count("readyReplicas").text)/\(count("replicas", "spec").text)"
            return [name, .string(ready), age] + template(object).prefix(2)
        case .daemonSets:
            let selector = object["spec", "template", "spec", "nodeSelector"]?.strings ?? [:]
            return [
                name, count("desiredNumberScheduled"), count("currentNumberScheduled"), count("numberReady"),
                count("updatedNumberScheduled"), count("numberAvailable"), .string(Self.pairs(selector)), age,
            ] + template(object)
        case .jobs:
            let conditions = object["status", "conditions"]?.array ?? []
            let ended = conditions.first { $0["status"] == "True" }?["type"]?.string
            let start = object["status", "startTime"]?.string.flatMap { Instant(rfc3339: $0) }
            let end = object["status", "completionTime"]?.string.flatMap { Instant(rfc3339: $0) } ?? now
            let duration = start.map { Self.age(end - $0) } ?? ""
            return [
                name, .string(ended ?? "Running"), .string("\(count("succeeded").text)/\((object["spec", "completions"] ?? 1).text)"),
                .string(duration), age,
            ]
        case .events:
            let seen = ["lastTimestamp", "eventTime", "firstTimestamp"].compactMap { object[$0]?.string }.first
            let target =
                "\((object["involvedObject", "kind"]?.string ?? "").lowercased())/\(object["involvedObject", "name"]?.string ?? "")"
            return [
                .string(Self.age(seen.map(JSON.string), now)), object["type"] ?? "", object["reason"] ?? "", .string(target),
                object["message"] ?? "", name,
            ]
        case .namespaces: return [name, text("status", "phase"), age]
        case .nodes:
            let conditions = object["status", "conditions"]?.array ?? []
            let isReady = conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
            let status = (isReady ? "Ready" : "NotReady") + (object["spec", "unschedulable"] == true ? ",SchedulingDisabled" : "")
            return [name, .string(status), "<none>", age, object["status", "nodeInfo", "kubeletVersion"] ?? ""]
        case .configMaps: return [name, JSON((object["data"]?.object?.count ?? 0) + (object["binaryData"]?.object?.count ?? 0)), age]
        case .secrets: return [name, object["type"] ?? "", JSON(object["data"]?.object?.count ?? 0), age]
        case .services:
            let ports = (object["spec", "ports"]?.array ?? []).map { "\(($0["port"] ?? 0).text)/\($0["protocol"]?.string ?? "TCP")" }
            return [
                name, text("spec", "type"), text("spec", "clusterIP"), "<none>",
                .string(ports.isEmpty ? "<none>" : ports.joined(separator: ",")), age,
            ]
        case .leases: return [name, object["spec", "holderIdentity"] ?? "", age]
        case .podDisruptionBudgets:
            func bound(_ key: JSON.Step) -> JSON { object["spec", key].map { .string($0.string ?? $0.text) } ?? "N/A" }
            return [name, bound("minAvailable"), bound("maxUnavailable"), count("disruptionsAllowed"), age]
        default: return [name, text("metadata", "creationTimestamp")]
        }
    }

    private func template(_ object: StoredObject) -> [JSON] {
        let containers = object["spec", "template", "spec", "containers"]?.array ?? []
        return [
            .string(containers.compactMap { $0["name"]?.string }.joined(separator: ",")),
            .string(containers.compactMap { $0["image"]?.string }.joined(separator: ",")),
            .string(ScaleSubresource.text(of: object["spec", "selector"])),
        ]
    }

    private static func pairs(_ labels: [String: String]) -> String {
        labels.isEmpty ? "<none>" : labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    static func age(_ timestamp: JSON?, _ now: Instant) -> String {
        guard let text = timestamp?.string, let instant = Instant(rfc3339: text) else { return "<unknown>" }
        return age(now - instant)
    }

    /// A duration as kubectl shows ages (k8s.io/apimachinery/pkg/util/duration.HumanDuration).
    static func age(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return seconds % 60 == 0 ? "\(minutes)m" : "\(minutes)m\(seconds % 60)s" }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h\(minutes % 60)m" }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if days < 8 { return hours % 24 == 0 ? "\(days)d" : "\(days)d\(hours % 24)h" }
        if days < 730 { return "\(days)d" }
        let years = days / 365
        return years < 8 && days % 365 != 0 ? "\(years)y\(days % 365)d" : "\(years)y"
    }
}

extension TablePrinter.Column {
    /// The same column, shown only with `-o wide`.
    fileprivate var asWide: TablePrinter.Column { TablePrinter.Column(name, type, wide: true) }
}

/// The row of a pod, whose status column sums up its containers.
enum PodCells {
    static func cells(_ pod: StoredObject, age: JSON, now: Instant) -> [JSON] {
        let statuses = pod["status", "containerStatuses"]?.array ?? []
        let total = pod["spec", "containers"]?.array?.count ?? statuses.count
        let ready = statuses.count { $0["ready"] == true }
        let restarts = statuses.reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
        let last = statuses.compactMap { $0["lastState", "terminated", "finishedAt"]?.string }.max()
        let ago = last.map { " (\(TablePrinter.age(.string($0), now)) ago)" } ?? ""
        return [
            .string(pod.name), .string("\(ready)/\(total)"), .string(status(pod)),
            .string(restarts == 0 ? "0" : "\(restarts)\(ago)"), age, pod["status", "podIP"] ?? "<none>",
            pod["spec", "nodeName"] ?? "<none>", pod["status", "nominatedNodeName"] ?? "<none>", "<none>",
        ]
    }

    private static func status(_ pod: StoredObject) -> String {
        if pod.isBeingDeleted { return pod["status", "reason"] == "NodeLost" ? "Unknown" : "Terminating" }
        for (index, container) in (pod["status", "initContainerStatuses"]?.array ?? []).enumerated() {
            if container["state", "terminated", "exitCode"] == 0 { continue }
            if let terminated = container["state", "terminated"] { return "Init:" + reason(terminated) }
            if let waiting = container["state", "waiting", "reason"]?.string, waiting != "PodInitializing" { return "Init:\(waiting)" }
            return "Init:\(index)/\(pod["spec", "initContainers"]?.array?.count ?? 0)"
        }
        var result = pod["status", "reason"]?.string ?? pod["status", "phase"]?.string ?? "Unknown"
        for container in (pod["status", "containerStatuses"]?.array ?? []).reversed() {
            if let waiting = container["state", "waiting", "reason"]?.string {
                result = waiting
            } else if let terminated = container["state", "terminated"] {
                result = reason(terminated)
            }
        }
        return result
    }

    private static func reason(_ terminated: JSON) -> String {
        if let reason = terminated["reason"]?.string { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }
}

import AutomatonCore

/// The status of a pod as a 1.36 kubelet writes it.
enum PodStatus {
    /// The condition types that the kubelet owns, in the order in which it writes them.
    private static let owned = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]

    /// Renders the status of a pod, keeping the conditions that others wrote. Notes new transitions in the runtime.
    static func render(_ pod: inout PodRuntime, _ object: JSON, hostIP: String, at now: Instant) -> JSON {
        let spec = object["spec"] ?? .emptyObject
        let phase = pod.phase
        var status: JSON = [
            "observedGeneration": object["metadata"]?["generation"] ?? 1, "phase": .string(phase), "hostIP": .string(hostIP),
            "hostIPs": [["ip": .string(hostIP)]], "qosClass": .string(pod.qosClass),
        ]
        if let startedAt = pod.startedAt { status["startTime"] = .string(startedAt.rfc3339) }
        if let ip = pod.ip {
            status["podIP"] = .string(ip)
            status["podIPs"] = [["ip": .string(ip)]]
        }
        if let verdict = pod.verdict {
            status["reason"] = .string(verdict.reason)
            status["message"] = .string(verdict.message)
        }
        status["containerStatuses"] = statuses(of: pod.containers, spec["containers"]?.array ?? [])
        if !pod.initContainers.isEmpty {
            status["initContainerStatuses"] = statuses(of: pod.initContainers, spec["initContainers"]?.array ?? [])
        }
        status["conditions"] = .array(conditions(&pod, object, phase: phase, at: now))
        return status
    }

    private static func statuses(of containers: [ContainerRuntime], _ specs: [JSON]) -> JSON {
        .array(
            containers.sorted { $0.name < $1.name }.map { container in
                status(of: container, specs.first { $0["name"]?.string == container.name } ?? .emptyObject)
            })
    }

    private static func status(of container: ContainerRuntime, _ spec: JSON) -> JSON {
        let image = spec["image"]?.string ?? ""
        var status: JSON = [
            "name": .string(container.name), "lastState": .emptyObject, "ready": .bool(container.isReady),
            "restartCount": JSON(container.restartCount), "image": .string(container.id == nil ? image : ImageName.full(image)),
            "imageID": .string(container.id == nil ? "" : ImageName.id(image)), "started": .bool(container.isRunning),
        ]
        switch container.state {
        case .waiting(let reason, let message):
            status["state"] = ["waiting": ["reason": .string(reason)]]
            if let message { status["state", "waiting", "message"] = .string(message) }
        case .running(let since): status["state"] = ["running": ["startedAt": .string(since.rfc3339)]]
        case .terminated(let death): status["state"] = ["terminated": death.json]
        }
        if let last = container.lastDeath { status["lastState"] = ["terminated": last.json] }
        if let id = container.id {
            status["containerID"] = .string(id)
            var resources = JSON.emptyObject
            for key in ["limits", "requests"] {
                if let amounts = spec["resources"]?[key], !amounts.isEmpty { resources[key] = amounts }
            }
            status["resources"] = resources
            if let requests = resources["requests"] { status["allocatedResources"] = requests }
            let user = spec["securityContext"]?["runAsUser"] ?? 0
            status["user"] = ["linux": ["uid": user, "gid": 0, "supplementalGroups": [0]]]
        }
        if let mounts = spec["volumeMounts"]?.array, !mounts.isEmpty {
            status["volumeMounts"] = .array(
                mounts.map { mount in
                    var entry: JSON = ["name": mount["name"] ?? "", "mountPath": mount["mountPath"] ?? ""]
                    if mount["readOnly"]?.bool ?? false {
                        entry["readOnly"] = true
                        entry["recursiveReadOnly"] = "Disabled"
                    }
                    return entry
                })
        }
        return status
    }

    private static func conditions(_ pod: inout PodRuntime, _ object: JSON, phase: String, at now: Instant) -> [JSON] {
        let existing = object["status"]?["conditions"]?.array ?? []
        let generation = object["metadata"]?["generation"] ?? 1
        func condition(_ type: String, _ state: Condition) -> JSON {
            var since = now
            if let known = pod.transitions[type], known.status == state.status {
                since = known.at
            } else if pod.transitions[type] == nil, let before = existing.first(where: { $0["type"]?.string == type }),
                before["status"]?.string == state.status,
                let at = before["lastTransitionTime"]?.string.flatMap({ Instant(rfc3339: $0) })
            {
                since = at
            }
            pod.transitions[type] = (state.status, since)
            var json: JSON = [
                "type": .string(type), "observedGeneration": generation, "status": .string(state.status), "lastProbeTime": .null,
                "lastTransitionTime": .string(since.rfc3339),
            ]
            if let reason = state.reason { json["reason"] = .string(reason) }
            if let message = state.message { json["message"] = .string(message) }
            return json
        }
        var result = existing.filter { !owned.contains($0["type"]?.string ?? "") && $0["type"]?.string != "DisruptionTarget" }
        if let verdict = pod.verdict, verdict.reason == "Evicted" {
            result.append(
                condition("DisruptionTarget", Condition(status: "True", reason: "TerminationByKubelet", message: verdict.message)))
        } else if let target = existing.first(where: { $0["type"]?.string == "DisruptionTarget" }) {
            result.append(target)
        }
        let readiness = readiness(of: pod, phase: phase)
        for type in owned {
            let state: Condition
            switch type {
            case "PodReadyToStartContainers":
                state = Condition(status: pod.hasSandbox && phase != "Failed" && phase != "Succeeded" ? "True" : "False")
            case "Initialized": state = initialized(pod, phase: phase)
            case "Ready": state = gated(readiness, object)
            case "ContainersReady": state = readiness
            default: state = Condition(status: "True")
            }
            result.append(condition(type, state))
        }
        return result
    }

    private struct Condition {
        var status: String
        var reason: String?
        var message: String?
    }

    private static func readiness(of pod: PodRuntime, phase: String) -> Condition {
        switch phase {
        case "Succeeded": return Condition(status: "False", reason: "PodCompleted")
        case "Failed": return Condition(status: "False", reason: "PodFailed")
        default:
            let unready = pod.containers.filter { !$0.isReady }.map(\.name)
            if unready.isEmpty { return Condition(status: "True") }
            return Condition(
                status: "False", reason: "ContainersNotReady",
                message: "containers with unready status: [\(unready.joined(separator: " "))]")
        }
    }

    private static func initialized(_ pod: PodRuntime, phase: String) -> Condition {
        let incomplete = pod.initContainers.filter { $0.death?.exitCode != 0 }.map(\.name)
        if incomplete.isEmpty { return Condition(status: "True", reason: phase == "Succeeded" ? "PodCompleted" : nil) }
        return Condition(
            status: "False", reason: "ContainersNotInitialized",
            message: "containers with incomplete status: [\(incomplete.joined(separator: " "))]")
    }

    /// Readiness gates: conditions that somebody else has to set before the pod counts as ready.
    private static func gated(_ readiness: Condition, _ object: JSON) -> Condition {
        guard readiness.status == "True" else { return readiness }
        let conditions = object["status"]?["conditions"]?.array ?? []
        for gate in object["spec"]?["readinessGates"]?.array ?? [] {
            let type = gate["conditionType"]?.string ?? ""
            let status = conditions.first { $0["type"]?.string == type }?["status"]?.string
            guard status != "True" else { continue }
            let message =
                status.map { "the status of pod readiness gate \"\(type)\" is not \"True\", but \($0)" }
                ?? "corresponding condition of pod readiness gate \"\(type)\" does not exist."
            return Condition(status: "False", reason: "ReadinessGatesNotReady", message: message)
        }
        return readiness
    }
}

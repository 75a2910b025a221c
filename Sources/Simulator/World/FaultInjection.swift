public import AutomatonCore

extension ResourceType {
    /// The faults that were injected into the simulated world. They are objects like all others, so that breaking something is an
    /// ordinary write to the store; the HTTP face does not serve them.
    public static let faults = ResourceType(group: "simulator.local", plural: "faults", kind: "Fault")
}

extension Store {
    /// Breaks a workload, or one pod of it, or makes it behave otherwise. Of several faults that apply the newest counts.
    ///
    /// - Returns: the name of the fault, for `heal`.
    /// - Throws: `StoreError.notFound` if there is no such workload.
    @discardableResult
    public mutating func inject(
        _ behaviour: Behaviour, into workload: WorkloadName, pod: String? = nil, at now: Instant
    ) throws(StoreError) -> String {
        let type = workload.type
        guard get(type, namespace: workload.namespace, name: workload.name) != nil else { throw .notFound(type, name: workload.name) }
        if let pod, get(.pods, namespace: workload.namespace, name: pod) == nil { throw .notFound(.pods, name: pod) }
        var spec = behaviour.json
        spec["kind"] = .string(workload.kind)
        spec["name"] = .string(workload.name)
        if let pod { spec["pod"] = .string(pod) }
        let metadata: JSON = ["generateName": .string(workload.name + "-"), "namespace": .string(workload.namespace)]
        return try create(.faults, ["metadata": metadata, "spec": spec], at: now).name
    }

    /// Containers of a workload need that much memory: OOM-killed, and in a crash loop, until the limit suffices.
    public mutating func oom(
        _ workload: WorkloadName, needs memory: ByteQuantity, after: Duration = .seconds(2), at now: Instant
    ) throws(StoreError) {
        try inject(Behaviour(.needsMemory(memory), after: after, cure: .specification), into: workload, at: now)
    }

    /// Containers of the pods that exist exit with code 1 again and again, until each pod is replaced.
    public mutating func crashLoop(
        _ workload: WorkloadName, after: Duration = .seconds(1), message: String? = nil, at now: Instant
    ) throws(StoreError) {
        try inject(Behaviour(.exits(code: 1, message: message), after: after, cure: .newPod), into: workload, at: now)
    }

    /// Containers of the pods that exist restart that often without a lasting crash loop, until each pod is replaced.
    public mutating func restartLoop(_ workload: WorkloadName, every: Duration, at now: Instant) throws(StoreError) {
        try inject(Behaviour(.restartLoop, after: every, cure: .newPod), into: workload, at: now)
    }

    /// Containers crash whatever is done: what a person has to look at.
    public mutating func breakForGood(_ workload: WorkloadName, after: Duration = .seconds(1), at now: Instant) throws(StoreError) {
        try inject(Behaviour(.exits(code: 1), after: after, cure: .specification), into: workload, at: now)
    }

    /// Rolls out a bad release of a Deployment: another image, whose containers exit with code 1 again and again. No restart helps, going
    /// back to the revision before does.
    ///
    /// - Throws: `StoreError.notFound` if there is no such Deployment.
    public mutating func rollOutBadRelease(
        of workload: WorkloadName, image: String, after: Duration = .seconds(1)
    ) throws(StoreError) {
        try update(workload.type, namespace: workload.namespace, name: workload.name) { object in
            object["spec", "template", "spec", "containers", 0, "image"] = .string(image)
            for (name, value) in [
                ("exit-code", "1"), ("cured-by", "nothing"), ("after", "\(max(1, after.components.seconds))s"),
            ] { object["spec", "template", "metadata", "annotations", .member("simulator/\(name)")] = .string(value) }
        }
    }

    /// The kubelet evicts a pod because its node runs low on a resource (`memory`, `ephemeral-storage`).
    ///
    /// - Throws: `StoreError.notFound` if there is no such pod.
    public mutating func evict(
        pod: String, in namespace: String, resource: String = "memory", at now: Instant
    ) throws(StoreError) {
        guard get(.pods, namespace: namespace, name: pod) != nil else { throw .notFound(.pods, name: pod) }
        let metadata: JSON = ["generateName": "evict-", "namespace": .string(namespace)]
        try create(
            .faults, ["metadata": metadata, "spec": ["evict": .string(pod), "resource": .string(resource)]], at: now)
    }

    /// Takes all faults of a workload back: its containers behave from now on.
    public mutating func heal(_ workload: WorkloadName) {
        for fault in list(.faults, namespace: workload.namespace)
        where fault["spec", "kind"]?.string == workload.kind && fault["spec", "name"]?.string == workload.name {
            _ = try? remove(.faults, namespace: fault.namespace, name: fault.name)
        }
    }
}

/// A behaviour that was injected from outside, read from its object.
struct InjectedBehaviour: Sendable {
    var workload: WorkloadName
    /// Only this pod of the workload; all of them if nil.
    var pod: String?
    var behaviour: Behaviour
    /// The store's version when it was injected.
    var version: UInt64

    init?(_ fault: StoredObject) {
        guard let spec = fault["spec"], let behaviour = Behaviour(json: spec), let kind = spec["kind"]?.string,
            let name = spec["name"]?.string
        else { return nil }
        workload = WorkloadName(kind: kind, namespace: fault.namespace, name: name)
        pod = spec["pod"]?.string
        self.behaviour = behaviour
        version = fault.resourceVersion
    }

    /// Whether it applies to a pod.
    func applies(to pod: PodRuntime) -> Bool {
        guard workload == pod.workload, self.pod == nil || self.pod == pod.name.name else { return false }
        return behaviour.cure == .specification || pod.version <= version
    }
}

extension Behaviour {
    /// The behaviour as the spec of a fault object.
    fileprivate var json: JSON {
        var json: JSON = ["after": .integer(after.microseconds), "cure": cure == .newPod ? "newPod" : "specification"]
        if let container { json["container"] = .string(container) }
        switch fault {
        case .needsMemory(let memory):
            json["fault"] = "needsMemory"
            json["memory"] = .integer(memory.bytes)
        case .exits(let code, let message):
            json["fault"] = "exits"
            json["code"] = JSON(code)
            if let message { json["message"] = .string(message) }
        case .restartLoop: json["fault"] = "restartLoop"
        case .cannotStart(let reason, let message):
            json["fault"] = reason == .startError ? "startError" : "containerCannotRun"
            json["message"] = .string(message)
        case .unready: json["fault"] = "unready"
        case .imageMissing: json["fault"] = "imageMissing"
        }
        return json
    }

    /// Reads the spec of a fault object; nil when it is none of a behaviour.
    fileprivate init?(json: JSON) {
        let message = json["message"]?.string
        switch json["fault"]?.string {
        case "needsMemory": fault = .needsMemory(ByteQuantity(bytes: Int64(json["memory"]?.int ?? 0)))
        case "exits": fault = .exits(code: json["code"]?.int ?? 1, message: message)
        case "restartLoop": fault = .restartLoop
        case "startError": fault = .cannotStart(reason: .startError, message: message ?? "")
        case "containerCannotRun": fault = .cannotStart(reason: .containerCannotRun, message: message ?? "")
        case "unready": fault = .unready
        case "imageMissing": fault = .imageMissing
        default: return nil
        }
        after = .microseconds(json["after"]?.int ?? 0)
        cure = json["cure"]?.string == "newPod" ? .newPod : .specification
        container = json["container"]?.string
    }
}

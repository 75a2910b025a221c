internal import AutomatonCore

/// What is read of a workload: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or pod.
struct ScannedWorkload {
    var uid = ""
    var resourceVersion = ""
    var isTerminating = false
    var controller: PodRow.Owner?
    /// The annotation of the attempts, as written.
    var attempts: String?
    var replicas: Int?
    var paused = false
    /// `spec.updateStrategy.type`; nil for kinds without one.
    var updateStrategy: String?
    /// `spec.updateStrategy.rollingUpdate.partition`.
    var partition: Int32 = 0
    var restartedAt: String?
    var containers: [Workload.Container] = []
}

/// Reads a workload's JSON for the fields of a ``Workload``, and jumps over the rest.
enum WorkloadScanner {
    /// The annotation that holds the stamps of attempts.
    static let attemptsAnnotation: StaticString = "self-healing-automaton/attempts"
    /// The pod template's annotation that `kubectl rollout restart` sets.
    static let restartedAtAnnotation: StaticString = "kubectl.kubernetes.io/restartedAt"

    static func workload(_ bytes: Span<UInt8>) throws(ScanError) -> ScannedWorkload {
        var cursor = JSONCursor()
        var workload = ScannedWorkload()
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "metadata", bytes) {
                try fields.see(0, "metadata", key)
                try metadata(&cursor, bytes, into: &workload)
            } else if cursor.matches(key, "spec", bytes) {
                try fields.see(1, "spec", key)
                try spec(&cursor, bytes, into: &workload)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        try cursor.end(bytes)
        guard !workload.uid.isEmpty else { throw ScanError(.missing("metadata.uid"), at: bytes.count) }
        guard !workload.resourceVersion.isEmpty else { throw ScanError(.missing("metadata.resourceVersion"), at: bytes.count) }
        return workload
    }

    private static func metadata(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into workload: inout ScannedWorkload
    ) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "uid", bytes) {
                try fields.see(0, "metadata.uid", key)
                workload.uid = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "resourceVersion", bytes) {
                try fields.see(1, "metadata.resourceVersion", key)
                workload.resourceVersion = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "deletionTimestamp", bytes) {
                try fields.see(2, "metadata.deletionTimestamp", key)
                workload.isTerminating = try cursor.stringToken(bytes) != nil
            } else if cursor.matches(key, "ownerReferences", bytes) {
                try fields.see(3, "metadata.ownerReferences", key)
                workload.controller = try OwnerReferences.controller(&cursor, bytes)
            } else if cursor.matches(key, "annotations", bytes) {
                try fields.see(4, "metadata.annotations", key)
                workload.attempts = try member(attemptsAnnotation, &cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func spec(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into workload: inout ScannedWorkload
    ) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "replicas", bytes) {
                try fields.see(0, "spec.replicas", key)
                workload.replicas = try cursor.integer(bytes).map { Int($0) }
            } else if cursor.matches(key, "paused", bytes) {
                try fields.see(1, "spec.paused", key)
                workload.paused = try cursor.boolean(bytes) ?? false
            } else if cursor.matches(key, "updateStrategy", bytes) {
                try fields.see(2, "spec.updateStrategy", key)
                try updateStrategy(&cursor, bytes, into: &workload)
            } else if cursor.matches(key, "template", bytes) {
                try fields.see(3, "spec.template", key)
                try template(&cursor, bytes, into: &workload)
            } else if cursor.matches(key, "containers", bytes) {
                // Of a pod.
                try fields.see(4, "spec.containers", key)
                workload.containers = try containers(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func updateStrategy(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into workload: inout ScannedWorkload
    ) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "type", bytes) {
                try fields.see(0, "spec.updateStrategy.type", key)
                workload.updateStrategy = try cursor.string(bytes)
            } else if cursor.matches(key, "rollingUpdate", bytes) {
                try fields.see(1, "spec.updateStrategy.rollingUpdate", key)
                guard try cursor.enterObject(bytes) else { continue }
                var inner = SeenFields()
                while let key = try cursor.nextKey(bytes) {
                    if cursor.matches(key, "partition", bytes) {
                        try inner.see(0, "spec.updateStrategy.rollingUpdate.partition", key)
                        workload.partition = try cursor.integer(bytes) ?? 0
                    } else {
                        try cursor.skipValue(bytes)
                    }
                }
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func template(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into workload: inout ScannedWorkload
    ) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "metadata", bytes) {
                try fields.see(0, "spec.template.metadata", key)
                var inner = SeenFields()
                guard try cursor.enterObject(bytes) else { continue }
                while let key = try cursor.nextKey(bytes) {
                    if cursor.matches(key, "annotations", bytes) {
                        try inner.see(0, "spec.template.metadata.annotations", key)
                        workload.restartedAt = try member(restartedAtAnnotation, &cursor, bytes)
                    } else {
                        try cursor.skipValue(bytes)
                    }
                }
            } else if cursor.matches(key, "spec", bytes) {
                try fields.see(1, "spec.template.spec", key)
                var inner = SeenFields()
                guard try cursor.enterObject(bytes) else { continue }
                while let key = try cursor.nextKey(bytes) {
                    if cursor.matches(key, "containers", bytes) {
                        try inner.see(0, "spec.template.spec.containers", key)
                        workload.containers = try containers(&cursor, bytes)
                    } else {
                        try cursor.skipValue(bytes)
                    }
                }
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func containers(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> [Workload.Container] {
        var containers: [Workload.Container] = []
        guard try cursor.enterArray(bytes) else { return containers }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var container = Workload.Container(name: "", memoryLimit: nil, memoryRequest: nil)
            var fields = SeenFields()
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "name", bytes) {
                    try fields.see(0, "containers.name", key)
                    container.name = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "resources", bytes) {
                    try fields.see(1, "containers.resources", key)
                    var inner = SeenFields()
                    guard try cursor.enterObject(bytes) else { continue }
                    while let key = try cursor.nextKey(bytes) {
                        if cursor.matches(key, "limits", bytes) {
                            try inner.see(0, "containers.resources.limits", key)
                            container.memoryLimit = try memory(&cursor, bytes)
                        } else if cursor.matches(key, "requests", bytes) {
                            try inner.see(1, "containers.resources.requests", key)
                            container.memoryRequest = try memory(&cursor, bytes)
                        } else {
                            try cursor.skipValue(bytes)
                        }
                    }
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            containers.append(container)
        }
        return containers
    }

    /// The memory of a list of resources.
    static func memory(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> ByteQuantity? {
        guard let text = try member("memory", &cursor, bytes) else { return nil }
        guard let quantity = ByteQuantity(text) else { throw ScanError(.expected("an amount of memory below 8Ei"), at: cursor.offset) }
        return quantity
    }

    /// The string of one member of an object; nil when it is absent or null.
    static func member(_ name: StaticString, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> String? {
        var value: String?
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return nil }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, name, bytes) {
                try fields.see(0, name, key)
                value = try cursor.string(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return value
    }
}

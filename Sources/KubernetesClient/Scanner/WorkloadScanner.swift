internal import AutomatonCore

/// What is read of a workload: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or pod.
struct ScannedWorkload {
    var uid = ""
    var resourceVersion = ""
    var isTerminating = false
    var controller: PodRow.Owner?
    /// The annotations, as written.
    var annotations = Annotations()
    /// Where `metadata.managedFields` begins in the object's bytes: half of an object, and rarely wanted.
    var managedFields: Int?
    var replicas: Int?
    var paused = false
    var strategy = UpdateStrategy()
    var restartedAt: String?
    var containers: [Workload.Container] = []
    /// `status.readyReplicas`, or `status.numberReady` of a DaemonSet.
    var readyReplicas: Int32?
    /// `status.desiredNumberScheduled` of a DaemonSet.
    var desiredNumberScheduled: Int32?
    /// Whether the controller has reported at all: then a counter that is absent is zero.
    var isObserved = false

    /// The annotations that are read.
    struct Annotations {
        var attempts: String?
        var mode: String?
        var pausedUntil: String?
        var revision: String?
    }
}

/// Reads a workload's JSON for the fields of a ``Workload``, and jumps over the rest.
enum WorkloadScanner {
    /// The annotation that holds the stamps of attempts.
    static let attemptsAnnotation: StaticString = "self-healing-automaton/attempts"
    /// The annotation that says what may be done about the object.
    static let modeAnnotation: StaticString = "self-healing-automaton/mode"
    /// The annotation that says until when nothing is begun.
    static let pausedUntilAnnotation: StaticString = "self-healing-automaton/paused-until"
    /// The Deployment controller's annotation with the number of the template's revision.
    static let revisionAnnotation: StaticString = "deployment.kubernetes.io/revision"
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
            } else if cursor.matches(key, "status", bytes) {
                try fields.see(2, "status", key)
                try status(&cursor, bytes, into: &workload)
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
                workload.annotations = try annotations(&cursor, bytes)
            } else if cursor.matches(key, "managedFields", bytes) {
                try fields.see(5, "metadata.managedFields", key)
                workload.managedFields = cursor.offset
                try cursor.skipValue(bytes)
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
            } else if cursor.matches(key, "updateStrategy", bytes) || cursor.matches(key, "strategy", bytes) {
                try fields.see(2, "spec.strategy", key)
                workload.strategy = try UpdateStrategy(&cursor, bytes)
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

    private static func annotations(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(ScanError) -> ScannedWorkload.Annotations {
        var annotations = ScannedWorkload.Annotations()
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return annotations }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, attemptsAnnotation, bytes) {
                try fields.see(0, attemptsAnnotation, key)
                annotations.attempts = try cursor.string(bytes)
            } else if cursor.matches(key, modeAnnotation, bytes) {
                try fields.see(1, modeAnnotation, key)
                annotations.mode = try cursor.string(bytes)
            } else if cursor.matches(key, pausedUntilAnnotation, bytes) {
                try fields.see(2, pausedUntilAnnotation, key)
                annotations.pausedUntil = try cursor.string(bytes)
            } else if cursor.matches(key, revisionAnnotation, bytes) {
                try fields.see(3, revisionAnnotation, key)
                annotations.revision = try cursor.string(bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return annotations
    }

    private static func status(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into workload: inout ScannedWorkload
    ) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "readyReplicas", bytes) || cursor.matches(key, "numberReady", bytes) {
                try fields.see(0, "status.readyReplicas", key)
                workload.readyReplicas = try cursor.integer(bytes)
            } else if cursor.matches(key, "desiredNumberScheduled", bytes) {
                try fields.see(1, "status.desiredNumberScheduled", key)
                workload.desiredNumberScheduled = try cursor.integer(bytes)
            } else {
                if cursor.matches(key, "observedGeneration", bytes) { workload.isObserved = true }
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

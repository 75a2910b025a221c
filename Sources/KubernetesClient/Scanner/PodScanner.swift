public import AutomatonCore

/// A pod as it was scanned.
public struct ScannedPod: Hashable, Sendable {
    /// What the checks need of it.
    public var row: PodRow
    /// `metadata.resourceVersion`; empty when absent.
    public var resourceVersion: String

    /// Makes a scanned pod.
    public init(row: PodRow, resourceVersion: String) {
        self.row = row
        self.resourceVersion = resourceVersion
    }
}

/// Reads from a pod's JSON just what a ``PodRow`` holds, and jumps over the rest: a tenth of the work of decoding it.
///
/// Containers come in the order of `status.containerStatuses`, then those of `status.initContainerStatuses`, marked: an init container
/// that crash-loops keeps its pod from starting. Ephemeral containers never restart and are left out.
/// Null stands for an absent field, as the API server writes it (`"containers":null`).
public enum PodScanner {
    /// The most that is kept of a message.
    static let messageLimit = PodRow.longestMessage

    /// Reads one pod.
    /// - Throws: ``ScanError`` for bytes that are not a pod with a name and a uid, with the place.
    public static func pod(_ bytes: Span<UInt8>) throws(ScanError) -> ScannedPod {
        var cursor = JSONCursor()
        var metadata: Metadata?
        var status: Status?
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "metadata", bytes) {
                guard metadata == nil else { throw ScanError(.duplicate("metadata"), at: key.start) }
                metadata = try self.metadata(&cursor, bytes)
            } else if cursor.matches(key, "status", bytes) {
                guard status == nil else { throw ScanError(.duplicate("status"), at: key.start) }
                status = try self.status(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        try cursor.end(bytes)
        guard let metadata, let uid = metadata.uid, !uid.isEmpty else { throw ScanError(.missing("metadata.uid"), at: bytes.count) }
        guard let name = metadata.name, !name.isEmpty else { throw ScanError(.missing("metadata.name"), at: bytes.count) }
        var row = PodRow(
            uid: uid, namespace: metadata.namespace ?? "", name: name, controller: metadata.controller, phase: .unknown,
            isTerminating: metadata.isTerminating)
        if let status {
            row.phase = status.phase
            row.reason = status.reason
            row.message = status.message
            row.isReady = status.isReady
            row.containers = status.containers
            row.containers.append(contentsOf: status.initContainers)
        }
        return ScannedPod(row: row, resourceVersion: metadata.resourceVersion ?? "")
    }

    // MARK: Metadata

    private struct Metadata {
        var uid: String?
        var name: String?
        var namespace: String?
        var resourceVersion: String?
        var isTerminating = false
        var controller: PodRow.Owner?
    }

    private static func metadata(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Metadata {
        var metadata = Metadata()
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return metadata }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "uid", bytes) {
                try fields.see(0, "metadata.uid", key)
                metadata.uid = try cursor.string(bytes)
            } else if cursor.matches(key, "name", bytes) {
                try fields.see(1, "metadata.name", key)
                metadata.name = try cursor.string(bytes)
            } else if cursor.matches(key, "namespace", bytes) {
                try fields.see(2, "metadata.namespace", key)
                metadata.namespace = try cursor.string(bytes)
            } else if cursor.matches(key, "resourceVersion", bytes) {
                try fields.see(3, "metadata.resourceVersion", key)
                metadata.resourceVersion = try cursor.string(bytes)
            } else if cursor.matches(key, "deletionTimestamp", bytes) {
                try fields.see(4, "metadata.deletionTimestamp", key)
                metadata.isTerminating = try cursor.stringToken(bytes) != nil
            } else if cursor.matches(key, "ownerReferences", bytes) {
                try fields.see(5, "metadata.ownerReferences", key)
                metadata.controller = try OwnerReferences.controller(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return metadata
    }

    // MARK: Status

    private struct Status {
        var phase = PodRow.Phase.unknown
        var reason = ""
        var message = ""
        var isReady = false
        var containers: [ContainerRow] = []
        var initContainers: [ContainerRow] = []
    }

    private static func status(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Status {
        var status = Status()
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return status }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "phase", bytes) {
                try fields.see(0, "status.phase", key)
                status.phase = PodRow.Phase(try cursor.string(bytes) ?? "")
            } else if cursor.matches(key, "reason", bytes) {
                try fields.see(1, "status.reason", key)
                status.reason = try cursor.string(bytes) ?? ""
            } else if cursor.matches(key, "message", bytes) {
                try fields.see(2, "status.message", key)
                status.message = try cursor.string(bytes, atMost: messageLimit) ?? ""
            } else if cursor.matches(key, "conditions", bytes) {
                try fields.see(3, "status.conditions", key)
                status.isReady = try isReady(&cursor, bytes)
            } else if cursor.matches(key, "containerStatuses", bytes) {
                try fields.see(4, "status.containerStatuses", key)
                status.containers = try ContainerStatuses.rows(&cursor, bytes, areInit: false)
            } else if cursor.matches(key, "initContainerStatuses", bytes) {
                try fields.see(5, "status.initContainerStatuses", key)
                status.initContainers = try ContainerStatuses.rows(&cursor, bytes, areInit: true)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return status
    }

    /// Whether the condition Ready is among the conditions, and True.
    private static func isReady(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Bool {
        var isReady = false
        guard try cursor.enterArray(bytes) else { return false }
        while try cursor.nextElement(bytes) {
            var isTypeReady = false
            var isStatusTrue = false
            var fields = SeenFields()
            guard try cursor.enterObject(bytes) else { continue }
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "type", bytes) {
                    try fields.see(0, "status.conditions.type", key)
                    if let text = try cursor.stringToken(bytes) { isTypeReady = cursor.matches(text, "Ready", bytes) }
                } else if cursor.matches(key, "status", bytes) {
                    try fields.see(1, "status.conditions.status", key)
                    if let text = try cursor.stringToken(bytes) { isStatusTrue = cursor.matches(text, "True", bytes) }
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            if isTypeReady, isStatusTrue { isReady = true }
        }
        return isReady
    }
}

extension PodRow.Phase {
    /// The phase of this name; ``PodRow/Phase/unknown`` for one that this version does not know.
    init(_ name: String) {
        switch name {
        case "Pending": self = .pending
        case "Running": self = .running
        case "Succeeded": self = .succeeded
        case "Failed": self = .failed
        default: self = .unknown
        }
    }
}

/// Which of an object's fields were read, so that one that stands twice is noticed.
struct SeenFields {
    private var bits: UInt16 = 0

    /// Marks a field.
    /// - Throws: ``ScanError`` when it was marked before.
    @inline(__always)
    mutating func see(_ index: UInt16, _ name: StaticString, _ key: JSONCursor.Key) throws(ScanError) {
        guard bits & (1 << index) == 0 else { throw ScanError(.duplicate(name.description), at: key.start) }
        bits |= 1 << index
    }
}

import Synchronization

/// One version of one object. It never changes: a write makes the next version.
public final class StoredObject: Sendable {
    /// The collection it is in.
    public let type: ResourceType
    /// Its namespace, empty for a cluster-scoped object.
    public let namespace: String
    /// Its name.
    public let name: String
    /// The version of this state; also in `metadata.resourceVersion`.
    public let resourceVersion: UInt64
    /// The whole object.
    public let json: JSON
    /// `namespace/name`, or `name` for a cluster-scoped object: the order of lists, as etcd has it.
    public let path: String
    private let serialised = Mutex<[UInt8]?>(nil)

    init(type: ResourceType, namespace: String, name: String, resourceVersion: UInt64, json: JSON) {
        self.type = type
        self.namespace = namespace
        self.name = name
        self.resourceVersion = resourceVersion
        self.json = json
        self.path = Self.path(namespace: namespace, name: name)
    }

    static func path(namespace: String, name: String) -> String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// The object as compact JSON without apiVersion and kind, as it stands in a list; made once a version.
    public var itemBytes: [UInt8] {
        serialised.withLock { cached in
            if let cached { return cached }
            var item = json
            item["apiVersion"] = nil
            item["kind"] = nil
            let made = item.bytes
            cached = made
            return made
        }
    }

    /// The object as compact JSON, with apiVersion and kind.
    public var bytes: [UInt8] { Array("{\"kind\":\"\(type.kind)\",\"apiVersion\":\"\(type.apiVersion)\",".utf8) + itemBytes.dropFirst() }

    /// The member of the object; nil if there is none.
    public subscript(key: String) -> JSON? { json[key] }

    /// The value at a path of the object; nil where the path ends early.
    public subscript(first: JSON.Step, second: JSON.Step, rest: JSON.Step...) -> JSON? { json[path: [first, second] + rest] }

    /// `metadata.uid`.
    public var uid: String { json["metadata"]?["uid"]?.string ?? "" }
    /// `metadata.labels`.
    public var labels: [String: String] { json["metadata"]?["labels"]?.strings ?? [:] }
    /// Whether `metadata.deletionTimestamp` is set.
    public var isBeingDeleted: Bool { json["metadata"]?["deletionTimestamp"] != nil }
}

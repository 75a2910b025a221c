import SeededRandom
public import AutomatonCore

/// The objects of a simulated cluster with their versions and the log of their changes: what etcd is to a real one.
///
/// A value without a clock: the same calls with the same seed give the same state, uids and names included.
public struct Store: Sendable {
    /// The version of the last change. Every change in any collection takes the next one.
    public private(set) var resourceVersion: UInt64
    /// The oldest version from which changes can still be read.
    public private(set) var oldestResumable: UInt64
    /// How many changes are kept before the oldest half is dropped.
    public let logCapacity: Int

    private var collections: [ResourceType: Collection] = [:]
    private var log: [StoreEvent] = []
    private var random: SplitMix64

    private struct Collection: Sendable {
        var objects: [StoredObject] = []

        /// The index of the path, or of where it would be inserted.
        func search(_ path: String) -> (index: Int, found: Bool) {
            var low = 0
            var high = objects.count
            while low < high {
                let middle = (low + high) / 2
                let candidate = objects[middle].path
                if candidate == path { return (middle, true) }
                if candidate < path { low = middle + 1 } else { high = middle }
            }
            return (low, false)
        }
    }

    /// Makes an empty store. Versions start at 1000, as those of a cluster do that has lived for a moment.
    public init(seed: UInt64 = 1, logCapacity: Int = 20_000) {
        random = SplitMix64(seed)
        resourceVersion = 1000
        oldestResumable = 1000
        self.logCapacity = max(2, logCapacity)
    }

    // MARK: Reading

    /// The object, or nil.
    public func get(_ type: ResourceType, namespace: String = "", name: String) -> StoredObject? {
        guard let collection = collections[type] else { return nil }
        let (index, found) = collection.search(StoredObject.path(namespace: namespace, name: name))
        return found ? collection.objects[index] : nil
    }

    /// The objects of a collection, or of one namespace of it, by namespace and name.
    public func list(_ type: ResourceType, namespace: String? = nil) -> ArraySlice<StoredObject> {
        guard let collection = collections[type] else { return [] }
        guard let namespace else { return collection.objects[...] }
        // "/" follows "." and "-", the only other separators a namespace may hold, so one namespace is one run.
        return collection.objects[collection.search(namespace + "/").index..<collection.search(namespace + "0").index]
    }

    /// The collections that hold or held objects.
    public var types: [ResourceType] { collections.keys.sorted() }

    /// The changes after a version, of one collection or of all, oldest first.
    public func changes(after version: UInt64, of type: ResourceType? = nil) throws(StoreError) -> [StoreEvent] {
        guard version >= oldestResumable else { throw .expired(requested: version, oldest: oldestResumable) }
        let tail = log[firstIndex(after: version)...]
        guard let type else { return Array(tail) }
        return tail.filter { $0.object.type == type }
    }

    /// The objects of a collection as they were at a version that the log still reaches, by namespace and name.
    public func list(_ type: ResourceType, namespace: String? = nil, at version: UInt64) throws(StoreError) -> ArraySlice<StoredObject> {
        let undone = try changes(after: version, of: type)
        guard !undone.isEmpty else { return list(type, namespace: namespace) }
        var past = self
        var collection = past.collections.removeValue(forKey: type) ?? Collection()
        for event in undone.reversed() {
            let (index, found) = collection.search(event.object.path)
            switch (event.previous, found) {
            case (let previous?, true): collection.objects[index] = previous
            case (let previous?, false): collection.objects.insert(previous, at: index)
            case (nil, true): collection.objects.remove(at: index)
            case (nil, false): break
            }
        }
        past.collections[type] = collection
        return past.list(type, namespace: namespace)
    }

    private func firstIndex(after version: UInt64) -> Int {
        var low = 0
        var high = log.count
        while low < high {
            let middle = (low + high) / 2
            if log[middle].resourceVersion <= version { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Writing

    /// Adds an object: sets its apiVersion, kind, uid, creationTimestamp, resourceVersion and generation, and its name if it has
    /// only a generateName.
    @discardableResult
    public mutating func create(_ type: ResourceType, _ object: JSON, at now: Instant) throws(StoreError) -> StoredObject {
        try insert(type, prepared(type, object, at: now))
    }

    /// Adds an object that `prepared` made.
    @discardableResult
    public mutating func insert(_ type: ResourceType, _ object: JSON) throws(StoreError) -> StoredObject {
        guard let name = object["metadata"]?["name"]?.string, !name.isEmpty else { throw .unnamed(type) }
        let namespace = type.isNamespaced ? object["metadata"]?["namespace"]?.string ?? "default" : ""
        let (index, found) = collections[type, default: Collection()].search(StoredObject.path(namespace: namespace, name: name))
        guard !found else { throw .alreadyExists(type, name: name) }
        let stored = version(type, namespace, name, object)
        collections[type, default: Collection()].objects.insert(stored, at: index)
        append(StoreEvent(change: .added, object: stored, previous: nil))
        return stored
    }

    /// The object as `create` would store it, without a resourceVersion and without storing it. It draws names and uids.
    public mutating func prepared(_ type: ResourceType, _ object: JSON, at now: Instant) -> JSON {
        var object = object
        object["apiVersion"] = .string(type.apiVersion)
        object["kind"] = .string(type.kind)
        var metadata = object["metadata"] ?? .emptyObject
        if metadata["name"]?.isEmpty ?? true, let prefix = metadata["generateName"]?.string, !prefix.isEmpty {
            metadata["name"] = .string(String(prefix.prefix(58)) + nameSuffix())
        }
        if type.isNamespaced {
            if metadata["namespace"]?.isEmpty ?? true { metadata["namespace"] = "default" }
        } else {
            metadata["namespace"] = nil
        }
        metadata["uid"] = .string(uid())
        metadata["creationTimestamp"] = .string(now.rfc3339)
        metadata["generation"] = type.hasGeneration ? 1 : nil
        metadata["resourceVersion"] = nil
        object["metadata"] = metadata
        return object
    }

    /// Changes an object. A change that changes nothing keeps the version and is no event; a change of anything but metadata and
    /// status raises the generation. An object that is being deleted goes with its last finalizer.
    ///
    /// - Parameters:
    ///   - expecting: the version that the object must have, if the caller cares.
    ///   - keepsFinished: keeps an object that has nothing to wait for any more, so that watchers see this state before it goes.
    @discardableResult
    public mutating func update(
        _ type: ResourceType, namespace: String = "", name: String, expecting: UInt64? = nil, keepsFinished: Bool = false,
        change: (inout JSON) -> Void
    ) throws(StoreError) -> StoredObject {
        let path = StoredObject.path(namespace: namespace, name: name)
        guard let collection = collections[type], case (let index, true) = collection.search(path) else {
            throw .notFound(type, name: name)
        }
        let old = collection.objects[index]
        if let expecting, expecting != old.resourceVersion { throw .conflict(type, name: name) }
        var object = old.json
        change(&object)
        // What no writer may change.
        for key in ["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "generation"] {
            object["metadata", .member(key)] = old.json["metadata"]?[key]
        }
        guard object != old.json else { return old }
        if type.hasGeneration, Self.desired(object) != Self.desired(old.json) || Self.deletionBegins(old.json, object) {
            object["metadata", "generation"] = JSON((old["metadata", "generation"]?.int ?? 0) + 1)
        }
        let metadata = object["metadata"]
        if !keepsFinished, metadata?["deletionTimestamp"] != nil, metadata?["finalizers"]?.isEmpty ?? true,
            metadata?["deletionGracePeriodSeconds"]?.int ?? 0 == 0, object["spec"]?["finalizers"]?.isEmpty ?? true
        {
            return remove(old, at: index, leaving: object)
        }
        let stored = version(type, namespace, name, object)
        collections[type]?.objects[index] = stored
        append(StoreEvent(change: .modified, object: stored, previous: old))
        return stored
    }

    /// Takes an object away at once, whatever its finalizers. The result is its last state, with the version of the deletion.
    @discardableResult
    public mutating func remove(_ type: ResourceType, namespace: String = "", name: String) throws(StoreError) -> StoredObject {
        let path = StoredObject.path(namespace: namespace, name: name)
        guard let collection = collections[type], case (let index, true) = collection.search(path) else {
            throw .notFound(type, name: name)
        }
        let old = collection.objects[index]
        return remove(old, at: index, leaving: old.json)
    }

    private mutating func remove(_ old: StoredObject, at index: Int, leaving object: JSON) -> StoredObject {
        let type = old.type
        let last = version(type, old.namespace, old.name, object)
        collections[type]?.objects.remove(at: index)
        append(StoreEvent(change: .deleted, object: last, previous: old))
        return last
    }

    /// Forgets the log up to now: a watch or a continue token of an older version gets "expired" (410).
    public mutating func compact() {
        log.removeAll()
        oldestResumable = resourceVersion
    }

    private mutating func version(_ type: ResourceType, _ namespace: String, _ name: String, _ object: JSON) -> StoredObject {
        resourceVersion += 1
        var object = object
        object["metadata", "resourceVersion"] = .string(String(resourceVersion))
        return StoredObject(type: type, namespace: namespace, name: name, resourceVersion: resourceVersion, json: object)
    }

    private mutating func append(_ event: StoreEvent) {
        log.append(event)
        guard log.count > logCapacity else { return }
        let dropped = log.count / 2
        oldestResumable = log[dropped - 1].resourceVersion
        log.removeFirst(dropped)
    }

    private static func desired(_ object: JSON) -> JSON {
        var object = object
        object["metadata"] = nil
        object["status"] = nil
        return object
    }

    private static func deletionBegins(_ old: JSON, _ new: JSON) -> Bool {
        old["metadata"]?["deletionTimestamp"] == nil && new["metadata"]?["deletionTimestamp"] != nil
    }

    // MARK: Names

    /// The next random version 4 UUID of this store.
    public mutating func uid() -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func hexadecimal(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return hexadecimal(high >> 32, 8) + "-" + hexadecimal(high >> 16 & 0xFFFF, 4) + "-" + hexadecimal(high & 0xFFFF, 4) + "-"
            + hexadecimal(low >> 48, 4) + "-" + hexadecimal(low & 0xFFFF_FFFF_FFFF, 12)
    }

    /// Five letters and digits as the API server appends to a generateName (k8s.io/apimachinery/pkg/util/rand).
    public mutating func nameSuffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String((0..<5).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] })
    }
}

extension ResourceType {
    /// Whether the API server counts the changes of the desired state in `metadata.generation`.
    public var hasGeneration: Bool { Self.withGeneration.contains(plural) }

    private static let withGeneration: Set<String> = [
        "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "poddisruptionbudgets",
        "horizontalpodautoscalers", "ingresses", "networkpolicies",
    ]
}

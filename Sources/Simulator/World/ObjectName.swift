/// Where an object is: its namespace (empty for a cluster-scoped one) and its name.
struct ObjectName: Sendable, Hashable, Comparable {
    var namespace: String
    var name: String

    init(_ object: StoredObject) {
        namespace = object.namespace
        name = object.name
    }

    init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    static func < (lhs: ObjectName, rhs: ObjectName) -> Bool { (lhs.namespace, lhs.name) < (rhs.namespace, rhs.name) }
}

/// What an object belongs to.
struct OwnerReference: Sendable, Hashable {
    var kind: String
    var name: String
    var uid: String
    var isController: Bool
    var blocksDeletion: Bool

    /// The owner references of an object.
    static func all(of object: JSON) -> [OwnerReference] {
        (object["metadata"]?["ownerReferences"]?.array ?? []).map { reference in
            OwnerReference(
                kind: reference["kind"]?.string ?? "", name: reference["name"]?.string ?? "", uid: reference["uid"]?.string ?? "",
                isController: reference["controller"]?.bool ?? false, blocksDeletion: reference["blockOwnerDeletion"]?.bool ?? false)
        }
    }

    /// The owner that controls an object; nil if nothing does.
    static func controller(of object: JSON) -> OwnerReference? { all(of: object).first { $0.isController } }

    /// The reference with which a controller marks what it makes.
    static func reference(to owner: StoredObject) -> JSON {
        [
            "apiVersion": .string(owner.type.apiVersion), "kind": .string(owner.type.kind), "name": .string(owner.name),
            "uid": .string(owner.uid), "controller": true, "blockOwnerDeletion": true,
        ]
    }
}

/// Who belongs to whom: the objects by the uid of each owner they name, kept from the store's changes so that no controller has to
/// search a collection.
struct Dependents: Sendable {
    private var byOwner: [String: [ResourceType: Set<ObjectName>]] = [:]

    /// Takes a change into account.
    mutating func note(_ event: StoreEvent) {
        let name = ObjectName(event.object)
        let before = event.previous?.json["metadata"]?["ownerReferences"]
        let after = event.change == .deleted ? nil : event.object.json["metadata"]?["ownerReferences"]
        guard before != after else { return }
        for reference in before?.array ?? [] {
            guard let owner = reference["uid"]?.string else { continue }
            byOwner[owner]?[event.object.type]?.remove(name)
            if byOwner[owner]?[event.object.type]?.isEmpty ?? false { byOwner[owner]?[event.object.type] = nil }
            if byOwner[owner]?.isEmpty ?? false { byOwner[owner] = nil }
        }
        for reference in after?.array ?? [] {
            guard let owner = reference["uid"]?.string else { continue }
            byOwner[owner, default: [:]][event.object.type, default: []].insert(name)
        }
    }

    /// The objects of a type that name that owner, by name.
    func names(_ type: ResourceType, of owner: String) -> [ObjectName] { (byOwner[owner]?[type] ?? []).sorted() }

    /// All objects that name that owner, by type and name.
    func all(of owner: String) -> [(ResourceType, ObjectName)] {
        (byOwner[owner] ?? [:]).sorted { $0.key < $1.key }.flatMap { type, names in names.sorted().map { (type, $0) } }
    }

    /// The objects of a type that an owner controls.
    func objects(_ type: ResourceType, controlledBy owner: StoredObject, in store: borrowing Store) -> [StoredObject] {
        var found: [StoredObject] = []
        for name in names(type, of: owner.uid) {
            guard let object = store.get(type, namespace: name.namespace, name: name.name),
                OwnerReference.controller(of: object.json)?.uid == owner.uid
            else { continue }
            found.append(object)
        }
        return found
    }
}

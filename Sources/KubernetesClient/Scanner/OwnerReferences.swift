internal import AutomatonCore

/// Reads `metadata.ownerReferences`.
enum OwnerReferences {
    /// The first owner with `controller: true`; an owner without it does not manage the object.
    static func controller(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> PodRow.Owner? {
        var controller: PodRow.Owner?
        guard try cursor.enterArray(bytes) else { return nil }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var owner = PodRow.Owner(kind: "", name: "", uid: "")
            var isController = false
            var fields = SeenFields()
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "kind", bytes) {
                    try fields.see(0, "metadata.ownerReferences.kind", key)
                    owner.kind = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "name", bytes) {
                    try fields.see(1, "metadata.ownerReferences.name", key)
                    owner.name = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "uid", bytes) {
                    try fields.see(2, "metadata.ownerReferences.uid", key)
                    owner.uid = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "controller", bytes) {
                    try fields.see(3, "metadata.ownerReferences.controller", key)
                    isController = try cursor.boolean(bytes) ?? false
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            if isController, controller == nil { controller = owner }
        }
        return controller
    }
}

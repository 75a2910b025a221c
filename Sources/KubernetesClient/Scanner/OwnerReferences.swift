internal import AutomatonCore

/// Reads `metadata.ownerReferences`.
enum OwnerReferences {
    /// The first owner with `controller: true`; an owner without it does not manage the object.
    ///
    /// The kind of a group that is not Kubernetes' own carries the group, as kubectl writes it: `StatefulSet.apps.kruise.io` is not a
    /// `StatefulSet`.
    static func controller(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> PodRow.Owner? {
        var controller: PodRow.Owner?
        guard try cursor.enterArray(bytes) else { return nil }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var owner = PodRow.Owner(kind: "", name: "", uid: "")
            var group = ""
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
                } else if cursor.matches(key, "apiVersion", bytes) {
                    try fields.see(4, "metadata.ownerReferences.apiVersion", key)
                    group = try foreignGroup(&cursor, bytes)
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            if isController, controller == nil {
                if !group.isEmpty { owner.kind += "." + group }
                controller = owner
            }
        }
        return controller
    }

    /// The group of an `apiVersion`; empty for `v1`, `apps/…` and `batch/…`, which are Kubernetes' own.
    private static func foreignGroup(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> String {
        guard let version = try cursor.string(bytes), let slash = version.utf8.firstIndex(of: 0x2F) else { return "" }
        let group = String(version[..<slash])
        return group == "apps" || group == "batch" ? "" : group
    }
}

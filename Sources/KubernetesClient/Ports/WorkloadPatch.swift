internal import AutomatonCore

/// The one strategic-merge patch of a write: precondition, stamp and edits together, so that the server takes all or nothing.
///
/// Containers merge by their name; a JSON merge patch would replace the whole list and wipe images and environments.
enum WorkloadPatch {
    /// Writes the patch.
    /// - Parameters:
    ///   - uid: The server answers 422 when the object has another.
    ///   - resourceVersion: The server answers 409 when the object has another.
    ///   - attempts: The new text of the annotation; nil leaves it alone.
    static func body(uid: String, resourceVersion: String, attempts: String?, edits: [WorkloadWrite.Edit]) -> [UInt8] {
        var json = JSONText()
        json.append(raw: "{\"metadata\":{\"uid\":")
        json.append(string: uid)
        json.append(raw: ",\"resourceVersion\":")
        json.append(string: resourceVersion)
        if let attempts {
            json.append(raw: ",\"annotations\":{\"self-healing-automaton/attempts\":")
            json.append(string: attempts)
            json.append(raw: "}")
        }
        json.append(raw: "}")
        appendSpec(edits, to: &json)
        json.append(raw: "}")
        return json.bytes
    }

    private static func appendSpec(_ edits: [WorkloadWrite.Edit], to json: inout JSONText) {
        guard !edits.isEmpty else { return }
        json.append(raw: ",\"spec\":{")
        var isFirst = true
        for case .replicas(let count) in edits {
            json.append(raw: "\"replicas\":")
            json.append(integer: count)
            isFirst = false
        }
        if !edits.allSatisfy(\.isReplicas) {
            if !isFirst { json.append(raw: ",") }
            appendTemplate(edits, to: &json)
        }
        json.append(raw: "}")
    }

    private static func appendTemplate(_ edits: [WorkloadWrite.Edit], to json: inout JSONText) {
        json.append(raw: "\"template\":{")
        var restart: Instant?
        var isFirstContainer = true
        for edit in edits {
            switch edit {
            case .restart(let at): restart = at
            case .replicas, .template: continue
            case .memory(let container, let limit, let request):
                json.append(raw: isFirstContainer ? "\"spec\":{\"containers\":[{\"name\":" : ",{\"name\":")
                isFirstContainer = false
                json.append(string: container)
                json.append(raw: ",\"resources\":{\"limits\":{\"memory\":")
                append(limit, to: &json)
                json.append(raw: "},\"requests\":{\"memory\":")
                append(request, to: &json)
                json.append(raw: "}}}")
            }
        }
        if !isFirstContainer { json.append(raw: "]}") }
        if let restart {
            if !isFirstContainer { json.append(raw: ",") }
            json.append(raw: "\"metadata\":{\"annotations\":{\"kubectl.kubernetes.io/restartedAt\":")
            json.append(string: restart.rfc3339)
            json.append(raw: "}}")
        }
        json.append(raw: "}")
    }

    /// Null takes the member away.
    private static func append(_ quantity: ByteQuantity?, to json: inout JSONText) {
        if let quantity { json.append(string: quantity.description) } else { json.append(raw: "null") }
    }
}

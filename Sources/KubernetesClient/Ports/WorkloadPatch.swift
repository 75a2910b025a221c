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
    ///   - kept: The ReplicaSet whose template is written; needed for an edit of the template.
    static func body(
        uid: String, resourceVersion: String, attempts: String?, edits: [WorkloadWrite.Edit], kept: KeptReplicaSet? = nil
    ) -> [UInt8] {
        var json = JSONText()
        json.append(raw: "{\"metadata\":{\"uid\":")
        json.append(string: uid)
        json.append(raw: ",\"resourceVersion\":")
        json.append(string: resourceVersion)
        appendAnnotations(attempts, kept, to: &json)
        json.append(raw: "}")
        appendSpec(edits, kept, to: &json)
        json.append(raw: "}")
        return json.bytes
    }

    /// The stamp, and with another revision's template that revision's cause, for `kubectl rollout history`.
    ///
    /// `kubectl rollout undo` puts back all annotations of that revision's time. Here the others stay: what people ask of the automaton
    /// today, and its stamps, are no part of a revision.
    private static func appendAnnotations(_ attempts: String?, _ kept: KeptReplicaSet?, to json: inout JSONText) {
        guard attempts != nil || kept != nil else { return }
        json.append(raw: ",\"annotations\":{")
        if let attempts {
            json.append(raw: "\"self-healing-automaton/attempts\":")
            json.append(string: attempts)
        }
        if let kept {
            if attempts != nil { json.append(raw: ",") }
            json.append(string: KeptReplicaSet.changeCause)
            json.append(raw: ":")
            // Null takes the member away.
            if let cause = kept.metadata.annotations?[KeptReplicaSet.changeCause] {
                json.append(string: cause)
            } else {
                json.append(raw: "null")
            }
        }
        json.append(raw: "}")
    }

    private static func appendSpec(_ edits: [WorkloadWrite.Edit], _ kept: KeptReplicaSet?, to json: inout JSONText) {
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
            if let kept {
                appendWhole(kept.template, to: &json)
            } else {
                appendTemplate(edits, to: &json)
            }
        }
        json.append(raw: "}")
    }

    /// In the place of the present template, not merged into it: as kubectl takes DaemonSets and StatefulSets back. (For a Deployment it
    /// sends a JSON patch, in which a precondition that fails is 422 like any other mistake.)
    private static func appendWhole(_ template: PodTemplate, to json: inout JSONText) {
        json.append(raw: "\"template\":{\"$patch\":\"replace\"")
        if !template.tree.members.isEmpty {
            json.append(raw: ",")
            json.append(template.tree.members)
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

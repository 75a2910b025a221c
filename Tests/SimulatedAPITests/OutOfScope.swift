/// Recorded exchanges that the simulated API server does not answer as the real one did, each with why the automaton can do without.
/// What it does not serve it refuses (404, 405, 415), so that nobody takes a simulation's answer for the real one.
enum OutOfScope {
    static let exchanges: [String: [String: String]] = [
        "deployments": Dictionary(
            uniqueKeysWithValues: [
                "apply-conflict", "apply-force", "apply-same-value", "apply-drop", "apply-create", "apply-noop", "apply-managed-fields",
            ].map { ($0, "server-side apply: the automaton sends strategic merge patches with a resourceVersion") }
        ).merging(
            ["delete-foreground": "deletes what the server-side apply before it made"], uniquingKeysWith: { first, _ in first }),
        "errors": [
            "yaml": "a body in YAML: the automaton sends JSON, kubectl converts before it sends",
            "accept-list": "an answer in YAML: the automaton and kubectl ask for JSON",
            "patch-strategic-crd-like": "apiextensions.k8s.io is not served, and says so: 404",
        ],
        "discovery": [
            "openapi-v3-index": "the schema documents are only as large as kubectl's validation needs them",
            "aggregated-not-modified": "the recorded ETag is that of other contents",
            "apiservice-create": "aggregated API servers are not simulated",
            "apiservice-get": "aggregated API servers are not simulated",
            "apiservice-call": "aggregated API servers are not simulated",
            "apiservice-discovery": "aggregated API servers are not simulated",
            "apiservice-delete": "aggregated API servers are not simulated",
        ],
        "pods-list-watch": [
            "update-spec-immutable": "the real message ends in a diff of Go's internal structs, line numbers and all"
        ],
    ]
}

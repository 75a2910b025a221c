internal import HTTPTypes

/// The API as OpenAPI 3.1 describes it (https://spec.openapis.org/oas/v3.1.0); served at `/openapi.json`. What it says is held against
/// what the API answers by a fuzzer in the tests.
enum OpenAPIDocument {
    /// All operations. What else the document holds follows from them.
    static let operations =
        OpenAPIOperation.looking + OpenAPIOperation.incidents + OpenAPIOperation.suspensions + OpenAPIOperation.asking
        + OpenAPIOperation.fixes + OpenAPIOperation.alerts

    /// The whole, as JSON.
    static let text = value.json + "\n"

    private static var value: OpenAPIValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Self-healing automaton",
                "version": "1",
                "summary": "What a running automaton did, does and would do; and what people ask of it.",
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": [
                ["name": "reading", "description": "Open, unless reading is protected."],
                [
                    "name": "changing",
                    "description": """
                    Needs a token; where none is configured, taken from the same machine alone. Of several replicas the leader has to be \
                    asked.
                    """,
                ],
            ],
            "paths": paths,
            "components": [
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "API_TOKEN, or one that the Kubernetes API server knows and RBAC allows.",
                    ]
                ],
                "responses": once(operations.flatMap(\.errors).map { .init(key: $0.name, value: $0.answer.value) }),
                "schemas": once(
                    operations.flatMap(\.schemas).flatMap(\.named).map { .init(key: $0.name, value: $0.schema.value) }),
            ],
        ]
    }

    private static var paths: OpenAPIValue {
        once(
            operations.map { operation in
                let methods = operations.filter { $0.path == operation.path }
                return .init(
                    key: APIResource.prefix + operation.path,
                    value: .map(methods.map { .init(key: $0.method.rawValue.lowercased(), value: $0.value) }))
            })
    }

    /// The first of each name.
    private static func once(_ members: [OpenAPIValue.Member]) -> OpenAPIValue {
        var known: Set<String> = []
        return .map(members.filter { known.insert($0.key).inserted })
    }
}

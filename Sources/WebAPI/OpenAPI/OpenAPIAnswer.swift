internal import HTTPTypes

/// An answer of an operation.
struct OpenAPIAnswer: Hashable, Sendable {
    var status: HTTPResponse.Status
    var description: String
    var mediaType = "application/json"
    var schema: OpenAPISchema
    /// A header that it has.
    var header: HTTPField.Name?

    static func ok(_ description: String, _ schema: OpenAPISchema, header: HTTPField.Name? = nil) -> OpenAPIAnswer {
        OpenAPIAnswer(status: .ok, description: description, schema: schema, header: header)
    }

    /// Something new is there; Location says where.
    static func created(_ description: String, _ schema: OpenAPISchema) -> OpenAPIAnswer {
        OpenAPIAnswer(status: .created, description: description, schema: schema, header: .location)
    }

    /// It is begun, and not over.
    static func accepted(_ description: String, _ schema: OpenAPISchema) -> OpenAPIAnswer {
        OpenAPIAnswer(status: .accepted, description: description, schema: schema)
    }

    /// It as the document has it.
    var value: OpenAPIValue {
        .keys([
            "description": .text(description),
            "content": .map([.init(key: mediaType, value: ["schema": schema.value])]),
            "headers": header.map { .map([.init(key: $0.rawName, value: ["schema": OpenAPISchema.text().value])]) },
        ])
    }
}

/// An answer to what went wrong: the same for all operations, and written once in the document.
struct OpenAPIError: Hashable, Sendable {
    /// Its name in the document.
    var name: String
    var answer: OpenAPIAnswer

    private init(_ status: HTTPResponse.Status, _ name: String, _ description: String, header: HTTPField.Name? = nil) {
        self.name = name
        answer = OpenAPIAnswer(
            status: status, description: description, mediaType: ErrorReport.mediaType, schema: .problem, header: header)
    }

    static let badRequest = OpenAPIError(.badRequest, "BadRequest", "A field is wrong; the answer names it.")
    static let unauthorized = OpenAPIError(
        .unauthorized, "Unauthorized", "A token is needed, or nobody knows this one.", header: .wwwAuthenticate)
    static let forbidden = OpenAPIError(.forbidden, "Forbidden", "Who asks may not.")
    static let notFound = OpenAPIError(.notFound, "NotFound", "There is nothing such.")
    static let methodNotAllowed = OpenAPIError(
        .methodNotAllowed, "MethodNotAllowed", "The path does not take this method; Allow names those that it takes.")
    static let tooSlow = OpenAPIError(.requestTimeout, "TooSlow", "The body did not arrive whole within 10 seconds.")
    static let conflict = OpenAPIError(.conflict, "Conflict", "It cannot be done now, or another process leads.")
    static let tooLarge = OpenAPIError(.contentTooLarge, "TooLarge", "The body is too large.")
    static let notJSON = OpenAPIError(.unsupportedMediaType, "NotJSON", "The body is not JSON.")
    static let tooMany = OpenAPIError(
        .tooManyRequests, "TooMany", "Too many requests from this address; Retry-After says when to come back.")
    static let unavailable = OpenAPIError(
        .serviceUnavailable, "Unavailable", "Something that is needed does not answer, or too much is asked at once.")

    /// What refers to it.
    var reference: OpenAPIValue { ["$ref": "#/components/responses/\(name)"] }
}

internal import HTTPTypes

/// An operation of the API: a method on a path, what it takes, and what it answers.
struct OpenAPIOperation: Sendable {
    /// What an operation is towards the automaton; which errors it may answer follows from that.
    enum Kind {
        /// Reads what each process knows.
        case reading
        /// Reads what the leader alone knows; the others name it.
        case readingOfLeader
        /// Asks the leader for something, with a right; the others name it.
        case changing
        /// Tells the leader what happens elsewhere, with a right. The others answer that they are not available: who tells tries again.
        case telling

        fileprivate var isReading: Bool { self == .reading || self == .readingOfLeader }
        fileprivate var namesLeader: Bool { self == .readingOfLeader || self == .changing }
    }

    /// What a request holds: JSON.
    struct Body {
        var description: String
        var schema: OpenAPISchema

        init(_ description: String, _ schema: OpenAPISchema) { (self.description, self.schema) = (description, schema) }
    }

    var kind: Kind
    var method: HTTPRequest.Method
    /// Under `APIResource.prefix`; parameters in braces.
    var path: String
    /// What generated clients call it.
    var id: String
    var summary: String
    var parameters: [OpenAPIParameter]
    var body: Body?
    /// What it answers when all is well.
    var answers: [OpenAPIAnswer]

    init(
        _ kind: Kind, _ method: HTTPRequest.Method, _ path: String, id: String, _ summary: String, parameters: [OpenAPIParameter] = [],
        body: Body? = nil, answers: [OpenAPIAnswer]
    ) {
        (self.kind, self.method, self.path, self.id, self.summary) = (kind, method, path, id, summary)
        (self.parameters, self.body, self.answers) = (parameters, body, answers)
    }

    /// The errors that it may answer.
    var errors: [OpenAPIError] {
        var errors: [OpenAPIError] = [.badRequest, .unauthorized, .forbidden, .methodNotAllowed, .tooMany, .unavailable]
        if body != nil { errors += [.tooSlow, .tooLarge, .notJSON] }
        if kind.namesLeader { errors.append(.conflict) }
        if namesSomething { errors.append(.notFound) }
        return errors.sorted { $0.answer.status.code < $1.answer.status.code }
    }

    /// Whether it names what may not be there: in the path, or in the body of what is asked for.
    private var namesSomething: Bool { parameters.contains { $0.place == .path } || (kind == .changing && body != nil) }

    /// The schemas in it.
    var schemas: [OpenAPISchema] {
        parameters.map(\.schema) + (body.map { [$0.schema] } ?? []) + answers.map(\.schema) + errors.map(\.answer.schema)
    }

    /// It as the document has it.
    var value: OpenAPIValue {
        .keys([
            "operationId": .text(id),
            "summary": .text(summary),
            "tags": [kind.isReading ? "reading" : "changing"],
            "parameters": parameters.isEmpty ? nil : .list(parameters.map(\.value)),
            "requestBody": body.map {
                [
                    "required": true, "description": .text($0.description),
                    "content": ["application/json": ["schema": $0.schema.value]],
                ]
            },
            "responses": .map(
                answers.map { .init(key: "\($0.status.code)", value: $0.value) }
                    + errors.map { .init(key: "\($0.answer.status.code)", value: $0.reference) }),
            // Without a token as well: whether one is needed is configured.
            "security": [["token": []], [:]],
        ])
    }
}

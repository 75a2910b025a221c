/// A parameter of an operation, in its path or in its query.
struct OpenAPIParameter: Hashable, Sendable {
    enum Place: String { case path, query }

    var name: String
    var place: Place
    var isRequired: Bool
    var description: String
    var schema: OpenAPISchema

    /// A part of the path, which has its name in braces there.
    static func path(_ name: String, _ description: String) -> OpenAPIParameter {
        OpenAPIParameter(
            name: name, place: .path, isRequired: true, description: description, schema: .text(minLength: 1, maxLength: 200))
    }

    static func query(
        _ name: String, _ description: String, _ schema: OpenAPISchema, isRequired: Bool = false
    ) -> OpenAPIParameter {
        OpenAPIParameter(name: name, place: .query, isRequired: isRequired, description: description, schema: schema)
    }

    /// It as the document has it.
    var value: OpenAPIValue {
        [
            "name": .text(name), "in": .text(place.rawValue), "required": .flag(isRequired), "description": .text(description),
            "schema": schema.value,
        ]
    }
}

/// What several operations take.
extension OpenAPIParameter {
    static let id = path("id", "Its name.")
    /// Who asks, of what has no body to say it in.
    static let by = query("by", "Who asks.", .line())

    static func subject(_ description: String = "Only of a subject.") -> OpenAPIParameter { query("subject", description, .subjectName) }
    static func rule(_ description: String = "Only of this rule.") -> OpenAPIParameter { query("rule", description, .line()) }
    static func since(_ description: String) -> OpenAPIParameter { query("since", description, .past) }

    /// - Parameters:
    ///   - most: the largest that is taken.
    ///   - given: what holds when it does not come.
    static func limit(_ description: String, most: Int, default given: Int) -> OpenAPIParameter {
        query("limit", description, .whole(in: 1...most, default: given))
    }
}

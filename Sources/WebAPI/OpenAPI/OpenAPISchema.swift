/// What a value may be: JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it.
///
/// A schema with a name is written once, among the document's components, and referred to wherever it stands; which there are follows
/// from the operations.
struct OpenAPISchema: Hashable, Sendable {
    /// A schema of the document's components.
    struct Named: Hashable, Sendable {
        var name: String
        var schema: OpenAPISchema
    }

    /// What the fields of an object that are not named may hold.
    enum Others {
        /// There are none: what is not named is an error.
        case none
        /// Anything: nobody reads them.
        case any
        case each(OpenAPISchema)
    }

    private var keywords: [OpenAPIValue.Member]
    /// Those that it refers to, each after those that it refers to itself; some of them more than once.
    private(set) var named: [Named]

    private init(_ keywords: KeyValuePairs<String, OpenAPIValue?>, of parts: [OpenAPISchema] = []) {
        self.keywords = OpenAPIValue.members(keywords)
        named = parts.flatMap(\.named)
    }

    /// It as the document has it.
    var value: OpenAPIValue { .map(keywords) }

    // MARK: Texts

    /// A text; lengths in characters.
    static func text(
        _ description: String? = nil, minLength: Int? = nil, maxLength: Int? = nil, pattern: String? = nil, examples: [String]? = nil
    ) -> OpenAPISchema {
        OpenAPISchema([
            "type": "string", "minLength": minLength.map { .whole($0) }, "maxLength": maxLength.map { .whole($0) },
            "pattern": pattern.map { .text($0) }, "examples": examples.map { .list($0.map { .text($0) }) },
            "description": description.map { .text($0) },
        ])
    }

    /// The same text, of this pattern and no other.
    func matching(_ pattern: String) -> OpenAPISchema {
        var schema = self
        schema.keywords.removeAll { $0.key == "pattern" }
        schema.keywords.append(.init(key: "pattern", value: .text(pattern)))
        return schema
    }

    /// One of a few words.
    static func word(_ words: [String], _ description: String? = nil) -> OpenAPISchema {
        OpenAPISchema([
            "type": "string", "enum": .list(words.map { .text($0) }), "description": description.map { .text($0) },
        ])
    }

    /// This text and no other.
    static func exactly(_ text: String) -> OpenAPISchema { OpenAPISchema(["type": "string", "const": .text(text)]) }

    /// A time (RFC 3339).
    static func time(_ description: String? = nil) -> OpenAPISchema {
        OpenAPISchema(["type": "string", "format": "date-time", "description": description.map { .text($0) }])
    }

    // MARK: Numbers and flags

    /// A whole number; the default is what holds when it does not come.
    static func whole(_ description: String? = nil, in range: ClosedRange<Int>? = nil, default given: Int? = nil) -> OpenAPISchema {
        OpenAPISchema([
            "type": "integer", "minimum": range.map { .whole($0.lowerBound) }, "maximum": range.map { .whole($0.upperBound) },
            "default": given.map { .whole($0) }, "description": description.map { .text($0) },
        ])
    }

    /// How many: zero or more.
    static func count(_ description: String) -> OpenAPISchema {
        OpenAPISchema(["type": "integer", "minimum": .whole(0), "description": .text(description)])
    }

    static func number(_ description: String) -> OpenAPISchema {
        OpenAPISchema(["type": "number", "description": .text(description)])
    }

    static func flag(_ description: String? = nil) -> OpenAPISchema {
        OpenAPISchema(["type": "boolean", "description": description.map { .text($0) }])
    }

    static func always(_ flag: Bool, _ description: String? = nil) -> OpenAPISchema {
        OpenAPISchema(["type": "boolean", "const": .flag(flag), "description": description.map { .text($0) }])
    }

    // MARK: What holds others

    static func list(of item: OpenAPISchema, _ description: String? = nil, maxItems: Int? = nil) -> OpenAPISchema {
        OpenAPISchema(
            [
                "type": "array", "items": item.value, "maxItems": maxItems.map { .whole($0) },
                "description": description.map { .text($0) },
            ], of: [item])
    }

    /// An object: the fields that it has, those that may be left out, and those that nobody named.
    static func object(
        _ description: String? = nil, required: KeyValuePairs<String, OpenAPISchema> = [:],
        optional: KeyValuePairs<String, OpenAPISchema> = [:], others: Others = .none, maxProperties: Int? = nil
    ) -> OpenAPISchema {
        let fields = Array(required) + Array(optional)
        var parts = fields.map(\.value)
        let additional: OpenAPIValue?
        switch others {
        case .none: additional = false
        case .any: additional = nil
        case .each(let schema):
            additional = schema.value
            parts.append(schema)
        }
        return OpenAPISchema(
            [
                "type": "object", "description": description.map { .text($0) },
                "required": required.isEmpty ? nil : .list(required.map { .text($0.key) }),
                "properties": fields.isEmpty ? nil : .map(fields.map { .init(key: $0.key, value: $0.value.value) }),
                "additionalProperties": additional, "maxProperties": maxProperties.map { .whole($0) },
            ], of: parts)
    }

    /// What fits one of these at least.
    static func anyOf(_ schemas: [OpenAPISchema], _ description: String? = nil, examples: [String]? = nil) -> OpenAPISchema {
        OpenAPISchema(
            [
                "anyOf": .list(schemas.map(\.value)), "examples": examples.map { .list($0.map { .text($0) }) },
                "description": description.map { .text($0) },
            ], of: schemas)
    }

    /// What fits one of these and no other.
    static func oneOf(_ schemas: [OpenAPISchema], _ description: String? = nil) -> OpenAPISchema {
        OpenAPISchema(["oneOf": .list(schemas.map(\.value)), "description": description.map { .text($0) }], of: schemas)
    }

    static func anything(_ description: String) -> OpenAPISchema { OpenAPISchema(["description": .text(description)]) }

    /// The same, or null.
    var orNull: OpenAPISchema {
        guard let type = keywords.firstIndex(where: { $0.key == "type" }) else {
            return .anyOf([self, OpenAPISchema(["type": "null"])])
        }
        var schema = self
        schema.keywords[type].value = [keywords[type].value, "null"]
        if let index = keywords.firstIndex(where: { $0.key == "enum" }), case .list(let words) = keywords[index].value {
            schema.keywords[index].value = .list(words + [.null])
        }
        return schema
    }

    // MARK: Names

    /// A reference to a schema, which stands once in the document under this name.
    static func named(_ name: String, _ schema: OpenAPISchema) -> OpenAPISchema {
        var reference = OpenAPISchema(["$ref": "#/components/schemas/\(name)"], of: [schema])
        reference.named.append(Named(name: name, schema: schema))
        return reference
    }

    /// A reference to an object that holds these fields alone.
    static func named(
        _ name: String, _ description: String, required: KeyValuePairs<String, OpenAPISchema>,
        optional: KeyValuePairs<String, OpenAPISchema> = [:]
    ) -> OpenAPISchema {
        named(name, .object(description, required: required, optional: optional))
    }
}

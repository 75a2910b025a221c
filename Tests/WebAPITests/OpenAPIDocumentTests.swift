import Foundation
import Testing

@testable import WebAPI

@Suite("API: how the OpenAPI document is made")
struct OpenAPIDocumentTests {
    @Test("No operation is there twice, nor a name of one")
    func operations() {
        let operations = OpenAPIDocument.operations
        #expect(Set(operations.map(\.id)).count == operations.count)
        #expect(Set(operations.map { "\($0.method) \($0.path)" }).count == operations.count)
    }

    @Test("What a path has in braces is a parameter of it, and nothing else is", arguments: OpenAPIDocument.operations.map(\.id))
    func parameters(id: String) throws {
        let operation = try #require(OpenAPIDocument.operations.first { $0.id == id })
        let inBraces = operation.path.matches(of: /{([a-z]+)}/).map { String($0.1) }
        #expect(operation.parameters.filter { $0.place == .path }.map(\.name) == inBraces)
        #expect(Set(operation.parameters.map(\.name)).count == operation.parameters.count)
    }

    @Test("A name stands for one schema, and each that is referred to is there")
    func names() throws {
        let named = OpenAPIDocument.operations.flatMap(\.schemas).flatMap(\.named)
        for (name, schemas) in Dictionary(grouping: named, by: \.name) { #expect(Set(schemas).count == 1, "\(name)") }

        let document = try Self.read(OpenAPIDocument.text)
        let components = try #require(document["components"] as? [String: Any])
        var known: Set<String> = []
        for (kind, members) in components {
            known.formUnion(try #require(members as? [String: Any]).keys.map { "#/components/\(kind)/\($0)" })
        }
        let referred = Set(OpenAPIDocument.text.matches(of: /"\$ref":"([^"]+)"/).map { String($0.1) })
        #expect(referred.subtracting(known).isEmpty)
        #expect(known.subtracting(referred) == ["#/components/securitySchemes/token"], "nothing is there for nobody")
    }

    @Test("A schema that is named brings those that it refers to, however deep")
    func nested() {
        let inner = OpenAPISchema.named("Inner", "The innermost.", required: ["text": .text()])
        let middle = OpenAPISchema.named("Middle", .oneOf([inner, .flag()]))
        let outer = OpenAPISchema.object(optional: ["all": .list(of: .anyOf([middle]))], others: .each(inner))
        #expect(outer.named.map(\.name) == ["Inner", "Middle", "Inner"])
        #expect(inner.value == ["$ref": "#/components/schemas/Inner"])
    }

    @Test("What may be null says so, in its type, among its words, and beside a name")
    func orNull() {
        #expect(OpenAPISchema.text().orNull.value == ["type": ["string", "null"]])
        #expect(OpenAPISchema.word(["a"]).orNull.value == ["type": ["string", "null"], "enum": ["a", .null]])
        let named = OpenAPISchema.named("Word", .text()).orNull
        #expect(named.value == ["anyOf": [["$ref": "#/components/schemas/Word"], ["type": "null"]]])
        #expect(named.named.map(\.name) == ["Word"])
    }

    @Test("Any text is read as it was written, and numbers are whole to their ends")
    func json() throws {
        let text = "\"quoted\" \\u0000 \\ \n\t\u{1}\u{7F} é 🙂 / </script>"
        let value: OpenAPIValue = .map([
            .init(key: text, value: .text(text)), .init(key: "ends", value: [.whole(.min), .whole(.max)]),
            .init(key: "rest", value: [.null, true, [], [:]]),
        ])
        let read = try Self.read(value.json)
        #expect(read[text] as? String == text)
        #expect(read["ends"] as? [Int] == [.min, .max])
        #expect(value.json.hasSuffix(#""rest":[null,true,[],{}]}"#))
    }

    private static func read(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}

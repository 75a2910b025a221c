import AutomatonCore
import Foundation
import HTTPTypes
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: what the OpenAPI document says", .timeLimit(.minutes(10)))
struct OpenAPITests {
    @Test("It is JSON, and names every path that there is, with its methods")
    func document() throws {
        let document = try #require(try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.text.utf8)) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        for (path, operations) in paths {
            let filled = path.replacing("{id}", with: "x").replacing("{name}", with: "x")
            let resource = try #require(APIResource(path: filled), "\(path)")
            let methods = Set(resource.methods.map { $0.rawValue.lowercased() }).subtracting(["head"])
            #expect(Set(operations.keys) == methods, "\(path)")
        }
        #expect(paths.count == 18)
    }

    /// A fuzzer makes requests from the document, right ones and wrong ones, and holds each answer against it.
    @Test("What it says is what is answered: schemathesis finds no difference, nor an error of the server")
    func schemathesis() async throws {
        let tools = try #require(TestTools.schemathesis, "schemathesis could not be installed")
        try await serving(["hot": .approve, "warm": .auto], delay: .minutes(5)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is open") { try await stage.incident(of: "boiler") != nil }
            let script = try #require(Bundle.module.path(forResource: "schemathesis", ofType: "toml", inDirectory: "Browser"))
            let examples = ProcessInfo.processInfo.environment["OPENAPI_EXAMPLES"] ?? "40"
            let (status, said) = try await TestTools.run(
                tools + "/bin/schemathesis",
                [
                    "--config-file", script, "run", "http://localhost:\(stage.client.port)/openapi.json", "--max-examples", examples,
                    "--generation-deterministic", "--seed",
                    "1", "--no-color", "--request-timeout", "90",
                    // Events have no end.
                    "--exclude-operation-id", "events",
                ])
            #expect(status == 0, "\(said.suffix(6000))")
            #expect(try await stage.client.get("/api/autoheal/status").status == 200, "it lives")
        }
    }
}

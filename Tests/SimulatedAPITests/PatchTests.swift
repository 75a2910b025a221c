@testable import Simulator
import Testing

/// The patch formats and what they rest on, without a server.
@Suite struct PatchTests {
    private static let deployment: JSON = [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "spec": [
            "template": [
                "spec": [
                    "containers": [
                        ["name": "a", "image": "a:1", "env": [["name": "X", "value": "1"], ["name": "Y", "value": "2"]]],
                        ["name": "b", "image": "b:1"],
                    ],
                    "tolerations": [["key": "k"]],
                ]
            ]
        ],
    ]

    private func containers(_ patch: JSON) throws -> JSON? {
        let whole: JSON = ["spec": ["template": ["spec": ["containers": patch]]]]
        return try StrategicMergePatch().apply(whole, to: Self.deployment, kind: "Deployment")["spec", "template", "spec", "containers"]
    }

    @Test func strategicMergesByKey() throws {
        let result = try containers([["name": "b", "resources": ["limits": ["memory": "2Gi"]]]])
        #expect(result?.array?.count == 2)
        #expect(result?[0] == Self.deployment["spec", "template", "spec", "containers", 0])
        #expect(result?[1] == ["name": "b", "image": "b:1", "resources": ["limits": ["memory": "2Gi"]]])
    }

    @Test func strategicDeletesReplacesAndOrders() throws {
        #expect(try containers([["name": "a", "$patch": "delete"]])?.array?.compactMap { $0["name"]?.string } == ["b"])
        #expect(try containers([["name": "a", "env": [["name": "X", "$patch": "delete"]]]])?[0]?["env"] == [["name": "Y", "value": "2"]])
        #expect(try containers([["$patch": "replace"], ["name": "c", "image": "c"]])?.array?.count == 1)
        #expect(try containers([["name": "new"]])?.array?.compactMap { $0["name"]?.string } == ["new", "a", "b"])
        let ordered = try StrategicMergePatch().apply(
            ["spec": ["template": ["spec": ["$setElementOrder/containers": [["name": "b"], ["name": "a"]]]]]], to: Self.deployment,
            kind: "Deployment")
        #expect(ordered["spec", "template", "spec", "containers"]?.array?.compactMap { $0["name"]?.string } == ["b", "a"])
    }

    @Test func strategicWithoutKeyIsRefused() throws {
        let error = #expect(throws: StrategicMergePatch.Failure.self) { try containers([["resources": ["limits": ["memory": "2Gi"]]]]) }
        #expect(error?.message == "map: map[resources:map[limits:map[memory:2Gi]]] does not contain declared merge key: name")
    }

    @Test func listsWithoutKeyAreReplaced() throws {
        let result = try StrategicMergePatch().apply(
            ["spec": ["template": ["spec": ["tolerations": [["key": "other"]]]]]], to: Self.deployment, kind: "Deployment")
        #expect(result["spec", "template", "spec", "tolerations"] == [["key": "other"]])
    }

    @Test func mergePatchFollowsTheStandard() throws {
        // The table of RFC 7396, appendix A.
        let table: [(String, String, String)] = [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#), (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ]
        for (original, patch, result) in table {
            #expect(try JSON(parsing: original).merged(with: JSON(parsing: patch)) == JSON(parsing: result))
        }
    }

    @Test(arguments: [
        (#"[{"op":"add","path":"/a/1","value":9}]"#, #"{"a":[1,9,2],"b~c":{"d/e":1}}"#),
        (#"[{"op":"add","path":"/a/-","value":9}]"#, #"{"a":[1,2,9],"b~c":{"d/e":1}}"#),
        (#"[{"op":"replace","path":"/b~0c/d~1e","value":2}]"#, #"{"a":[1,2],"b~c":{"d/e":2}}"#),
        (#"[{"op":"move","from":"/a/0","path":"/x"}]"#, #"{"a":[2],"b~c":{"d/e":1},"x":1}"#),
        (#"[{"op":"test","path":"/a/0","value":1},{"op":"remove","path":"/a"}]"#, #"{"b~c":{"d/e":1}}"#),
        (#"[{"op":"test","path":"/a/0","value":2}]"#, nil), (#"[{"op":"remove","path":"/none"}]"#, nil),
        (#"[{"op":"replace","path":"/none","value":1}]"#, nil), (#"[{"op":"add","path":"/a/5","value":1}]"#, nil),
        (#"[{"op":"frob","path":"/a"}]"#, nil),
    ])
    func jsonPatch(patch: String, result: String?) throws {
        let document = try JSON(parsing: #"{"a":[1,2],"b~c":{"d/e":1}}"#)
        let operations = try JSONPatch(JSON(parsing: patch))
        if let result {
            #expect(try operations.apply(to: document) == JSON(parsing: result))
        } else {
            #expect(throws: JSONPatch.NotApplicable.self) { try operations.apply(to: document) }
        }
    }

    @Test(arguments: [
        ("1Gi", "1Gi"), ("1024Mi", "1Gi"), ("1536Mi", "1536Mi"), ("1000m", "1"), ("0.5", "500m"), ("1e3", "1e3"), ("0", "0"),
        ("-1Gi", "-1Gi"),
        ("1610612736500m", "1610612736500m"), ("100M", "100M"), ("0.1Gi", "107374182400m"), ("512", "512"),
    ])
    func quantitiesTakeTheirCanonicalForm(text: String, canonical: String) {
        #expect(Quantity(text)?.text == canonical)
    }

    @Test(arguments: ["", "1GB", "Gi", "1 Gi", "1Kx", "--1", "1.2.3"])
    func whatIsNoQuantity(text: String) { #expect(Quantity(text) == nil) }

    @Test func managedFieldsFollowTheWriter() throws {
        let fields = ManagedFields()
        let first = ManagedFields.Writer(manager: "a", apiVersion: "apps/v1", subresource: "")
        let second = ManagedFields.Writer(manager: "b", apiVersion: "apps/v1", subresource: "")
        var object = Self.deployment
        object["metadata", "managedFields"] = fields.afterUpdate(nil, object, kind: "Deployment", writer: first, at: simulationStart)
        var changed = object
        changed["spec", "template", "spec", "containers", 0, "image"] = "a:2"
        let entries = fields.afterUpdate(object, changed, kind: "Deployment", writer: second, at: simulationStart)
        let path: [JSON.Step] = ["fieldsV1", "f:spec", "f:template", "f:spec", "f:containers", "k:{\"name\":\"a\"}", "f:image"]
        #expect(entries?[0]?[path: path] == nil)
        #expect(entries?[1]?[path: path] == .emptyObject)
        #expect(entries?[1]?["manager"] == "b")
    }
}

import AutomatonCore
import Testing

@testable import KubernetesClient

private func scan(_ json: String) throws(ScanError) -> ScannedPod {
    let bytes = Array(json.utf8)
    return try PodScanner.pod(bytes.span)
}

private func pod(_ status: String, metadata: String = "") -> String {
    #"{"metadata":{"uid":"u","name":"n"\#(metadata.isEmpty ? "" : ",")\#(metadata)},"status":\#(status)}"#
}

@Suite("Scanner: pods")
struct PodScannerTests {
    @Test("Reads from every recorded pod what JSONDecoder reads")
    func agreesWithTheOracle() throws {
        let pods = try PodFixtures.pods()
        #expect(pods.count >= 80)
        for bytes in pods {
            let scanned = try PodScanner.pod(bytes.span)
            let expected = try PodOracle.row(bytes)
            #expect(scanned.row == expected.row)
            #expect(scanned.resourceVersion == expected.resourceVersion)
        }
        let rows = try pods.map { try PodScanner.pod($0.span).row }
        let containers = rows.flatMap(\.containers)
        // The recordings hold what the checks look for; otherwise agreement would say little.
        #expect(containers.contains { $0.lastTermination?.reason == "OOMKilled" && $0.lastTermination?.exitCode == 137 })
        #expect(
            containers.contains { if case .waiting("CrashLoopBackOff", let text) = $0.state { text.contains("back-off") } else { false } })
        #expect(containers.contains { $0.isInit })
        #expect(rows.contains { $0.reason == "Evicted" && $0.phase == .failed && !$0.message.isEmpty })
        #expect(rows.contains { $0.isTerminating })
        #expect(rows.contains { $0.isReady } && rows.contains { !$0.isReady })
        #expect(rows.allSatisfy { $0.controller?.kind == "ReplicaSet" } || rows.contains { $0.controller != nil })
    }

    @Test(
        "Null stands for an absent field",
        arguments: [
            "null", "{}", #"{"phase":null,"conditions":null,"containerStatuses":null,"initContainerStatuses":null,"message":null}"#,
        ])
    func null(status: String) throws {
        #expect(try scan(pod(status)).row == PodRow(uid: "u", namespace: "", name: "n", phase: .unknown))
    }

    @Test("Null within a container")
    func nullWithinContainer() throws {
        let row = try scan(
            pod(#"{"containerStatuses":[null,{"name":"a","state":null,"lastState":{"terminated":null},"restartCount":null}]}"#))
        #expect(row.row.containers == [ContainerRow(name: "a", state: .waiting(reason: "", message: ""))])
    }

    @Test("A bookmark is no pod, and says what is missing")
    func bookmark() {
        let bookmark =
            #"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"42"},"spec":{"containers":null},"status":{}}"#
        #expect(throws: ScanError(.missing("metadata.uid"), at: bookmark.utf8.count)) { try scan(bookmark) }
    }

    @Test("Init containers come last, marked; ephemeral ones not at all")
    func initContainers() throws {
        let row = try scan(
            pod(
                #"{"initContainerStatuses":[{"name":"i","restartCount":4}],"ephemeralContainerStatuses":[{"name":"e"}],"containerStatuses":[{"name":"c"}]}"#
            )
        ).row
        #expect(row.containers.map(\.name) == ["c", "i"])
        #expect(row.containers.map(\.isInit) == [false, true])
        #expect(row.containers[1].restartCount == 4)
    }

    @Test("The controller is the owner that says so")
    func controller() throws {
        let owners = #""ownerReferences":[{"kind":"Node","name":"n1","uid":"1"},{"kind":"Job","name":"j","uid":"2","controller":true}]"#
        #expect(try scan(pod("{}", metadata: owners)).row.controller == PodRow.Owner(kind: "Job", name: "j", uid: "2"))
        let bare = #""ownerReferences":[{"kind":"Node","name":"n1","uid":"1","controller":false}]"#
        #expect(try scan(pod("{}", metadata: bare)).row.controller == nil)
    }

    @Test(
        "The kind of a foreign group carries the group",
        arguments: [
            ("apps/v1", "StatefulSet"), ("batch/v1", "StatefulSet"), ("v1", "StatefulSet"), ("", "StatefulSet"),
            ("apps.kruise.io/v1beta1", "StatefulSet.apps.kruise.io"),
        ])
    func foreignOwner(version: String, kind: String) throws {
        let owner = #""ownerReferences":[{"apiVersion":"\#(version)","kind":"StatefulSet","name":"s","uid":"2","controller":true}]"#
        #expect(try scan(pod("{}", metadata: owner)).row.controller?.kind == kind)
    }

    @Test("White space and escapes change nothing")
    func spaceAndEscapes() throws {
        let json = """
            \t{ "metadata" : { "n\\u0061me" : "\\u0065\\/\\n\\ud83d\\ude00" ,\r\n "uid":"\\"u\\\\" } , "st\\u0061tus" : { "ph\\u0061se" : "Runn\\u0069ng",
              "conditions":[{"type":"Re\\u0061dy","status":"Tru\\u0065"}]} }\n
            """
        let row = try scan(json).row
        #expect(row.name == "e/\n😀")
        #expect(row.uid == "\"u\\")
        #expect(row.phase == .running)
        #expect(row.isReady)
    }

    @Test("A message is cut between two characters", arguments: [0, 1, 2, 3])
    func message(lead: Int) throws {
        let text = String(repeating: "x", count: lead) + String(repeating: "😀", count: 600)
        let message = try scan(pod(#"{"message":"\#(text)"}"#)).row.message
        #expect(text.hasPrefix(message))
        #expect(message.utf8.count <= PodRow.longestMessage && message.utf8.count > PodRow.longestMessage - 4)
        let short = String(repeating: "é", count: 150)
        #expect(try scan(pod(#"{"message":"\#(short)"}"#)).row.message == short)
    }

    @Test(
        "What is jumped over may hold quotes, brackets and backslashes",
        arguments: [
            #""}]{[""#, #""\"}""#, #""\\""#, #""\\\\\"]""#, #"[[{"a":"]"}],[]]"#, #"{"":{"\"}":["\\"]}}"#, "-1.5e+30", "true",
            "\"12345678\"",
            #""1234567\"89""#, #""12345678\\""#,
        ])
    func jumps(value: String) throws {
        for padding in 0..<70 {
            let json =
                #"{"skip":"\#(String(repeating: "p", count: padding))","spec":\#(value),"deep":[{"x":\#(value)}],"metadata":{"x":\#(value),"name":"n","uid":"u"}}"#
            #expect(try scan(json).row.name == "n", "padding \(padding)")
        }
    }

    @Test(
        "Integers",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("2147483647", Int32.max), ("-2147483648", Int32.min), ("null", 0),
        ])
    func integers(text: String, value: Int32) throws {
        let row = try scan(pod(#"{"containerStatuses":[{"restartCount":\#(text)}]}"#)).row
        #expect(row.containers.first?.restartCount == value)
    }

    @Test(
        "Refuses what is no integer of 32 bits",
        arguments: [
            "2147483648", "-2147483649", "99999999999999999999999999", "01", "-", "1.0", "1e3", "\"1\"", "true", "+1", "1x", "{}",
        ])
    func badIntegers(text: String) {
        #expect(throws: ScanError.self) { try scan(pod(#"{"containerStatuses":[{"restartCount":\#(text)}]}"#)) }
    }

    @Test(
        "Says where and what",
        arguments: [
            ("", ScanError.Problem.truncated, 0),
            ("null", .expected("an object"), 0),
            ("[]", .expected("an object or null"), 0),
            (#"{"metadata":3}"#, .expected("an object or null"), 12),
            (#"{"metadata":{"uid":3}}"#, .expected("a string or null"), 19),
            (#"{"metadata" {}}"#, .expected("`:`"), 12),
            (#"{"a":1 "b":2}"#, .expected("`,` or `}`"), 7),
            (#"{"a":1,}"#, .expected("a key"), 7),
            (#"{a:1}"#, .expected("a key"), 1),
            (#"{"a":,}"#, .expected("a value"), 5),
            (#"{"metadata":{"uid":"u","uid":"v"}}"#, .duplicate("metadata.uid"), 24),
            (#"{"metadata":{"ownerReferences":[{"controller":1}]}}"#, .expected("true, false or null"), 46),
            (#"{"metadata":{"ownerReferences":[{},]}}"#, .expected("an element"), 35),
            (#"{"metadata":{"ownerReferences":[{} {}]}}"#, .expected("`,` or `]`"), 35),
            (#"{"metadata":{"uid":"\q"}}"#, .malformedString, 20),
            (#"{"metadata":{"uid":"\ud800"}}"#, .malformedString, 20),
            (#"{"metadata":{"uid":"\ude00"}}"#, .malformedString, 20),
            (#"{"metadata":{"uid":"\ud800\u0041"}}"#, .malformedString, 20),
            (#"{"metadata":{"uid":"\u12"}}"#, .malformedString, 20),
            ("{\"metadata\":{\"uid\":\"a\u{01}\"}}", .malformedString, 21),
            (#"{"metadata":{"uid":"u","name":"n"}} x"#, .trailingBytes, 36),
            (#"{"metadata":{"uid":"u","name":""}}"#, .missing("metadata.name"), 34),
            (#"{"metadata":{"uid":"u"#, .truncated, 21),
            (#"{"spec":[{"#, .truncated, 10),
            (#"{"spec":"\"#, .truncated, 10),
        ])
    func errors(json: String, problem: ScanError.Problem, offset: Int) {
        #expect(throws: ScanError(problem, at: offset)) { try scan(json) }
    }

    @Test("Invalid UTF-8 in what is read is refused")
    func invalidUTF8() {
        let bytes = Array(#"{"metadata":{"uid":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
        #expect(throws: ScanError(.malformedString, at: 20)) { try PodScanner.pod(bytes.span) }
    }

    @Test("Depth is bounded, without recursion")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            #"{"spec":\#(String(repeating: "[", count: depth))\#(String(repeating: "]", count: depth)),"metadata":{"uid":"u","name":"n"}}"#
        }
        #expect(try scan(nested(512)).row.name == "n")
        #expect(throws: ScanError(.tooDeep, at: 8 + 512)) { try scan(nested(513)) }
        #expect(throws: ScanError(.tooDeep, at: 8 + 512)) { try scan(nested(1_000_000)) }
    }

    @Test("Errors never show the bytes")
    func errorsAreSilent() {
        let error = #expect(throws: ScanError.self) { try scan(#"{"metadata":{"uid":hunter2}}"#) }
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.description.contains("19") == true)
    }
}

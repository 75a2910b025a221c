import AutomatonCore
import Foundation
import Testing

@testable import KubernetesClient

/// What the pods of a revision tell of how well it did.
@Suite("Workloads: pods of a revision")
struct RevisionPodTests {
    private static let start = Instant(seconds: 1_780_000_000)
    private static func at(_ seconds: Int) -> String { (start + .seconds(seconds)).rfc3339 }

    private static func pod(_ containers: String..., ready: String? = nil) throws -> RevisionPod {
        let conditions = ready.map {
            #"[{"type":"Initialized","status":"True"},{"type":"Ready","status":"True","lastTransitionTime":"\#($0)"}]"#
        }
        let json =
            #"{"metadata":{"ownerReferences":[{"uid":"rs","controller":true},{"uid":"x"}]},"status":{"startTime":"\#(at(0))","conditions":\#(conditions ?? "null"),"containerStatuses":[\#(containers.joined(separator: ","))]}}"#
        return try JSONDecoder().decode(RevisionPod.self, from: Data(json.utf8))
    }

    /// A container that ended last at `end` after a run of so many seconds.
    private static func ended(_ end: Int, run: Int, restarts: Int, _ state: String) -> String {
        #"{"restartCount":\#(restarts),"state":{\#(state)},"lastState":{"terminated":{"startedAt":"\#(at(end - run))","finishedAt":"\#(at(end))"}}}"#
    }

    private static let waiting = #""waiting":{"reason":"CrashLoopBackOff"}"#
    private static let running = #""running":{"startedAt":"2026-01-01T00:00:00Z"}"#

    private static let runs: [(String, String, Int?)] = [
        ("none ended", #"{"restartCount":0,"state":{"running":{}}}"#, nil),
        ("one end, running again", ended(600, run: 600, restarts: 1, running), 600),
        ("one end, waiting", ended(2, run: 2, restarts: 0, waiting), 2),
        // Ends at 1800, 1801 (at once), 1812, 1833, 1874: waits of 0, 10, 20 and 40 s, runs of 1 s.
        ("half an hour, then a crash loop", ended(1874, run: 1, restarts: 4, waiting), 1800),
        ("half an hour, then a crash loop, running", ended(1874, run: 1, restarts: 5, running), 1800),
        // Ends at 2, 4, 16, 38, 80, 162, 324, 626, 928: the wait is 5 min at most.
        ("a crash loop from the beginning", ended(928, run: 2, restarts: 8, waiting), 2),
        ("kubelet waits less here", ended(100, run: 1, restarts: 50, waiting), 0),
        ("a clock that went back", ended(-50, run: 1, restarts: 0, waiting), 0),
        ("an absurd count", ended(100, run: 1, restarts: 9_000_000_000_000_000_000, waiting), 0),
        ("a negative count", ended(100, run: 1, restarts: -5, waiting), 100),
        (
            "ended and not yet waiting",
            #"{"restartCount":0,"state":{"terminated":{"startedAt":"\#(at(1))","finishedAt":"\#(at(41))"}}}"#, 41
        ),
        ("an end without a time", #"{"restartCount":3,"state":{\#(waiting)},"lastState":{"terminated":{}}}"#, nil),
    ]

    @Test("The first run is reckoned back from the last end", arguments: runs)
    private func firstRun(name: String, container: String, seconds: Int?) throws {
        #expect(try Self.pod(container).firstRun == seconds.map { .seconds($0) })
    }

    @Test("Of several containers the longest run counts; without a start nothing does")
    func several() throws {
        let pod = try Self.pod(Self.ended(10, run: 10, restarts: 0, Self.waiting), Self.ended(700, run: 700, restarts: 1, Self.running))
        #expect(pod.firstRun == .seconds(700))
        for json in [#"{"metadata":{}}"#, #"{"metadata":{},"status":{}}"#, #"{"metadata":{},"status":{"startTime":"x"}}"#] {
            let bare = try JSONDecoder().decode(RevisionPod.self, from: Data(json.utf8))
            #expect(bare.firstRun == nil && bare.readySince == nil && !bare.isControlled(by: "rs"))
        }
    }

    @Test("Ready, and whose")
    func ready() throws {
        let pod = try Self.pod(ready: Self.at(60))
        #expect(pod.readySince == Self.start + .seconds(60))
        #expect(pod.isControlled(by: "rs") && !pod.isControlled(by: "x"))
        #expect(try Self.pod().readySince == nil)
    }
}

/// Templates, compared and written back.
@Suite("Workloads: pod templates")
struct PodTemplateTests {
    private static func template(_ json: String) throws -> PodTemplate {
        PodTemplate(try JSONDecoder().decode(JSONTree.self, from: Data(json.utf8)))
    }

    @Test("The hash, null members and the order make no difference; all else does")
    func equality() throws {
        let one = try Self.template(
            #"{"metadata":{"creationTimestamp":null,"labels":{"app":"a","pod-template-hash":"x"}},"spec":{"containers":[{"name":"c","image":"i:1","args":["1",2,true]}]}}"#
        )
        let same = try Self.template(
            #"{"spec":{"containers":[{"args":["1",2,true],"image":"i:1","name":"c"}]},"metadata":{"labels":{"app":"a"}}}"#)
        #expect(one == same && one.images == ["i:1"])
        for other in [
            #"{"spec":{"containers":[{"args":["1",2,true],"image":"i:2","name":"c"}]},"metadata":{"labels":{"app":"a"}}}"#,
            #"{"spec":{"containers":[{"args":["1","2",true],"image":"i:1","name":"c"}]},"metadata":{"labels":{"app":"a"}}}"#,
            #"{"spec":{"containers":[{"args":["1",2,true],"image":"i:1","name":"c"}]},"metadata":{"labels":{"app":"b"}}}"#,
            #"{"spec":{"containers":[{"args":["1",2,true],"image":"i:1","name":"c","resources":{}}]},"metadata":{"labels":{"app":"a"}}}"#,
        ] { #expect(try Self.template(other) != one) }
        #expect(try Self.template(#"{"metadata":{"labels":{"pod-template-hash":"x"}}}"#) == Self.template(#"{"metadata":{}}"#))
    }

    @Test("A rollout restart is seen through")
    func restarts() throws {
        let plain = try Self.template(#"{"metadata":{"labels":{"a":"b"}},"spec":{}}"#)
        let restarted = try Self.template(
            #"{"metadata":{"labels":{"a":"b"},"annotations":{"kubectl.kubernetes.io/restartedAt":"2026-01-01T00:00:00Z"}},"spec":{}}"#)
        let noted = try Self.template(
            #"{"metadata":{"labels":{"a":"b"},"annotations":{"kubectl.kubernetes.io/restartedAt":"x","c":"d"}},"spec":{}}"#)
        #expect(plain != restarted && plain.withoutRestart == restarted.withoutRestart)
        #expect(noted.withoutRestart != plain.withoutRestart)
    }

    @Test("What is written reads the same, whatever the text")
    func text() throws {
        let json = #"{"a":[1,-2,9007199254740993,1.5,true,false,"ü\n\"\\\u0001😀",{}, []],"b":{"c":{"d":"e"}}}"#
        let tree = try JSONDecoder().decode(JSONTree.self, from: Data(json.utf8))
        var written = JSONText()
        written.append(tree)
        #expect(try JSONDecoder().decode(JSONTree.self, from: Data(written.bytes)) == tree)
        #expect(written.string.contains("9007199254740993"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(written.bytes)) as? [String: Any])
        #expect(
            NSDictionary(dictionary: object).isEqual(
                to: try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])))
    }

    @Test(
        "Selectors as a list takes them",
        arguments: [
            (#"{"matchLabels":{"b":"c","a":"b"}}"#, "a=b,b=c"),
            (
                #"{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"k","operator":"In","values":["x","y"]},{"key":"l","operator":"NotIn","values":["z"]},{"key":"m","operator":"Exists"},{"key":"n","operator":"DoesNotExist"}]}"#,
                "a=b,k in (x,y),l notin (z),m,!n"
            ), ("{}", nil), (#"{"matchLabels":{"a":1}}"#, nil), (#"{"matchExpressions":[{"key":"k","operator":"Near"}]}"#, nil),
        ] as [(String, String?)])
    func selectors(json: String, text: String?) throws {
        #expect(SelectorText.text(try JSONDecoder().decode(JSONTree.self, from: Data(json.utf8))) == text)
        #expect(SelectorText.text(nil) == nil)
    }

    @Test("A template goes in the place of the present one, with its cause and the stamp, in one patch")
    func patch() throws {
        let json =
            #"{"metadata":{"name":"web-1","uid":"rs","annotations":{"kubernetes.io/change-cause":"release 1","deployment.kubernetes.io/revision":"1"}},"spec":{"template":{"metadata":{"creationTimestamp":null,"labels":{"app":"web","pod-template-hash":"x"}},"spec":{"containers":[]}}}}"#
        var kept = try JSONDecoder().decode(KeptReplicaSet.self, from: Data(json.utf8))
        let edits = [WorkloadWrite.Edit.template(replicaSet: "web-1", uid: "rs"), .replicas(3)]
        let template = #""template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[]}}"#
        #expect(
            String(decoding: WorkloadPatch.body(uid: "u", resourceVersion: "7", attempts: "[]", edits: edits, kept: kept), as: UTF8.self)
                == #"{"metadata":{"uid":"u","resourceVersion":"7","annotations":{"self-healing-automaton/attempts":"[]","kubernetes.io/change-cause":"release 1"}},"spec":{"replicas":3,\#(template)}}"#
        )
        kept.metadata.annotations = nil
        #expect(
            String(
                decoding: WorkloadPatch.body(uid: "u", resourceVersion: "7", attempts: nil, edits: [edits[0]], kept: kept), as: UTF8.self)
                == #"{"metadata":{"uid":"u","resourceVersion":"7","annotations":{"kubernetes.io/change-cause":null}},"spec":{\#(template)}}"#
        )
    }
}

import AutomatonCore
import Foundation
import KubernetesClient
import LoopbackServer
import Synchronization
import Testing

/// What a real server answers that a simulated one does not: logs that are cut, lost or hostile, events of every age and form.
@Suite("Contexts of incidents", .timeLimit(.minutes(10)))
struct KubernetesContextsTests {
    private static let noon = Instant(seconds: 1_767_268_800)
    private static let pod = "mail-7c9-x2"

    private func record(_ reason: Reason?) -> IncidentRecord {
        let subject = Subject(.deployment, namespace: "shop", name: "mail")
        let finding = Finding(subject, observedAt: Self.noon, .seen(Evidence(reasons: reason.map { [$0] } ?? [])))
        return IncidentRecord(
            Incident(key: IncidentKey(rule: "oom", subject: subject), detectedAt: Self.noon, priority: .high, finding: finding),
            at: Self.noon)
    }

    private static let oom = Reason("OOMKilled", part: pod, container: "mail", exitCode: 137)

    private static func pod(_ state: String, last: String = "{}") -> ScriptedAPI.Answer {
        .init(
            200,
            #"{"kind":"Pod","metadata":{"name":"\#(pod)","namespace":"shop","uid":"u","ownerReferences":[{"kind":"ReplicaSet","apiVersion":"apps/v1","name":"mail-7c9","uid":"r","controller":true}]},"spec":{"nodeName":"node-1","containers":[]},"status":{"phase":"Running","containerStatuses":[{"name":"mail","restartCount":2,"ready":false,"state":\#(state),"lastState":\#(last)}]}}"#
        )
    }

    private static let dead = #"{"terminated":{"exitCode":137,"reason":"OOMKilled","containerID":"c"}}"#
    private static let running = #"{"running":{"startedAt":"2026-01-01T11:59:00Z"}}"#
    private static let none = #"{"kind":"EventList","apiVersion":"v1","metadata":{},"items":null}"#

    /// Reads from a server that answers for logs and events as told.
    private func read(
        _ reason: Reason? = oom, pod: ScriptedAPI.Answer = Self.pod(dead), timeout: Duration = .seconds(5),
        events: @escaping @Sendable (Connection.Request) -> ScriptedAPI.Answer = { _ in .init(200, none) },
        log: @escaping @Sendable (Connection.Request) -> ScriptedAPI.Answer?
    ) async throws -> (IncidentContext, paths: [String]) {
        let server = try ScriptedAPI { request in
            if request.target.contains("/log?") { return log(request) }
            if request.target.contains("/events?") { return events(request) }
            return request.target.contains("/pods/") ? pod : .failure(404, "NotFound", "not found")
        }
        let contexts = KubernetesContexts(server.api, timeout: timeout, clock: { Self.noon }) {
            $0.replacingOccurrences(of: "hunter2", with: "***")
        }
        return (await contexts.context(of: record(reason)), server.requests.map(\.target))
    }

    @Test("A container that is down has its last words in its present log")
    func present() async throws {
        let (context, paths) = try await read { _ in .init(200, "a\npassword hunter2\n") }
        #expect(context.log == ["a", "password ***"] && context.node == "node-1" && context.readAt == Self.noon)
        #expect(context.logOf == "container mail of pod mail-7c9-x2, which ended with exit code 137 (OOMKilled)")
        let asked = try #require(paths.first { $0.contains("/log?") })
        #expect(
            asked
                == "/api/v1/namespaces/shop/pods/mail-7c9-x2/log?container=mail&previous=false&tailLines=50&limitBytes=65536&timestamps=false"
        )
    }

    @Test("One that runs again has them in the log before; the present one stands in")
    func previous() async throws {
        let (context, paths) = try await read(pod: Self.pod(Self.running, last: Self.dead)) { request in
            request.target.contains("previous=true") ? .init(200, "before\n") : .init(200, "now\n")
        }
        #expect(context.log == ["before"] && paths.count { $0.contains("/log?") } == 1)
        let (other, _) = try await read(pod: Self.pod(Self.running, last: Self.dead)) { request in
            request.target.contains("previous=true")
                ? .failure(400, "BadRequest", #"previous terminated container \"mail\" in pod \"mail-7c9-x2\" not found"#)
                : .init(200, "now\n")
        }
        #expect(other.log == ["now"] && other.logOf == "container mail of pod mail-7c9-x2, which runs")
    }

    @Test("Neither run has a log: the kubelet's word on the present one is kept")
    func neither() async throws {
        let (context, _) = try await read(pod: Self.pod(#"{"waiting":{"reason":"ImagePullBackOff"}}"#)) { request in
            request.target.contains("previous=true")
                ? .failure(400, "BadRequest", #"previous terminated container \"mail\" in pod \"mail-7c9-x2\" not found"#)
                : .failure(400, "BadRequest", #"container \"mail\" in pod \"mail-7c9-x2\" is waiting to start"#)
        }
        #expect(context.log.isEmpty && context.logOf == nil)
        #expect(context.logMissing == #"container "mail" in pod "mail-7c9-x2" is waiting to start"#)
    }

    @Test("The server cuts the end of what is too long, which says most: fewer lines are asked for")
    func cut() async throws {
        let long = String(repeating: "x", count: 3000)
        let (context, paths) = try await read { request in
            let lines = request.target.contains("tailLines=50") ? 50 : 10
            let text = (1...lines).map { "\($0 == lines ? "the end" : long)\n" }.joined()
            return .init(200, Array(text.utf8.prefix(65_536)))
        }
        #expect(paths.count { $0.contains("/log?") } == 2)
        #expect(context.log.last == "the end" && context.log.count == 10)
        #expect(context.log.allSatisfy { $0.unicodeScalars.count <= 300 })
        // Lines of which not even two fit: the unfinished one could be half a secret.
        let (huge, _) = try await read { _ in .init(200, Array(("whole\n" + String(repeating: "y", count: 70_000)).utf8.prefix(65_536))) }
        #expect(huge.log == ["whole"])
    }

    @Test("A server that keeps no limit does not fill the memory")
    func unbounded() async throws {
        let (context, _) = try await read { _ in .init(200, [UInt8](repeating: 0x61, count: 5 << 20)) }
        #expect(context.log.isEmpty && context.logMissing?.contains("larger than the") == true, "\(context.logMissing ?? "")")
    }

    @Test(
        "What cannot be read is said",
        arguments: [
            (200, "", "container mail of pod mail-7c9-x2, which ended with exit code 137 (OOMKilled) wrote nothing"),
            (200, "unable to retrieve container logs for containerd://4711", "the node no longer has the log of container mail"),
            (404, "not found", "pod mail-7c9-x2 is not there any more"), (500, "dial tcp 10.0.0.1:10250: i/o timeout", "i/o timeout"),
            (401, "Unauthorized", "does not accept the credential"),
        ])
    func missing(status: Int, body: String, expected: String) async throws {
        let (context, _) = try await read { _ in status == 200 ? .init(200, body) : .failure(status, "R", body) }
        #expect(context.log.isEmpty && context.logMissing?.contains(expected) == true, "\(context.logMissing ?? "")")
        #expect(
            context.eventsMissing == "the cluster has none of the last hour about deployment/mail, pod/mail-7c9-x2, replicaset/mail-7c9")
    }

    @Test("A hostile log is harmless")
    func hostile() async throws {
        let (context, _) = try await read { _ in
            .init(200, Array("\u{1B}[2J\u{1B}]0;x\u{07}hun\u{0}ter2\r\n\u{202E}evil".utf8) + [0xFF, 0x0A])
        }
        #expect(context.log == ["***", "evil\u{FFFD}"])
    }

    // MARK: Events

    private static func event(
        _ reason: String, last: String? = nil, time: String? = nil, series: String? = nil, count: Int? = nil, note: String = "n",
        type: String = "Normal"
    ) -> String {
        let series = series.map { #","series":{"count":7,"lastObservedTime":"\#($0)"}"# } ?? ""
        return
            #"{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","namespace":"shop","name":"\#(pod)"},"reason":"\#(reason)","message":"\#(note)","type":"\#(type)","lastTimestamp":\#(last.map { "\"\($0)\"" } ?? "null"),"eventTime":\#(time.map { "\"\($0)\"" } ?? "null"),"count":\#(count.map { "\($0)" } ?? "null")\#(series)}"#
    }

    private static func list(_ events: [String], continue token: String = "") -> ScriptedAPI.Answer {
        .init(200, #"{"kind":"EventList","metadata":{"continue":"\#(token)"},"items":[\#(events.joined(separator: ","))]}"#)
    }

    @Test("Events of every form, the newest twenty of the last hour")
    func events() async throws {
        let answer = Self.list([
            Self.event("Series", time: "2026-01-01T09:00:00.000000Z", series: "2026-01-01T11:59:58.000000Z"),
            Self.event("Core", last: "2026-01-01T11:59:59Z", count: 3, note: #"back-off\n\u001b[31mhunter2"#, type: "Warning"),
            Self.event("New", time: "2026-01-01T11:59:57.123456Z"), Self.event("Old", last: "2026-01-01T10:59:59Z"),
            Self.event("Never"), Self.event("Odd", last: "2026-01-01T11:59:56Z", type: "Strange"),
        ])
        let (context, paths) = try await read(
            events: { request in request.target.contains("kind%3DPod") ? answer : .init(200, Self.none) }, log: { _ in .init(200, "x\n") })
        #expect(context.events.map(\.reason) == ["Odd", "New", "Series", "Core"] && context.eventsMissing == nil)
        #expect(context.events.map(\.count) == [1, 1, 7, 3] && context.events.map(\.type) == ["Normal", "Normal", "Normal", "Warning"])
        #expect(context.events.last?.note == "back-off ***" && context.events.last?.about == "pod/mail-7c9-x2")
        #expect(
            paths.filter { $0.contains("/events?") }.sorted()
                == [
                    "kind%3DDeployment%2CinvolvedObject.name%3Dmail", "kind%3DPod%2CinvolvedObject.name%3Dmail-7c9-x2",
                    "kind%3DReplicaSet%2CinvolvedObject.name%3Dmail-7c9",
                ].map { "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.\($0)&limit=500" })
    }

    @Test("Of many the newest are kept; a list that never ends is left")
    func many() async throws {
        let pages = Mutex(0)
        let (context, _) = try await read(
            events: { request in
                guard request.target.contains("kind%3DPod") else { return .init(200, Self.none) }
                let page = pages.withLock { pages in
                    pages += 1
                    return pages
                }
                return Self.list(
                    (0..<30).map { Self.event("R\(page)-\($0)", last: "2026-01-01T11:\(page)0:\($0 < 10 ? "0" : "")\($0)Z") },
                    continue: "more")
            }, log: { _ in .init(200, "x\n") })
        #expect(pages.withLock { $0 } == 2)
        #expect(context.events.map(\.reason) == (10..<30).map { "R2-\($0)" })
    }

    @Test("A missing permission is named once; an answer that is none of events is said")
    func notRead() async throws {
        let denied =
            #"events is forbidden: User \"system:serviceaccount:shop:healer\" cannot list resource \"events\" in API group \"\" in the namespace \"shop\""#
        let (context, paths) = try await read(events: { _ in .failure(403, "Forbidden", denied) }, log: { _ in .init(200, "x\n") })
        #expect(
            context.eventsMissing
                == "deployment/mail: not allowed: system:serviceaccount:shop:healer may not list events in namespace shop: grant verb list on resource events of apiGroup \"\""
        )
        #expect(paths.count { $0.contains("/events?") } == 1 && context.log == ["x"])
        let (broken, _) = try await read(events: { _ in .init(200, #"{"items":[{"reason":1}]}"#) }, log: { _ in .init(200, "x\n") })
        #expect(broken.eventsMissing?.contains("is not the List expected") == true, "\(broken.eventsMissing ?? "")")
    }

    @Test("A pod that cannot be read: its log may be, and nobody knows the node")
    func podRefused() async throws {
        let (context, _) = try await read(pod: .failure(403, "Forbidden", "no")) { request in
            request.target.contains("previous=true") ? .init(200, "before\n") : nil
        }
        #expect(context.log == ["before"] && context.node == nil)
        #expect(context.logOf == "container mail of pod mail-7c9-x2, before it was started again")
    }
}

import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import LoopbackServer
import Synchronization

/// What the tests keep of an object.
struct TestRow: Hashable, Sendable, Decodable {
    struct Metadata: Hashable, Sendable, Decodable {
        var name: String
        var resourceVersion: String?
    }
    var metadata: Metadata
    var padding: String?

    var name: String { metadata.name }

    @Sendable static func decode(_ bytes: Span<UInt8>) throws -> TestRow {
        try JSONDecoder().decode(TestRow.self, from: bytes.withUnsafeBufferPointer { Data($0) })
    }
}

/// JSON of the API server's kind.
enum Wire {
    static func object(_ name: String, _ version: Int, padding: Int = 0) -> String {
        let text = String(repeating: #"ab\"{[}],\\"#, count: padding / 11)
        return #"{"metadata":{"name":"\#(name)","managedFields":[{"a":{"f:b":{}}}],"resourceVersion":"\#(version)"},"padding":"\#(text)"}"#
    }

    static func list(_ objects: [String], version: Int, continue token: String? = nil) -> String {
        let next = token.map { #","continue":"\#($0)","remainingItemCount":7"# } ?? ""
        return
            #"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"\#(version)"\#(next)},"items":[\#(objects.joined(separator: ","))]}"#
            + "\n"
    }

    static func event(_ type: String, _ object: String) -> String { #"{"type":"\#(type)","object":\#(object)}"# + "\n" }

    static func bookmark(_ version: Int) -> String {
        event(
            "BOOKMARK",
            #"{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"\#(version)"},"spec":{"containers":null},"status":{}}"#)
    }

    static func status(_ code: Int, _ reason: String, _ message: String = "no", extra: String = "") -> String {
        #"{"kind":"Status","apiVersion":"v1","metadata":{\#(extra)},"status":"Failure","message":"\#(message)","reason":"\#(reason)","code":\#(code)}"#
    }
}

/// Remembers the requests that a server got.
final class RequestLog: Sendable {
    private let requests = Mutex<[Connection.Request]>([])

    var all: [Connection.Request] { requests.withLock { $0 } }
    var lists: [Connection.Request] { all.filter { $0.query("watch") == nil } }
    var watches: [Connection.Request] { all.filter { $0.query("watch") == "true" } }

    /// Notes a request; its number among those of its kind, from 1.
    func note(_ request: Connection.Request) -> Int {
        requests.withLock { requests in
            requests.append(request)
            return requests.count { ($0.query("watch") == nil) == (request.query("watch") == nil) }
        }
    }
}

/// Serves lists and watches as two scripts, each given the request's number.
func serve(
    _ log: RequestLog, list: @escaping @Sendable (Connection, Connection.Request, Int) -> Void,
    watch: @escaping @Sendable (Connection, Connection.Request, Int) -> Void
) throws -> LoopbackServer {
    try LoopbackServer { connection in
        while let request = connection.nextRequest() {
            let number = log.note(request)
            (request.query("watch") == nil ? list : watch)(connection, request, number)
        }
    }
}

extension ListWatchOptions {
    /// Quick enough for tests.
    static var quick: ListWatchOptions {
        var options = ListWatchOptions()
        options.backoff = Backoff(base: .milliseconds(2), maximum: .milliseconds(20))
        options.idleTimeout = .seconds(20)
        options.pageSize = 2
        return options
    }
}

/// Runs a list and watch until `stop` says that enough was seen; gives all events.
func collect(
    _ server: LoopbackServer, options: ListWatchOptions = .quick, until stop: @escaping @Sendable ([ListWatchEvent<TestRow>]) -> Bool
) async throws -> [ListWatchEvent<TestRow>] {
    struct Enough: Error {}
    let client = try HTTPClient()
    let api = KubernetesAPI(ClusterConfiguration(server: server.url), http: client)
    let watch = ListWatch(
        api, path: APIPath(namespace: "shop", resource: "pods"), query: ["labelSelector": "app in (a,b)"], options: options,
        clock: { Instant(seconds: 1000) }, decode: TestRow.decode)
    var events: [ListWatchEvent<TestRow>] = []
    do {
        try await watch.run { event in
            events.append(event)
            if stop(events) { throw Enough() }
        }
    } catch is Enough {}
    await client.shutdown()
    return events
}

extension ListWatchEvent<TestRow> {
    /// The event in short: `page a,b`, `changed a`, `disconnected`.
    var short: String {
        switch self {
        case .listStarted: "listStarted"
        case .page(let rows): "page \(rows.map(\.name).joined(separator: ","))"
        case .listed(let version): "listed \(version)"
        case .changed(let row): "changed \(row.name)"
        case .deleted(let row): "deleted \(row.name)"
        case .alive: "alive"
        case .disconnected: "disconnected"
        case .undecodable: "undecodable"
        }
    }
}

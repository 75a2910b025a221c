import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import LoopbackServer
import Synchronization

/// A loopback server that answers each request with what a function makes of it, and remembers the requests.
final class ScriptedAPI: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var headers: [String] = []

        init(_ status: Int, _ body: [UInt8], headers: [String] = []) {
            self.status = status
            self.body = body
            self.headers = headers
        }

        init(_ status: Int, _ body: String, headers: [String] = []) { self.init(status, Array(body.utf8), headers: headers) }

        /// A Status as the API server writes it.
        static func failure(_ status: Int, _ reason: String, _ message: String, details: String = "{}", headers: [String] = []) -> Answer {
            Answer(
                status,
                #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"\#(message)","reason":"\#(reason)","details":\#(details),"code":\#(status)}"#,
                headers: headers)
        }
    }

    let server: LoopbackServer
    let api: KubernetesAPI
    private let seen: Log

    private final class Log: Sendable {
        let requests = Mutex<[Connection.Request]>([])
    }

    /// - Parameter answer: Called on a thread of the connection; nil breaks the connection without an answer.
    init(_ answer: @escaping @Sendable (Connection.Request) -> Answer?) throws {
        let log = Log()
        seen = log
        server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                log.requests.withLock { $0.append(request) }
                guard let answer = answer(request) else { return }
                guard connection.respond(answer.status, answer.body, headers: answer.headers) else { return }
            }
        }
        api = try Self.api(server.url)
    }

    var requests: [Connection.Request] { seen.requests.withLock { $0 } }

    static func api(_ url: String, retry: RetryPolicy = .never) throws -> KubernetesAPI {
        KubernetesAPI(ClusterConfiguration(server: url), http: try HTTPClient(), retry: retry, requestTimeout: .seconds(5))
    }
}

/// Answers recorded from a real API server.
enum Recorded {
    struct Exchange: Sendable {
        var path: String
        var status: Int
        var body: [UInt8]

        var answer: ScriptedAPI.Answer { .init(status, body) }
    }

    static func exchange(_ name: String) throws -> Exchange {
        for line in try PodFixtures.data("workloads.jsonl").split(separator: 0x0A) {
            guard let exchange = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any], exchange["name"] as? String == name,
                let path = exchange["path"] as? String, let status = exchange["status"] as? Int, let body = exchange["body"]
            else { continue }
            return Exchange(path: path, status: status, body: [UInt8](try JSONSerialization.data(withJSONObject: body)))
        }
        throw CocoaError(.fileNoSuchFile)
    }
}

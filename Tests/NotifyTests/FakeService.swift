import CurlHTTP
import Foundation
import LoopbackServer
import Notify
import Rules
import Synchronization

@testable import AutomatonCore

/// A service on the loopback that answers as a test says, and remembers what it was asked.
final class FakeService: Sendable {
    /// What it does with a request.
    enum Answer: Sendable {
        case status(Int, String = "", headers: [String] = [])
        /// Takes the request and never answers.
        case silence
        /// Breaks the connection.
        case reset
    }

    private let server: LoopbackServer
    private let seen: Seen

    private final class Seen: Sendable { let requests = Mutex<[Connection.Request]>([]) }

    init(_ answer: @escaping @Sendable (Connection.Request, Int) -> Answer) throws {
        let seen = Seen()
        self.seen = seen
        server = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                let count = seen.requests.withLock { requests in
                    requests.append(request)
                    return requests.count
                }
                switch answer(request, count) {
                case .status(let status, let body, let headers): connection.respond(status, body, headers: headers)
                case .silence: connection.waitForClose()
                case .reset:
                    connection.reset()
                    return
                }
            }
        }
    }

    var url: String { server.url }
    var requests: [Connection.Request] { seen.requests.withLock { $0 } }

    /// The bodies as JSON.
    var bodies: [NSDictionary] {
        requests.compactMap { try? JSONSerialization.jsonObject(with: Data($0.body)) as? NSDictionary }
    }
}

/// Reads `notify.yaml` as the program does, with secrets from an environment of its own.
func load(
    _ yaml: String, _ environment: [String: String] = [:], now: @escaping @Sendable () -> Instant = { Sample.start }
) throws -> NotifyConfiguration {
    let context = ReceiverContext(http: try HTTPClient(), environment: environment, now: now)
    do {
        return try NotifyLoader(context).load(SourceFile(path: "notify.yaml", text: yaml))
    } catch {
        throw error
    }
}

/// One receiver of that name and these keys.
func receiver(_ keys: String, _ environment: [String: String] = [:]) throws -> any Notifier {
    let yaml = "receivers:\n  - name: it\n" + keys.split(separator: "\n").map { "    \($0)\n" }.joined() + "routes: [{ receivers: [it] }]\n"
    return try load(yaml, environment).receivers[0].notifier
}

/// A message about pods and texts that want to be more than that.
func hostileMessage(_ kind: Message.Kind = .firing) -> Message {
    var message = sampleMessage(kind)
    message.title = "Auto-Heal: <!channel> *b* `c` [x](http://evil) <b>&amp; @all \"q\" Restarted (OOMKilled)"
    message.entries[0].summary =
        "```\n<script>alert(1)</script> <@U123> <https://evil|here> ![i](http://evil/i.png) @octocat #1 \u{202E}\u{0}end"
    message.link = "https://heal.example.org/incidents/a|b>c\"d)e"
    if kind == .resolved {
        message.entries[0].record.close(.healed, at: message.at + .seconds(90))
    }
    return message
}

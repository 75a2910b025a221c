import Malformed
import SeededRandom

/// Requests of the kinds that break servers, from a seed.
struct MalformedRequests {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed) }

    mutating func next() -> [UInt8] {
        switch random.below(9) {
        case 0: return line()
        case 1: return field()
        case 2: return chunks()
        case 3: return tooLong()
        case 4:
            let good = good()
            return Array(good[..<random.below(good.count)])
        case 5:
            return "\(random.pick(Self.methods)) \(random.pick(Self.paths)) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
                .bytes
        case 6: return body()
        case 7: return good() + ByteMutation.mutated(good(), &random)
        default: return ByteMutation.mutated(good(), &random)
        }
    }

    private static let paths = [
        "/", "/metrics", "/healthz", "/incidents?show=open", "/incidents/x", "/rules", "/sign-in", "/actions/pause", "/assets/script.js",
        "/openapi.json", "/api/autoheal/status", "/api/autoheal/incidents?since=12h&status=healed", "/api/autoheal/events",
        "/api/autoheal/explain?subject=deployment/boiler&rule=hot", "/api/autoheal/decisions?since=1h&limit=3",
        "/api/autoheal/suspensions", "/api/autoheal/suspensions/x", "/api/autoheal/rules/hot/resume", "/api/autoheal/heal",
        "/api/autoheal/alerts", "/nowhere",
    ]
    private static let methods = [
        "BREW", "PATCH", "PUT", "TRACE", "CONNECT", "OPTIONS", "DELETE", "get", "Post", "M-SEARCH", "", "G\u{0}T", "GÉT", "G ET",
        String(repeating: "A", count: 9000),
    ]
    private static let bodies = [
        #"{"kind":"silence","rule":"hot","subject":"deployment/boiler","for":"30m","by":"anna","why":"works on it"}"#,
        #"{"rule":"hot","subject":"deployment/boiler","by":"anna"}"#, #"{"by":"anna"}"#, "token=x&back=%2F",
        "form=0&subject=deployment%2Fx",
    ]

    /// A request that is right.
    private mutating func good() -> [UInt8] {
        let (path, body) = (random.pick(Self.paths), random.pick(Self.bodies))
        switch random.below(3) {
        case 0:
            let type = body.hasPrefix("{") ? "application/json" : "application/x-www-form-urlencoded"
            return "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                .bytes
        case 1:
            let size = String(body.utf8.count, radix: 16)
            return
                "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\n\(body)\r\n0\r\n\r\n"
                .bytes
        default:
            return
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text;q=0.5, */*;q=0.1\r\nLast-Event-ID: test-3\r\nCookie: a=b\r\n\r\n"
                .bytes
        }
    }

    /// A first line that is none.
    private mutating func line() -> [UInt8] {
        let path = random.pick(Self.paths)
        let lines = [
            "", " ", "\r\n\r\n", "GET", "GET ", "GET \(path)", "GET \(path) HTTP", "GET \(path) HTTP/9.9", "GET \(path) HTTP/1.1 x",
            "GET \(path) HTTP/1.", "GET \(path) HTTP/-1.1", "GET \(path) http/1.1", "GET  \(path)  HTTP/1.1", "GET\t\(path)\tHTTP/1.1",
            "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", "PRI * HTTP/2.0\r\n\r\nSM", "GET * HTTP/1.1", "OPTIONS * HTTP/1.1",
            "GET //// HTTP/1.1", "GET \(path)/../../etc/passwd HTTP/1.1", "GET \(path)%00 HTTP/1.1", "GET \(path)?%ff=%fe&&=&a HTTP/1.1",
            "GET http://[::1 HTTP/1.1", "GET http://elsewhere\(path) HTTP/1.1", "GET \(path)#x HTTP/1.1", "GET \(path)?\u{0} HTTP/1.1",
            "GET \(path)?since=99999999999999h&limit=-1 HTTP/1.1", "GET \(path)?ü=\u{202E} HTTP/1.1",
            "GET /\(String(repeating: "a/", count: 40_000)) HTTP/1.1", "GET /?\(String(repeating: "a=b&", count: 5000)) HTTP/1.1",
        ]
        return random.pick(lines).bytes + random.pick(["\r\nHost: localhost\r\n\r\n", "\n\n", "\r\n\r\n", "\r\r\n", ""]).bytes
    }

    /// A field that is none, or stands where it may not.
    private mutating func field() -> [UInt8] {
        let fields = [
            "no colon", ": no name", " leading: blank", "space : before", "a\u{0}b: c", "a: b\u{0}c", "ü: x", "x: \u{7F}\u{1}",
            "a: b\r\n folded",
            "Content-Length: -1", "Content-Length: 1e3", "Content-Length: 99999999999999999999", "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: +5", "Content-Length: 5, 5", "Content-Length:", "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity",
            "Transfer-Encoding: \u{B}chunked",
            "Host: a\r\nHost: b", "Host: localhost@evil", "Origin: null", "Origin: http://evil", "Expect: 100-continue", "Expect: nonsense",
            "Upgrade: websocket\r\nConnection: Upgrade", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA",
            "Connection: close, \u{1}", "Accept: ;;;,,,=;q=\(String(repeating: "9", count: 400))",
            "Cookie: \(String(repeating: ";=", count: 3000))",
            "Authorization: Bearer \(String(repeating: "é", count: 300))", "Last-Event-ID: test-18446744073709551616", "Range: bytes=5-1",
            "X: \(String(repeating: "x", count: 17_000))", (0..<101).map { "N\($0): x" }.joined(separator: "\r\n"),
            (0..<9).map { "N\($0): \(String(repeating: "x", count: 8000))" }.joined(separator: "\r\n"),
            "Content-Type: \u{202E}", "Content-Encoding: gzip",
        ]
        let method = random.pick(["GET", "POST", "DELETE"])
        let head =
            "\(method) \(random.pick(Self.paths)) HTTP/1.1\r\n\(random.pick(["Host: localhost\r\n", ""]))\(random.pick(fields))\r\n\r\n"
        return head.bytes + random.pick(Self.bodies).bytes
    }

    /// A body in chunks that do not fit.
    private mutating func chunks() -> [UInt8] {
        let chunks = [
            "zz\r\nx\r\n0\r\n\r\n", "-1\r\nx\r\n", "ffffffffffffffffff\r\nx", "7fffffffffffffff\r\nx", "5\r\n{}\r\n0\r\n\r\n",
            "2\r\n{}0\r\n\r\n",
            "2;\(String(repeating: "e=x;", count: 5000))\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\n0\r\nno trailer\r\n\r\n",
            "2\r\n{}\r\n0\r\nA: b\r\n",
            "0x2\r\n{}\r\n0\r\n\r\n", " 2\r\n{}\r\n0\r\n\r\n", "2\n{}\n0\n\n", "\r\n\r\n", "2\r\n\u{0}\u{1}\r\n0\r\n\r\n",
            "00000000000000002\r\n{}\r\n0\r\n\r\n",
            String(repeating: "1\r\n \r\n", count: 3000) + "0\r\n\r\n",
            String(repeating: "1000\r\n\(String(repeating: "x", count: 4096))\r\n", count: 20),
        ]
        return
            "POST \(random.pick(Self.paths)) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\(random.pick(chunks))"
            .bytes
    }

    /// More than is taken, said or sent, and less than was said.
    private mutating func tooLong() -> [UInt8] {
        let (said, sent) = (random.pick([70_000, 1 << 20, 1 << 40, 100]), random.pick([0, 50, 70_000]))
        let head =
            "POST \(random.pick(Self.paths)) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(said)\r\n\r\n"
        return head.bytes + [UInt8](repeating: 0x20, count: sent)
    }

    /// A body that is not what is asked for there.
    private mutating func body() -> [UInt8] {
        let body = ByteMutation.mutated(random.pick(Self.bodies).bytes, &random)
        let type = random.pick([
            "application/json", "application/x-www-form-urlencoded", "text/plain", "application/json; charset=\u{0}", "",
        ])
        let path = random.pick(["suspensions", "approve", "heal", "rules/hot/resume", "alerts", "../../sign-in"])
        return "POST /api/autoheal/\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n"
            .bytes + body
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

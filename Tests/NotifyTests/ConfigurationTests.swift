import AutomatonCore
import Foundation
import Rules
import Testing

@testable import Notify

@Suite("notify.yaml")
struct NotifyConfigurationTests {
    /// What is wrong, as `LINE: message`.
    private func problems(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try load(yaml, environment)
            return []
        } catch {
            return (error as? ConfigurationErrors)?.problems.map { "\($0.line ?? 0): \($0.message)" } ?? ["\(error)"]
        }
    }

    @Test("Everything that can be written, as it is read")
    func complete() throws {
        let configuration = try load(
            """
            link: https://heal.example.org
            defaults: { groupWait: 10s, repeatInterval: 12h }
            receivers:
              - { name: chat, kind: slack, url: { env: SLACK }, timeout: 5s, proxy: "http://proxy:3128" }
              - { name: pager, kind: pagerduty, key: { env: PD } }
              - { name: nobody, kind: none }
            routes:
              - match: { rule: [oom-*, crash-loop], namespace: prod*, severity: [critical, high], priority: critical }
                receivers: [pager]
                on: [person, resolved]
                groupBy: [subject]
                groupInterval: 1m
                continue: true
              - { match: { namespace: sandbox }, receivers: nobody }
              - receivers: [chat]
            """, ["SLACK": "https://hooks.slack.com/services/a", "PD": "key"])
        #expect(configuration.receivers.map(\.name) == ["chat", "pager", "nobody"])
        #expect(configuration.receivers.map(\.kind) == ["slack", "pagerduty", "none"])
        let routes = configuration.routing.routes
        #expect(routes[0].goesOn && routes[0].on == [.person, .resolved] && routes[0].groupBy == [.subject])
        #expect(routes[0].groupWait == .seconds(10) && routes[0].groupInterval == .minutes(1) && routes[0].repeatInterval == .hours(12))
        #expect(routes[2].on == Route.usualOccasions && routes[2].groupBy == [.rule, .namespace] && routes[2].groupInterval == .minutes(5))
        func told(_ topic: Topic) -> [String] { configuration.routing.choose(topic).map(\.receiver) }
        #expect(told(Topic(rule: "oom-killed", namespace: "production", severity: .critical, priority: .critical)) == ["pager", "chat"])
        #expect(told(Topic(rule: "oom-killed", namespace: "sandbox", severity: .critical, priority: .critical)) == ["nobody"])
        #expect(told(Topic(severity: .critical)) == ["chat"])
    }

    @Test(
        "What is wrong is told with its line and what would be right",
        arguments: [
            ("", 1, "is empty"),
            ("receivers: []\nroutes: [{ receivers: [a] }]", 1, "at least one receiver"),
            ("receivers: [{ name: a, kind: slak }]\nroutes: [{ receivers: [a] }]", 1, "did you mean 'slack'?"),
            ("receivers:\n  - { name: a, kind: none }\nrouts: []", 3, "did you mean 'routes'?"),
            ("receivers:\n  - { name: A b, kind: none }\nroutes: [{ receivers: [A b] }]", 2, "1 to 63 of a-z"),
            ("receivers:\n  - { name: a, kind: none }\n  - { name: a, kind: none }\nroutes: [{ receivers: [a] }]", 3, "another receiver"),
            ("receivers: [{ name: chat, kind: none }]\nroutes:\n  - { receivers: [chta] }", 3, "did you mean 'chat'?"),
            ("receivers: [{ name: a, kind: none }]\nroutes:\n  - { receivers: [a], on: [resolve] }", 3, "did you mean 'resolved'?"),
            ("receivers: [{ name: a, kind: none }]\nroutes:\n  - { receivers: [a], match: { severity: hig } }", 3, "did you mean 'high'?"),
            ("receivers: [{ name: a, kind: none }]\nroutes:\n  - { receivers: [a] }\n  - { receivers: [a] }", 4, "takes everything"),
            (
                "receivers: [{ name: a, kind: none }]\nroutes:\n  - { receivers: [a], groupInterval: 1h, repeatInterval: 10m }", 3,
                "is shorter than groupInterval"
            ),
            ("receivers: [{ name: a, kind: none }]\nroutes:\n  - { receivers: [a], groupWait: soon }", 3, "is not a time span"),
            ("receivers:\n  - { name: a, kind: slack, url: { env: GONE } }\nroutes: [{ receivers: [a] }]", 2, "'GONE' is not set"),
            ("receivers:\n  - { name: a, kind: slack, url: { file: /nowhere/x } }\nroutes: [{ receivers: [a] }]", 2, "No such file"),
            (
                "receivers:\n  - { name: a, kind: slack, url: { env: A, file: /b } }\nroutes: [{ receivers: [a] }]", 2,
                "needs one of 'env' and 'file'"
            ),
            ("receivers:\n  - { name: a, kind: webhook, url: \"ftp://x/\" }\nroutes: [{ receivers: [a] }]", 2, "https://"),
            ("receivers:\n  - { name: a, kind: webhook, url: \"http://example.org/\" }\nroutes: [{ receivers: [a] }]", 2, "in clear"),
            (
                "receivers:\n  - { name: a, kind: webhook, url: \"https://{{namespace}}.example.org/\" }\nroutes: [{ receivers: [a] }]", 2,
                "host cannot have"
            ),
            (
                "receivers:\n  - name: a\n    kind: webhook\n    url: https://x.org\n    body: '{\"a\": {{title}}}'\nroutes: [{ receivers: [a] }]",
                5, "is no JSON"
            ),
            (
                "receivers:\n  - name: a\n    kind: webhook\n    url: https://x.org\n    body: '{\"a\": \"{{titel}}\"}'\nroutes: [{ receivers: [a] }]",
                5, "did you mean 'title'?"
            ),
            (
                "receivers:\n  - name: a\n    kind: webhook\n    url: https://x.org\n    headers: { \"X\\nY\": b }\nroutes: [{ receivers: [a] }]",
                5, "is no name of a header"
            ),
            (
                "receivers:\n  - { name: a, kind: github, repository: ../x, token: { env: T } }\nroutes: [{ receivers: [a] }]", 2,
                "owner/name"
            ),
            (
                "receivers:\n  - { name: a, kind: telegram, chat: \"general\", token: { env: T } }\nroutes: [{ receivers: [a] }]", 2,
                "@channel"
            ),
            (
                "receivers:\n  - { name: a, kind: ticket, open: { url: \"https://x.org\" } }\nroutes: [{ receivers: [a] }]", 2,
                "needs the key 'close'"
            ),
        ])
    func wrong(_ yaml: String, _ line: Int, _ word: String) {
        let found = problems(yaml, ["T": "token", "A": "x"])
        #expect(found.contains { $0.hasPrefix("\(line): ") && $0.contains(word) }, "\(found)")
    }

    @Test(
        "A secret in clear is refused, and is not shown",
        arguments: ["slack\n    url", "pagerduty\n    key", "telegram\n    chat: \"@a\"\n    token"])
    func inClear(_ keys: String) {
        let found = problems("receivers:\n  - name: a\n    kind: \(keys): hunter2-hunter2\nroutes: [{ receivers: [a] }]")
        #expect(found.contains { $0.contains("is not written here") } && !found.contains { $0.contains("hunter2") })
        let header = problems(
            "receivers:\n  - name: a\n    kind: webhook\n    url: https://x.org\n    headers: { Authorization: Bearer hunter2 }\nroutes: [{ receivers: [a] }]"
        )
        #expect(header.contains { $0.contains("is not written here") } && !header.contains { $0.contains("hunter2") })
    }

    @Test("A secret that could end a header is refused")
    func lineBreaks() {
        let found = problems(
            "receivers: [{ name: a, kind: webhook, url: \"https://x.org\", headers: { X: { env: E } } }]\nroutes: [{ receivers: [a] }]",
            ["E": "a\r\nInjected: b"])
        #expect(found.contains { $0.contains("white space or other bytes") } && !found.contains { $0.contains("Injected") })
    }

    @Test("Nothing that is printed of a configuration holds a secret")
    func printed() throws {
        let configuration = try load(
            "receivers: [{ name: a, kind: slack, url: { env: U } }]\nroutes: [{ receivers: [a] }]",
            ["U": "https://hooks.example.org/hunter2"])
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)".contains("hunter2") && !dumped.contains("hunter2"))
    }
}

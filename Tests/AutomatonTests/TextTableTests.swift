import AutomatonCore
import Foundation
import Testing
import WebAPI

@testable import automaton

/// Tables and texts for people, word by word.
@Suite("Tables for people") struct TextTableTests {
    private static let plain = Ink(hasColour: false)
    private static let now = Instant(seconds: 1_772_366_400 + 720)

    @Test("Columns are aligned by what a terminal shows, colours take no room, no line ends with blanks")
    func alignment() {
        var table = TextTable([.init("A"), .init("B"), .init("C")], ink: Self.plain)
        table.add(["x", "日本", "1"])
        table.add([.init("e\u{301}", { "<\($0)>" }), "b", ""])
        table.add(["", "🚀", "2"])
        #expect(table.lines(width: nil) == ["A  B     C", "x  日本  1", "<e\u{301}>  b", "   🚀    2"])
        #expect("e\u{301}".displayedWidth == 1 && "日本".displayedWidth == 4 && "🚀".displayedWidth == 2 && "→".displayedWidth == 1)
    }

    @Test("Only the widest columns that may be cut are, to the terminal's width")
    func cutting() {
        var table = TextTable([.init("ID"), .init("SUBJECT", least: 6), .init("WHAT", least: 6)], ink: Self.plain)
        table.add(["12345678", "production/deployment/email", "raised the memory of it"])
        for width in 28...80 {
            let lines = table.lines(width: width)
            #expect(lines.allSatisfy { $0.displayedWidth <= width }, "\(width): \(lines)")
            #expect(lines[1].hasPrefix("12345678  produ"))
        }
        #expect(table.lines(width: 34)[1] == "12345678  production…  raised the…")
        #expect(table.lines(width: 5)[1] == "12345678  produ…  raise…", "no column is narrower than it may be")
        #expect(table.lines(width: nil)[1].hasSuffix("raised the memory of it"))
        #expect("日本".cut(to: 3) == "日…" && "日本".cut(to: 2) == "…" && "ab".cut(to: 2) == "ab")
        #expect("deployment/storefront".cut(to: 11, keepingEnd: true) == "…storefront" && "日本".cut(to: 3, keepingEnd: true) == "…本")
    }

    @Test("A column that wraps loses nothing, whatever the width")
    func wrapping() {
        var table = TextTable([.init("ID"), .init("WHY", least: 8, wraps: true), .init("C")], ink: Self.plain)
        table.add(["1", .init("raised the memory, which helped", { "<\($0)>" }), "x"])
        #expect(table.lines(width: nil) == ["ID  WHY                              C", "1   <raised the memory, which helped>  x"])
        #expect(
            table.lines(width: 24) == ["ID  WHY                C", "1   <raised the>         x", "    <memory, which>", "    <helped>"])
        for width in 16...60 {
            var text = ""
            for line in table.lines(width: width).dropFirst() { text += line.filter { !"<> ".contains($0) } }
            #expect(text.replacing("x", with: "") == "1raisedthememory,whichhelped", "\(width)")
        }
        #expect("kube-system,kube-public,payments".wrapped(to: 14) == ["kube-system,", "kube-public,", "payments"])
        #expect("abcdefgh".wrapped(to: 3) == ["abc", "def", "gh"] && "日本".wrapped(to: 1) == ["日", "本"] && "".wrapped(to: 4) == [""])
    }

    @Test("A column that says nothing goes before anything is cut, others where there is no room, the last first")
    func yielding() {
        var table = TextTable(
            [
                .init("ID"), .init("SUBJECT", least: 6), .init("OLD", yields: true), .init("FROM", yields: true),
                .init("RULE", yields: true),
            ],
            ink: Self.plain)
        table.add(["1", "deployment/web", "", "somewhere", "hot"])
        #expect(table.lines(width: nil).first == "ID  SUBJECT         OLD  FROM       RULE")
        #expect(table.lines(width: 35)[1] == "1   deployment/web  somewhere  hot", "the empty one alone is left away")
        #expect(table.lines(width: 30)[1] == "1   deployme…  somewhere  hot")
        #expect(table.lines(width: 24).first == "ID  SUBJECT    FROM", "\(table.lines(width: 24))")
        #expect(table.lines(width: 12)[1] == "1   deploym…")
    }

    @Test("Decisions: aligned, on a terminal as wide as it is, and whole in a pipe", arguments: [80, 100, 160])
    func decisions(_ width: Int) {
        let key = IncidentKey(rule: "oom-killed", subject: Subject(.deployment, namespace: "production", name: "email-service"))
        let why = "OOMKilled in container email of email-service-7c9-x2 (exit code 137, restart 3)"
        let entries = [("opened", "", why), ("hold", "delay", "delay: 5 min left"), ("closed", "healed", "clear since 12:00:00Z")].map {
            TrailEntry(at: Self.now, incident: key, priority: .high, kind: $0.0, word: $0.1, text: $0.2)
        }
        let text = DecisionsText(
            report: DecisionsReport(at: Self.now, since: Self.now, entries: entries, limit: 9), ink: Self.plain)
        let piped = text.lines(width: nil)
        #expect(piped[0] == "WHEN (UTC)  WHAT    SUBJECT                              RULE        WHY")
        #expect(piped[1] == "12:12:00Z   opened  production/deployment/email-service  oom-killed  \(why)")
        #expect(piped[3].hasSuffix("oom-killed  healed; clear since 12:00:00Z") && piped.count == 4)
        let shown = text.lines(width: width)
        #expect(shown.allSatisfy { $0.displayedWidth <= width }, "\(shown)")
        let said = shown.joined(separator: " ").split(separator: " ").joined(separator: " ")
        for word in why.split(separator: " ") { #expect(said.contains(word), "\(word): \(shown)") }
    }

    @Test("Fixes: as wide as the terminal; what one acts by stays", arguments: [80, 100, 160])
    func fixes(_ width: Int) throws {
        let json = """
            {"id":"f-0a1b2c3d","namespace":"production","resource":"deployment/email-service","container":"email-service","type":"memory",
            "value":"2Gi","request":"1Gi","before":"1Gi","requestBefore":"512Mi","timestamp":"2026-03-01T12:00:00Z","rule":"oom-killed",
            "state":"holds"}
            """
        let fix = try JSONDecoder().decode(FixReport.self, from: Data(json.utf8))
        let lines = FixesText.table([fix], width: width, ink: Self.plain)
        #expect(lines.allSatisfy { $0.displayedWidth <= width }, "\(lines)")
        #expect(lines[0].hasPrefix("ID          SUBJECT") && lines[1].hasPrefix("f-0a1b2c3d  ") && lines[1].contains("email-service"))
        #expect(lines[1].contains("holds"), "\(lines)")
        let piped = FixesText.table([fix], width: nil, ink: Self.plain)
        #expect(piped[1].hasSuffix("2Gi (request 1Gi)  1Gi (request 512Mi)  holds  2026-03-01T12:00:00Z  oom-killed"), "\(piped)")
    }

    @Test("What comes from the world moves no cursor")
    func harmless() {
        var table = TextTable([.init("A")], ink: Self.plain)
        table.add([.init("a\u{1B}[2Jb\nc")])
        #expect(table.lines(width: nil) == ["A", #"a\u{1B}[2Jb\nc"#])
    }

    private static func sight(
        _ subject: String, _ verdict: LookReport.Verdict, _ seen: String, _ priority: String? = nil
    ) -> LookReport.OfRule.Sight { .init(subject: subject, mends: nil, verdict: verdict, priority: priority, seen: seen) }

    private static func rule(
        _ name: String, _ verdict: LookReport.Verdict?, healthy: Int?, why: String? = nil, untold: [String] = [],
        _ sights: [LookReport.OfRule.Sight] = []
    ) -> LookReport.OfRule {
        .init(
            rule: name, check: "pod-health{window: 1h}", verdict: verdict, why: why, hint: nil, healthy: healthy, kinds: "workloads",
            untold: untold,
            sights: sights)
    }

    @Test("A look: the worst first, one line for what several rules do not know, and what it comes to last")
    func look() {
        let fog = Self.sight("production/deployment/fog", .unknown, "1 of 3 pods are not ready yet")
        let report = LookReport(
            at: Timestamp(Self.now), cluster: "context \"prod\"", namespace: "production", seconds: 0.4, verdict: .unhealthy,
            rules: [
                Self.rule("crash-loop", .unknown, healthy: 11, [fog]),
                Self.rule(
                    "hot", .unhealthy, healthy: 10,
                    [
                        Self.sight("production/deployment/mild", .unhealthy, "lag 7, above 5", "low"),
                        Self.sight("production/deployment/web", .unhealthy, "OOMKilled", "critical"), fog,
                    ]),
                Self.rule("restart-loop", nil, healthy: nil, untold: ["restarts"]),
                Self.rule("well", .healthy, healthy: 12), Self.rule("alone", .healthy, healthy: 0),
            ], notInForce: [.init(rule: "kafka-lag", needs: ["KAFKA_A", "KAFKA_B"])], missing: ["no deployment carries it"], isEmpty: false)
        let text = LookText(report: report, all: false, ink: Self.plain).lines(width: nil).joined(separator: "\n")
        #expect(
            text == """
                automaton health namespace production, context "prod", 2026-03-01T12:12:00Z

                VERDICT    PRIORITY  RULE                  SUBJECT               SEEN
                unhealthy  critical  hot                   deployment/web        OOMKilled
                unhealthy  low       hot                   deployment/mild       lag 7, above 5
                unknown              2 rules (pod-health)  deployment/fog        1 of 3 pods are not ready yet
                healthy              crash-loop            11 workloads besides  all well
                healthy              hot                   10 workloads besides  all well
                healthy              well                  12 workloads          all well
                healthy              alone                 none there

                nothing would be mended: no deployment carries it
                not told by one look: restart-loop (restarts); ask the running automaton: automaton explain --rule restart-loop
                not in force: kafka-lag needs KAFKA_A or KAFKA_B in the environment

                UNHEALTHY: 2 are unhealthy, 1 is unknown (4 rules, 0.4 s)
                """, "\(text)")
        let all = LookText(report: report, all: true, ink: Ink(hasColour: true)).lines(width: 60).joined(separator: "\n")
        #expect(all.contains("\u{1B}[31munhealthy\u{1B}[0m"))
        #expect(all.contains(/unknown.*crash-loop/) && all.contains(/unknown.*hot[ ]/), "each by itself")
    }

    @Test("Plans before a yes: each field before and after, or the guard that holds")
    func prospects() throws {
        let json = """
            {"at":"2026-03-01T12:12:00Z","leftOut":2,"plans":[
            {"rule":"oom-killed","subject":"production/deployment/web","priority":"critical","detectedAt":"2026-03-01T12:00:00Z","cause":"OOMKilled",
            "outcome":"act","now":{"reason":"OOMKilled; attempt 1 of 2"},"remediation":"raise-memory","summary":"raise memory",
            "changes":[{"field":"limits.memory","before":"1Gi","after":"2Gi"},{"field":"requests.memory","before":null,"after":"1Gi"}],"digest":"aa"},
            {"rule":"slow","subject":"production/deployment/shop","priority":"low","detectedAt":"2026-03-01T12:10:00Z","cause":"lag 7, above 5",
            "outcome":"hold","now":{"hold":"paused","reason":"paused by anna until 12:14:00Z (p-1)","until":"2026-03-01T12:14:00Z"},"changes":[],
            "liftedBy":["p-1","p-2"]},
            {"rule":"asks","subject":"production/deployment/till","priority":"high","detectedAt":"2026-03-01T12:10:00Z","cause":"crash",
            "outcome":"ask","now":{"hold":"approval","reason":"approval: asked at 12:11:00Z"},
            "changes":[{"field":"replicas","before":"2","after":"4"}],"digest":"bb"}]}
            """
        let report = try JSONDecoder().decode(ProspectsReport.self, from: Data(json.utf8))
        let text = ProspectText(report: report, ink: Self.plain).lines(source: "http://x").joined(separator: "\n")
        #expect(
            text == """
                3 open incidents, http://x, 2026-03-01T12:12:00Z

                CRITICAL  production/deployment/web  rule oom-killed
                  since  12:00:00Z, 12 min ago
                  why    OOMKilled
                  plan   raise-memory: raise memory
                         limits.memory  1Gi → 2Gi
                         requests.memory  unset → 1Gi

                LOW  production/deployment/shop  rule slow
                  since  12:10:00Z, 2 min ago
                  why    lag 7, above 5
                  held   paused by anna until 12:14:00Z (p-1)
                         looked at again at 12:14:00Z, in 2 min
                         to lift it: automaton resume p-1
                         to lift it: automaton resume p-2

                HIGH  production/deployment/till  rule asks
                  since  12:10:00Z, 2 min ago
                  why    crash
                  plan   waits to be confirmed; a yes confirms it
                         replicas  2 → 4

                … and 2 more; name a rule or a subject to see them
                """, "\(text)")
    }

    @Test("One incident's story, and the list")
    func incidents() throws {
        let json = """
            {"success":true,"total":3,"incidents":[{"id":"20260301T120000Z-8f3a01b2","podName":"web-1","namespace":"production","containerName":"web",
            "restartCount":3,"reason":"OOMKilled","message":"Memory cgroup","exitCode":137,"detectedAt":"2026-03-01T12:00:00Z",
            "healedAt":"2026-03-01T12:03:00Z","aiSummary":"It ran out of memory.\\n\\nNext: look for a leak.","emailSent":false,"status":"healed","severity":"critical",
            "priority":"high","rule":"oom-killed","subject":"production/deployment/web","cause":"OOMKilled in container web",
            "attempts":[{"id":"r-1","remediation":"raise-memory","at":"2026-03-01T12:00:05Z","summary":"raise memory",
            "changes":[{"field":"limits.memory","before":"1Gi","after":"2Gi"}],"changesLeftOut":1,"writtenAt":"2026-03-01T12:00:06Z",
            "outcome":"helped","undoneAt":null}],"personTold":null,"closedAt":"2026-03-01T12:03:00Z","ending":"healed",
            "log":["allocating\\u001b[2J","killed"],"logOf":"container web","logMissing":null,
            "events":[{"at":"2026-03-01T12:00:01Z","type":"Warning","reason":"BackOff","note":"restarting","count":4,"about":"pod/web-1"}],
            "eventsMissing":null,"node":"n-1","explainedBy":null,"explains":["20260301T120001Z-00000001"],"updatedAt":"2026-03-01T12:03:00Z"}]}
            """
        let report = try JSONDecoder().decode(IncidentsReport.self, from: Data(json.utf8))
        #expect(
            IncidentsText(report: report, now: Self.now, ink: Self.plain).lines(width: nil) == [
                "WHEN (UTC)  TOOK   STATUS  RULE        SUBJECT                    WHAT WAS DONE  ID",
                "12:00:00Z   3 min  healed  oom-killed  production/deployment/web  raise memory   20260301T120000Z-8f3a01b2",
                "1 of 3; --limit shows more",
            ])
        let story = IncidentStory(incident: try #require(report.incidents.first), now: Self.now, ink: Self.plain).lines
        #expect(
            story.joined(separator: "\n") == #"""
                HEALED  production/deployment/web  rule oom-killed
                  id        20260301T120000Z-8f3a01b2
                  detected  12:00:00Z, 12 min ago (times are UTC)
                  over      12:03:00Z, healed after 3 min
                  how bad   severity critical, priority high
                  why       OOMKilled in container web
                  message   Memory cgroup
                  where     pod web-1, container web, node n-1, exit code 137, restart 3
                  summary   It ran out of memory.
                            Next: look for a leak.
                  tried     12:00:05Z  raise-memory: raise memory
                            helped
                            limits.memory  1Gi → 2Gi
                            … and 1 more
                  explains  20260301T120001Z-00000001

                Log of container web
                  allocating\u{1B}[2J
                  killed

                Events
                  LAST SEEN  TYPE     REASON   TIMES  ABOUT      NOTE
                  12:00:01Z  Warning  BackOff  4      pod/web-1  restarting
                """#)
    }
}

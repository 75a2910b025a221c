import AutomatonCore
import Foundation
import Testing
import WebAPI

@testable import Replay
@testable import automaton

/// What people read, word by word.
@Suite("Texts for people") struct ExplanationTextTests {
    private static let now = Instant(seconds: 1_772_366_400 + 720)

    private static func text(_ json: String, subject: String? = nil, rule: String? = nil, colour: Bool = false) throws -> String {
        let report = try JSONDecoder().decode(ExplanationReport.self, from: Data(json.utf8))
        let question = ExplanationText.Question(subject: subject.flatMap { SubjectFilter($0) }, rule: rule)
        return ExplanationText(report, question, ink: Ink(hasColour: colour)).lines(source: "http://127.0.0.1:8000").joined(separator: "\n")
    }

    static let well = """
        "automaton":{"isElected":true,"leads":true,"isDryRun":false,"storms":[],"suspensions":[],"steppedDown":[],"blind":[],"unobserved":[]}
        """
    static let nothing = #""incidents":[],"incidentsLeftOut":0,"recent":[],"watched":[],"watchedLeftOut":0,"silent":[]"#

    static let busy = """
        {"at":"2026-03-01T12:12:00Z","automaton":{"isElected":true,"leads":true,"isDryRun":true,"standsDown":"the journal cannot be written: disk full",
        "storms":[{"namespace":"production","since":"2026-03-01T12:02:00Z","figures":"9 of 20 workloads are unhealthy"}],
        "suspensions":[{"id":"p-1k2m3n4p","kind":"pause","rule":"hot","at":"2026-03-01T12:00:00Z","until":"2026-03-01T12:30:00Z",
        "by":"anna@laptop","why":"deploying"}],
        "steppedDown":[{"rule":"cold","since":"2026-02-28T23:00:00Z","attempts":12,"healed":2,"ineffectiveInARow":10}],
        "blind":[{"check":"kafka-lag","why":"connection refused"}],"waiting":[{"check":"alert","why":"waiting until 12:20:00Z for it"}],
        "unobserved":["alert","kafka-lag","disk-usage"]},
        "incidents":[{"rule":"oom-killed","subject":"production/deployment/email-service","priority":"critical",
        "detectedAt":"2026-03-01T12:00:00Z","cause":"OOMKilled in container email of email-7c9-x2 (exit code 137, restart 3)",
        "observedAt":"2026-03-01T12:11:50Z","attempts":1,
        "now":{"hold":"cooldown","reason":"cooldown: 2 min 9 s left since the attempt at 12:09:09Z","until":"2026-03-01T12:14:09Z"},
        "trail":[
        {"at":"2026-03-01T12:00:00Z","rule":"oom-killed","subject":"s","priority":"critical","kind":"opened","word":"","text":"OOMKilled"},
        {"at":"2026-03-01T12:09:09Z","rule":"oom-killed","subject":"s","priority":"critical","kind":"act","word":"raise-memory","text":"OOMKilled, critical since 12:00:00Z; attempt 1 of 1 of raise-memory: raise memory"},
        {"at":"2026-03-01T12:11:00Z","rule":"oom-killed","subject":"s","priority":"critical","kind":"hold","word":"cooldown","text":"cooldown: 3 min 9 s left"}
        ],"trailLeftOut":0},
        {"rule":"slow","subject":"production/deployment/web","priority":"low","detectedAt":"2026-02-27T12:00:00Z","cause":"lag 7, above 5",
        "observed":"consumergroup/web","attempts":0,"now":{"hold":"approval","reason":"approval: asked at 12:00:00Z"},"trail":[],"trailLeftOut":0}],
        "incidentsLeftOut":3,"recent":[],"watched":[],"watchedLeftOut":0,"silent":[]}
        """

    @Test("Everything at once: how the automaton is, then a block for each incident")
    func busy() throws {
        #expect(
            try Self.text(Self.busy) == """
                automaton http://127.0.0.1:8000, 2026-03-01T12:12:00Z (times are UTC)
                  leads
                  STANDS DOWN, nothing is begun: the journal cannot be written: disk full
                  dry run: plans are made and shown, nothing is changed
                  STORM, nothing is begun: 9 of 20 workloads are unhealthy; since 12:02:00Z, 10 min ago
                  paused: rule hot, by anna@laptop until 12:30:00Z, in 18 min (p-1k2m3n4p): deploying
                  rule cold only tells: its last 10 attempts did not help (2 of 12 in all did); since 02-28 23:00:00Z; it acts again after: automaton resume --rule cold
                  blind: check kafka-lag cannot see: connection refused
                  waits: check alert, nothing acts on it: waiting until 12:20:00Z for it
                  not observed: check disk-usage has not seen everything yet; nothing acts on it

                5 open incidents

                CRITICAL  production/deployment/email-service  rule oom-killed
                  since  12:00:00Z, 12 min ago
                  why    OOMKilled in container email of email-7c9-x2 (exit code 137, restart 3)
                  seen   12:11:50Z, 10 s ago
                  now    cooldown: 2 min 9 s left since the attempt at 12:09:09Z
                         looked at again at 12:14:09Z, in 2 min 9 s
                  tried  1 attempt in this incident
                  trail
                    12:00:00Z  opened      OOMKilled
                    12:09:09Z  acts        attempt 1 of 1 of raise-memory: raise memory
                    12:11:00Z  held        cooldown: 3 min 9 s left

                LOW  production/deployment/web  rule slow
                  since  02-27 12:00:00Z, 2 d ago
                  why    lag 7, above 5 (of consumergroup/web)
                  now    approval: asked at 12:00:00Z
                         to confirm it: automaton approve production/deployment/web --rule slow

                … and 3 more incidents; name a subject or a rule to see them
                """)
        #expect(try Self.text(Self.busy, colour: true).contains("\u{1B}[31mCRITICAL\u{1B}[0m"))
    }

    @Test("A healthy subject: who looks at it, and what was seen")
    func healthy() throws {
        let json = """
            {"at":"2026-03-01T12:12:00Z",\(Self.well),"incidents":[],"incidentsLeftOut":0,"recent":[],"watched":[{"subject":"production/deployment/web",
            "check":"disk-usage","seenAt":"2026-03-01T12:11:48Z","seen":"used 41 %","rules":[{"rule":"disk-usage","verdict":"healthy"},{"rule":"disk-full","verdict":"healthy"},
            {"rule":"lag","mends":"production/deployment/other","verdict":"unknown","why":"no answer"}]}],"watchedLeftOut":0,
            "silent":[{"check":"pod-health","seenAt":"2026-03-01T12:11:30Z","rules":["crash-loop","evicted"]}]}
            """
        #expect(
            try Self.text(json, subject: "deployment/web") == """
                automaton http://127.0.0.1:8000, 2026-03-01T12:12:00Z (times are UTC)
                  leads

                No open incident of deployment/web

                Watched, without an incident
                production/deployment/web
                  disk-usage saw: used 41 %; 12:11:48Z, 12 s ago
                    healthy for disk-usage, disk-full
                    unknown for lag, which mends production/deployment/other: no answer
                  pod-health names only what is unwell, and does not name it; it saw last at 12:11:30Z, 30 s ago
                    nothing wrong for crash-loop, evicted
                """)
    }

    @Test("Nothing wrong, and nothing known")
    func empty() throws {
        let json = #"{"at":"2026-03-01T12:12:00Z",\#(Self.well),\#(Self.nothing)}"#
        #expect(try Self.text(json).hasSuffix("\n\nNo open incident"))
        let unmatched = #"{"at":"2026-03-01T12:12:00Z",\#(Self.well),\#(Self.nothing),"unmatched":"no rule looks at job/x"}"#
        #expect(try Self.text(unmatched, subject: "job/x").hasSuffix("\n\nno rule looks at job/x"))
        let journal = #"{"at":"2026-03-01T12:12:00Z",\#(Self.nothing)}"#
        #expect(try Self.text(journal, subject: "job/x").contains("known to the running automaton alone"))
    }

    @Test("A rule that just acted: how it did, what it tried last, and when it would again")
    func recent() throws {
        let past = """
            {"rule":"hot","subject":"production/deployment/web","priority":"high","closedAt":"2026-03-01T12:10:00Z","ending":"healed",
            "attempts":1,"quiet":"cooldown: 2 min left","quietUntil":"2026-03-01T12:14:00Z","trail":[
            {"at":"2026-03-01T12:09:00Z","rule":"hot","subject":"s","priority":"high","kind":"attempted","word":"cool","text":"cooled"}
            ],"trailLeftOut":0}
            """
        let rule = """
            "rule":{"rule":"hot","check":"thermometer","mode":"auto","remediations":["cool","replace"],"attempts":7,"healed":6,"ineffectiveInARow":1}
            """
        let nothing = Self.nothing.replacingOccurrences(of: #""recent":[]"#, with: #""recent":[\#(past)]"#)
        #expect(
            try Self.text(#"{"at":"2026-03-01T12:12:00Z",\#(Self.well),\#(nothing),\#(rule)}"#, rule: "hot") == """
                automaton http://127.0.0.1:8000, 2026-03-01T12:12:00Z (times are UTC)
                  leads
                  rule hot judges thermometer, mode auto, mends by cool, then replace: 6 of 7 attempts helped, the last 1 did not

                No open incident of rule hot

                HEALED  production/deployment/web  rule hot
                  over   12:10:00Z, 2 min ago
                  tried  1 attempt in it
                  quiet  cooldown: 2 min left; nothing is begun on it before 12:14:00Z
                  trail
                    12:09:00Z  done        cooled
                """)
        let remembered = """
            "remembered":{"lastWriteAt":"2026-03-01T12:11:00Z","storms":[],"steppedDown":[],"suspensions":[{"id":"p-1","kind":"pause",
            "at":"2026-03-01T12:00:00Z","by":"anna","why":""}]}
            """
        let journal = try Self.text(#"{"at":"2026-03-01T12:12:00Z",\#(remembered),\#(Self.nothing)}"#)
        #expect(journal.contains("the journal was written last at 12:11:00Z, 1 min ago"))
        #expect(journal.contains("paused: everything, by anna until it is lifted (p-1)"))
    }

    @Test("What the world says moves no cursor and feigns no line")
    func harmless() throws {
        let json = Self.busy.replacingOccurrences(of: "lag 7, above 5", with: #"lag\u001b[2J\nCRITICAL feigned"#)
        let text = try Self.text(json)
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains(#"lag\u{1B}[2J\nCRITICAL feigned"#), "\(text)")
    }

    @Test("Decisions: a row each")
    func decisions() throws {
        let key = IncidentKey(rule: "hot", subject: Subject(.deployment, namespace: "production", name: "boiler"))
        func entry(_ seconds: Int, _ kind: String, _ word: String, _ text: String) -> TrailEntry {
            TrailEntry(
                at: Instant(seconds: 1_772_366_400) + .seconds(seconds), incident: key, priority: .high, kind: kind, word: word, text: text)
        }
        let entries = [
            entry(0, "opened", "", "temperature 90"), entry(1, "tell_person", "", "nothing helped"), entry(2, "closed", "healed", ""),
        ]
        let report = DecisionsReport(at: Self.now, since: Self.now - .hours(1), entries: entries, limit: 3)
        #expect(
            DecisionsText(report: report, ink: Ink(hasColour: false)).lines(width: nil) == [
                "older ones are left out; --limit shows more",
                "WHEN (UTC)  WHAT    SUBJECT                       RULE  WHY",
                "12:00:00Z   opened  production/deployment/boiler  hot   temperature 90",
                "12:00:01Z   person  production/deployment/boiler  hot   nothing helped",
                "12:00:02Z   closed  production/deployment/boiler  hot   healed",
            ])
    }

    @Test("A replay: what fires, what holds it, and the difference")
    func replay() throws {
        let check = CheckID("kafka-lag")
        func ruleset(_ name: String, above bound: Double, _ rule: String) -> ReplayRuleset {
            ReplayRuleset(
                name: name,
                rules: [
                    Rule(
                        name: rule, check: check, tiers: [Tier([.above(figure: nil, bound)], priority: .critical)],
                        remediations: [RemediationStep(use: "scale")]),
                    Rule(
                        name: "lag", check: check, tiers: [Tier([.above(figure: nil, bound)], priority: .high)],
                        remediations: [RemediationStep(use: "scale")]),
                ], policy: SafetyPolicy())
        }
        var replay = Replay(ruleset("./rules", above: 100, "fresh"), against: ruleset("/etc/rules", above: 1000, "old"))
        for (minute, value) in [0.0, 500, 500, 0].enumerated() {
            let at = Instant(seconds: 1_772_366_400) + .minutes(minute)
            let finding = Finding(
                Subject(.consumerGroup, namespace: "", name: "orders"), observedAt: at, .seen(Evidence(figures: [Figure("lag", value)])))
            replay.take(RecordedReport(at: at, check: check, report: .complete([finding])))
        }
        let lines = ReplayText(report: replay.finish(), ink: Ink(hasColour: false)).lines(took: .seconds(2))
        let text = lines.joined(separator: "\n")
        #expect(
            text.hasPrefix(
                """
                Replayed 3 min, 2026-03-01T12:00:00Z to 2026-03-01T12:03:00Z: 4 findings, in 2 s
                  rules          ./rules
                  compared with  /etc/rules
                  kafka-lag: 4 findings in 4 reports

                fresh  new
                  incidents  1
                             first 2026-03-01T12:01:00Z, last 2026-03-01T12:01:00Z
                  would act  1: scale 1
                """), "\(text)")
        #expect(
            text.contains(
                """
                lag  fires more
                  incidents  1 (was 0, +1)
                             first 2026-03-01T12:01:00Z, last 2026-03-01T12:01:00Z
                  would act  0
                  held by    delay 1
                old  gone
                  incidents  none (was 0)
                  would act  none (was 0)

                Incidents that only ./rules sees: 2
                  2026-03-01T12:01:00Z  2 min       consumergroup/orders fresh  lag 500, above 100
                  2026-03-01T12:01:00Z  2 min       consumergroup/orders lag  lag 500, above 100  (nothing would have been done)

                Incidents that only /etc/rules sees: none

                What a replay cannot tell
                  - No plan is made
                """), "\(text)")
    }
}

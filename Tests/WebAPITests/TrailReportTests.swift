import AutomatonCore
import Testing

@testable import WebAPI

/// What a journal alone says.
@Suite("Trail alone") struct TrailReportTests {
    private let start = Instant(seconds: 1_772_366_400)

    private func entry(
        _ seconds: Int, _ kind: String, _ word: String = "", _ text: String = "", subject: String = "boiler", rule: String = "hot",
        priority: Priority = .critical
    ) -> TrailEntry {
        TrailEntry(
            at: start + .seconds(seconds), incident: IncidentKey(rule: rule, subject: Furnaces.subject(subject)), priority: priority,
            kind: kind, word: word, text: text)
    }

    @Test("What was opened and not closed is open, with its last word")
    func open() {
        let entries = [
            entry(0, "opened", "", "temperature 90, above 80"), entry(1, "closed", "recovered"),
            entry(5, "opened", "", "temperature 91, above 80"), entry(5, "act", "cool"), entry(6, "attempted", "cool", "cool down"),
            entry(7, "hold", "cooldown", "cooldown: 4 min left"), entry(8, "opened", subject: "oven", priority: .low),
            entry(9, "closed", "healed", subject: "oven"), entry(10, "restored", "scale", subject: "oven"),
            entry(11, "opened", "", "cold", subject: "fridge", priority: .low),
        ]
        let report = ExplanationReport(trail: entries, at: start + .minutes(1))
        #expect(report.automaton == nil)
        #expect(report.incidents.map(\.subject) == ["production/deployment/boiler", "production/deployment/fridge"])
        let boiler = report.incidents[0]
        #expect(boiler.detectedAt?.instant == start + .seconds(5))
        #expect(boiler.cause == "temperature 91, above 80")
        #expect(boiler.attempts == 1)
        #expect(boiler.now.hold == "cooldown")
        #expect(boiler.now.reason == "last word, of 2026-03-01T12:00:07Z: cooldown: 4 min left")
        #expect(boiler.trail.map(\.kind) == ["opened", "act", "attempted", "hold"])
        #expect(report.incidents[1].now.reason.hasSuffix("nothing was decided yet"))
    }

    @Test("What was taken back before it came back is told with it, and what is taken back after days with what was over")
    func takenBack() {
        let day = 86_400
        let entries = [
            entry(-3 * day, "opened", "", "temperature 95", subject: "oven"), entry(1 - 3 * day, "closed", "healed", subject: "oven"),
            entry(-3 * day, "opened", "", "temperature 99", subject: "fridge"), entry(1 - 3 * day, "closed", "healed", subject: "fridge"),
            entry(0, "opened", "", "temperature 90"), entry(1, "closed", "healed"),
            entry(2, "restore", "cool", "anna asks for it: replicas 20 → 90"), entry(3, "restored", "cool", "put back"),
            entry(4, "opened", "", "temperature 91"), entry(4, "hold", "cooldown", "cooldown: 4 min left"),
            entry(5, "restore", "cool", "bert asks for it: replicas 20 → 90", subject: "oven"),
            entry(6, "hold", "refused", "cool was not put back: somebody turned the knob", subject: "oven"),
        ]
        let report = ExplanationReport(trail: entries, at: start + .minutes(1), isParticular: true)
        #expect(report.incidents.map(\.subject) == ["production/deployment/boiler"])
        #expect(report.incidents[0].trail.map(\.kind) == ["restore", "restored", "opened", "hold"])
        #expect(report.incidents[0].cause == "temperature 91" && report.incidents[0].detectedAt?.instant == start + .seconds(4))
        #expect(report.recent.map(\.subject) == ["production/deployment/oven"], "of the fridge nothing is news")
        #expect(report.recent.first?.trail.map(\.kind) == ["opened", "closed", "restore", "hold"])
    }

    @Test("Where older lines were left out, an incident may have begun before")
    func cut() {
        let entries = [entry(0, "hold", "cooldown", "cooldown: 1 min left")]
        #expect(ExplanationReport(trail: entries, at: start).incidents.isEmpty)
        let incident = ExplanationReport(trail: entries, at: start, isCut: true).incidents.first
        #expect(incident?.detectedAt == nil)
        #expect(incident?.cause == "its beginning is no longer on record")
    }

    @Test("A long trail keeps its beginning and its end")
    func long() {
        let entries = [entry(0, "opened")] + (1..<1000).map { entry($0, "hold", "cooldown", "\($0)") }
        let incident = ExplanationReport(trail: entries, at: start).incidents.first
        #expect(incident?.trail.count == 200)
        #expect(incident?.trailLeftOut == 800)
        #expect(incident?.trail.first?.kind == "opened")
        #expect(incident?.trail.last?.text == "999")
    }
}

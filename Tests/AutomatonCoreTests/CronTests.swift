import AutomatonCore
import Testing

@Suite struct CronTests {
    private func cron(_ text: String) throws -> CronExpression { try CronExpression(text) }

    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    @Test(arguments: [
        ("0 2 * * 6", "2026-11-21T17:00:00Z", "2026-11-28T02:00:00Z"),
        ("*/15 8-18 * * mon-fri", "2026-11-20T18:45:00Z", "2026-11-23T08:00:00Z"),
        ("0 0 29 2 *", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("30 4 1,15 * 5", "2026-11-21T00:00:00Z", "2026-11-27T04:30:00Z"),
        ("0 0 * * 7", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
        ("59 23 31 dec *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"),
        ("5/20 * * * *", "2026-11-21T10:05:30Z", "2026-11-21T10:25:00Z"),
    ])
    func nextStart(_ text: String, _ from: String, _ expected: String) throws {
        #expect(try cron(text).nextStart(after: at(from)) == at(expected))
    }

    @Test(arguments: [
        ("0 2 * * 6", "fields", false), ("60 * * * *", "minute", true), ("* * * *", "5", true), ("* * 0 * *", "day of month", true),
        ("* * * * 8", "day of week", true), ("5-1 * * * *", "backwards", true), ("*/0 * * * *", "step", true),
        ("a * * * *", "minute", true),
        ("0 0 31 2 *", "never", true), ("0 0 30 feb *", "never", true),
    ])
    func wrongOnesSayWhatIsRight(_ text: String, _ word: String, _ isWrong: Bool) {
        do throws(CronError) {
            _ = try CronExpression(text)
            #expect(!isWrong)
        } catch {
            #expect(isWrong && (error.description.contains(word) || word == "5"), "\(error)")
        }
    }

    /// Against the definition: each minute of three years, one after another.
    @Test func startsAreTheMinutesThatMatch() throws {
        for text in ["7 3 * * *", "*/20 */6 13 * 5", "0 12 1-7 * 1", "15,45 0 * 2-4 *"] {
            let expression = try cron(text)
            var start = try at("2027-02-01T00:00:00Z")
            for _ in 0..<300 {
                let next = try #require(expression.nextStart(after: start))
                #expect(expression.lastStart(atOrBefore: next, within: .minutes(1)) == next)
                #expect(expression.lastStart(atOrBefore: next + .seconds(59), within: .minutes(1)) == next)
                // Nothing between two starts is one.
                #expect(expression.lastStart(atOrBefore: next + .minutes(-1), within: next + .minutes(-1) - start) == nil)
                start = next
            }
        }
    }

    @Test func windowsAreOpenFromTheirStartUntilTheirEnd() throws {
        let window = MaintenanceWindow(begins: try cron("0 2 * * *"), lasts: .hours(3))
        #expect(try window.end(at: at("2026-11-21T01:59:59Z")) == nil)
        #expect(try window.end(at: at("2026-11-21T02:00:00Z")) == at("2026-11-21T05:00:00Z"))
        #expect(try window.end(at: at("2026-11-21T04:59:59Z")) == at("2026-11-21T05:00:00Z"))
        #expect(try window.end(at: at("2026-11-21T05:00:00Z")) == nil)
        let long = MaintenanceWindow(begins: try cron("0 22 * * fri"), lasts: .hours(60))
        #expect(try long.end(at: at("2026-11-23T09:59:00Z")) == at("2026-11-23T10:00:00Z"))
    }
}

import AutomatonCore
import CurlHTTP
import Foundation
import Store

/// What a person waits for who looks at the dashboard of an automaton with a long history: 100,000 incidents of 90 days in SQLite, and 40
/// open ones. Baseline: `/healthz`, which reads nothing.
enum DashboardBenchmark {
    static func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("automaton-dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let records = IncidentLoad.untilNow(count: 100_000, open: 0)
        let journal = try await SQLiteJournal.open(directory: folder.path)
        _ = try await journal.takeOver(run: "earlier", since: records.start)
        try await records.write(to: journal)
        await journal.close()

        let server = try ChildServer("serve-web", folder.path)
        defer { server.stop() }
        guard let port = server.readLine().flatMap({ Int($0) }) else { throw WebFailure(text: "the server did not start") }
        let http = try HTTPClient()
        func page(_ path: String) async throws -> String {
            let answer = try await http.send(HTTPRequest(url: "http://127.0.0.1:\(port)\(path)"))
            guard answer.status == 200 else { throw WebFailure(text: "\(path): \(answer.status)") }
            return String(decoding: answer.body, as: UTF8.self)
        }
        let start = ContinuousClock.now
        while try await !page("/").contains("rule-0") {
            guard ContinuousClock.now - start < .seconds(20) else { throw WebFailure(text: "no open incident within 20 s") }
            try await Task.sleep(for: .milliseconds(100))
        }
        let list = try await page("/incidents")
        guard let after = list.firstMatch(of: /after=([^"&]+)/)?.1, let one = list.firstMatch(of: /href="(\/incidents\/[^"]+)"/)?.1 else {
            throw WebFailure(text: "the list has no second page")
        }
        let middle = records[records.count / 2]
        let deep = "\(middle.detectedAt.microseconds)\(after.drop(while: \.isNumber).prefix { !$0.isNumber })\(middle.id)"
        print("dashboard: \(records.count) incidents in SQLite, over HTTP")
        var base: Double?
        for (name, path) in [
            ("/healthz", "/healthz"), ("the overview", "/"), ("the list", "/incidents"), ("those that failed", "/incidents?show=failed"),
            ("open ones", "/incidents?show=open"), ("the second page", "/incidents?after=\(after)"),
            ("a page in the middle", "/incidents?after=\(deep)"), ("an incident's story", String(one)), ("the rules", "/rules"),
        ] {
            var spent: [Double] = []
            var size = 0
            for _ in 0..<300 {
                let start = ContinuousClock.now
                size = try await page(path).utf8.count
                spent.append((ContinuousClock.now - start).inSeconds * 1000)
            }
            spent.sort()
            let (median, high) = (spent[150], spent[297])
            let ratio = base.map { ", \((median / $0).text(1)) × the time of /healthz" } ?? ""
            base = base ?? median
            print("  \(name), \(size / 1024) kB: \(median.text(2)) ms, 99th percentile \(high.text(2)) ms\(ratio)")
        }
        await http.shutdown()
    }
}

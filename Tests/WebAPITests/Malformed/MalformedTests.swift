import AutomatonCore
import Foundation
import Malformed
import Testing

@testable import WebAPI

/// What strangers may send. In processes of their own, so that what is held afterwards is the server's, and a crash is one of them.
@Suite("API: malformed requests", .serialized, .timeLimit(.minutes(10)))
struct MalformedTests {
    /// What became of many requests.
    struct Tally: Sendable {
        var statuses: [Int: Int] = [:]
        /// Connections that were closed without a word.
        var closed = 0
        /// Requests after which there was neither an answer nor an end, or an answer that is none.
        var wrong: [String] = []

        static func + (one: Tally, other: Tally) -> Tally {
            Tally(
                statuses: one.statuses.merging(other.statuses, uniquingKeysWith: +), closed: one.closed + other.closed,
                wrong: one.wrong + other.wrong)
        }

        func count(_ range: Range<Int>) -> Int { statuses.filter { range.contains($0.key) }.values.reduce(0, +) }

        mutating func take(_ answer: RawAnswer, to request: [UInt8]) {
            statuses[answer.status, default: 0] += 1
            if answer.status >= 500 { wrong.append("\(answer.status) to \(Self.shown(request))") }
            guard answer.headers["content-type"] == ErrorReport.mediaType else { return }
            let report = try? JSONDecoder().decode(ErrorReport.self, from: Data(answer.body))
            if report?.status != answer.status { wrong.append("no problem that says \(answer.status), to \(Self.shown(request))") }
        }

        static func shown(_ request: [UInt8]) -> String {
            String(String(decoding: request.prefix(300), as: UTF8.self).debugDescription.prefix(400))
        }
    }

    /// Sends requests that are wrong over a connection each, and reads to its end.
    static func strangers(_ port: Int, _ count: Int, seed: UInt64) -> Tally {
        var (tally, requests) = (Tally(), MalformedRequests(seed: seed))
        for number in 0..<count {
            let request = requests.next()
            guard let connection = RawConnection(port: port) else {
                tally.wrong.append("no connection")
                continue
            }
            connection.send(request)
            // One in eight goes away in the middle of it.
            guard number % 8 != 0 else {
                connection.reset()
                tally.closed += 1
                continue
            }
            connection.endSending()
            guard let answer = connection.readAnswers() else {
                tally.wrong.append("neither answer nor end: \(Tally.shown(request))")
                continue
            }
            if answer.isEmpty {
                tally.closed += 1
            } else if let answer = RawAnswer(answer) {
                tally.take(answer, to: request)
            } else {
                tally.wrong.append("an answer that is none, to \(Tally.shown(request))")
            }
        }
        return tally
    }

    @Test("10,000 requests that are none: each is refused or the connection closed, never an error of the server; nothing of them stays")
    func requests() async throws {
        await #expect(processExitsWith: .success) {
            try await serving(pace: .init(heartbeat: .milliseconds(200), stalled: .milliseconds(500))) { stage in
                let port = stage.client.port
                func send(_ count: Int, seed: UInt64) async -> Tally {
                    await onThreads(4) { MalformedTests.strangers(port, count / 4, seed: seed + UInt64($0)) }.reduce(Tally(), +)
                }
                func settled() async throws -> ProcessSize {
                    try await eventually("nobody follows any more") { stage.feed.followers == 0 }
                    return ProcessSize.now()
                }
                let before = ProcessSize.now().descriptors
                var tally = await send(2000, seed: 1)
                let warm = try await settled()
                tally = tally + (await send(8000, seed: 100))
                try await eventually("every connection is closed") { ProcessSize.now().descriptors <= before + 8 }
                let after = try await settled()
                #expect(tally.wrong.isEmpty, "\(tally.wrong.count): \(tally.wrong.prefix(5))")
                #expect(tally.count(400..<500) > 4000, "\(tally.statuses)")
                #expect(after.memory - warm.memory < 32, "\(after.memory - warm.memory) MiB more")
                #expect(try await stage.client.get("/healthz").status == 200)
                #expect(try await stage.client.get(base + "/status").status == 200)
            }
        }
    }

    /// Sends webhooks over one connection after another, as Alertmanager does.
    static func webhooks(_ port: Int, _ count: Int, seed: UInt64) -> Tally {
        var (tally, bodies) = (Tally(), JSONMutation(AlertsAPITests.message(), seed: seed))
        var connection: RawConnection?
        for _ in 0..<count {
            let body = bodies.next()
            let head = "POST \(base)/alerts HTTP/1.1\r\nHost: localhost\r\n\(json)\r\nContent-Length: \(body.count)\r\n\r\n"
            if connection == nil { connection = RawConnection(port: port) }
            connection?.send(head.bytes + body)
            guard let answer = connection?.nextAnswer() else {
                tally.wrong.append("no answer to \(Tally.shown(body))")
                connection = nil
                continue
            }
            tally.take(answer, to: body)
            if answer.status != 200, answer.headers["content-type"] != ErrorReport.mediaType {
                tally.wrong.append("\(answer.status) without a reason, to \(Tally.shown(body))")
            }
            if answer.headers["connection"] == "close" { connection = nil }
        }
        return tally
    }

    @Test("10,000 webhooks that Alertmanager would not send: each is taken or refused with a reason; the inbox stays bounded")
    func webhooks() async throws {
        await #expect(processExitsWith: .success) {
            try await serving { stage in
                let port = stage.client.port
                func send(_ count: Int, seed: UInt64) async -> Tally {
                    await onThreads(4) { MalformedTests.webhooks(port, count / 4, seed: seed + UInt64($0)) }.reduce(Tally(), +)
                }
                let before = ProcessSize.now().descriptors
                var tally = await send(2000, seed: 1)
                let warm = ProcessSize.now()
                tally = tally + (await send(8000, seed: 100))
                try await eventually("every connection is closed") { ProcessSize.now().descriptors <= before + 8 }
                let after = ProcessSize.now()
                #expect(tally.wrong.isEmpty, "\(tally.wrong.count): \(tally.wrong.prefix(5))")
                #expect(Set(tally.statuses.keys) == [200, 400])
                #expect(tally.count(400..<500) > 5000, "\(tally.statuses)")
                #expect(after.memory - warm.memory < 32, "\(after.memory - warm.memory) MiB more")
                let kept = try await stage.inbox.read().alerts
                #expect(kept.count <= AlertInbox.most)
                #expect(kept.allSatisfy { $0.summary.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
                #expect(try await stage.post("/alerts", AlertsAPITests.message(fingerprint: "0123456789abcdef")).0 == 200)
            }
        }
    }
}

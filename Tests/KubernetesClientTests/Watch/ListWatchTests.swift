import AutomatonCore
import CurlHTTP
import KubernetesClient
import LoopbackServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ListWatchTests {
    private static let twoObjects = Wire.list([Wire.object("a", 1), Wire.object("b", 2)], version: 10)

    private func untilChanged(_ name: String) -> @Sendable ([ListWatchEvent<TestRow>]) -> Bool {
        { $0.last?.short == "changed \(name)" }
    }

    @Test func listsInPagesThenWatches() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, number in
            switch number {
            case 1: connection.respond(200, Wire.list([Wire.object("a", 1), Wire.object("b", 2)], version: 10, continue: "t+1"))
            default: connection.respond(200, Wire.list([Wire.object("c", 3)], version: 10))
            }
        } watch: { connection, _, _ in
            connection.beginChunks()
            connection.chunk(Wire.event("MODIFIED", Wire.object("a", 11)) + Wire.event("DELETED", Wire.object("b", 12)))
            connection.chunk(Wire.bookmark(13))
            connection.chunk(Wire.event("ADDED", Wire.object("d", 14)))
            connection.waitForClose()
        }
        let events = try await collect(server, until: untilChanged("d"))
        #expect(
            events.map(\.short) == [
                "listStarted", "page a,b", "page c", "listed 10", "alive", "changed a", "deleted b", "alive", "changed d",
            ])
        #expect(log.lists.map { $0.query("limit") } == ["2", "2"])
        #expect(log.lists.map { $0.query("continue") } == [nil, "t%2B1"])
        let watch = try #require(log.watches.first)
        #expect(watch.path == "/api/v1/namespaces/shop/pods")
        #expect(watch.query("resourceVersion") == "10")
        #expect(watch.query("allowWatchBookmarks") == "true")
        #expect(watch.query("labelSelector") == "app%20in%20%28a%2Cb%29")
        #expect(watch.query("timeoutSeconds").flatMap { Int($0) }.map { (300...600).contains($0) } == true)
    }

    /// A line that is cut by the end of the connection is not an event; the watch resumes at the last whole one.
    @Test func resumesAfterADropInALine() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, number in
            connection.beginChunks()
            if number == 1 {
                connection.chunk(
                    Wire.event("MODIFIED", Wire.object("a", 11)) + String(Wire.event("MODIFIED", Wire.object("b", 12)).prefix(30)))
                connection.abort()
            } else {
                connection.chunk(Wire.event("MODIFIED", Wire.object("b", 12)))
                connection.waitForClose()
            }
        }
        let events = try await collect(server, until: untilChanged("b"))
        #expect(
            events.map(\.short) == ["listStarted", "page a,b", "listed 10", "alive", "changed a", "disconnected", "alive", "changed b"])
        #expect(log.lists.count == 1)
        #expect(log.watches.map { $0.query("resourceVersion") } == ["10", "11"])
    }

    @Test func resumesAtABookmarkWhenTheServerEndsTheWatch() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, number in
            connection.beginChunks()
            connection.chunk(number == 1 ? Wire.bookmark(77) : Wire.event("ADDED", Wire.object("z", 78)))
            if number == 1 { connection.chunk("") } else { connection.waitForClose() }
        }
        let events = try await collect(server, until: untilChanged("z"))
        #expect(events.map(\.short) == ["listStarted", "page a,b", "listed 10", "alive", "alive", "alive", "changed z"])
        #expect(log.watches.map { $0.query("resourceVersion") } == ["10", "77"])
    }

    @Test(arguments: [true, false])
    func listsAgainWhenTheHistoryIsGone(asEvent: Bool) async throws {
        let log = RequestLog()
        let expired = Wire.status(410, "Expired", "too old resource version: 10 (99)")
        let server = try serve(log) { connection, _, number in
            connection.respond(200, number == 1 ? Self.twoObjects : Wire.list([Wire.object("b", 2)], version: 100))
        } watch: { connection, _, number in
            if number == 1, !asEvent {
                connection.respond(410, expired)
            } else {
                connection.beginChunks()
                connection.chunk(number == 1 ? Wire.event("ERROR", expired) : Wire.event("ADDED", Wire.object("c", 101)))
                if number == 1 { connection.chunk("") } else { connection.waitForClose() }
            }
        }
        let events = try await collect(server, until: untilChanged("c"))
        #expect(
            events.map(\.short).filter { $0 != "alive" } == [
                "listStarted", "page a,b", "listed 10", "disconnected", "listStarted", "page b", "listed 100", "changed c",
            ])
        #expect(log.watches.map { $0.query("resourceVersion") } == ["10", "100"])
    }

    @Test func expiredContinueBeginsTheListAnewAndAtLastAsksForAllOfIt() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, request, _ in
            if request.query("limit") == nil {
                connection.respond(200, Wire.list((1...9).map { Wire.object("o\($0)", $0) }, version: 50))
            } else if request.query("continue") == nil {
                connection.respond(200, Wire.list([Wire.object("a", 1)], version: 10, continue: "old"))
            } else {
                connection.respond(410, Wire.status(410, "Expired", extra: #""continue":"fresh""#))
            }
        } watch: { connection, _, _ in
            connection.beginChunks()
            connection.chunk(Wire.event("ADDED", Wire.object("z", 51)))
            connection.waitForClose()
        }
        let events = try await collect(server, until: untilChanged("z")).map(\.short)
        #expect(events.filter { $0 == "listStarted" }.count == 3)
        #expect(events.suffix(5).contains("listed 50"))
        let whole = events[(events.lastIndex(of: "listStarted") ?? 0)...].filter { $0.hasPrefix("page ") }
        #expect(whole.joined().filter { $0 == "o" }.count == 9)
        #expect(!log.lists.contains { $0.query("continue") == "fresh" })
    }

    @Test func aPageThatFailsIsReadAgain() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, number in
            switch number {
            case 1: connection.respond(503, "no endpoints", type: "text/plain")
            case 2: connection.respond(429, "slow down", headers: ["Retry-After: 0"], type: "text/plain")
            case 3: connection.respond(200, Wire.list([Wire.object("a", 1)], version: 10, continue: "t"))
            case 4:
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + #"{"metadata":{"resourceVersion":"10"},"items":[{"meta"#)
                connection.abort()
            default: connection.respond(200, Wire.list([Wire.object("b", 2)], version: 10))
            }
        } watch: { connection, _, _ in
            connection.beginChunks()
            connection.chunk(Wire.event("ADDED", Wire.object("z", 51)))
            connection.waitForClose()
        }
        let events = try await collect(server, until: untilChanged("z"))
        #expect(
            events.map(\.short) == [
                "listStarted", "disconnected", "disconnected", "page a", "disconnected", "page b", "listed 10", "alive", "changed z",
            ])
    }

    /// Refused, silent, garbage, 500, 429, cut off, forbidden: the watcher goes on through all of it.
    @Test func neverEndsByItself() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, number in
            switch number {
            case 1: connection.respond(500, Wire.status(500, "InternalError"))
            case 2: connection.respond(429, "slow", headers: ["Retry-After: 0"], type: "text/plain")
            case 3: connection.respond(403, Wire.status(403, "Forbidden"))
            case 4:
                connection.write("HTTP/1.1 200 OK\r\n")
                connection.abort()
            case 5: connection.respond(401, Wire.status(401, "Unauthorized"))
            case 6: connection.respond(401, Wire.status(401, "Unauthorized"))
            case 7:
                connection.beginChunks()
                connection.chunk("<html>garbage</html>\n")
                connection.waitForClose()
            case 8:
                connection.beginChunks()
                connection.chunk(#"{"type":"MODIFIED"}"# + "\n")
                connection.waitForClose()
            case 9: connection.respond(404, "404 page not found", type: "text/plain")
            default:
                connection.beginChunks()
                connection.chunk(Wire.event("ADDED", Wire.object("z", 51)))
                connection.waitForClose()
            }
        }
        let events = try await collect(server, until: untilChanged("z"))
        #expect(events.filter { $0.short == "disconnected" }.count == 8)
        let reasons = events.compactMap { if case .disconnected(let reason) = $0 { reason } else { nil } }
        #expect(reasons.allSatisfy { !$0.isEmpty && $0.count <= 300 })
        #expect(!reasons.contains { $0.contains("html") })
    }

    /// After three answers against the position, as from a server restored from a backup, the list begins anew.
    @Test func givesUpAPositionThatTheServerRefuses() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, number in
            connection.respond(200, number == 1 ? Self.twoObjects : Wire.list([], version: 5))
        } watch: { connection, request, _ in
            if request.query("resourceVersion") == "10" {
                connection.respond(500, Wire.status(500, "", "resourceVersion: Invalid value"))
            } else {
                connection.beginChunks()
                connection.chunk(Wire.event("ADDED", Wire.object("z", 6)))
                connection.waitForClose()
            }
        }
        let events = try await collect(server, until: untilChanged("z"))
        #expect(events.map(\.short).filter { $0 == "disconnected" }.count == 3)
        #expect(log.watches.map { $0.query("resourceVersion") } == ["10", "10", "10", "5"])
    }

    @Test func noticesAHalfOpenConnection() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, number in
            connection.beginChunks()
            if number > 1 { connection.chunk(Wire.event("ADDED", Wire.object("z", 51))) }
            connection.waitForClose()
        }
        var options = ListWatchOptions.quick
        options.idleTimeout = .milliseconds(100)
        let events = try await collect(server, options: options, until: untilChanged("z"))
        #expect(events.map(\.short) == ["listStarted", "page a,b", "listed 10", "alive", "disconnected", "alive", "changed z"])
    }

    @Test func undecodableObjectsAreReportedAndPassedOver() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Wire.list([Wire.object("a", 1), #"{"metadata":{"name":7}}"#, Wire.object("b", 2)], version: 10))
        } watch: { connection, _, _ in
            connection.beginChunks()
            connection.chunk(
                Wire.event("MODIFIED", #"{"metadata":{"resourceVersion":"11"}}"#) + Wire.event("MODIFIED", Wire.object("b", 12)))
            connection.waitForClose()
        }
        let events = try await collect(server, until: untilChanged("b"))
        #expect(events.map(\.short) == ["listStarted", "page a,b", "undecodable", "listed 10", "alive", "undecodable", "changed b"])
    }

    @Test func emptyAndNullListsAreLists() async throws {
        for items in ["[]", "null", " [ ] "] {
            let server = try serve(RequestLog()) { connection, _, _ in
                connection.respond(200, #" { "metadata" : { "resourceVersion" : "10" } , "items" : \#(items) } "#)
            } watch: { connection, _, _ in
                connection.waitForClose()
            }
            let events = try await collect(server) { $0.last?.short == "listed 10" }
            #expect(events.map(\.short) == ["listStarted", "listed 10"])
        }
    }

    /// A slow consumer has the stream paused: the server cannot send it all ahead, and every event arrives in order.
    @Test func aSlowConsumerHoldsTheStreamBack() async throws {
        let count = 3000
        let sent = Atomic<Int>(0)
        let server = try serve(RequestLog()) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, _ in
            connection.beginChunks()
            for number in 1...count {
                guard connection.chunk(Wire.event("MODIFIED", Wire.object("n\(number)", 10 + number, padding: 6000))) else { return }
                sent.store(number, ordering: .relaxed)
            }
            connection.waitForClose()
        }
        var options = ListWatchOptions.quick
        options.bufferedRows = 20
        let client = try HTTPClient()
        let watch = ListWatch(
            KubernetesAPI(ClusterConfiguration(server: server.url), http: client), path: APIPath(resource: "pods"), options: options,
            clock: { Instant(seconds: 0) }, decode: TestRow.decode)
        struct Enough: Error {}
        var names: [String] = []
        await #expect(throws: Enough.self) {
            try await watch.run { event in
                guard case .changed(let row) = event else { return }
                names.append(row.name)
                if names.count == 1 {
                    // Time for the server to run ahead as far as it can.
                    var before = -1
                    while before != sent.load(ordering: .relaxed) {
                        before = sent.load(ordering: .relaxed)
                        try await Task.sleep(for: .milliseconds(30))
                    }
                    #expect(before < count)
                }
                if names.count == count { throw Enough() }
            }
        }
        #expect(names == (1...count).map { "n\($0)" })
    }

    /// The producer waits for room when its consumer leaves: it must not wait for ever.
    @Test func aConsumerThatLeavesEndsTheProducer() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, number in
            connection.respond(200, Wire.list((1...50).map { Wire.object("o\($0)", $0) }, version: 10, continue: "t\(number)"))
        } watch: { connection, _, _ in
            connection.waitForClose()
        }
        var options = ListWatchOptions.quick
        options.bufferedRows = 10
        options.pageSize = 50
        struct Enough: Error {}
        let client = try HTTPClient()
        let watch = ListWatch(
            KubernetesAPI(ClusterConfiguration(server: server.url), http: client), path: APIPath(resource: "pods"), options: options,
            clock: { Instant(seconds: 0) }, decode: TestRow.decode)
        await #expect(throws: Enough.self) {
            try await watch.run { event in
                guard case .page = event else { return }
                // By now the next page has come, and waits.
                while log.lists.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
                throw Enough()
            }
        }
    }

    @Test func endsWithItsTaskAndTellsItsAge() async throws {
        let log = RequestLog()
        let server = try serve(log) { connection, _, _ in
            connection.respond(200, Self.twoObjects)
        } watch: { connection, _, _ in
            connection.beginChunks()
            connection.waitForClose()
        }
        let client = try HTTPClient()
        let watch = ListWatch(
            KubernetesAPI(ClusterConfiguration(server: server.url), http: client), path: APIPath(resource: "pods"), options: .quick,
            clock: { Instant(seconds: 1000) }, decode: TestRow.decode)
        #expect(watch.health.age(at: Instant(seconds: 1000)) == nil)
        let task = Task { try await watch.run { _ in } }
        // Cancelled before it, the watch would leave the list's connection behind, idle and to be used again.
        while !watch.health.isListed || log.watches.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        #expect(watch.health.age(at: Instant(seconds: 1060)) == .seconds(60))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        while server.openConnections > 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
}

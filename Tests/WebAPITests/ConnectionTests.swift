import NIOCore
import Synchronization
import Testing

@testable import WebAPI

/// Those who open connections and do not go on.
@Suite("Web server: connections that are only held", .timeLimit(.minutes(5)))
struct ConnectionTests {
    /// Sends something, and waits for the server to close.
    private func hold(_ client: TestClient, _ bytes: String = "", open: Counted? = nil) async throws {
        try await client.connected { inbound, outbound in
            open?.count.withLock { $0 += 1 }
            defer { open?.count.withLock { $0 -= 1 } }
            // On a busy machine it is closed before this task has its turn.
            do {
                if !bytes.isEmpty { try await outbound.write(ByteBuffer(string: bytes)) }
                for try await _ in inbound {}
            } catch {}
        }
    }

    @Test("Idle connections and half requests take no probe's place, however many there are")
    func probes() async throws {
        let half = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        for bytes in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", half] {
            try await WebServerTests().serving(connections: 32) { client, _ in
                let open = Counted()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<100 { group.addTask { try await hold(client, bytes, open: open) } }
                    for _ in 0..<20 {
                        let status = try await client.get("/healthz").status
                        #expect(status == 200)
                    }
                    try await eventually("the others were let go") { (1...31).contains(open.count.withLock { $0 }) }
                    let status = try await client.get("/readyz").status
                    #expect(status == 200)
                    group.cancelAll()
                }
            }
        }
    }

    /// So that tasks can share it.
    private final class Counted: Sendable { let count = Mutex(0) }

    @Test("One that asks nothing after it was opened is closed long before one that asked")
    func head() async throws {
        try await WebServerTests().serving(headTime: .milliseconds(100)) { client, _ in
            try await hold(client)
            try await hold(client, "GET /metr")
            // One that asked once is left to the idle time. Until then it may be too late.
            let answered = Counted()
            try await eventually("it asks in time") {
                do {
                    try await client.connected { inbound, outbound in
                        var answers = inbound.makeAsyncIterator()
                        for _ in 0..<2 {
                            try await outbound.write(ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
                            guard let answer = try await answers.next() else { return }
                            #expect(String(buffer: answer).hasPrefix("HTTP/1.1 200"))
                            answered.count.withLock { $0 += 1 }
                            try await hold(client)
                        }
                    }
                } catch ChannelError.ioOnClosedChannel {}
                return answered.count.withLock { $0 } > 0
            }
            #expect(answered.count.withLock { $0 } == 2)
        }
    }

    @Test("Each byte of a slow request does not win it more time")
    func dribble() async throws {
        try await WebServerTests().serving(requestTime: .milliseconds(300)) { client, _ in
            try await client.connected { inbound, outbound in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    try await outbound.write(ByteBuffer(string: "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"))
                    group.addTask {
                        while !Task.isCancelled {
                            try? await outbound.write(ByteBuffer(string: "x"))
                            try? await Task.sleep(for: .milliseconds(20))
                        }
                    }
                    do { for try await _ in inbound {} } catch {}
                    group.cancelAll()
                }
            }
        }
    }

    @Test("One that asks and takes no answers is closed")
    func stalled() async throws {
        try await WebServerTests().serving(requestTime: .milliseconds(300)) { client, _ in
            let port = client.port
            let wasClosed = await onThreads(1) { _ in
                guard let connection = RawConnection(port: port) else { return false }
                let request = Array("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
                // More than the kernel keeps for who does not read.
                for _ in 0..<200_000 where !connection.send(request) { return true }
                return false
            }
            #expect(wasClosed == [true])
            let status = try await client.get("/healthz").status
            #expect(status == 200)
        }
    }

    @Test("Who has the most makes way with what waited the longest; what is owed an answer stays")
    func book() {
        let book = ConnectionBook(places: 6)
        let closed = Mutex<[String]>([])
        func open(_ address: String, _ name: String) -> ConnectionBook.Number {
            book.open(from: address) { closed.withLock { $0.append(name) } }
        }
        _ = open("kubelet", "k1")
        let eves = (1...4).map { open("eve", "e\($0)") }
        #expect(closed.withLock { $0 }.isEmpty)
        book.turn(eves[0], isOthers: false)
        book.turn(eves[1], isOthers: false)
        // Her turn again: not the longest any more.
        book.turn(eves[1], isOthers: true)
        _ = open("kubelet", "k2")
        #expect(closed.withLock { $0 } == ["e3"])
        _ = open("anna", "a1")
        _ = open("anna", "a2")
        #expect(closed.withLock { $0 } == ["e3", "e4", "k1"])
        for number in eves { book.closed(number) }
        let before = closed.withLock { $0.count }
        _ = open("anna", "a3")
        #expect(closed.withLock { $0.count } == before, "there is room")

        let busy = ConnectionBook(places: 2)
        for _ in 0..<3 { busy.turn(busy.open(from: "a") { closed.withLock { $0.append("busy") } }, isOthers: false) }
        #expect(!closed.withLock { $0.contains("busy") })
    }
}

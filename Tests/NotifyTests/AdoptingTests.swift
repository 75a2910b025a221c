import AutomatonCore
import CurlHTTP
import Foundation
import Rules
import Synchronization
import Testing

@testable import Notify

@Suite("Another configuration while incidents are open", .timeLimit(.minutes(10)))
struct AdoptingTests {
    let start = Sample.start

    private func grouping(_ routes: [Route], lasting: [String: String] = ["pager": "pagerduty"]) -> Grouping {
        Grouping(Routing(routes), lasting: lasting)
    }

    private func route(_ receivers: String..., change: (inout Route) -> Void = { _ in }) -> Route {
        var route = Route(to: receivers)
        change(&route)
        return route
    }

    /// One that told both receivers of an attempt.
    private func told(_ sample: inout Sample) -> (Grouping, key: String) {
        var grouping = grouping([route("pager", "chat")])
        grouping.take(sample.attempted(at: start), at: start)
        let due = grouping.due(at: start + .seconds(30))
        #expect(due.map(\.receiver) == ["chat", "pager"])
        return (grouping, due[0].message.key)
    }

    @Test("What was told is not told again, is over by the same key, and somebody new is told what goes on")
    func same() throws {
        var sample = Sample()
        var (grouping, key) = told(&sample)
        let next = self.grouping(
            [route("mail"), route("chat", "pager", "mail")].map { route in
                var route = route
                route.goesOn = true
                return route
            })
        #expect(grouping.adopt(next, at: start + .minutes(1)).isEmpty)
        let due = grouping.due(at: start + .minutes(2))
        #expect(due.map(\.receiver) == ["mail"] && due.first?.occasions == [.attempt])
        grouping.take(sample.closed(at: start + .minutes(3)), at: start + .minutes(3))
        let over = grouping.due(at: start + .minutes(20))
        #expect(over.map(\.receiver) == ["mail", "chat", "pager"] && over.allSatisfy { $0.message.kind == .resolved })
        #expect(over[1].message.key == key && over[2].message.key == key)
        #expect(grouping.count == 0)
    }

    @Test("That it is over is told even when the configuration changes between the end and the message")
    func closing() throws {
        var sample = Sample()
        var (grouping, key) = told(&sample)
        grouping.take(sample.closed(at: start + .minutes(1)), at: start + .minutes(1))
        #expect(grouping.adopt(self.grouping([route("chat", "pager"), route("mail")]), at: start + .minutes(1)).isEmpty)
        let over = grouping.due(at: start + .minutes(10))
        #expect(over.map(\.receiver) == ["chat", "pager"] && over.allSatisfy { $0.message.kind == .resolved && $0.message.key == key })
    }

    @Test("What a service keeps open by a key that is no more is closed there, and opened by the new key; chats are told nothing")
    func otherKey() throws {
        var sample = Sample()
        var (grouping, key) = told(&sample)
        let last = grouping.adopt(self.grouping([route("pager", "chat") { $0.groupBy = [.subject] }]), at: start + .minutes(1))
        #expect(last.map(\.receiver) == ["pager"] && last.first?.message.key == key && last.first?.message.kind == .resolved)
        #expect(last.first?.message.text.contains("my-app") == true)
        let due = grouping.due(at: start + .minutes(2))
        #expect(due.map(\.receiver) == ["pager"] && due.first?.message.kind == .firing && due.first?.message.key != key)
        #expect(due.first?.occasions == [.attempt])
        grouping.take(sample.closed(at: start + .minutes(3)), at: start + .minutes(3))
        let over = grouping.due(at: start + .minutes(20))
        #expect(Set(over.map(\.receiver)) == ["pager", "chat"] && Set(over.map(\.message.key)) == [due.first?.message.key])
    }

    @Test(
        "A receiver that is gone, gets it no longer, or is another service by now, has its open ones closed",
        arguments: ["gone", "elsewhere", "other"])
    func gone(_ how: String) throws {
        var sample = Sample()
        var (grouping, key) = told(&sample)
        let next =
            switch how {
            case "gone": self.grouping([route("chat")], lasting: [:])
            case "elsewhere":
                self.grouping([route("pager") { $0.match.rules = [NamePattern("disk-*")].compactMap(\.self) }, route("chat")])
            default: self.grouping([route("chat", "pager")], lasting: ["pager": "jira"])
            }
        let last = grouping.adopt(next, at: start + .minutes(1))
        #expect(last.map(\.receiver) == ["pager"] && last.first?.message.key == key)
        let due = grouping.due(at: start + .minutes(2))
        #expect(due.map(\.receiver) == (how == "other" ? ["pager"] : []), "who is another service was not told yet")
        grouping.take(sample.closed(at: start + .minutes(3)), at: start + .minutes(3))
        #expect(grouping.due(at: start + .minutes(20)).map(\.receiver).contains("pager") == (how == "other"))
    }

    @Test("Nothing is closed where the end is told to nobody, or nothing was told")
    func nothing() throws {
        var sample = Sample()
        var grouping = grouping([route("pager") { $0.on = [.attempt] }])
        grouping.take(sample.attempted(at: start), at: start)
        _ = grouping.due(at: start + .seconds(30))
        #expect(grouping.adopt(self.grouping([route("chat")]), at: start + .minutes(1)).isEmpty)
        var untold = self.grouping([route("pager")])
        var other = Sample()
        untold.take(other.opened(at: start), at: start)
        #expect(untold.adopt(self.grouping([route("chat")]), at: start + .minutes(1)).isEmpty)
    }

    @Test("An incident that no route took is told by one that takes it; one that is over by now is not")
    func reminded() throws {
        var grouping = grouping([route("pager") { $0.match.rules = [NamePattern("disk-*")].compactMap(\.self) }])
        var (open, over) = (Sample("a"), Sample("b"))
        let records = [open.attempted(at: start), over.attempted(at: start)]
        for record in records { grouping.take(record, at: start) }
        _ = grouping.adopt(self.grouping([route("chat")]), at: start)
        grouping.take(over.closed(at: start + .seconds(1)), at: start + .seconds(1))
        _ = grouping.due(at: start + .minutes(10))
        for record in records { grouping.remind(record, at: start + .minutes(10)) }
        let due = grouping.due(at: start + .minutes(20))
        #expect(due.count == 1 && due.first?.message.entries.map(\.record.key.subject.name) == ["a"])
    }

    // MARK: Delivering

    /// Tells who delivered what.
    struct Noting: Notifier {
        static let kind = "noting"
        static let keepsOpen = true
        let name: String
        let log: @Sendable (String) -> Void
        var works: @Sendable () -> Bool = { true }
        var pace: Duration { .zero }

        func deliver(_ message: Message) async throws(DeliveryFailure) {
            guard works() else { throw DeliveryFailure("it is down", retry: .later(after: nil)) }
            log("\(name) \(message.kind.rawValue) \(message.entries.first?.record.key.subject.name ?? "-")")
        }
    }

    @Test("What waits goes over the service that the name stands for now, or the one that is gone; who is new gets what comes")
    func dispatcher() async throws {
        let lines = Mutex<[String]>([])
        let isUp = Mutex(false)
        let log: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
        @Sendable func receiver(_ name: String, _ shown: String, works: @escaping @Sendable () -> Bool = { true }) -> Receiver {
            Receiver(name: name, notifier: Noting(name: shown, log: log, works: works))
        }
        var route = Route(to: ["a", "b"])
        route.groupWait = .zero
        let up: @Sendable () -> Bool = { isUp.withLock { $0 } }
        let first = NotifyConfiguration(
            receivers: [receiver("a", "old a", works: { false }), receiver("b", "old b", works: up)], routing: Routing([route]))
        var policy = DeliveryPolicy()
        // Its clock is quick: nothing is given up here.
        (policy.tries, policy.age) = (.max, .hours(1_000_000))
        let dispatcher = Dispatcher(first.receivers, Grouping(first), clock: DispatcherTests.QuickClock().clock, policy: policy) { event in
            if case .failed(let name, _, _, _, _, _) = event { log("failed \(name)") }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            var sample = Sample("x")
            dispatcher.take(sample.attempted(at: Sample.start))
            try await until { lines.withLock { $0.contains("failed a") && $0.contains("failed b") } }
            var next = Route(to: ["a", "c"])
            next.groupWait = .zero
            dispatcher.configure(NotifyConfiguration(receivers: [receiver("a", "new a"), receiver("c", "c")], routing: Routing([next])))
            try await until { lines.withLock { $0.contains("new a firing x") && $0.contains("c firing x") } }
            isUp.withLock { $0 = true }
            // What waited for it was replaced by its last word.
            try await until { lines.withLock { $0.contains { $0.hasPrefix("old b resolved") } } }
            dispatcher.take(sample.closed(at: Sample.start))
            try await until { lines.withLock { $0.contains("new a resolved x") && $0.contains("c resolved x") } }
            group.cancelAll()
        }
        let all = lines.withLock { $0 }
        #expect(!all.contains { $0.hasPrefix("old a") })
        #expect(all.count { $0 == "new a firing x" } == 1 && all.count { $0.hasPrefix("old b") } == 1)
    }

    private func until(_ condition: () -> Bool) async throws {
        for _ in 0..<4000 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("it did not come")
        throw CancellationError()
    }

    // MARK: The file

    @Test("A mounted file that is swapped is read anew; a bad one is told once, and the last good one stays")
    func file() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("notify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let link = directory.appendingPathComponent("notify.yaml")
        var number = 0
        /// As kubelet does: a new directory, and one rename of the link to it.
        func mount(_ text: String?) throws {
            number += 1
            let version = directory.appendingPathComponent("..\(number)")
            try FileManager.default.createDirectory(at: version, withIntermediateDirectories: true)
            if let text { try Data(text.utf8).write(to: version.appendingPathComponent("notify.yaml")) }
            let fresh = directory.appendingPathComponent("..fresh").path
            try FileManager.default.createSymbolicLink(atPath: fresh, withDestinationPath: "..\(number)")
            #expect(rename(fresh, directory.appendingPathComponent("..data").path) == 0)
        }
        func yaml(_ name: String, secret: String? = nil) -> String {
            let receiver = secret.map { "kind: slack, url: { file: \($0) }" } ?? "kind: none"
            return "receivers: [{ name: \(name), \(receiver) }]\nroutes: [{ receivers: [\(name)] }]"
        }
        func word(_ change: NotifyFile.Change?) -> String? {
            switch change {
            case .loaded(let configuration): "loaded \(configuration.receivers.map(\.name))"
            case .rejected(let errors): "rejected \(errors.problems.map { $0.line ?? 0 })"
            case .restored: "restored"
            case nil: nil
            }
        }
        try mount(yaml("a"))
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "..data/notify.yaml")
        let file = try NotifyFile(
            NotifyLoader(ReceiverContext(http: try HTTPClient(), environment: [:], now: { Sample.start })), path: link.path)
        #expect(file.first.receivers.map(\.name) == ["a"])
        #expect(await file.poll() == nil)
        try mount(yaml("a"))
        #expect(await file.poll() == nil, "the same in another directory")
        try mount(yaml("b"))
        #expect(word(await file.poll()) == #"loaded ["b"]"#)
        #expect(await file.poll() == nil)
        try mount("receivers: [}")
        #expect(word(await file.poll()) == "rejected [1]")
        #expect(await file.poll() == nil)
        try mount(nil)
        #expect(word(await file.poll()) == "rejected [0]")
        try mount(yaml("b"))
        #expect(word(await file.poll()) == "restored")
        let secret = directory.appendingPathComponent("secret").path
        try mount(yaml("c", secret: secret))
        #expect(word(await file.poll()) == "rejected [1]")
        #expect(await file.poll() == nil)
        try Data("https://hooks.slack.com/services/x".utf8).write(to: URL(fileURLWithPath: secret))
        #expect(word(await file.poll()) == #"loaded ["c"]"#, "what it names is there by now")
    }
}

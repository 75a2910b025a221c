import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import automaton

/// One end for all services, within one time.
@Suite("The life of the process", .timeLimit(.minutes(5)))
struct LifetimeTests {
    /// What services did, in order.
    private final class Diary: Sendable {
        private let entries = Mutex<[String]>([])
        var all: [String] { entries.withLock { $0 } }
        func note(_ entry: String) { entries.withLock { $0.append(entry) } }
        func has(_ entry: String) -> Bool { all.contains(entry) }
    }

    /// Runs until it is told to end, and does something after that.
    private struct Worker: Service {
        let name: String
        let diary: Diary
        var farewell: @Sendable () async throws -> Void = {}

        func run() async throws {
            diary.note("\(name) runs")
            do { try await gracefulShutdown() } catch {
                diary.note("\(name) is cut off")
                throw error
            }
            diary.note("\(name) is told")
            try await farewell()
            diary.note("\(name) ends")
        }
    }

    private struct Failing: Service {
        struct Reason: Error {}
        let after: @Sendable () async throws -> Void

        func run() async throws {
            try await after()
            throw Reason()
        }
    }

    private static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
    private static let short = Lifetime.Grace(whole: .milliseconds(1200), lastWords: .milliseconds(800))

    @Test func whoActsEndsFirstThenAllOthersAtOnce() async throws {
        let diary = Diary()
        let lifetime = Lifetime(
            acting: [Worker(name: "engine", diary: diary)],
            telling: [
                // Neither would end if one had to wait for the other.
                Worker(name: "mail", diary: diary) { try await until("chat is told") { diary.has("chat is told") } },
                Worker(name: "chat", diary: diary) { try await until("mail is told") { diary.has("mail is told") } },
            ], holding: [Worker(name: "lease", diary: diary)], logger: Self.quiet)
        try await lifetime.run { try? await until("all run") { diary.all.count == 4 } }
        let told = diary.all.filter { $0.hasSuffix("is told") || $0 == "engine ends" }
        #expect(told.prefix(2) == ["engine is told", "engine ends"])
        #expect(Set(told) == ["engine is told", "engine ends", "lease is told", "mail is told", "chat is told"])
        #expect(diary.all.count { $0.hasSuffix(" ends") } == 4)
        #expect(diary.all.suffix(2) == ["lease is told", "lease ends"])
    }

    @Test func whoHangsTakesNoLastWordsFromOthersAndKeepsWhatItHolds() async throws {
        let diary = Diary()
        let lifetime = Lifetime(
            acting: [Worker(name: "engine", diary: diary) { try await Task.sleep(for: .seconds(600)) }],
            telling: [
                Worker(name: "events", diary: diary) { try await Task.sleep(for: .seconds(600)) }, Worker(name: "chat", diary: diary),
            ], holding: [Worker(name: "lease", diary: diary)], grace: Self.short, logger: Self.quiet)
        let begun = ContinuousClock.now
        try await lifetime.run { try? await until("all run") { diary.all.count == 4 } }
        #expect(begun.duration(to: .now) < .seconds(30))
        #expect(diary.has("chat ends") && diary.has("events is told"))
        #expect(!diary.has("engine ends") && !diary.has("events ends"))
        // A Lease that is given back while a write may be in flight would let another begin.
        #expect(!diary.has("lease is told") && diary.has("lease is cut off"))
    }

    @Test(arguments: [true, false]) func oneThatFailsEndsAllAndIsTold(isActing: Bool) async throws {
        let diary = Diary()
        let failing = Failing { try await until("the others run") { diary.all.count == 2 } }
        let (engine, chat) = (Worker(name: "engine", diary: diary), Worker(name: "chat", diary: diary))
        let lifetime = Lifetime(
            acting: isActing ? [engine, failing] : [engine], telling: isActing ? [chat] : [chat, failing], logger: Self.quiet)
        await #expect(throws: Failing.Reason.self) {
            try await lifetime.run { try? await Task.sleep(for: .seconds(600)) }
        }
        #expect(diary.all.suffix(4) == ["engine is told", "engine ends", "chat is told", "chat ends"])
    }

    @Test func aCancelledTaskCutsAllOff() async throws {
        let diary = Diary()
        let lifetime = Lifetime(
            acting: [Worker(name: "engine", diary: diary)], telling: [Worker(name: "chat", diary: diary)], logger: Self.quiet)
        let life = Task { try await lifetime.run { try? await Task.sleep(for: .seconds(600)) } }
        try await until("all run") { diary.all.count == 2 }
        life.cancel()
        try await life.value
        #expect(diary.has("engine is cut off") && diary.has("chat is cut off"))
    }
}

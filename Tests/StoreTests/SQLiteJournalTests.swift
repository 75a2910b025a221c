import AutomatonCore
import Foundation
import GRDB
import Testing

@testable import Store

extension StoreTests {
    /// What SQLite's file does, and what it says when it cannot.
    @Suite struct SQLiteJournalTests {
        private func with(_ body: (String) async throws -> Void) async throws {
            let directory = NSTemporaryDirectory() + "sqlite-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try await body(directory)
        }

        private func file(_ directory: String) -> String { "\(directory)/journal.sqlite" }

        /// Another program's connection to the file.
        private func foreign(_ directory: String) throws -> DatabaseQueue {
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            return try DatabaseQueue(path: file(directory), configuration: configuration)
        }

        @Test func directoryAndFileAreMadeForNobodyElse() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory + "/a/b")
                _ = try await journal.takeOver(run: "a", since: noon)
                for (path, mode) in [("", 0o700), ("/journal.sqlite", 0o600), ("/journal.sqlite-wal", 0o600)] {
                    let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/a/b" + path)
                    #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
                }
                let settings = try await journal.store.database.read { database in
                    try ["journal_mode", "synchronous", "auto_vacuum"].map { try String.fetchOne(database, sql: "PRAGMA \($0)") ?? "" }
                }
                #expect(settings == ["wal", "2", "2"])
                await journal.close()
                #expect(try await failure { try await journal.trail(TrailQuery(since: noon)) }.description.contains("journal"))
            }
        }

        @Test func itIsThereAfterItWasClosed() async throws {
            try await with { directory in
                let first = try await SQLiteJournal.open(directory: directory)
                _ = try await first.takeOver(run: "a", since: noon)
                _ = try await first.intend(intent("a-1"), quiet: .zero)
                try await first.write([.subject(email, subjectMemory())])
                await first.close()
                let second = try await SQLiteJournal.open(directory: directory + "/")
                let recollection = try await second.takeOver(run: "b", since: .at(100))
                #expect(
                    recollection.subjects == [email: subjectMemory()] && recollection.attempts == [AttemptRecord(intent: intent("a-1"))])
            }
        }

        @Test func whoeverOnlyReadsMayDoSoMeanwhile() async throws {
            try await with { directory in
                let missing = try await failure { try await SQLiteJournal.openReadOnly(directory: directory) }
                #expect(missing.isUnusable && missing.description.contains("--state"), "\(missing)")
                #expect(!FileManager.default.fileExists(atPath: file(directory)))
                let journal = try await SQLiteJournal.open(directory: directory)
                _ = try await journal.takeOver(run: "a", since: noon)
                let reader = try await SQLiteJournal.openReadOnly(directory: directory)
                try await journal.write([.trail(entry("one"))])
                #expect(try await reader.trail(TrailQuery(since: noon)).count == 1)
                // Also in the middle of a transaction that writes.
                let other = try foreign(directory)
                try await other.writeWithoutTransaction { database in
                    try database.execute(sql: "BEGIN IMMEDIATE; DELETE FROM trail")
                }
                #expect(try await reader.trail(TrailQuery(since: noon)).count == 1)
                try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try await journal.write([.trail(entry("two"))])
                #expect(try await reader.trail(TrailQuery(since: noon)).count == 2)
                let refused = try await failure { try await reader.takeOver(run: "b", since: noon) }
                #expect(refused.isUnusable && refused.description.contains("for reading only"))
            }
        }

        @Test func anotherLockIsWaitedForAndThenTold() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory, busyTimeout: .milliseconds(300))
                _ = try await journal.takeOver(run: "a", since: noon)
                let other = try foreign(directory)
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                let begun = ContinuousClock.now
                let error = try await failure { try await journal.write([.trail(entry("one"))]) }
                #expect(ContinuousClock.now - begun >= .milliseconds(290))
                #expect(error.isUnavailable && error.description.contains("locked by another process"), "\(error)")
                try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try await journal.write([.trail(entry("one"))])
                #expect(try await journal.trail(TrailQuery(since: noon)).count == 1)
            }
        }

        /// A file system of its own that is full.
        @Test(.enabled(if: geteuid() == 0, "mounting wants root")) func aFullDiskIsToldAndGotOver() async throws {
            try await with { directory in
                try await Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", directory])
                do {
                    let journal = try await SQLiteJournal.open(directory: directory)
                    _ = try await journal.takeOver(run: "a", since: noon)
                    try await journal.write([.subject(email, subjectMemory())])
                    try Data(count: 200_000).write(to: URL(fileURLWithPath: directory + "/ballast"))
                    var full: JournalError?
                    for number in 0..<100 where full == nil {
                        let bytes = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 * 31 + number) }
                        do throws(JournalError) {
                            try await journal.append(ObservationBlock(from: .at(number), to: .at(number), bytes: bytes))
                        } catch {
                            full = error
                        }
                    }
                    let error = try #require(full)
                    #expect(error.isUnavailable && error.description.contains("the disk is full"), "\(error)")
                    // What stood there stands there still, can be read, and nothing of what failed is left.
                    let count = try await blocks(journal).count
                    #expect(count > 3)
                    try FileManager.default.removeItem(atPath: directory + "/ballast")
                    try await journal.write([.subject(orders, subjectMemory())])
                    #expect(try await blocks(journal).count == count)
                    let kept = try await SQLiteJournal(sharing: journal).takeOver(run: "b", since: noon)
                    #expect(kept.subjects == [email: subjectMemory(), orders: subjectMemory()])
                    await journal.close()
                } catch {
                    try await Self.run("/bin/umount", ["-l", directory])
                    throw error
                }
                try await Self.run("/bin/umount", ["-l", directory])
            }
        }

        /// Nothing of a write that fails half-way is left.
        @Test func aFileThatMayNotGrowIsTold() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory)
                _ = try await journal.takeOver(run: "a", since: noon)
                let pages = try await journal.store.database.writeWithoutTransaction { database in
                    let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                    _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 2)")
                    return pages
                }
                let entries = (0..<500).map { JournalEntry.trail(entry("entry \($0)", at: .at($0))) }
                let error = try await failure { try await journal.write([.subject(email, subjectMemory())] + entries) }
                #expect(error.isUnavailable && error.description.contains("the disk is full"), "\(error)")
                #expect(try await journal.trail(TrailQuery(since: .epoch)).isEmpty)
                _ = try await journal.store.database.writeWithoutTransaction { database in
                    try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 10_000)")
                }
                try await journal.write(entries)
                #expect(try await journal.trail(TrailQuery(since: .epoch)).count == 500)
                #expect(try await SQLiteJournal(sharing: journal).takeOver(run: "b", since: noon).subjects.isEmpty)
            }
        }

        @Test func whatIsNoJournalIsLeftAlone() async throws {
            try await with { directory in
                let text = Data("this is a text of some length, and no database at all\n".utf8)
                try text.write(to: URL(fileURLWithPath: file(directory)))
                for error in [
                    try await failure { try await SQLiteJournal.open(directory: directory) },
                    try await failure { try await SQLiteJournal.openReadOnly(directory: directory) },
                ] {
                    #expect(error.isUnusable && error.description.contains("no SQLite database"), "\(error)")
                }
                #expect(try Data(contentsOf: URL(fileURLWithPath: file(directory))) == text)
            }
            try await with { directory in
                try await foreign(directory).write { try $0.execute(sql: "CREATE TABLE cats (name TEXT)") }
                let error = try await failure { try await SQLiteJournal.open(directory: directory) }
                #expect(error.isUnusable && error.description.contains("no journal of this program"), "\(error)")
                let tables = try await foreign(directory).read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_master") }
                #expect(tables == ["cats"])
            }
        }

        @Test func damageIsTold() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory)
                _ = try await journal.takeOver(run: "a", since: noon)
                for number in 0..<200 {
                    let subject = Subject(.deployment, namespace: "n", name: "d-\(number)")
                    _ = try await journal.intend(intent("a-\(number)", on: subject), quiet: .zero)
                }
                await journal.close()
                let whole = try Data(contentsOf: URL(fileURLWithPath: file(directory)))
                var damaged = whole
                for index in 3 * 4096..<damaged.count { damaged[index] = 0xA5 }
                try damaged.write(to: URL(fileURLWithPath: file(directory)))
                let error = try await failure { try await SQLiteJournal.open(directory: directory) }
                #expect(error.isUnusable && error.description.contains("is damaged"), "\(error)")
                // Cut off in the middle, as after a disk lost its end.
                try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: file(directory)))
                let cut = try await failure { try await SQLiteJournal.open(directory: directory) }
                #expect(cut.isUnusable && cut.description.contains("is damaged"), "\(cut)")
                try whole.write(to: URL(fileURLWithPath: file(directory)))
                #expect(try await SQLiteJournal.open(directory: directory).attempts(since: .epoch).count == 200)
            }
        }

        /// A row that nobody can read is told by what it is, not by what is in it.
        @Test func aRowOfAnotherShapeIsTold() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory)
                _ = try await journal.takeOver(run: "a", since: noon)
                try await journal.write([.subject(email, subjectMemory())])
                try await foreign(directory).write { try $0.execute(sql: "UPDATE subjects SET memory = '{\"secret\": 1'") }
                let error = try await failure { try await SQLiteJournal(sharing: journal).takeOver(run: "b", since: noon) }
                #expect(
                    error.isUnusable && error.description.contains("what is remembered of production/deployment/email-service"), "\(error)")
                #expect(!error.description.contains("secret"))
            }
        }

        @Test func whatCannotBeMadeIsTold() async throws {
            try await with { directory in
                try Data().write(to: URL(fileURLWithPath: directory + "/file"))
                let under = try await failure { try await SQLiteJournal.open(directory: directory + "/file/state") }
                #expect(under.isUnusable && under.description.contains("Not a directory"), "\(under)")
                let kernel = try await failure { try await SQLiteJournal.open(directory: "/proc/journal") }
                #expect(kernel.isUnusable && kernel.description.contains("/proc/journal cannot be made"), "\(kernel)")
                try FileManager.default.createDirectory(atPath: file(directory), withIntermediateDirectories: true)
                let folder = try await failure { try await SQLiteJournal.open(directory: directory) }
                #expect(folder.description.contains("cannot be opened"), "\(folder)")
            }
        }

        @Test(.enabled(if: geteuid() == 0, "mounting wants root")) func aDirectoryThatCanOnlyBeReadIsTold() async throws {
            try await with { directory in
                await (try await SQLiteJournal.open(directory: directory)).close()
                try await Self.run("/bin/mount", ["--bind", directory, directory])
                try await Self.run("/bin/mount", ["-o", "remount,bind,ro", directory])
                let error = try? await failure { try await SQLiteJournal.open(directory: directory) }
                let missing = try? await failure { try await SQLiteJournal.open(directory: directory + "/more") }
                try await Self.run("/bin/umount", ["-l", directory])
                #expect(error?.isUnusable == true && error?.description.contains("write") == true, "\(String(describing: error))")
                #expect(missing?.isUnusable == true && missing?.description.contains("Read-only") == true, "\(String(describing: missing))")
            }
        }

        /// Two processes that start at once find one journal.
        @Test func oneProcessKeepsTheDirectory() throws {
            let directory = NSTemporaryDirectory() + "lock-\(UUID().uuidString)/deep"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let first = try JournalLock(directory: directory, holder: "run a, process 1")
            let refusal = #expect(throws: JournalLock.Held.self) { try JournalLock(directory: directory, holder: "run b, process 2") }
            #expect(refusal?.holder == "run a, process 1")
            first.release()
            let second = try JournalLock(directory: directory, holder: "run b")
            let again = #expect(throws: JournalLock.Held.self) { try JournalLock(directory: directory, holder: "run c") }
            #expect(again?.description.contains("is in use by run b: end that one first") == true)
            withExtendedLifetime(second) {}
            // Where nothing can be locked, opening the journal tells why.
            _ = try JournalLock(directory: "/proc/no/where", holder: "run d")
        }

        @Test func itIsOpenedAtOnceByMany() async throws {
            try await with { directory in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let journal = try await SQLiteJournal.open(directory: directory)
                            _ = try await journal.takeOver(run: "run-\(number)", since: noon)
                            await journal.close()
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }

        /// Space comes back when observations are dropped.
        @Test func theFileShrinks() async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory)
                _ = try await journal.takeOver(run: "a", since: noon)
                for number in 0..<40 {
                    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
                    try await journal.append(ObservationBlock(from: .at(number), to: .at(number), bytes: bytes))
                }
                let before = try await journal.store.database.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
                try await journal.prune(JournalRetention(observationBytes: 500_000), at: .at(1000))
                let after = try await journal.store.database.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
                #expect(before > 900 && after < 250)
                #expect(try await blocks(journal).count == 5)
            }
        }

        /// In a cancelled task, as at a shutdown, what is to be written is written.
        @Test(arguments: [SQLiteJournal.Execution.queue, .inline]) func cancellationLosesNothing(
            _ execution: SQLiteJournal.Execution
        ) async throws {
            try await with { directory in
                let journal = try await SQLiteJournal.open(directory: directory, execution: execution)
                _ = try await journal.takeOver(run: "a", since: noon)
                await withTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask {
                        #expect(Task.isCancelled)
                        await #expect(throws: Never.self) { try await journal.write([.trail(entry("one"))]) }
                    }
                }
                #expect(try await journal.trail(TrailQuery(since: noon)).count == 1)
            }
        }

        private static func run(_ program: String, _ arguments: [String]) async throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            let ended = AsyncStream.makeStream(of: Int32.self)
            process.terminationHandler = { ended.continuation.yield($0.terminationStatus) }
            try process.run()
            for await status in ended.stream {
                guard status == 0 else { throw Missing(what: "\(program) \(arguments)") }
                return
            }
        }
    }
}

import AutomatonCore
import BlockingTests
import Foundation
import Synchronization
import Testing

@testable import LocalFiles

/// A folder of its own, which goes with the test. Its path holds no link.
final class Folder: Sendable {
    let root: String

    init() throws {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        root = base.appendingPathComponent("local-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    @discardableResult
    func file(_ name: String, kib: Int = 1, days: Double = 30) throws -> String {
        let path = "\(root)/\(name)"
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data((0..<(kib * 1024)).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -days * 86400)], ofItemAtPath: path)
        return path
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
    }

    /// Every name below it that is no folder, and where links lead.
    var all: Set<String> {
        var names: Set<String> = []
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            var isFolder: ObjCBool = false
            let path = "\(root)/\(name)"
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
                names.insert("\(name) -> \(target)")
            } else if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
                names.insert(name)
            }
        }
        return names
    }
}

@Sendable func wallTime() -> Instant { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)) }

@BlockingTests @Suite(.timeLimit(.minutes(5))) struct LocalFilesTests {
    private let files = LocalFiles(clock: wallTime)

    private func search(
        _ folder: Folder, _ name: String = "*.log", days: Int? = 7, depth: Int = 3, limit: Int = 100, below: String = "/logs"
    ) -> FileSearch {
        FileSearch(path: folder.root + below, name: name, olderThanDays: days, depth: depth, limit: limit)
    }

    /// What GNU's find says to the same search.
    private func find(_ search: FileSearch) throws -> Set<String> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/find")
        process.arguments =
            [search.path, "-xdev", "-maxdepth", String(search.depth), "-type", "f", "-name", search.name]
            + (search.olderThanDays.map { ["-mtime", "+\($0)"] } ?? []) + ["-print0"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Set(data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    }

    @Test func itFindsWhatFindFindsAndDeletesJustThat() async throws {
        var random = SystemRandomNumberGenerator()
        let names = ["a.log", ".hidden.log", "b.log.1", "c.txt", "[x].log", "d*.log", "ü ö.log", "-rf.log", "log"]
        let folders = ["", "x/", "x/y/", "x/y/z/", ".h/", "w.log/"]
        for _ in 0..<12 {
            let folder = try Folder()
            try FileManager.default.createDirectory(atPath: folder.root + "/logs", withIntermediateDirectories: true)
            var precious: Set<String> = []
            for _ in 0..<25 {
                let name = "\(folders.randomElement(using: &random)!)\(names.randomElement(using: &random)!)"
                let isInside = Bool.random(using: &random)
                let path = (isInside ? "logs/" : "else/") + name
                guard (try? folder.file(path, days: .random(in: 0...20, using: &random))) != nil else { continue }
                if !isInside { precious.insert(path) }
            }
            try? folder.link("logs/link.log", to: folder.root + "/else/a.log")
            try? folder.link("logs/dir", to: folder.root + "/else")
            let search = search(
                folder, ["*.log", "*", "[ab]*", "?.log", "*.log.*", "-*", "d\\*.log"].randomElement(using: &random)!,
                days: .random(in: 1...15, using: &random), depth: .random(in: 1...5, using: &random),
                limit: .random(in: 1...20, using: &random))
            let found = try find(search)
            let before = folder.all
            let listing = try await files.list(search, at: .local)
            #expect(Set(listing.files.map(\.path)).isSubset(of: found))
            #expect(listing.files.count == min(found.count, search.limit) && listing.isTruncated == (found.count > search.limit))
            #expect(listing.files.map(\.modifiedAt) == listing.files.map(\.modifiedAt).sorted())
            #expect(folder.all == before, "a listing changes nothing")
            try await files.delete(search, at: .local)
            let listed = Set(listing.files.map { String($0.path.dropFirst(folder.root.utf8.count + 1)) })
            #expect(before.subtracting(folder.all) == listed)
            #expect(precious.isSubset(of: folder.all))
        }
    }

    @Test func linksOnTheWayAreRefused() async throws {
        let folder = try Folder()
        try folder.file("real/logs/old.log")
        try folder.link("alias", to: folder.root + "/real")
        try folder.link("real/other", to: folder.root + "/real/logs")
        for below in ["/alias/logs", "/real/other"] {
            let error = await #expect(throws: PortError.self) { try await files.list(search(folder, below: below), at: .local) }
            guard case .refused(let text) = error else { Issue.record("\(error as Any)"); continue }
            #expect(text.contains("is a link, which is not followed"), "\(text)")
            await #expect(throws: PortError.self) { try await files.delete(search(folder, below: below), at: .local) }
        }
        let missing = await #expect(throws: PortError.self) { try await files.list(search(folder, below: "/nowhere"), at: .local) }
        guard case .refused(let text) = missing else { Issue.record("\(missing as Any)"); return }
        #expect(text.contains("No such file"))
        #expect(folder.all.contains("real/logs/old.log"))
    }

    /// Somebody who may write in the folder swaps its parts for links all the time.
    @Test func swapsLeadNowhere() async throws {
        let folder = try Folder()
        for index in 0..<40 { try folder.file("precious/\(index).log") }
        let precious = folder.all
        let isOver = Mutex(false)
        let root = folder.root
        let attacker = Thread {
            let (real, link) = (root + "/logs/sub", root + "/logs/link")
            symlink(root + "/precious", link)
            while !isOver.withLock({ $0 }) {
                for _ in 0..<50 {
                    // The folder and the link change places.
                    rename(real, root + "/logs/aside")
                    rename(link, real)
                    rename(real, link)
                    rename(root + "/logs/aside", real)
                }
            }
        }
        attacker.start()
        for round in 0..<25 {
            for index in 0..<40 { _ = try? folder.file("logs/sub/\(index).log") }
            if round == 0 { await Task.yield() }
            // A walk may find nothing while the folder is away; it never leaves.
            try? await files.delete(search(folder), at: .local)
        }
        isOver.withLock { $0 = true }
        while !attacker.isFinished { try await Task.sleep(for: .milliseconds(2)) }
        // What was written through the link while it stood in for the folder is newer, and still there.
        #expect(precious.isSubset(of: folder.all))
    }

    @Test func whatIsOpenStaysWhatItWas() throws {
        let folder = try Folder()
        let root = folder.root
        try folder.file("logs/sub/old.log")
        try folder.file("precious/old.log")
        let walk = FileWalk(search(folder), now: wallTime(), isAbandoned: { false })
        var visited: [String] = []
        try walk.visit { directory, name, path, _ in
            // Between the look and the deletion, the folder is swapped for a link to another with the same names.
            visited.append(path)
            rename(root + "/logs/sub", root + "/aside")
            symlink(root + "/precious", root + "/logs/sub")
            #expect(directory.remove(name) == 0)
            return true
        }
        #expect(visited == [root + "/logs/sub/old.log"])
        #expect(folder.all == ["precious/old.log", "logs/sub -> \(root)/precious"])
        // And what has become a link between the look and the opening is not opened.
        #expect(throws: DirectoryError.self) { try Directory.open(root + "/logs").open("sub") }
        #expect(throws: DirectoryError.self) { try Directory.open(root + "/logs/sub") }
    }

    @Test func theSameFileAndNoOtherGoes() async throws {
        let folder = try Folder()
        let path = try folder.file("logs/old.log", kib: 64)
        try FileManager.default.linkItem(atPath: path, toPath: folder.root + "/twin")
        let listing = try await files.list(search(folder), at: .local)
        #expect(listing.files.first?.bytes == 0, "its other name keeps its blocks")
        try FileManager.default.removeItem(atPath: folder.root + "/twin")
        let freed = try await files.list(search(folder), at: .local)
        #expect(freed.files.first?.bytes == 65536 && (freed.used ?? 0) > 65536)
    }

    @Test func whatMayNotBeSearchedIsRefused() async throws {
        let folder = try Folder()
        try folder.file("logs/old.log")
        for path in ["/", "//", "/var", "/etc", "/proc/self", "logs", "/a/../b", folder.root + "/logs/", folder.root + "/logs/.."] {
            var search = search(folder)
            search.path = path
            let error = await #expect(throws: PortError.self, "\(path)") { try await files.delete(search, at: .local) }
            guard case .refused = error else { Issue.record("\(error as Any)"); continue }
        }
        let pod = FilePlace.pod(namespace: "a", name: "b", container: nil)
        await #expect(throws: PortError.self) { try await files.list(search(folder), at: pod) }
        await #expect(throws: PortError.self) { try await files.pods(of: Subject(.deployment, namespace: "a", name: "b")) }
        #expect(folder.all == ["logs/old.log"])
    }

    @Test func manyFilesStayBounded() async throws {
        let folder = try Folder()
        for index in 0..<600 { try folder.file("logs/\(index).log", kib: 0, days: 1000 - Double(index)) }
        let listing = try await files.list(search(folder, limit: 5), at: .local)
        #expect(listing.files.map(\.path) == (0..<5).map { "\(folder.root)/logs/\($0).log" } && listing.isTruncated)
        try await files.delete(search(folder, limit: 5), at: .local)
        #expect(folder.all.count == 595)
    }
}

@Suite(.timeLimit(.minutes(5))) struct LocalVolumesTests {
    @Test func figuresAreThoseOfDf() async throws {
        let folder = try Folder()
        let volumes = LocalVolumes(host: "laptop")
        let readings = try await volumes.read(.local(paths: [folder.root, "/nowhere"]))
        #expect(readings.map(\.host) == ["laptop", "laptop"] && readings.map(\.name) == [folder.root, "/nowhere"])
        guard case .known(let usage) = readings[0].usage, case .unknown(let why) = readings[1].usage else {
            Issue.record("\(readings)")
            return
        }
        #expect(why.contains("/nowhere on laptop: No such file"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/df")
        process.arguments = ["-P", "-k", folder.root]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let words = text.split(separator: "\n").last?.split(separator: " ") ?? []
        let (used, available) = (try #require(Int64(words[2])) << 10, try #require(Int64(words[3])) << 10)
        // Others write to the disk meanwhile.
        #expect(abs(usage.used - used) < 64 << 20 && abs(usage.capacity - used - available) < 64 << 20)
        #expect(!LocalVolumes().host.isEmpty)
        await #expect(throws: PortError.self) { try await volumes.read(.kubelet(namespace: nil, labelSelector: "")) }
    }

    @Test func whatRootKeepsIsNobodysCapacity() {
        var figures = statvfs()
        (figures.f_frsize, figures.f_blocks, figures.f_bfree, figures.f_bavail) = (4096, 1000, 300, 200)
        #expect(LocalVolumes.usage(figures) == .init(used: 700 * 4096, capacity: 900 * 4096))
        figures.f_bavail = 0
        #expect(LocalVolumes.usage(figures) == .init(used: 700 * 4096, capacity: 700 * 4096))
        figures.f_bavail = .max
        #expect(LocalVolumes.usage(figures) == .init(used: 700 * 4096, capacity: 700 * 4096))
        (figures.f_blocks, figures.f_bfree, figures.f_bavail) = (0, 0, 0)
        #expect(LocalVolumes.usage(figures) == nil)
    }

    @Test func aCallThatHangsIsLeft() async {
        let isAsked = Mutex(false)
        let value = await BlockingCall<Int>.run(timeout: .milliseconds(50)) { isAbandoned in
            while !isAbandoned() { usleep(1000) }
            isAsked.withLock { $0 = true }
            return 1
        }
        #expect(value == nil)
        while !isAsked.withLock({ $0 }) { await Task.yield() }
        #expect(await BlockingCall<Int>.run(timeout: .seconds(10)) { _ in 2 } == 2)
        let cancelled = Task {
            await BlockingCall<Int>.run(timeout: .seconds(60)) { isAbandoned in
                while !isAbandoned() { usleep(1000) }
                return 3
            }
        }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
    }
}

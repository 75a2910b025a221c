import AutomatonCore
import Foundation
import Testing

@testable import KubernetesClient

@Suite(.timeLimit(.minutes(10))) struct KubernetesFilesTests {
    private let place = FilePlace.pod(namespace: "shop", name: "web-0", container: nil)

    private static func isDeletion(_ command: [String]) -> Bool { command.contains("-delete") || command.contains("rm") }

    private struct World {
        let container: ContainerFixture
        let tree: FileTree
        let files: KubernetesFiles

        init(_ tools: ContainerFixture.Tools) throws {
            container = try ContainerFixture(tools)
            tree = FileTree(root: container.root)
            files = KubernetesFiles(container.api, workloads: KubernetesWorkloads(container.api), timeout: .seconds(10))
        }

        func search(
            _ folder: String = "logs", name: String = "*.log", days: Int? = 7, depth: Int = 3, limit: Int = 100
        ) -> FileSearch {
            FileSearch(path: "\(tree.root)/\(folder)", name: name, olderThanDays: days, depth: depth, limit: limit)
        }
    }

    @Test(arguments: ContainerFixture.Tools.available) func itListsAndDeletesWhatTheSearchSays(tools: ContainerFixture.Tools) async throws {
        let world = try World(tools)
        let tree = world.tree
        try tree.file("logs/old.log", kib: 64, days: 20)
        try tree.file("logs/older.log", kib: 8, days: 40)
        try tree.file("logs/a/b/deep.log", days: 30)
        try tree.file("logs/with blank 'quote' [x]*?\\.log", days: 30)
        let keep = ["logs/new.log", "logs/edge.log", "logs/old.txt", "logs/a/b/c/too-deep.log", "elsewhere/old.log", "logs/line\nend.log"]
        for (name, days) in zip(keep, [0.5, 7.5, 30, 30, 30, 30]) { try tree.file(name, days: days) }
        try tree.link("logs/link.log", to: "\(tree.root)/elsewhere/old.log")
        try tree.link("logs/folder", to: "\(tree.root)/elsewhere")
        try FileManager.default.linkItem(atPath: "\(tree.root)/logs/old.txt", toPath: "\(tree.root)/logs/twin.log")

        let listing = try await world.files.list(world.search(), at: place)
        let names = listing.files.map { String($0.path.dropFirst(tree.root.utf8.count + 6)) }
        #expect(names.first == "older.log" && names.last == "old.log" && !listing.isTruncated)
        #expect(Set(names) == ["older.log", "old.log", "a/b/deep.log", "with blank 'quote' [x]*?\\.log", "twin.log"])
        let bytes = Dictionary(uniqueKeysWithValues: zip(names, listing.files.map(\.bytes)))
        #expect(bytes["old.log"] == 65536 && bytes["older.log"] == 8192)
        #expect(bytes["twin.log"] == 0, "its other name keeps its blocks")
        #expect((listing.used ?? 0) > 0)
        let age = Instant(seconds: Int64(Date().timeIntervalSince1970)) - (listing.files.last?.modifiedAt ?? .epoch)
        #expect(abs(age.inSeconds - 20 * 86400) < 3600)

        try await world.files.delete(world.search(), at: place)
        for name in keep { #expect(tree.exists(name), "\(name)") }
        #expect(try await world.files.list(world.search(), at: place).files.isEmpty)
        #expect(tree.all.contains("logs/link.log") && tree.all.contains("logs/folder"))
        for command in world.container.commands {
            #expect(command[0] == "find" || command[0] == "df")
            #expect(command.allSatisfy { !["sh", "-c", "bash"].contains($0) || command.contains("stat") })
        }
    }

    @Test(arguments: ContainerFixture.Tools.available) func onlyAsManyGoAsTheLimitSays(tools: ContainerFixture.Tools) async throws {
        let world = try World(tools)
        for index in 0..<120 { try world.tree.file("logs/[\(index)]*?\\ -o x.log", kib: 1, days: 200 - Double(index)) }
        let search = world.search(limit: 100)
        let listing = try await world.files.list(search, at: place)
        #expect(listing.isTruncated && listing.files.count == 100)
        try await world.files.delete(search, at: place)
        #expect(world.tree.all.filter { $0.hasSuffix(".log") } == Set((100..<120).map { "logs/[\($0)]*?\\ -o x.log" }))
        // Each command short enough for a URL.
        let commands = world.container.commands.filter(Self.isDeletion)
        #expect(commands.count > 1)
        for command in commands {
            #expect(command.reduce(0) { $0 + APIPath.encode($1).utf8.count + 9 } <= KubernetesAPI.maximumCommandBytes)
        }
    }

    /// Names that are no UTF-8 cannot be listed: they count for no limit, so they stay.
    @Test(arguments: ContainerFixture.Tools.available) func whatCannotBeListedIsNotDeleted(tools: ContainerFixture.Tools) async throws {
        let world = try World(tools)
        try world.tree.file("logs/plain.log", kib: 1, days: 30)
        let odd = Array("\(world.tree.root)/logs/gr\u{F6}\u{DF}e.log".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        let path = odd.map { CChar(bitPattern: $0) } + [0]
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0)]
        futimens(descriptor, &times)
        close(descriptor)
        let listing = try await world.files.list(world.search(), at: place)
        #expect(listing.files.map(\.path) == ["\(world.tree.root)/logs/plain.log"] && listing.isTruncated)
        try await world.files.delete(world.search(), at: place)
        #expect(!world.tree.exists("logs/plain.log"))
        #expect(access(path, F_OK) == 0)
    }

    @Test(arguments: ContainerFixture.Tools.available) func whatWasSwappedForALinkLeadsNowhere(tools: ContainerFixture.Tools) async throws {
        let world = try World(tools)
        let tree = world.tree
        try tree.file("logs/a/old.log")
        try tree.file("logs/b.log")
        try tree.file("precious/old.log")
        let (root, swapped) = (tree.root, world.container)
        // Between the listing and the deletion, the folder becomes a link to somebody else's.
        swapped.fault { exec in
            if Self.isDeletion(exec.arguments) {
                try? FileManager.default.removeItem(atPath: "\(root)/logs/a")
                try? FileManager.default.createSymbolicLink(atPath: "\(root)/logs/a", withDestinationPath: "\(root)/precious")
            }
            return nil
        }
        try await world.files.delete(world.search(limit: 1), at: place)
        try await world.files.delete(world.search(limit: 100), at: place)
        #expect(tree.exists("precious/old.log"))
        #expect(!tree.exists("logs/b.log"))
        // The path itself as a link.
        try tree.link("alias", to: "\(root)/precious")
        let error = await #expect(throws: PortError.self) { try await world.files.list(world.search("alias"), at: place) }
        guard case .refused(let text) = error else { Issue.record("\(error as Any)"); return }
        #expect(text.contains("a link, which is not followed"))
        try await world.files.delete(world.search("alias"), at: place)
        #expect(tree.exists("precious/old.log"))
    }

    @Test(arguments: ContainerFixture.Tools.available) func whatCannotBeSearchedIsSaid(tools: ContainerFixture.Tools) async throws {
        let world = try World(tools)
        let missing = await #expect(throws: PortError.self) { try await world.files.list(world.search("nothing"), at: place) }
        guard case .refused(let text) = missing else { Issue.record("\(missing as Any)"); return }
        #expect(text.contains("No such file"))
        try FileManager.default.createDirectory(atPath: "\(world.tree.root)/logs", withIntermediateDirectories: true)
        #expect(try await world.files.list(world.search(), at: place).files.isEmpty)
        let before = world.container.execs.count
        for path in ["/", "/var", "/etc/ssl", "/proc/1", "relative", "/a/../b", "/a//b", "/a/", "/a/.", "/a\nb", ""] {
            var search = world.search()
            search.path = path
            await #expect(throws: PortError.self, "\(path)") { try await world.files.list(search, at: place) }
            await #expect(throws: PortError.self, "\(path)") { try await world.files.delete(search, at: place) }
        }
        for change: (inout FileSearch) -> Void in [
            { $0.depth = 11 }, { $0.depth = 0 }, { $0.limit = 0 }, { $0.limit = 10_001 }, { $0.name = "a/b" }, { $0.name = "" },
            { $0.olderThanDays = -1 },
            {
                $0.olderThanDays = nil; $0.name = "*"
            },
        ] {
            var search = world.search()
            change(&search)
            await #expect(throws: PortError.self) { try await world.files.delete(search, at: place) }
        }
        #expect(world.container.execs.count == before, "nothing of this reached a container")
    }

    @Test func aBreakInTheMiddleOfADeletionIsAnOpenOutcome() async throws {
        let world = try World(.gnu)
        try world.tree.file("logs/old.log")
        world.container.fault { Self.isDeletion($0.arguments) ? .breakAfterRun : nil }
        let error = await #expect(throws: PortError.self) { try await world.files.delete(world.search(), at: place) }
        guard case .outcomeUnknown = error else { Issue.record("\(error as Any)"); return }
        #expect(!world.tree.exists("logs/old.log"))
    }

    @Test func onlyRunningPodsOfTheWorkloadAreReached() async throws {
        let world = try World(.gnu)
        func pod(_ name: String, owner: String, phase: String = "Running", more: String = "") -> String {
            #"{"metadata":{"uid":"u-\#(name)","name":"\#(name)","namespace":"shop","ownerReferences":[{"apiVersion":"apps/v1","kind":"StatefulSet","name":"\#(owner)","uid":"x","controller":true}]\#(more)},"spec":{"nodeName":"n1","containers":[]},"status":{"phase":"\#(phase)"}}"#
        }
        let pods = [
            pod("web-1", owner: "web"), pod("web-0", owner: "web"), pod("other-0", owner: "other"),
            pod("web-2", owner: "web", phase: "Pending"),
            pod("web-3", owner: "web", more: #","deletionTimestamp":"2026-01-01T00:00:00Z""#),
        ]
        world.container.serve(
            "/api/v1/namespaces/shop/pods", #"{"metadata":{"resourceVersion":"1"},"items":[\#(pods.joined(separator: ","))]}"#)
        world.container.serve(
            "/apis/apps/v1/namespaces/shop/statefulsets/web",
            #"{"spec":{"selector":{"matchLabels":{"b":"2","a":"1"},"matchExpressions":[{"key":"t","operator":"In","values":["x","y"]},{"key":"n","operator":"DoesNotExist"}]}}}"#
        )
        let rows = try await world.files.pods(of: Subject(.statefulSet, namespace: "shop", name: "web"))
        #expect(rows.map(\.name) == ["web-0", "web-1"])
        let gone = await #expect(throws: PortError.self) {
            try await world.files.pods(of: Subject(.deployment, namespace: "shop", name: "web"))
        }
        guard case .notFound = gone else { Issue.record("\(gone as Any)"); return }
        await #expect(throws: PortError.self) { try await world.files.pods(of: Subject(.consumerGroup, namespace: "shop", name: "g")) }
    }

    @Test func selectorsAreWrittenAsRequestsTakeThem() throws {
        let json =
            #"{"matchLabels":{"b":"2","a":"1"},"matchExpressions":[{"key":"t","operator":"NotIn","values":["x","y"]},{"key":"n","operator":"DoesNotExist"},{"key":"e","operator":"Exists"},{"key":"i","operator":"In","values":["z"]}]}"#
        let selector = try JSONDecoder().decode(KubernetesFiles.Selector.self, from: Data(json.utf8))
        #expect(selector.text == "a=1,b=2,t notin (x,y),!n,e,i in (z)")
    }
}

import AutomatonCore
import Testing

@testable import Simulator

/// The programs of the simulated pods, against what GNU's do.
@Suite struct FindTests {
    private static let now = Instant(seconds: 1_800_000_000)

    private static func file(_ path: String, _ bytes: Int64 = 5000, hours: Int = 0, link: String? = nil, fixed: Bool = false)
        -> SimulatedFile
    {
        SimulatedFile(path, bytes: bytes, modifiedAt: now - .hours(hours), link: link, isProtected: fixed)
    }

    /// A store with one pod that has a claim at `/data`, and these files.
    private func store(_ files: [SimulatedFile]) throws -> Store {
        var store = Store(seed: 1)
        let pod: JSON = [
            "metadata": ["name": "a", "namespace": "default"],
            "spec": [
                "nodeName": "n", "volumes": [["name": "data", "persistentVolumeClaim": ["claimName": "data"]]],
                "containers": [["name": "a", "volumeMounts": [["name": "data", "mountPath": "/data"]]]],
            ],
        ]
        try store.create(.pods, pod, at: Self.now - .hours(1000))
        try store.write(files, into: WorkloadName(kind: "Pod", namespace: "default", name: "a"), at: Self.now)
        return store
    }

    private func run(_ command: String, _ store: inout Store) throws -> CommandResult {
        try PodShell.run(command.split(separator: " ").map(String.init), inPod: "a", of: "default", &store, at: Self.now)
    }

    private static let files = [
        file("/logs/a.log", hours: 0), file("/logs/a.log.1", 4096, hours: 24 * 7), file("/logs/a.log.2", 4097, hours: 24 * 8),
        file("/logs/deep/b.log", 1, hours: 24 * 30), file("/logs/[x]", 0, hours: 24 * 9), file("/logs/link.log", link: "/etc/passwd"),
        file("/data/c.log", 100, hours: 24 * 20),
    ]

    @Test(arguments: [
        // More than seven whole days: seven days and some hours are seven.
        ("find /logs -type f -mtime +7", "/logs/[x] /logs/a.log.2 /logs/deep/b.log"),
        ("find /logs -type f -mtime 7", "/logs/a.log.1"), ("find /logs -type f -mtime -7", "/logs/a.log"),
        ("find /logs -maxdepth 1 -type f -name *.log", "/logs/a.log"), ("find /logs -maxdepth 0", "/logs"),
        ("find /logs -mindepth 2 -name b*", "/logs/deep/b.log"), ("find /logs -name [ab].log", "/logs/a.log /logs/deep/b.log"),
        ("find /logs -name \\[x]", "/logs/[x]"), ("find /logs -name a.log.?", "/logs/a.log.1 /logs/a.log.2"),
        ("find /logs -name a.log.[!1]", "/logs/a.log.2"), ("find /logs -type l", "/logs/link.log"),
        ("find /logs -type d", "/logs /logs/deep"), ("find /logs/ -type d", "/logs/ /logs/deep"),
        ("find /logs -type f -not -name *.log*", "/logs/[x]"), ("find /logs -type f ! -size +0", "/logs/[x]"),
        ("find /logs -path */deep/*", "/logs/deep/b.log"),
        // Another file system is not entered, but its mount point is seen.
        ("find / -xdev -name *data*", "/data"), ("find / -xdev -name c.log", ""), ("find / -name c.log", "/data/c.log"),
        ("find /data -xdev -type f", "/data/c.log"), ("find /logs/a.log", "/logs/a.log"),
        (
            "find /logs/deep -printf %s|%b|%k|%T@|%p|%f|%P|%y|%d|%%;",
            "4096|8|4|1796400000.0000000000|/logs/deep|deep||d|0|%;1|8|4|1797408000.0000000000|/logs/deep/b.log|b.log|b.log|f|1|%;"
        ),
    ])
    func finds(_ command: String, _ expected: String) throws {
        var store = try store(Self.files)
        let result = try run(command, &store)
        #expect(String(decoding: result.output, as: UTF8.self).split(separator: "\n").joined(separator: " ") == expected)
        #expect(result.exitCode == 0 && result.errors.isEmpty)
    }

    @Test(arguments: [
        ("find /nope", "find: '/nope': No such file or directory", 1), ("find /../etc", "find: '/../etc': No such file or directory", 1),
        ("find /logs -exec rm {} ;", "find: unknown predicate `-exec'", 1), ("find /logs -name", "find: missing argument to `-name'", 1),
        ("find /logs -mtime x", "find: invalid argument `x' to `-mtime'", 1),
        ("find /logs -maxdepth -1", "find: Expected a positive decimal integer argument to -maxdepth, but got '-1'", 1),
        ("find /logs -printf %Z", "find: the simulation does not know the directive `%Z'", 1),
        ("df -P -k /nope", "df: /nope: No such file or directory", 1), ("df -h /", "df: invalid option -- 'h'", 1),
        ("stat -c %s /nope", "stat: cannot statx '/nope': No such file or directory", 1),
        ("rm -rf /logs", "exec: \"rm\": executable file not found in $PATH", 127),
    ])
    func refuses(_ command: String, _ expected: String, _ code: Int) throws {
        var store = try store(Self.files)
        let result = try run(command, &store)
        #expect(String(decoding: result.errors, as: UTF8.self) == expected + "\n")
        #expect(result.exitCode == code)
        #expect(result.output.isEmpty)
        #expect(store.disk(ofPod: "a", in: "default")?.files.count == Self.files.count)
    }

    @Test func deletesWhatItFinds() throws {
        var store = try store(Self.files + [Self.file("/logs/fixed.log", hours: 24 * 40, fixed: true)])
        let result = try run("find /logs -xdev -maxdepth 1 -type f -name *.log* -mtime +6 -print -delete", &store)
        #expect(String(decoding: result.output, as: UTF8.self) == "/logs/a.log.1\n/logs/a.log.2\n/logs/fixed.log\n")
        #expect(String(decoding: result.errors, as: UTF8.self) == "find: cannot delete '/logs/fixed.log': Permission denied\n")
        #expect(result.exitCode == 1)
        let left = Set(store.disk(ofPod: "a", in: "default")?.files.map(\.path) ?? [])
        #expect(left == ["/logs/a.log", "/logs/deep/b.log", "/logs/[x]", "/logs/link.log", "/logs/fixed.log", "/data/c.log"])
        let again = try run("find /logs -type f -name a.log.* -delete", &store)
        #expect(again == CommandResult())
        // A directory stays when its last file goes, and goes when it is asked for after what it holds.
        _ = try run("find /data -type f -delete", &store)
        #expect(try run("find /data", &store).exitCode == 0)
        let deep = try run("find /logs/deep -delete", &store)
        #expect(deep.exitCode == 0)
        #expect(try run("find /logs/deep", &store).exitCode == 1)
        let full = try run("find /logs -type d -delete", &store)
        #expect(String(decoding: full.errors, as: UTF8.self) == "find: cannot delete '/logs': Directory not empty\n")
    }

    @Test func freeSpaceIsThatOfTheFileSystem() throws {
        var store = try store([Self.file("/data/big", 5 << 30)])
        let output = String(decoding: try run("df -P -k /data/big /logs /", &store).output, as: UTF8.self)
        // Nothing is at /logs: the others are told all the same.
        let lines = output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        #expect(lines.map { $0.last ?? "" } == ["/data", "/"])
        let numbers = lines[0][1...3].compactMap { Int64($0) }
        let used: Int64 = 5 << 20 | 24
        let reserved: Int64 = 16 << 10
        #expect(numbers == [10 << 20, used, (10 << 20) - reserved - used])
        #expect(lines[0][4] == "51%")
        let usage = store.diskUsage(ofPath: "/data", inPod: "a", in: "default")
        #expect(usage == PodDisk.Usage(capacity: 10 << 30, used: used << 10, available: (10 << 30) - (reserved + used) << 10))
    }

    @Test func statSaysWhatItIsAsked() throws {
        var store = try store(Self.files)
        let result = try run("stat -c %n|%s|%b|%B|%Y|%F|%a /logs/a.log.2 /logs /logs/link.log", &store)
        #expect(
            String(decoding: result.output, as: UTF8.self) == """
                /logs/a.log.2|4097|16|512|1799308800|regular file|644
                /logs|4096|8|512|1796400000|directory|755
                /logs/link.log|11|0|512|1800000000|symbolic link|777

                """)
    }

    @Test func theDiskGoesWithItsPod() throws {
        var store = try store(Self.files)
        #expect(store.list(.disks).count == 1)
        try store.remove(.pods, namespace: "default", name: "a")
        try store.create(
            .pods, ["metadata": ["name": "a", "namespace": "default"], "spec": ["containers": [["name": "a"]]]], at: Self.now)
        #expect(store.disk(ofPod: "a", in: "default")?.files == [])
    }

    @Test func theMemoryOfAContainerGrowsToItsNeed() {
        let start = Self.now
        func used(need: Int64?, limit: Int64?, after seconds: Int) -> Int64? {
            ContainerMemory(container: "a", runningSince: start, base: 100, need: need, growth: .seconds(10), limit: limit)
                .workingSet(at: start + .seconds(seconds))
        }
        #expect(used(need: nil, limit: nil, after: 5) == 100)
        #expect(used(need: 300, limit: nil, after: 5) == 200)
        #expect(used(need: 300, limit: nil, after: 50) == 300)
        #expect(used(need: 300, limit: 250, after: 50) == 250)
        #expect(used(need: 300, limit: nil, after: -1) == nil)
    }
}

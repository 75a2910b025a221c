public import AutomatonCore

/// What a command in a container left behind.
public struct CommandResult: Sendable, Hashable {
    /// Its standard output.
    public var output: [UInt8] = []
    /// Its standard error.
    public var errors: [UInt8] = []
    /// Its exit code.
    public var exitCode = 0

    /// Makes a result without output that succeeded.
    public init() {}

    mutating func print(_ text: String) { output.append(contentsOf: text.utf8) }

    /// Complains, and fails with 1.
    mutating func complain(_ text: String) {
        errors.append(contentsOf: (text + "\n").utf8)
        exitCode = max(exitCode, 1)
    }
}

/// The programs of the simulated containers: `df`, `find` and `stat`, as GNU's do, on the pod's files. There is no shell, and nothing else.
public struct PodShell: Sendable {
    /// Runs a command in a pod. Files that it deletes are gone from the store.
    ///
    /// - Throws: `StoreError.notFound` if there is no such pod.
    public static func run(
        _ arguments: [String], inPod name: String, of namespace: String, _ store: inout Store, at now: Instant
    ) throws(StoreError) -> CommandResult {
        guard let pod = store.get(.pods, namespace: namespace, name: name) else { throw .notFound(.pods, name: name) }
        let program = arguments.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
        var disk = store.disk(of: pod)
        switch program {
        case "df":
            let onNode = store.ephemeralBytes(onNode: pod["spec", "nodeName"]?.string ?? "")
            return DiskFreeCommand.run(Array(arguments.dropFirst()), disk, onNode: onNode)
        case "stat": return StatCommand.run(Array(arguments.dropFirst()), disk, at: now)
        case "find":
            let before = disk
            let result = FindCommand.run(Array(arguments.dropFirst()), &disk, at: now)
            if disk != before { store.write(disk, of: pod, at: now) }
            return result
        default:
            var result = CommandResult()
            result.complain("exec: \"\(program)\": executable file not found in $PATH")
            result.exitCode = 127
            return result
        }
    }
}

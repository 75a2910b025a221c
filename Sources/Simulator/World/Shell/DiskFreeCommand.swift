/// `df -P -k PATH…`.
enum DiskFreeCommand {
    static func run(_ arguments: [String], _ disk: PodDisk, onNode: Int64) -> CommandResult {
        var result = CommandResult()
        var paths: [String] = []
        var isOver = false
        for argument in arguments {
            if isOver || !argument.hasPrefix("-") {
                paths.append(argument)
            } else if argument == "--" {
                isOver = true
            } else if let unknown = argument.dropFirst().first(where: { $0 != "P" && $0 != "k" }) {
                result.complain("df: invalid option -- '\(unknown)'")
                return result
            }
        }
        let tree = DirectoryTree(disk)
        var lines: [String] = []
        for path in paths.isEmpty ? disk.mounts.map(\.path).reversed() : paths {
            guard tree[path] != nil, let place = DirectoryTree.normalised(path) else {
                result.complain("df: \(path): No such file or directory")
                continue
            }
            lines.append(line(disk.mount(of: place), disk, onNode: onNode))
        }
        guard !lines.isEmpty else { return result }
        result.print("Filesystem     1024-blocks     Used Available Capacity Mounted on\n")
        for line in lines { result.print(line) }
        return result
    }

    private static func line(_ mount: PodDisk.Mount, _ disk: PodDisk, onNode: Int64) -> String {
        let usage = disk.usage(of: mount, onNode: onNode)
        let usable = usage.used + usage.available
        // As df does: rounded up.
        let percent = usable > 0 ? (usage.used * 100 + usable - 1) / usable : 0
        return "\(device(of: mount)) \(usage.capacity >> 10) \(usage.used >> 10) \(usage.available >> 10) \(percent)% \(mount.path)\n"
    }

    static func device(of mount: PodDisk.Mount) -> String {
        switch mount.kind {
        case .root: "overlay"
        case .emptyDir: "/dev/vda1"
        case .claim(let claim): "/dev/disk/by-claim/\(claim)"
        }
    }
}

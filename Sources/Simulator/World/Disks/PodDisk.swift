import AutomatonCore

/// The file systems that a pod sees, and the files in them.
///
/// The root and every emptyDir lie on the disk of the node, which all its pods share; a PersistentVolumeClaim is a disk of its own. All
/// containers of a pod see the same.
public struct PodDisk: Sendable, Hashable {
    /// One mounted file system.
    public struct Mount: Sendable, Hashable {
        /// What it is.
        public enum Kind: Sendable, Hashable {
            /// The writable layers of the containers.
            case root
            /// An emptyDir.
            case emptyDir
            /// A PersistentVolumeClaim, by its name.
            case claim(String)
        }

        /// Where it is mounted.
        public let path: String
        /// The name of the pod's volume; empty for the root.
        public let volume: String
        /// What it is.
        public let kind: Kind

        var isOnNode: Bool { if case .claim = kind { false } else { true } }
    }

    /// How full a file system is, in bytes.
    public struct Usage: Sendable, Hashable {
        /// All there is.
        public var capacity: Int64
        /// In use.
        public var used: Int64
        /// What ordinary users can still have.
        public var available: Int64
    }

    /// The disk of every node, as its Node object says.
    static let nodeCapacity: Int64 = 102_350 << 20
    /// What images and the system take of it.
    static let nodeBase = nodeCapacity / 10
    /// What a pod writes besides its files: logs of the containers.
    static let podBase: Int64 = 24 << 20
    /// What a new ext4 keeps for itself, and has in use.
    private static let reserved: Int64 = 16 << 20
    private static let claimBase: Int64 = 24 << 10

    /// The mounts, the deepest first, so that the first that fits a path is the one.
    public let mounts: [Mount]
    /// The files, by path.
    public internal(set) var files: [SimulatedFile]
    /// The directories that files were put into: they stay when those are gone.
    var directories: Set<String>
    /// The size of each claim.
    let claimCapacity: Int64
    /// When the directories were made.
    let createdAt: Instant

    /// The mount that a path is in.
    func mount(of path: String) -> Mount {
        mounts.first { $0.path == "/" || path == $0.path || path.hasPrefix($0.path + "/") }
            ?? Mount(path: "/", volume: "", kind: .root)
    }

    /// Bytes that the files of a mount take.
    func bytes(in mount: Mount) -> Int64 { files.reduce(0) { $0 + (self.mount(of: $1.path) == mount ? $1.blocks * 512 : 0) } }

    /// Bytes that the pod takes of its node's disk.
    public var ephemeralBytes: Int64 {
        files.reduce(Self.podBase) { $0 + (mount(of: $1.path).isOnNode ? $1.blocks * 512 : 0) }
    }

    /// How full a mount is.
    /// - Parameter onNode: Bytes that all pods of the node take of its disk, this one's included.
    func usage(of mount: Mount, onNode: Int64) -> Usage {
        if mount.isOnNode {
            let used = min(Self.nodeCapacity, Self.nodeBase + onNode)
            return Usage(capacity: Self.nodeCapacity, used: used, available: Self.nodeCapacity - used)
        }
        let used = min(claimCapacity - Self.reserved, Self.claimBase + bytes(in: mount))
        return Usage(capacity: claimCapacity, used: used, available: claimCapacity - Self.reserved - used)
    }

    /// The bytes of files that bring the file system of a path to a percentage of what can be used of it, if nobody else writes.
    func bytesToFill(_ path: String, percent: Double) -> Int64 {
        let mount = mount(of: path)
        if mount.isOnNode { return Int64(Double(Self.nodeCapacity) * percent / 100) - Self.nodeBase - ephemeralBytes }
        let usable = claimCapacity - Self.reserved
        return Int64(Double(usable) * percent / 100) - Self.claimBase - bytes(in: mount)
    }

    /// Puts files where they are, in the place of those that were there.
    mutating func write(_ new: [SimulatedFile]) {
        let paths = Set(new.map(\.path))
        directories.formUnion(new.map { DirectoryTree.parent(of: $0.path) })
        files = (files.filter { !paths.contains($0.path) } + new).sorted { $0.path < $1.path }
    }
}

extension PodDisk {
    /// The disk of a pod as its specification and annotations make it.
    init(_ pod: StoredObject) {
        var mounts = [Mount(path: "/", volume: "", kind: .root)]
        let volumes = pod["spec", "volumes"]?.array ?? []
        for container in pod["spec", "containers"]?.array ?? [] {
            for mount in container["volumeMounts"]?.array ?? [] {
                guard let name = mount["name"]?.string, let path = mount["mountPath"]?.string, path.hasPrefix("/"), path != "/",
                    !mounts.contains(where: { $0.path == path }), let volume = volumes.first(where: { $0["name"]?.string == name })
                else { continue }
                if let claim = volume["persistentVolumeClaim"]?["claimName"]?.string {
                    mounts.append(Mount(path: path, volume: name, kind: .claim(claim)))
                } else if volume["emptyDir"] != nil {
                    mounts.append(Mount(path: path, volume: name, kind: .emptyDir))
                }
            }
        }
        self.mounts = mounts.sorted { ($1.path.utf8.count, $0.path) < ($0.path.utf8.count, $1.path) }
        files = []
        directories = []
        createdAt = pod["metadata", "creationTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } ?? .epoch
        let annotations = pod["metadata", "annotations"]?.object ?? JSONObject()
        claimCapacity = (try? DiskAnnotations.claimSize(in: annotations).get()) ?? DiskAnnotations.defaultClaimSize
        for level in (try? DiskAnnotations.levels(in: annotations).get()) ?? [] {
            let bytes = bytesToFill(level.path, percent: level.percent)
            if bytes > 0 { write(SimulatedFile.logs(in: level.path, bytes: bytes, count: 10, at: createdAt)) }
        }
    }
}

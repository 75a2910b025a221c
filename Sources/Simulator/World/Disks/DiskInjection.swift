public import AutomatonCore

extension ResourceType {
    /// The files of the pods whose files were changed. Objects like all others; the HTTP face does not serve them.
    public static let disks = ResourceType(group: "simulator.local", plural: "disks", kind: "Disk")
}

extension Store {
    /// The disk of a pod as it is now; nil if there is no such pod.
    public func disk(ofPod name: String, in namespace: String) -> PodDisk? {
        get(.pods, namespace: namespace, name: name).map { disk(of: $0) }
    }

    func disk(of pod: StoredObject) -> PodDisk {
        var disk = PodDisk(pod)
        // A file belongs to the pod that had it, not to the next of that name.
        if let stored = get(.disks, namespace: pod.namespace, name: pod.name), stored["spec", "uid"]?.string == pod.uid {
            disk.files = (stored["spec", "files"]?.array ?? []).compactMap(SimulatedFile.init)
            disk.directories = Set((stored["spec", "directories"]?.array ?? []).compactMap(\.string))
        }
        return disk
    }

    /// How full the file system of a path in a pod is; nil if there is no such pod.
    public func diskUsage(ofPath path: String, inPod name: String, in namespace: String) -> PodDisk.Usage? {
        guard let pod = get(.pods, namespace: namespace, name: name) else { return nil }
        let disk = disk(of: pod)
        return disk.usage(of: disk.mount(of: path), onNode: ephemeralBytes(onNode: pod["spec", "nodeName"]?.string ?? ""))
    }

    /// Bytes that the pods of a node take of its disk.
    func ephemeralBytes(onNode node: String) -> Int64 {
        list(.pods).reduce(0) { $0 + ($1["spec", "nodeName"]?.string == node ? disk(of: $1).ephemeralBytes : 0) }
    }

    /// Writes the files of a pod.
    mutating func write(_ disk: PodDisk, of pod: StoredObject, at now: Instant) {
        var reference = OwnerReference.reference(to: pod)
        reference["controller"] = nil
        let object: JSON = [
            "metadata": [
                "name": .string(pod.name), "namespace": .string(pod.namespace), "ownerReferences": [reference],
            ],
            "spec": [
                "uid": .string(pod.uid), "files": .array(disk.files.map(\.json)),
                "directories": .array(disk.directories.sorted().map(JSON.string)),
            ],
        ]
        _ = try? remove(.disks, namespace: pod.namespace, name: pod.name)
        _ = try? create(.disks, object, at: now)
    }

    /// Rotated logs fill the file system of a directory in every pod that a workload has now.
    ///
    /// - Parameters:
    ///   - workload: whose pods.
    ///   - path: the directory: absolute, without a slash at its end.
    ///   - percent: how full its file system gets; one that is fuller stays so.
    ///   - files: how many rotated logs, each three days older than the one before.
    /// - Throws: `StoreError.notFound` if the workload has no pods.
    public mutating func fillDisk(
        _ workload: WorkloadName, path: String, to percent: Double = 96, files: Int = 10, at now: Instant
    ) throws(StoreError) {
        for pod in try pods(of: workload) {
            var disk = disk(of: pod)
            let bytes = disk.bytesToFill(path, percent: percent)
            guard bytes > 0 else { continue }
            disk.write(SimulatedFile.logs(in: path, bytes: bytes, count: files, at: now))
            write(disk, of: pod, at: now)
        }
    }

    /// Puts files into every pod that a workload has now, in the place of those of the same path.
    ///
    /// - Throws: `StoreError.notFound` if the workload has no pods.
    public mutating func write(_ files: [SimulatedFile], into workload: WorkloadName, at now: Instant) throws(StoreError) {
        for pod in try pods(of: workload) {
            var disk = disk(of: pod)
            disk.write(files)
            write(disk, of: pod, at: now)
        }
    }

    private func pods(of workload: WorkloadName) throws(StoreError) -> [StoredObject] {
        let pods = list(.pods, namespace: workload.namespace).filter { WorkloadName(of: $0, in: self) == workload }
        guard !pods.isEmpty else { throw .notFound(.pods, name: workload.name) }
        return Array(pods)
    }
}

public import AutomatonCore

/// Files in the pods of a cluster, through `find` in their containers.
///
/// It needs `find`; `stat` where find has no `-printf`, and `rm` where it has no `-delete` (busybox, as it is built). What deletes is
/// `find` itself, walking from the search's path again:
/// `find PATH … -mtime +N -delete` when the listing held all, and otherwise the same with the paths that were listed (`-path`), so that
/// no more goes than the limit allows. What comes to be old enough in the moment between goes with the first.
public struct KubernetesFiles: Files {
    /// What busybox's find says of itself.
    private static let withoutDelete = "unrecognized: -delete"
    private static let withoutPrint = "unrecognized: -printf"

    private let api: KubernetesAPI
    private let workloads: any Workloads
    private let timeout: Duration

    /// Makes the port.
    /// - Parameters:
    ///   - workloads: Says which workload a pod belongs to.
    ///   - timeout: Of one command.
    public init(_ api: KubernetesAPI, workloads: any Workloads, timeout: Duration = .seconds(30)) {
        self.api = api
        self.workloads = workloads
        self.timeout = timeout
    }

    public func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        var listing = try await files(search, at: place)
        if listing.files.isEmpty, !listing.isTruncated {
            let test = try await run(FindCommand.directoryTest(search), at: place)
            guard !test.output.isEmpty else {
                let why = test.complaint.isEmpty ? "it is no directory, or a link, which is not followed" : test.complaint
                throw .refused("\(search.path) in \(place) cannot be searched: \(why)")
            }
        }
        // The figures of the file system are good to have, but a container without df can still be cleaned.
        if let free = try? await run(DiskFree.command([search.path]), at: place), free.exitCode == 0 {
            listing.used = DiskFree.usages(free.output)?.first?.used
        }
        return listing
    }

    public func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        let before = try await files(search, at: place)
        guard !before.files.isEmpty else { return }
        var complaint = try await delete(before, search, at: place, .byFind)
        // Said before it looks at anything.
        if complaint?.contains(Self.withoutDelete) == true { complaint = try await delete(before, search, at: place, .byRemove) }
        guard let complaint else { return }
        let after: FileListing
        do {
            after = try await files(search, at: place)
        } catch {
            throw .outcomeUnknown("find complained (\(complaint)), and what is left cannot be listed: \(error)")
        }
        // Some are gone: how many, a second measurement tells.
        if Set(before.files.map(\.path)).isSubset(of: after.files.map(\.path)) {
            throw .refused("nothing below \(search.path) in \(place) could be deleted: \(complaint)")
        }
    }

    /// Carries the deletions out; gives the first complaint of a find that ended in error.
    private func delete(
        _ listing: FileListing, _ search: FileSearch, at place: FilePlace, _ deletion: FindCommand.Deletion
    ) async throws(PortError) -> String? {
        let commands =
            listing.isTruncated
            ? FindCommand.deletions(search, of: listing.files.map(\.path), deletion) : [FindCommand.deletion(search, deletion)]
        var complaint: String?
        for (index, command) in commands.enumerated() {
            do {
                let result = try await run(command, at: place, isChange: true)
                if result.exitCode != 0 { complaint = complaint ?? (result.complaint.isEmpty ? "find ended in error" : result.complaint) }
                if complaint?.contains(Self.withoutDelete) == true { return complaint }
            } catch {
                // What the commands before it deleted is gone.
                throw index == 0 ? error : .outcomeUnknown("\(index) of \(commands.count) commands were carried out, then: \(error)")
            }
        }
        return complaint
    }

    /// The search's files, oldest first, without the figures of the file system.
    private func files(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        if let refusal = search.refusal { throw .refused("\(search.path) is not searched: \(refusal)") }
        var separator: UInt8 = 0
        var result = try await run(FindCommand.listing(search), at: place)
        if result.exitCode ?? 0 != 0, result.output.isEmpty, result.complaint.contains(Self.withoutPrint) {
            separator = 0x0A
            result = try await run(FindCommand.listingByStat(search), at: place)
        }
        // With some left out, only what was listed may be deleted: the others were not counted.
        var (files, isPartial) = try FindListing.files(result.output, separator: separator, below: search.path)
        // A folder that may not be read makes find end in error; the rest can still be cleaned.
        if result.exitCode ?? 0 != 0, files.isEmpty {
            let why = result.complaint.isEmpty ? "find ended with \(result.exitCode ?? 0)" : result.complaint
            throw .refused("\(search.path) in \(place) cannot be searched: \(why)")
        }
        files.sort { ($0.modifiedAt, $0.path) < ($1.modifiedAt, $1.path) }
        return FileListing(
            files: Array(files.prefix(search.limit)), isTruncated: result.exitCode == nil || isPartial || files.count > search.limit)
    }

    private func run(_ arguments: [String], at place: FilePlace, isChange: Bool = false) async throws(PortError) -> PodCommandResult {
        guard case .pod(let namespace, let name, let container) = place else {
            throw .refused("files on \(place) are not reached through Kubernetes")
        }
        let command = PodCommand(
            namespace: namespace, pod: name, container: container, arguments: arguments, isChange: isChange, timeout: timeout)
        do {
            return try await api.run(command)
        } catch {
            throw PortError(error, isChange: isChange)
        }
    }

    // MARK: Pods

    /// The most pods of a workload that are reached.
    private static let maximumPods = 200

    public func pods(of workload: Subject) async throws(PortError) -> [PodRow] {
        do {
            let rows: [PodRow]
            if workload.kind == .pod {
                let bytes = try await api.get(try workload.path)
                rows = [try PodScanner.pod(bytes.span).row]
            } else {
                rows = try await owned(by: workload)
            }
            let reachable = rows.filter { $0.phase == .running && !$0.isTerminating }.sorted { $0.name < $1.name }
            return Array(reachable.prefix(Self.maximumPods))
        } catch let error as ScanError {
            throw .refused("\(workload) cannot be read: \(error)")
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    /// The selector finds the pods; whose they are, their owners say.
    private func owned(by workload: Subject) async throws -> [PodRow] {
        guard [.deployment, .statefulSet, .daemonSet, .replicaSet, .job].contains(workload.kind) else {
            throw PortError.refused("\(workload) has no pods: the rule's 'subject:' says which workload is meant")
        }
        let selector = try await api.get(try workload.path, as: Selecting.self).spec.selector.text
        guard !selector.isEmpty else { throw PortError.refused("\(workload) selects no pods by label") }
        var owned: [PodRow] = []
        for pod in try await api.runningPods(inNamespace: workload.namespace, labelSelector: selector)
        where try await workloads.workload(of: pod.row) == workload {
            owned.append(pod.row)
        }
        return owned
    }

    /// What a workload selects its pods by.
    struct Selecting: Decodable {
        struct Spec: Decodable { var selector: Selector }
        var spec: Spec
    }

    /// `spec.selector` of a workload.
    struct Selector: Decodable {
        struct Expression: Decodable {
            var key: String
            var `operator`: String
            var values: [String]?
        }

        var matchLabels: [String: String]?
        var matchExpressions: [Expression]?

        /// As a request's `labelSelector`.
        var text: String {
            let labels = (matchLabels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let expressions = (matchExpressions ?? []).map { expression in
                let values = "(\((expression.values ?? []).joined(separator: ",")))"
                return switch expression.operator {
                case "In": "\(expression.key) in \(values)"
                case "NotIn": "\(expression.key) notin \(values)"
                case "DoesNotExist": "!\(expression.key)"
                default: expression.key
                }
            }
            return (labels + expressions).joined(separator: ",")
        }
    }
}

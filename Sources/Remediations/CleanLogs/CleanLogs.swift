public import AutomatonCore

/// Deletes old log files below a path, in the running pods of a workload or on this machine.
///
/// It lists first, and that is its plan; it deletes what the same search finds then, at most `limit` files a pod, and measures again. No
/// link is followed, no other file system is entered. It cannot be taken back.
public struct CleanLogs: Remediation {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// Absolute, without `..`, never `/` or a folder of the system; nil for the path that a `host` subject names.
        public var path: String?
        /// Which files, as `find -name` reads it: `*.log.*`. Required, since only the rule's author knows which are no longer written.
        public var name: String
        /// Changed more than this many whole days ago, 1 to 3650; nil for 7.
        public var olderThanDays: Int?
        /// Directories that are entered, the path itself counted, 1 to 10; nil for 3.
        public var depth: Int?
        /// The most files in one pod, 1 to 10000; nil for 1000. The oldest go first.
        public var limit: Int?
        /// The container; nil for each pod's default one.
        public var container: String?
        /// `pods` or `local`; nil for `local` on a `host` subject and `pods` on any other.
        public var source: String?

        /// Makes parameters.
        public init(
            path: String? = nil, name: String, olderThanDays: Int? = nil, depth: Int? = nil, limit: Int? = nil, container: String? = nil,
            source: String? = nil
        ) {
            self.path = path
            self.name = name
            self.olderThanDays = olderThanDays
            self.depth = depth
            self.limit = limit
            self.container = container
            self.source = source
        }
    }

    public static let name = "clean-logs"
    public static let documentation = Documentation(
        """
        Deletes old log files below a path, in the running pods of a workload (`find` over exec, never through a shell) or on this machine. \
        It lists first, and that is its plan; no link is followed, no other file system is entered. It cannot be taken back.
        """,
        parameters: [
            .init(
                "name", "a pattern for the file's name", standard: nil,
                "Which files, as `find -name` reads it: `*.log.*`, those that are no longer written. Names that are no text, or hold a line end, stay."
            ),
            .init("path", "an absolute path", standard: "that of a `host` finding", "Where; never `/` or a folder of the system."),
            .init("olderThanDays", "a number from 1 to 3650", standard: "7", "Changed more than this many whole days ago."),
            .init("depth", "a number from 1 to 10", standard: "3", "Directories that are entered, the path itself counted."),
            .init("limit", "a number from 1 to 10000", standard: "1000", "The most files in one pod; the oldest go first."),
            .init("container", "a container's name", standard: "each pod's default", "The container."),
            .init("source", "`pods` or `local`", standard: "by the finding", "`local` on a `host` finding, `pods` on any other."),
        ],
        example: """
            name: full-log-disk
            check: disk-usage
            with: { source: local, paths: [/var/log] }
            when:
              - { above: 90, priority: high }
            remediations:
              - use: clean-logs
                with: { path: /var/log/app, name: "*.gz", olderThanDays: 14 }
            """)
    public static let action = "cleanup_old_logs"
    public static let subjects: Set<Subject.Kind> = .workloads.union([.host])
    public static let permissions = [
        // From 1.35 on, `create` as well as `get`.
        Permission(["create", "get"], "pods/exec"),
        Permission(["get", "list"], "pods"),
        Permission(["get"], "replicasets", group: "apps"),
        Permission(["get"], "deployments", group: "apps"),
        Permission(["get"], "statefulsets", group: "apps"),
        Permission(["get"], "daemonsets", group: "apps"),
        Permission(["get"], "jobs", group: "batch"),
    ]
    /// The most pods that one attempt cleans.
    static let maximumPods = 20
    /// No pod is begun later than this after the first: a write has two minutes to be answered.
    private static let timeToBegin: Duration = .seconds(60)

    public var subjects: Set<Subject.Kind> {
        switch source {
        case "local": [.host]
        case "pods": .workloads
        default: path == nil ? [.host] : Self.subjects
        }
    }
    private let path: String?
    private let name: String
    private let days: Int
    private let depth: Int
    private let limit: Int
    private let container: String?
    private let source: String?

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        if let path = parameters.path, let problem = FileSearch.problem(inPath: path) { throw ParameterError("path", problem) }
        if let problem = FileSearch.problem(inName: parameters.name) { throw ParameterError("name", problem) }
        func inRange(_ key: String, _ value: Int, _ range: ClosedRange<Int>) throws -> Int {
            guard range.contains(value) else {
                throw ParameterError(key, "\(value) is out of range: write \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        // A file of today is still being written, or was just rotated.
        days = try inRange("olderThanDays", parameters.olderThanDays ?? 7, 1...3650)
        depth = try inRange("depth", parameters.depth ?? 3, 1...FileSearch.maximumDepth)
        limit = try inRange("limit", parameters.limit ?? 1000, 1...FileSearch.maximumLimit)
        if let source = parameters.source, !["pods", "local"].contains(source) {
            throw ParameterError("source", "'\(source)' is none: write pods or local")
        }
        if parameters.container?.isEmpty == true {
            throw ParameterError("container", "is empty: write a container's name, or leave it out")
        }
        if parameters.container != nil, parameters.source == "local" {
            throw ParameterError("container", "has no meaning with source local: leave it out")
        }
        if parameters.path == nil, parameters.source == "pods" {
            throw ParameterError("path", "is missing: write the folder of the logs in the container, such as /var/log/app")
        }
        path = parameters.path
        name = parameters.name
        container = parameters.container
        source = parameters.source
    }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        let isLocal = source.map { $0 == "local" } ?? (subject.kind == .host)
        if isLocal, subject.kind != .host {
            return .refused("'source: local' deletes on this machine, and \(subject) is not: write source: pods, or leave it out")
        }
        guard let path = path ?? (isLocal ? Self.path(of: subject) : nil) else {
            return .refused("which folder of \(subject) holds the logs is not said: write 'path:' in the rule")
        }
        let search = FileSearch(path: path, name: name, olderThanDays: days, depth: depth, limit: limit)
        if let refusal = search.refusal { return .refused("nothing is deleted below \(path): \(refusal)") }
        var places: [FilePlace] = [.local]
        var more = 0
        var circumstances: Circumstances?
        if !isLocal {
            guard Set.workloads.contains(subject.kind) else {
                return .refused("\(subject) has no pods: the rule's 'subject:' says which workload keeps the logs")
            }
            // What its annotations ask for holds for the files in its pods as well.
            circumstances = Circumstances(try await environment.workloads.read(subject), replacesPods: false)
            let pods = try await environment.files.pods(of: subject)
            guard !pods.isEmpty else { return .refused("no pod of \(subject) is running: there is nowhere to delete files") }
            places = pods.prefix(Self.maximumPods).map { .pod(namespace: $0.namespace, name: $0.name, container: container) }
            more = pods.count - places.count
        }
        let survey = try await LogSurvey(search, at: places, in: environment.files)
        return survey.answer(for: subject, leavingOut: more, circumstances)
    }

    /// The path that a host's subject names after its colon.
    private static func path(of subject: Subject) -> String? {
        guard subject.kind == .host, let colon = subject.name.firstIndex(of: ":") else { return nil }
        return String(subject.name[subject.name.index(after: colon)...])
    }

    public func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport {
        guard case .files(let cleaning) = plan.write else { throw .refused("\(Self.name) did not plan to delete files") }
        var sweep = LogSweep()
        let last = environment.now() + Self.timeToBegin
        for place in cleaning.places {
            // An answer that comes too late for the core would be an answer about nothing.
            if environment.now() >= last {
                sweep.leaveOut(place)
            } else {
                await sweep.clean(cleaning.search, at: place, in: environment.files)
            }
        }
        return try sweep.report()
    }

    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        throw .refused("deleted files cannot be brought back")
    }
}

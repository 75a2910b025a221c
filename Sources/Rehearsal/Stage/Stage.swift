import AutomatonCore
import Synchronization

/// The world of a case, behind the ports that remediations know. Time stands still in it until the case moves it.
final class Stage: Sendable {
    private struct State {
        var now: Instant
        var settings: StageSettings
        let start: Instant
        var version = 1
        /// By workload: the ReplicaSet that keeps the present template.
        var templates: [Subject: String] = [:]
        /// By database: the sessions that are still there.
        var sessions: [String: [Session]] = [:]
        /// Pods that were evicted, with their namespaces.
        var evicted: Set<String> = []
        /// Files that were deleted.
        var deleted: Set<String> = []
        /// What was asked for and is not in the world: most likely forgotten in the file.
        var missing: [String] = []
    }

    private let state: Mutex<State>

    init(_ settings: StageSettings, at start: Instant) {
        var state = State(now: start, settings: settings, start: start)
        for (name, database) in settings.databases {
            var pid: Int32 = 1000
            for (count, session) in database.sessions {
                for _ in 0..<count {
                    pid += 1
                    var copy = session
                    copy.pid = pid
                    copy.startedAt = start - session.stateFor - .seconds(60)
                    state.sessions[name, default: []].append(copy)
                }
            }
        }
        for (subject, workload) in settings.workloads {
            if let current = workload.revisions.first { state.templates[subject] = Self.replicaSet(subject, current.number) }
        }
        self.state = Mutex(state)
    }

    var now: Instant {
        get { state.withLock { $0.now } }
        set { state.withLock { $0.now = newValue } }
    }

    /// What remediations asked for and did not find, since the last time that this was asked.
    func takeMissing() -> [String] {
        state.withLock { state in
            defer { state.missing = [] }
            return state.missing
        }
    }

    /// The environment of a case.
    func environment(_ policy: SafetyPolicy) -> Environment {
        var environment = Environment(pods: self, workloads: self, limits: { policy }, now: { [self] in now })
        environment.sessions = self
        environment.files = self
        environment.fixes = self
        environment.evictions = self
        // Nobody waits here: what is told to end has ended.
        environment.sleep = { _ in }
        return environment
    }

    /// The workload that carries a label, for rules that find theirs so; nil when there is not exactly one.
    func located(_ template: SubjectTemplate, for source: Subject) -> Subject? {
        guard case .label(let key, _) = template.name, let value = template.labelValue(for: source) else { return nil }
        let found = state.withLock { state in
            state.settings.workloads.filter {
                $0.key.kind == template.kind && $0.key.namespace == template.namespace && $0.value.labels[key] == value
            }.map(\.key)
        }
        return found.count == 1 ? found[0] : nil
    }

    private static func replicaSet(_ subject: Subject, _ number: Int) -> String { "\(subject.name)-\(number)" }

    private func find(_ subject: Subject, in state: inout State) throws(PortError) -> StageSettings.WorkloadSettings {
        guard let found = state.settings.workloads[subject] else {
            state.missing.append("\(subject) under world.workloads")
            throw .notFound("\(subject) is not in the world of the case")
        }
        return found
    }

    /// `Mutex` does not pass on typed errors.
    private func locked<Answer: Sendable>(_ body: (inout State) -> Result<Answer, PortError>) throws(PortError) -> Answer {
        try state.withLock { state in body(&state) }.get()
    }

    private func attempt<Answer>(_ body: () throws(PortError) -> Answer) -> Result<Answer, PortError> {
        do throws(PortError) { return .success(try body()) } catch { return .failure(error) }
    }
}

extension Stage: Pods {
    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        throw PortError.refused("no pod is watched in a rehearsal: findings are written in the file")
    }
}

extension Stage: Workloads {
    /// Pods bear the name of their workload, and something behind it.
    func workload(of pod: PodRow) async throws(PortError) -> Subject {
        let owners = state.withLock { state in
            state.settings.workloads.keys.filter { $0.namespace == pod.namespace && pod.name.hasPrefix($0.name + "-") }
        }
        return owners.max { $0.name.utf8.count < $1.name.utf8.count } ?? Subject(.pod, namespace: pod.namespace, name: pod.name)
    }

    func read(_ subject: Subject) async throws(PortError) -> Workload {
        try locked { state in attempt { () throws(PortError) in try find(subject, in: &state).workload } }
    }

    func memoryBounds(inNamespace namespace: String) async throws(PortError) -> MemoryBounds? { nil }

    func autoscalers(of subject: Subject, setting fields: [WorkloadField]) async throws(PortError) -> [FieldOwner] {
        let names = Set(fields.map(\.description))
        return try locked { state in
            attempt { () throws(PortError) in try find(subject, in: &state).autoscalers.filter { names.contains($0.field) } }
        }
    }

    func workloads(_ kind: Subject.Kind, inNamespace namespace: String, label: String, value: String) async throws(PortError) -> [Subject] {
        state.withLock { state in
            state.settings.workloads.filter {
                $0.key.kind == kind && $0.key.namespace == namespace && $0.value.labels[label] == value
            }.map(\.key).sorted()
        }
    }

    func revisions(of subject: Subject) async throws(PortError) -> [Revision] {
        try locked { state in
            attempt { () throws(PortError) in
                let settings = try find(subject, in: &state)
                // Kubernetes gives each Deployment its first revision.
                let written = settings.revisions
                let all = written.isEmpty ? [.init(number: 1, age: .hours(24 * 30), images: [], ready: 0, readyFor: nil)] : written
                let current = state.templates[subject] ?? Self.replicaSet(subject, all[0].number)
                let newest = (all.first?.number ?? 1) + (current == Self.replicaSet(subject, all[0].number) ? 0 : 1)
                return all.map { revision in
                    let name = Self.replicaSet(subject, revision.number)
                    var made = Revision(
                        number: name == current ? newest : revision.number, replicaSet: name, uid: "\(name)-uid",
                        createdAt: state.start - revision.age, isCurrent: name == current, readyReplicas: revision.ready,
                        images: revision.images)
                    made.readySince = revision.readyFor.map { state.start - $0 }
                    return made
                }.sorted { $0.number > $1.number }
            }
        }
    }

    func write(_ write: WorkloadWrite, to subject: Subject, stamp: Stamp?) async throws(PortError) -> Workload {
        try locked { state in
            attempt { () throws(PortError) in
                var settings = try find(subject, in: &state)
                var workload = settings.workload
                switch write.precondition {
                case .version(_, let version) where version != workload.resourceVersion:
                    throw .conflict("\(subject) changed since it was read")
                case .values(_, let edits) where !edits.allSatisfy({ Self.holds($0, workload, state.templates[subject]) }):
                    throw .conflict("\(subject) is no longer as the attempt left it")
                default: break
                }
                for edit in write.edits { Self.make(edit, &workload, &state.templates[subject]) }
                if let stamp { workload.stamps.append(stamp) }
                state.version += 1
                workload.resourceVersion = String(state.version)
                settings.workload = workload
                state.settings.workloads[subject] = settings
                return workload
            }
        }
    }

    private static func make(_ edit: WorkloadWrite.Edit, _ workload: inout Workload, _ template: inout String?) {
        switch edit {
        case .memory(let container, let limit, let request):
            for index in workload.containers.indices where workload.containers[index].name == container {
                workload.containers[index].memoryLimit = limit
                workload.containers[index].memoryRequest = request
            }
        case .restart(let at): workload.restartedAt = at.rfc3339
        case .replicas(let count):
            workload.replicas = count
            workload.desired = count
            workload.readyReplicas = count
        case .template(let replicaSet, _): template = replicaSet
        }
    }

    private static func holds(_ edit: WorkloadWrite.Edit, _ workload: Workload, _ template: String?) -> Bool {
        switch edit {
        case .memory(let container, let limit, let request):
            workload.containers.contains { $0.name == container && $0.memoryLimit == limit && $0.memoryRequest == request }
        case .restart(let at): workload.restartedAt == at.rfc3339
        case .replicas(let count): workload.replicas == count
        case .template(let replicaSet, _): template == replicaSet
        }
    }
}

extension Stage: Fixes {
    func read() async throws(PortError) -> [Fix] { state.withLock { $0.settings.fixes.sorted { $0.key < $1.key } } }
}

extension Stage: Evictions {
    func pod(_ name: String, inNamespace namespace: String) async throws(PortError) -> PodRow {
        let row = PodRow(uid: "\(name)-uid", namespace: namespace, name: name, phase: .running)
        guard !state.withLock({ $0.evicted.contains("\(namespace)/\(name)") }) else { throw .notFound("pod \(name) was evicted") }
        return row
    }

    func evict(_ pod: PodEviction.Pod, inNamespace namespace: String) async throws(PortError) {
        _ = state.withLock { $0.evicted.insert("\(namespace)/\(pod.name)") }
    }
}

extension Stage: Sessions {
    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading {
        try locked { state in
            attempt { () throws(PortError) in
                let database = try Self.database(in: &state)
                let passed = state.now - state.start
                let sessions = (state.sessions[database.name] ?? []).map { session in
                    var session = session
                    session.stateFor += passed
                    return session
                }
                return SessionsReading(name: database.name, maximum: database.maximum, reserved: database.reserved, sessions: sessions)
            }
        }
    }

    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] {
        try locked { state in
            attempt { () throws(PortError) in
                let database = try Self.database(in: &state)
                let pids = Set(termination.sessions.map(\.pid))
                state.sessions[database.name]?.removeAll { pids.contains($0.pid) }
                return termination.sessions
            }
        }
    }

    /// The one there is: a connection string does not name a server of the case.
    private static func database(in state: inout State) throws(PortError) -> StageSettings.DatabaseSettings {
        guard let database = state.settings.databases.values.first, state.settings.databases.count == 1 else {
            state.missing.append("the one database that is meant, under world.databases")
            throw .refused("the world of the case does not have the one database that is meant")
        }
        return database
    }
}

extension Stage: Files {
    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        try locked { state in
            attempt { () throws(PortError) in
                let pattern = NamePattern(search.name)
                let now = state.now
                let (start, deleted) = (state.start, state.deleted)
                let files = try Self.logs(at: place, in: state).filter { file in
                    let name = file.path.split(separator: "/").last.map(String.init) ?? ""
                    let days = search.olderThanDays.map { now - (start - file.age) >= .hours(24 * ($0 + 1)) } ?? true
                    return file.path.hasPrefix(search.path + "/") && pattern.matches(name) && days
                        && !deleted.contains("\(place) \(file.path)")
                }
                .map { FileListing.File(path: $0.path, bytes: $0.bytes, modifiedAt: start - $0.age) }
                .sorted { $0.modifiedAt < $1.modifiedAt }
                return FileListing(
                    files: Array(files.prefix(search.limit)), isTruncated: files.count > search.limit,
                    used: files.reduce(0) { $0 + $1.bytes })
            }
        }
    }

    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        let listing = try await list(search, at: place)
        state.withLock { state in
            for file in listing.files { state.deleted.insert("\(place) \(file.path)") }
        }
    }

    func pods(of workload: Subject) async throws(PortError) -> [PodRow] {
        try locked { state in
            attempt { () throws(PortError) in
                let settings = try find(workload, in: &state)
                return (0..<(settings.workload.readyReplicas ?? 0)).map {
                    PodRow(
                        uid: "\(workload.name)-\($0)", namespace: workload.namespace, name: "\(workload.name)-\($0)", isReady: true)
                }
            }
        }
    }

    private static func logs(at place: FilePlace, in state: State) throws(PortError) -> [(path: String, bytes: Int64, age: Duration)] {
        guard case .pod(let namespace, let name, _) = place, let dash = name.lastIndex(of: "-") else {
            throw .refused("files of this machine are not in the world of a case")
        }
        let owner = String(name[..<dash])
        return state.settings.workloads.first { $0.key.namespace == namespace && $0.key.name == owner }?.value.logs ?? []
    }
}

import AutomatonCore
import Rules

/// Reads `world`: the workloads, databases and fixes that remediations find.
struct StageReader {
    private var fields: MappingReader
    private let namespace: String
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, namespace: String) {
        self.namespace = namespace
        fields = MappingReader(node, file: file, noun: "the world", known: ["workloads", "databases", "fixes"])
    }

    /// What is named takes the place of what was there by that name.
    mutating func read(into stage: inout StageSettings) {
        for item in fields.list("workloads") {
            guard let read = workload(item) else { continue }
            stage.workloads[read.workload.subject] = read
        }
        for item in fields.list("databases") {
            guard let read = database(item) else { continue }
            stage.databases[read.name] = read
        }
        for item in fields.list("fixes") {
            guard let read = fix(item) else { continue }
            stage.fixes.removeAll { $0.key == read.key }
            stage.fixes.append(read)
        }
    }

    /// What is kept of an attempt before the case: memory of a container, or replicas.
    private mutating func fix(_ node: YAMLNode) -> Fix? {
        var inner = MappingReader(
            node, file: fields.file, noun: "a fix", known: ["subject", "container", "memory", "request", "replicas"])
        defer { fields.adopt(inner.problems) }
        let subject = inner.required("subject", "such as deployment/email-service")
            .flatMap { _ in inner.subject("subject", namespace: namespace) }
        let container = inner.read("container", ScalarReading.text)
        let (memory, request) = (Self.bytes("memory", &inner), Self.bytes("request", &inner))
        let replicas = inner.whole("replicas", to: 10_000)
        if (memory == nil) == (replicas == nil), inner.problems.isEmpty {
            inner.report(node, "a fix keeps either memory or replicas: write memory: 2Gi with its container, or replicas: 5")
        }
        if memory != nil, container == nil, inner.problems.isEmpty { inner.report(node, "container: is missing: whose memory is kept?") }
        guard let subject, inner.problems.isEmpty else { return nil }
        if let memory { return Fix(subject, container: container, .memory(limit: memory, request: request), at: .epoch) }
        return replicas.map { Fix(subject, .replicas($0), at: .epoch) }
    }

    private mutating func workload(_ node: YAMLNode) -> StageSettings.WorkloadSettings? {
        var inner = MappingReader(
            node, file: fields.file, noun: "a workload",
            known: [
                "name", "replicas", "ready", "takesDown", "paused", "onDelete", "containers", "labels", "autoscaler", "owners", "mode",
                "revisions", "logs",
            ])
        defer { fields.adopt(inner.problems) }
        let subject = inner.required("name", "such as deployment/email-service")
            .flatMap { _ in inner.subject("name", namespace: namespace) }
        let replicas = inner.whole("replicas", to: 10_000)
        let ready = inner.whole("ready", to: 10_000)
        guard let subject else { return nil }
        let hasReplicas: Set<Subject.Kind> = [.deployment, .statefulSet, .replicaSet]
        let wanted = replicas ?? 1
        var workload = Workload(
            subject: subject, uid: "\(subject.name)-uid", resourceVersion: "1",
            replicas: hasReplicas.contains(subject.kind) ? wanted : nil, paused: inner.read("paused", ScalarReading.flag) ?? false,
            rollsOut: !(inner.read("onDelete", ScalarReading.flag) ?? false), containers: containers(&inner))
        workload.readyReplicas = ready ?? wanted
        workload.desired = wanted
        workload.takesDown = inner.whole("takesDown", to: 10_000) ?? 0
        workload.wish.mode = inner.word("mode", as: ObjectWish.Mode.self)
        workload.owners = owners(&inner)
        workload.revision = nil
        var settings = StageSettings.WorkloadSettings(workload: workload)
        settings.labels = labels(&inner)
        if let name = inner.read("autoscaler", ScalarReading.text) {
            settings.autoscalers = [FieldOwner(kind: .autoscaler, name: name, field: .replicas)]
        }
        settings.revisions = revisions(&inner)
        settings.logs = logs(&inner)
        return inner.problems.isEmpty ? settings : nil
    }

    private func containers(_ outer: inout MappingReader) -> [Workload.Container] {
        var containers: [Workload.Container] = []
        for item in outer.list("containers") {
            var inner = MappingReader(item, file: fields.file, noun: "a container", known: ["name", "limit", "request"])
            let name = inner.required("name", "such as email").flatMap { inner.read($0, "name", ScalarReading.text) }
            let (limit, request) = (Self.bytes("limit", &inner), Self.bytes("request", &inner))
            outer.adopt(inner.problems)
            if let name { containers.append(Workload.Container(name: name, memoryLimit: limit, memoryRequest: request)) }
        }
        return containers
    }

    private static func bytes(_ key: String, _ fields: inout MappingReader) -> ByteQuantity? {
        guard let value = fields.value(key), let text = fields.read(value, key, ScalarReading.anyText) else { return nil }
        if let quantity = ByteQuantity(text) { return quantity }
        fields.report(value, "\(key): \(text.quoted) is no amount of bytes: write 512Mi, 2Gi")
        return nil
    }

    private func owners(_ outer: inout MappingReader) -> [FieldOwner] {
        var owners: [FieldOwner] = []
        for item in outer.list("owners") {
            var inner = MappingReader(item, file: fields.file, noun: "an owner", known: ["field", "kind", "name"])
            let field = inner.required("field", "replicas, template, or containers[NAME].resources.limits.memory")
                .flatMap { inner.read($0, "field", ScalarReading.text) }
            let name = inner.required("name", "such as argocd-controller").flatMap { inner.read($0, "name", ScalarReading.text) }
            let kind = inner.required("kind", "gitops, controller or person").flatMap { _ in inner.word("kind", as: FieldOwner.Kind.self) }
            outer.adopt(inner.problems)
            if let field, let name, let kind { owners.append(FieldOwner(kind: kind, name: name, field: field)) }
        }
        return owners
    }

    private func labels(_ outer: inout MappingReader) -> [String: String] {
        guard let value = outer.value("labels") else { return [:] }
        guard case .mapping(let pairs) = value.content else {
            outer.report(value, "labels: must be a mapping of names to values, not \(value.kind)")
            return [:]
        }
        var labels: [String: String] = [:]
        for pair in pairs { labels[pair.key] = outer.read(pair.value, pair.key, ScalarReading.anyText) }
        return labels
    }

    private func revisions(_ outer: inout MappingReader) -> [StageSettings.RevisionSettings] {
        var revisions: [StageSettings.RevisionSettings] = []
        for item in outer.list("revisions") {
            var inner = MappingReader(item, file: fields.file, noun: "a revision", known: ["number", "age", "image", "ready", "readyFor"])
            let number = inner.required("number", "2").flatMap { _ in inner.whole("number", from: 1) }
            let age = inner.required("age", "how old it is when the case begins: 20m").flatMap { _ in inner.span("age") }
            let image = inner.read("image", ScalarReading.text)
            let readyFor = inner.span("readyFor")
            let ready = inner.whole("ready", to: 10_000) ?? (readyFor == nil ? 0 : 1)
            outer.adopt(inner.problems)
            if let number, let age {
                revisions.append(.init(number: number, age: age, images: image.map { [$0] } ?? [], ready: ready, readyFor: readyFor))
            }
        }
        if zip(revisions, revisions.dropFirst()).contains(where: { $0.number <= $1.number }) {
            outer.report(outer.place(of: "revisions"), "revisions: the newest comes first, and each has a number of its own")
        }
        return revisions
    }

    private func logs(_ outer: inout MappingReader) -> [(path: String, bytes: Int64, age: Duration)] {
        var logs: [(path: String, bytes: Int64, age: Duration)] = []
        for item in outer.list("logs") {
            var inner = MappingReader(item, file: fields.file, noun: "a file", known: ["path", "size", "age"])
            let path = inner.required("path", "/var/log/app.log.1").flatMap { inner.read($0, "path", ScalarReading.text) }
            let size = Self.bytes("size", &inner) ?? ByteQuantity(bytes: 1 << 20)
            let age = inner.required("age", "10d").flatMap { _ in inner.span("age") }
            outer.adopt(inner.problems)
            if let path, let age { logs.append((path, size.bytes, age)) }
        }
        return logs
    }

    private mutating func database(_ node: YAMLNode) -> StageSettings.DatabaseSettings? {
        var inner = MappingReader(
            node, file: fields.file, noun: "a database", known: ["name", "maxConnections", "reserved", "sessions"])
        defer { fields.adopt(inner.problems) }
        let name = inner.required("name", "host and port: db:5432").flatMap { inner.read($0, "name", ScalarReading.text) }
        let maximum = inner.whole("maxConnections", from: 1) ?? 100
        let reserved = inner.whole("reserved", to: maximum) ?? 3
        var sessions: [(count: Int, session: Session)] = []
        for item in inner.list("sessions") {
            if let read = session(item, &inner) { sessions.append(read) }
        }
        guard let name, inner.problems.isEmpty else { return nil }
        return StageSettings.DatabaseSettings(name: name, maximum: maximum, reserved: reserved, sessions: sessions)
    }

    private func session(_ node: YAMLNode, _ outer: inout MappingReader) -> (count: Int, session: Session)? {
        var inner = MappingReader(
            node, file: fields.file, noun: "sessions", known: ["count", "state", "for", "role", "database", "application", "address"])
        let count = inner.whole("count", from: 1, to: 10_000) ?? 1
        let state = inner.required("state", "such as idle").flatMap { _ in inner.word("state", as: Session.State.self) }
        let length = inner.span("for") ?? .zero
        let text: (String, inout MappingReader) -> String? = { key, fields in fields.read(key, ScalarReading.text) }
        let session = Session(
            pid: 0, startedAt: .epoch, role: text("role", &inner) ?? "app", database: text("database", &inner) ?? "app",
            application: text("application", &inner) ?? "app", address: text("address", &inner) ?? "10.0.0.1",
            state: state ?? .unknown, stateFor: length, isProtected: false)
        outer.adopt(inner.problems)
        return state == nil ? nil : (count, session)
    }
}

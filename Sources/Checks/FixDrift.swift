public import AutomatonCore

/// Reports whether what is kept of attempts that helped still holds in the workloads.
///
/// It reads the workloads that have fixes and no others. A value above the kept one is no drift: a person raised it further, and it stays.
/// A workload that is gone has no finding; one that cannot be read is unknown. Where replicas are fewer than kept, it asks once a namespace
/// whether an autoscaler sets them: what that takes away is no drift, and applied again it would be gone within seconds.
public struct FixDrift: Check {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// One namespace; nil for all that have fixes.
        public var namespace: String?
        /// Only fixes of this kind; nil for all.
        public var type: String?

        /// Makes parameters.
        public init(namespace: String? = nil, type: String? = nil) {
            self.namespace = namespace
            self.type = type
        }
    }

    public static let name = Fix.check
    public static let documentation = Documentation(
        """
        Holds the fixes that are kept (`automaton fixes list`) against the workloads: what a deploy undid has drifted. A finding is about \
        the workload. A value above the kept one is no drift, nor are 0 replicas, nor those that an autoscaler sets. Only workloads that have fixes \
        are read.
        """,
        parameters: [
            .init("namespace", "a namespace", standard: "all", "Only workloads of this namespace."),
            .init("type", "memory or replicas", standard: "both", "Only fixes of this type."),
        ],
        figures: [
            .init("drifted", "fixes of the workload whose field is below what is kept"),
            .init("kept", "fixes of the workload"),
        ],
        example: """
            name: undone-fix
            check: fix-drift
            when:
              - { above: 0, priority: medium }
            mode: auto
            remediations:
              - use: reapply-fix
            """)
    public static let vocabulary = Vocabulary(figures: ["drifted", "kept"], reasons: FixStanding.Word.allCases.map(\.reasonCode))
    public static let subjects: Set<Subject.Kind> = .rollouts
    public static let permissions = [
        Permission(["get"], "deployments", group: "apps"),
        Permission(["get"], "statefulsets", group: "apps"),
        Permission(["get"], "daemonsets", group: "apps"),
        Permission(["list"], "horizontalpodautoscalers", group: "autoscaling"),
        Permission(["list"], "scaledobjects", group: "keda.sh"),
    ]

    /// So many workloads are read at once.
    private static let atOnce = 4

    private let namespace: String?
    private let kind: Fix.Kind?

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        if let namespace = parameters.namespace, !PodHealth.isLabel(namespace) {
            throw ParameterError(
                "namespace", "'\(namespace)' is not the name of a namespace: write a-z, 0-9 and '-', at most 63 characters")
        }
        namespace = parameters.namespace
        kind = parameters.type.flatMap(Fix.Kind.init(rawValue:))
        if let type = parameters.type, kind == nil || kind == .storage {
            throw ParameterError("type", "'\(type)' cannot be held against a workload: write memory or replicas, or leave it out for both")
        }
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let fixes = try await environment.fixes.read().filter { fix in
            fix.key.kind != .storage && (kind.map { fix.key.kind == $0 } ?? true)
                && (namespace.map { fix.key.subject.namespace == $0 } ?? true)
        }
        let groups = Dictionary(grouping: fixes, by: \.key.subject)
        let seen = try await Self.read(groups.keys.sorted(), in: environment)
        let scalers = try await Self.scalers(of: seen.filter { Self.lacksReplicas(groups[$0.key] ?? [], $0.value) }, in: environment)
        return seen.sorted { $0.key < $1.key }.map { subject, workload in
            let observation: Observation
            do throws(PortError) {
                let workload = try workload.get()
                let scaler = try scalers[subject]?.get()
                observation = .seen(Self.evidence(groups[subject] ?? [], workload, scaler: scaler ?? nil))
            } catch {
                observation = .unknown(error.description)
            }
            return Finding(subject, observedAt: environment.now(), observation)
        }
    }

    private typealias Seen = [Subject: Result<Workload, PortError>]

    /// The workloads that are there, or why they cannot be read.
    private static func read(_ subjects: [Subject], in environment: Environment) async throws -> Seen {
        try await withThrowingTaskGroup(of: (Subject, Result<Workload, PortError>)?.self) { reads in
            var seen: Seen = [:]
            for (index, subject) in subjects.enumerated() {
                if index >= atOnce, let (subject, result) = try await reads.next() ?? nil { seen[subject] = result }
                reads.addTask {
                    do throws(PortError) {
                        return (subject, .success(try await environment.workloads.read(subject)))
                    } catch {
                        if case .notFound = error { return nil }
                        try Task.checkCancellation()
                        return (subject, .failure(error))
                    }
                }
            }
            for try await case (let subject, let result)? in reads { seen[subject] = result }
            return seen
        }
    }

    /// Whether there is something to ask the autoscalers.
    private static func lacksReplicas(_ fixes: [Fix], _ workload: Result<Workload, PortError>) -> Bool {
        guard case .success(let workload) = workload else { return false }
        return fixes.contains { fix in
            if fix.key.kind == .replicas, case .drifted = fix.standing(in: workload) { true } else { false }
        }
    }

    /// The autoscalers that set the replicas of these workloads, one look a namespace: nil for none, or why that cannot be told.
    private static func scalers(of workloads: Seen, in environment: Environment) async throws -> [Subject: Result<FieldOwner?, PortError>] {
        var scalers: [Subject: Result<FieldOwner?, PortError>] = [:]
        for (namespace, subjects) in Dictionary(grouping: workloads.keys, by: \.namespace).sorted(by: { $0.key < $1.key }) {
            do throws(PortError) {
                let found = try await environment.workloads.replicaScalers(of: Set(subjects), inNamespace: namespace)
                for subject in subjects { scalers[subject] = .success(found[subject]) }
            } catch {
                try Task.checkCancellation()
                let why = PortError.unavailable("whether an autoscaler sets its replicas is not known: \(error)", retryAfter: nil)
                for subject in subjects { scalers[subject] = .failure(why) }
            }
        }
        return scalers
    }

    private static func evidence(_ fixes: [Fix], _ workload: Workload, scaler: FieldOwner?) -> Evidence {
        var reasons: [(word: FixStanding.Word, reason: Reason)] = []
        for fix in fixes {
            guard let (word, text) = fix.standing(in: workload, scaler: scaler).remark else { continue }
            let by = word == .drifted ? owners(of: fix.fields, in: workload) : ""
            reasons.append(
                (word, Reason(word.reasonCode, part: fix.key.kind.rawValue, container: fix.key.container, message: text + by)))
        }
        let figures = [
            Figure("drifted", Double(reasons.count { $0.word == .drifted })), Figure("kept", Double(fixes.count)),
        ]
        // What drifted first.
        let sorted = FixStanding.Word.allCases.flatMap { word in reasons.filter { $0.word == word }.map(\.reason) }
        return Evidence(figures: figures, reasons: sorted)
    }

    /// Who wrote the fields last, where that is known.
    private static func owners(of fields: [WorkloadField], in workload: Workload) -> String {
        let names = Set(fields.map(\.description))
        let owners = Set(workload.owners.filter { names.contains($0.field) }.map(\.name)).sorted()
        return owners.isEmpty ? "" : ", written by \(owners.joined(separator: ", "))"
    }
}

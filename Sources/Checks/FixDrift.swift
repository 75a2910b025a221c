public import AutomatonCore

/// Reports whether what is kept of attempts that helped still holds in the workloads.
///
/// It reads the workloads that have fixes and no others. A value above the kept one is no drift: a person raised it further, and it stays.
/// A workload that is gone has no finding; one that cannot be read is unknown.
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
        the workload. A value above the kept one is no drift, nor are 0 replicas. Only workloads that have fixes are read.
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
        let groups = Dictionary(grouping: fixes, by: \.key.subject).sorted { $0.key < $1.key }
        return try await withThrowingTaskGroup(of: Finding?.self) { reads in
            var findings: [Finding] = []
            for (index, group) in groups.enumerated() {
                if index >= Self.atOnce, let finding = try await reads.next() ?? nil { findings.append(finding) }
                reads.addTask { try await Self.finding(group.key, group.value, in: environment) }
            }
            for try await finding in reads { if let finding { findings.append(finding) } }
            return findings.sorted { $0.subject < $1.subject }
        }
    }

    /// What is seen of one workload; nil when it is gone.
    private static func finding(_ subject: Subject, _ fixes: [Fix], in environment: Environment) async throws -> Finding? {
        let observation: Observation
        do throws(PortError) {
            observation = .seen(evidence(fixes, try await environment.workloads.read(subject)))
        } catch {
            if case .notFound = error { return nil }
            try Task.checkCancellation()
            observation = .unknown(error.description)
        }
        return Finding(subject, observedAt: environment.now(), observation)
    }

    private static func evidence(_ fixes: [Fix], _ workload: Workload) -> Evidence {
        var reasons: [(word: FixStanding.Word, reason: Reason)] = []
        for fix in fixes {
            guard let (word, text) = fix.standing(in: workload).remark else { continue }
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

public import AutomatonCore

/// Applies what is kept of attempts that helped again, where somebody lowered it: exactly the fields that drifted, and never below what is
/// there.
public struct ReapplyFix: Remediation {
    /// What a rule writes under `with:`: nothing.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// Makes parameters.
        public init() {}
    }

    public static let name = "reapply-fix"
    public static let documentation = Documentation(
        """
        Applies fixes that drifted again: memory limit and request, and replicas, as they are kept. Nothing is lowered, and where nothing \
        has drifted nothing is written. It goes no further than `MAX_MEMORY`, `MAX_REPLICAS` and LimitRanges allow, and can be taken \
        back: then the fix is kept no longer.
        """,
        example: """
            name: undone-fix-again
            check: fix-drift
            when:
              - { above: 0, priority: medium }
            remediations:
              - use: reapply-fix
                attempts: 2
            """)
    public static let action = "reapply_fix"
    public static let subjects: Set<Subject.Kind> = .rollouts
    public static let permissions = [
        Permission(["get", "patch"], "deployments", group: "apps"),
        Permission(["get", "patch"], "statefulsets", group: "apps"),
        Permission(["get", "patch"], "daemonsets", group: "apps"),
        Permission(["list"], "limitranges"),
        Permission(["list"], "horizontalpodautoscalers", group: "autoscaling"),
        Permission(["list"], "verticalpodautoscalers", group: "autoscaling.k8s.io"),
        Permission(["list"], "scaledobjects", group: "keda.sh"),
    ]

    /// Makes the remediation from its parameters.
    public init(_ parameters: Parameters) {}

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        let fixes = try await environment.fixes.read().filter { $0.key.subject == subject }
        guard !fixes.isEmpty else { return .refused("nothing is kept of \(subject): there is nothing to apply") }
        let workload = try await environment.workloads.read(subject)
        var drifted = fixes.compactMap { fix in fix.edit(for: workload).map { Drifted(fix: fix, edit: $0) } }
        guard !drifted.isEmpty else { return .refused("what is kept of \(subject) holds: there is nothing to apply") }
        let autoscalers = try await environment.workloads.autoscalers(
            of: subject, setting: drifted.flatMap { $0.fields(in: workload) })
        // An autoscaler writes its number again within seconds, whatever a rule allows. What else drifted is none of its business.
        if let scaler = autoscalers.first(where: { $0.field == WorkloadField.replicas.description }) {
            drifted.removeAll { $0.fix.key.kind == .replicas }
            guard !drifted.isEmpty else { return .refused("\(subject): its replicas are set by \(scaler.name): not fought over") }
        }
        let changesTemplate = drifted.contains { $0.fix.key.kind == .memory }
        if changesTemplate {
            if let why = RolloutKind.refusal(workload) { return .refused(why) }
            if let why = try await Self.refusal(of: drifted, in: subject.namespace, environment) { return .refused(why) }
        }
        let fields = drifted.flatMap { $0.fields(in: workload) }
        let names = Set(fields.map(\.description))
        return .plan(
            Self.plan(drifted, fields, workload, autoscalers.filter { names.contains($0.field) }, replacesPods: changesTemplate))
    }

    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        // An autoscaler may have begun to scale it since, and need not have written anything yet.
        if plan.inverse?.edits.contains(where: { if case .replicas = $0 { true } else { false } }) == true,
            let owner = try await environment.workloads.autoscalers(of: plan.subject, setting: [.replicas]).first
        {
            throw .refused("its replicas are set by \(owner.name) now: not fought over")
        }
        try await writeInverse(of: plan, in: environment)
    }

    /// Why a LimitRange would keep the pods from being made; nil when none would.
    private static func refusal(
        of drifted: [Drifted], in namespace: String, _ environment: Environment
    ) async throws(PortError) -> String? {
        guard let bounds = try await environment.workloads.memoryBounds(inNamespace: namespace) else { return nil }
        for case .memory(let container, let limit?, let request) in drifted.map(\.edit) {
            if let most = bounds.maximum, limit > most {
                return "\(limit) is kept for container \(container), and LimitRange \(bounds.source) (\(most)) allows no more"
            }
            if let ratio = bounds.maximumRatio, let request, Double(limit.bytes) > ratio * Double(request.bytes) {
                return "limit \(limit) and request \(request) are kept for container \(container), and a LimitRange allows the limit "
                    + "to be \(ratio) times the request at most"
            }
        }
        return nil
    }

    private static func plan(
        _ drifted: [Drifted], _ fields: [WorkloadField], _ workload: Workload, _ autoscalers: [FieldOwner], replacesPods: Bool
    ) -> Plan {
        let edits = drifted.map(\.edit)
        // What a person imported may name a rule, which nobody saw.
        let rules = Set(drifted.filter { !$0.fix.origin.isImported }.compactMap(\.fix.origin.rule)).sorted()
        let origins =
            (rules.isEmpty ? [] : ["\(rules.joined(separator: ", ")) had set it"])
            + (drifted.contains { $0.fix.origin.isImported } ? ["imported"] : [])
        let why = origins.isEmpty ? "" : " (\(origins.joined(separator: "; ")))"
        return Plan(
            subject: workload.subject, summary: "apply again " + drifted.map(\.fix.summary).joined(separator: "; ") + why,
            changes: drifted.flatMap { $0.changes(in: workload) },
            write: .workload(WorkloadWrite(edits, precondition: .version(uid: workload.uid, resourceVersion: workload.resourceVersion))),
            inverse: WorkloadWrite(drifted.map { $0.inverse(in: workload) }, precondition: .values(uid: workload.uid, edits)),
            stamps: workload.stamps,
            circumstances: Circumstances(
                workload, replacesPods: replacesPods, owners: workload.owners(of: fields, autoscalers: autoscalers)))
    }
}

/// A fix that drifted, and what brings it back.
private struct Drifted {
    let fix: Fix
    let edit: WorkloadWrite.Edit

    private func present(_ workload: Workload) -> (limit: ByteQuantity?, request: ByteQuantity?) {
        let container = workload.containers.first { $0.name == fix.key.container }
        return (container?.memoryLimit, container?.memoryRequest)
    }

    /// The fields that are written to another value.
    func fields(in workload: Workload) -> [WorkloadField] {
        guard case .memory(let container, let limit, let request) = edit else { return [.replicas] }
        let present = present(workload)
        return (limit == present.limit ? [] : [.memoryLimit(container: container)])
            + (request == present.request ? [] : [.memoryRequest(container: container)])
    }

    func changes(in workload: Workload) -> [Change] {
        switch edit {
        case .memory(let container, let limit, let request):
            let present = present(workload)
            var changes: [Change] = []
            if let limit, limit != present.limit {
                changes.append(
                    Change(
                        WorkloadField.memoryLimit(container: container).description, before: present.limit?.description,
                        after: limit.description, measure: .memory(limit)))
            }
            if request != present.request {
                changes.append(
                    Change(
                        WorkloadField.memoryRequest(container: container).description, before: present.request?.description,
                        after: request?.description, measure: request.map { .memory($0) } ?? .unmeasured))
            }
            return changes
        case .replicas(let count):
            return [
                Change("spec.replicas", before: workload.replicas.map { "\($0)" }, after: "\(count)", measure: .replicas(count))
            ]
        case .restart, .template: return []
        }
    }

    func inverse(in workload: Workload) -> WorkloadWrite.Edit {
        switch edit {
        case .memory(let container, _, _):
            let present = present(workload)
            return .memory(container: container, limit: present.limit, request: present.request)
        case .replicas(let count): return .replicas(workload.replicas ?? count)
        case .restart, .template: return edit
        }
    }
}

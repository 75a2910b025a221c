/// How a fix stands in the workload as it is observed.
public enum FixStanding: Hashable, Sendable {
    /// The field holds what is kept.
    case holds
    /// Somebody lowered it: what is missing, with the figures.
    case drifted(String)
    /// Somebody raised it further: it stays as it is.
    case outgrown(String)
    /// It does not apply to what is there (the container is gone, somebody scaled it to 0, an autoscaler sets its replicas), and why.
    case idle(String)

    /// What there is to say, but that it holds.
    public enum Word: String, Hashable, Sendable, CaseIterable {
        /// See ``FixStanding/drifted(_:)``.
        case drifted
        /// See ``FixStanding/outgrown(_:)``.
        case outgrown
        /// See ``FixStanding/idle(_:)``.
        case idle

        /// The code of the reason that says so in a finding of the check.
        public var reasonCode: String {
            switch self {
            case .drifted: "FixDrifted"
            case .outgrown: "FixOutgrown"
            case .idle: "FixIdle"
            }
        }
    }

    /// The word and its text; nil when it holds.
    public var remark: (word: Word, text: String)? {
        switch self {
        case .holds: nil
        case .drifted(let text): (.drifted, text)
        case .outgrown(let text): (.outgrown, text)
        case .idle(let text): (.idle, text)
        }
    }
}

extension Evidence {
    /// What the check that holds fixes against the workloads says of one of them; nil when it holds.
    public func remark(on key: FixKey) -> (word: FixStanding.Word, text: String)? {
        for reason in reasons where reason.part == key.kind.rawValue && reason.container == key.container {
            if let word = FixStanding.Word.allCases.first(where: { $0.reasonCode == reason.code }) { return (word, reason.message) }
        }
        return nil
    }
}

extension Fix {
    /// The check that holds fixes against the workloads.
    public static let check = "fix-drift"

    /// Of what was seen of its workload, by rules that may each look at another kind of fix, what is about this one: a remark on it; else that
    /// something could not be seen; else that nothing is to be remarked.
    public func finding(among findings: [Finding]) -> Finding? {
        func remarks(_ finding: Finding) -> Bool {
            if case .seen(let evidence) = finding.observation { evidence.remark(on: key) != nil } else { false }
        }
        func isUnknown(_ finding: Finding) -> Bool {
            if case .unknown = finding.observation { true } else { false }
        }
        return findings.first(where: remarks) ?? findings.first(where: isUnknown) ?? findings.first
    }

    /// How it stands. Never more than the observed fields say: what is not set has no lower value.
    /// - Parameters:
    ///   - workload: what is observed.
    ///   - scaler: the autoscaler that sets the replicas: that it takes some away is no drift; nil where none does, or nobody asked.
    public func standing(in workload: Workload, scaler: FieldOwner? = nil) -> FixStanding {
        switch value {
        case .replicas(let kept):
            guard let present = workload.replicas else { return .idle("\(workload.subject) has no replicas") }
            if present == 0 { return .idle("\(workload.subject) is scaled to 0: somebody turned it off") }
            if present > kept { return .outgrown("replicas are \(present), \(kept) are kept") }
            if present == kept { return .holds }
            if let scaler { return .idle("\(scaler.name) sets its replicas: they are \(present), \(kept) are kept") }
            return .drifted("replicas are \(present), \(kept) are kept")
        case .memory(let kept, let request):
            guard let container = workload.containers.first(where: { $0.name == key.container }) else {
                return .idle("container \(key.container ?? "") is not in the template of \(workload.subject)")
            }
            guard let limit = container.memoryLimit else { return .outgrown("memory of \(container.name) has no limit, \(kept) is kept") }
            if limit > kept { return .outgrown("memory limit of \(container.name) is \(limit), \(kept) is kept") }
            var lowered: [String] = []
            if limit < kept { lowered.append("memory limit of \(container.name) is \(limit), \(kept) is kept") }
            // Without a request of its own a container requests its limit.
            if let request, (container.memoryRequest ?? limit) < request {
                let present = container.memoryRequest?.description ?? "that limit"
                lowered.append("memory request of \(container.name) is \(present), \(request) is kept")
            }
            return lowered.isEmpty ? .holds : .drifted(lowered.joined(separator: "; "))
        case .storage: return .idle("no remediation here expands a volume")
        }
    }

    /// The fields of a workload that it is about.
    public var fields: [WorkloadField] {
        switch (value, key.container) {
        case (.memory(_, let request), let container?):
            [.memoryLimit(container: container)] + (request == nil ? [] : [.memoryRequest(container: container)])
        case (.replicas, _): [.replicas]
        case (.memory, nil), (.storage, _): []
        }
    }

    /// What brings a workload to what is kept, and lowers nothing; nil where nothing is missing.
    public func edit(for workload: Workload) -> WorkloadWrite.Edit? {
        guard case .drifted = standing(in: workload) else { return nil }
        switch value {
        case .replicas(let kept): return .replicas(kept)
        case .memory(let kept, let request):
            guard let container = workload.containers.first(where: { $0.name == key.container }) else { return nil }
            // A container without a request of its own goes on requesting its limit, which is no less than what is kept.
            let wanted = container.memoryRequest.map { max($0, request ?? $0) }
            return .memory(container: container.name, limit: max(kept, container.memoryLimit ?? kept), request: wanted)
        case .storage: return nil
        }
    }
}

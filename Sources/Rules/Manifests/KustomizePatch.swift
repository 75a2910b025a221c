public import AutomatonCore

/// Fixes as strategic merge patches for kustomize, a document a workload.
public enum KustomizePatch {
    /// The text; the same for the same fixes.
    public static func text(_ fixes: [Fix]) -> String {
        let groups = Dictionary(grouping: fixes, by: \.key.subject).sorted { $0.key < $1.key }
        let documents = groups.compactMap { document($0.key, $0.value.sorted { $0.key < $1.key }) }
        return head + documents.joined(separator: "---\n")
    }

    private static let head = """
        # What the automaton keeps, as patches for kustomize. Save this beside your kustomization.yaml, and name it there:
        #   patches:
        #     - path: fixes.yaml

        """

    private static func document(_ subject: Subject, _ fixes: [Fix]) -> String? {
        guard let (version, kind) = subject.kind.manifest else { return nil }
        func scalar(_ text: String) -> String { FixFile.scalar(text) }
        var lines = fixes.map { fix in
            "# \(fix.summary)\(fix.before.map { ", before: \($0.summary)" } ?? ""); \(fix.origin.word), \(fix.at.rfc3339)"
        }
        lines += ["apiVersion: \(version)", "kind: \(kind)", "metadata:", "  name: \(scalar(subject.name))"]
        lines += ["  namespace: \(scalar(subject.namespace))", "spec:"]
        for fix in fixes {
            if case .replicas(let count) = fix.value { lines.append("  replicas: \(count)") }
            if case .storage(let size) = fix.value {
                lines += ["  resources:", "    requests:", "      storage: \(scalar(size.description))"]
            }
        }
        let containers = fixes.compactMap { fix -> [String]? in
            guard case .memory(let limit, let request) = fix.value, let container = fix.key.container else { return nil }
            var lines = ["- name: \(scalar(container))", "  resources:", "    limits:", "      memory: \(scalar(limit.description))"]
            if let request { lines += ["    requests:", "      memory: \(scalar(request.description))"] }
            return lines
        }
        if !containers.isEmpty {
            lines += ["  template:", "    spec:", "      containers:"] + containers.flatMap { $0 }.map { "        " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

internal import AutomatonCore

/// What is known of the names in `managedFields`: a client names itself by its parameter `fieldManager`, or its user agent up to the first
/// slash stands for it.
enum FieldManager {
    /// What kind of owner a manager is; nil for this program itself and for the cluster's reports of status.
    ///
    /// A name that is not known counts as a program that writes again and again: that errs on the side of leaving its field alone.
    static func kind(of manager: String, subresource: String) -> FieldOwner.Kind? {
        if subresource == "status" || manager == KubernetesWorkloads.fieldManager { return nil }
        if manager == "kube-controller-manager" { return subresource == "scale" ? .autoscaler : .controller }
        if autoscalers.contains(manager) { return .autoscaler }
        if gitOps.contains(manager) || manager.hasPrefix("argocd") || manager.hasPrefix("flux") { return .gitOps }
        if people.contains(where: { manager == $0 || manager.hasPrefix("\($0)-") }) { return .person }
        return .controller
    }

    /// KEDA, and the three parts of the VerticalPodAutoscaler.
    private static let autoscalers: Set<String> = [
        "keda", "keda-operator", "vpa-updater", "vpa-recommender", "vpa-admission-controller",
    ]

    /// Argo CD (server-side and client-side apply), Flux, Fleet, Config Sync: they write their manifest again when it was changed.
    private static let gitOps: Set<String> = [
        "argocd-controller", "argocd-application-controller", "kustomize-controller", "helm-controller", "fleetagent", "fleet-agent",
        "configsync",
    ]

    /// What people and their pipelines run: each writes once. `kubectl` alone is server-side apply; `kubectl-create`,
    /// `kubectl-client-side-apply`, `kubectl-edit`, … the other verbs; `Mozilla` a dashboard in a browser; `before-first-apply` whoever
    /// wrote before the first server-side apply.
    private static let people: [String] = [
        "kubectl", "oc", "k9s", "Lens", "OpenLens", "lens", "freelens", "headlamp", "dashboard", "kubernetes-dashboard", "Mozilla",
        "node-fetch", "helm", "Helm", "helmfile", "Terraform", "terraform", "HashiCorp", "tofu", "pulumi", "pulumi-kubernetes", "skaffold",
        "tilt", "kapp", "curl", "python-requests", "OpenAPI-Generator", "before-first-apply",
    ]
}

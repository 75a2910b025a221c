/// What a simulated cluster has beside its API server: nothing at first, as the one that was recorded.
public struct ClusterFeatures: Sendable, Hashable {
    /// metrics-server, as clients see it.
    public enum MetricsAPI: Sendable, Hashable {
        /// Not installed: 404 in plain text.
        case absent
        /// Registered, but it does not answer: 503 in plain text.
        case broken
        /// It serves `metrics.k8s.io/v1beta1`.
        case serving
    }

    /// Whether the kubelets can be reached: for `exec`, logs, and figures of disks (`nodes/{name}/proxy/stats/summary`).
    public var kubelets: Bool
    /// metrics-server.
    public var metrics: MetricsAPI
    /// How often metrics-server measures.
    public var metricsInterval: Duration
    /// Whether KEDA's CustomResourceDefinitions are installed: `keda.sh/v1alpha1` ScaledObjects.
    public var keda: Bool

    /// Names what there is.
    public init(
        kubelets: Bool = false, metrics: MetricsAPI = .absent, metricsInterval: Duration = .seconds(15), keda: Bool = false
    ) {
        precondition(metricsInterval > .zero, "the interval of the metrics must be positive")
        self.kubelets = kubelets
        self.metrics = metrics
        self.metricsInterval = metricsInterval
        self.keda = keda
    }

    /// An API server alone.
    public static let bare = ClusterFeatures()
    /// Kubelets that can be reached, metrics-server and KEDA.
    public static let complete = ClusterFeatures(kubelets: true, metrics: .serving, keda: true)
}

import AutomatonCore

/// The kubelet's delay before it starts a container again: nothing after the first death, then 10 s, doubled after each further
/// start up to 5 min, and forgotten once a container ran for 10 min.
///
/// Source: `pkg/kubelet/kuberuntime` (`doBackOff`), `client-go/util/flowcontrol` (`Backoff`, expiry after twice the maximum).
struct CrashLoopBackOff: Sendable, Hashable {
    /// The delay after the second death in a row.
    static let initial = Duration.seconds(10)
    /// The longest delay of a kubelet with its default configuration.
    static let maximum = Duration.minutes(5)
    /// A container that ran this long is forgiven.
    static let forgiveness = Duration.minutes(10)

    /// The delay that applies to the next death; nil before the first start that follows one.
    private(set) var delay: Duration?
    /// The cap, for nodes whose kubelet sets `crashLoopBackOff.maxContainerRestartPeriod` (at least 1 s).
    var cap: Duration = CrashLoopBackOff.maximum

    /// Notes how long the container ran before it died, and from which time on it is forgiven.
    mutating func died(after lifetime: Duration, forgivenAfter: Duration = CrashLoopBackOff.forgiveness) {
        if lifetime >= forgivenAfter { delay = nil }
    }

    /// Notes that the container is started again.
    mutating func restarted() {
        delay = min(cap, delay.map { $0 * 2 } ?? Self.initial)
    }

    /// A delay as Go prints it: `10s`, `1m20s`, `5m0s`.
    static func text(_ delay: Duration) -> String {
        let seconds = delay.components.seconds
        return seconds < 60 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }
}

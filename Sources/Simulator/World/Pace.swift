import SeededRandom
import AutomatonCore

/// How long things take on the simulated nodes. All of it, and the delays of faults, is multiplied by the world's time scale;
/// durations that an object names itself (grace periods apart) are not.
struct Pace: Sendable, Hashable {
    /// Multiplies every delay; 0.1 is ten times as fast as a real kubelet.
    var scale: Double

    /// From the binding of a pod to its sandbox and the start of its containers, at least.
    static let creation = Duration.milliseconds(400)
    /// What is added to that at random, at most.
    static let creationJitter = Duration.milliseconds(500)
    /// From the death of a container to the kubelet's next look at the pod.
    static let relist = Duration.milliseconds(500)
    /// From SIGTERM to the end of a container that heeds it.
    static let termination = Duration.milliseconds(700)
    /// From a failed pull to `ImagePullBackOff`.
    static let pullFailure = Duration.seconds(1)
    /// How long a container of a Job works when nothing says otherwise.
    static let work = Duration.seconds(5)

    func scaled(_ duration: Duration) -> Duration {
        scale == 1 ? duration : .microseconds(Int64((Double(duration.microseconds) * scale).rounded(.up)))
    }

    /// A duration of up to `maximum`, at random, scaled.
    func jitter(_ maximum: Duration, _ random: inout SplitMix64) -> Duration {
        scaled(.microseconds(Int64.random(in: 0...max(0, maximum.microseconds), using: &random)))
    }
}

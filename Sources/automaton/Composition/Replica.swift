import AutomatonCore
import Engine
import WebAPI

/// How this process stands among others and to its own past: what it remembers, whether it is elected, who it is.
struct Replica: Sendable {
    /// What outlives the run; nil for stamps on the objects alone.
    var journal: (any Journal)?
    /// What it stands for election by; nil to act at once.
    var election: Election.Settings?
    /// The pod that this program runs in; its workload is never changed.
    var ownPod: OwnPod?
    /// What requests have to bear that change something; nil: they are taken from this machine alone.
    var apiToken: APIToken?
    /// Whether the API server is asked about other tokens.
    var asksKubernetes = false
    /// Whether reading needs a right, too.
    var protectsReading = false
    /// Whether it is told at the start which rights are missing, and which should not be there.
    var reviewsRights = false
    /// The ConfigMap in which fixes are kept, too; nil for the journal alone.
    var fixes: String?
    /// How fast one address may ask.
    var limits = RequestLimits()
}

/// The pod in which this program runs.
struct OwnPod: Hashable, Sendable {
    var name: String
    var namespace: String
}

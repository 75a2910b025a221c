import ArgumentParser
import WebAPI

/// Who may ask the running automaton, and how much.
struct AccessOptions: ParsableArguments {
    @OptionGroup var token: TokenOptions

    @Flag(
        name: .long,
        help: """
            Take bearer tokens that the API server knows (TokenReview), as far as RBAC allows the path (SubjectAccessReview on \
            nonResourceURLs /autoheal/*, verbs get, post, delete); needs the rights of the ClusterRole system:auth-delegator.
            """)
    var kubernetesAuth = false

    @Flag(name: .long, help: "Ask for a token for reading /api/autoheal, too. /metrics, /healthz and /readyz stay open.")
    var protectReading = false

    @Option(name: .long, help: "Requests a second that one address may send to /api/autoheal; ten times as many at once.")
    var apiRate = 50

    func validate() throws {
        guard (1...100_000).contains(apiRate) else { throw ValidationError("--api-rate \(apiRate): write a number from 1 to 100000") }
    }

    /// Puts it into how the process stands.
    func apply(to replica: inout Replica) {
        replica.asksKubernetes = kubernetesAuth
        replica.protectsReading = protectReading
        replica.limits = RequestLimits(requestsASecond: Double(apiRate))
    }
}

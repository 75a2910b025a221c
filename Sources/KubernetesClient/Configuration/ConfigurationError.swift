/// What is wrong with the way to the cluster: where, what, and what would be right.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where: a file with its line, an environment variable, a context.
    public let place: String
    /// What is wrong and what would be right. Never a value that could be secret.
    public let problem: String

    /// Makes an error.
    public init(_ place: String, _ problem: String) {
        self.place = place
        self.problem = problem
    }

    public var description: String { place.isEmpty ? problem : "\(place): \(problem)" }
}

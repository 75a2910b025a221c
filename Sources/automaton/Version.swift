/// Which automaton this is.
enum Version {
    static let text = "0.1.0"
    /// How it names itself to API servers.
    static let userAgent = "self-healing-automaton/\(text)"
}

/// Patterns that texts follow (ECMA-262, as JSON Schema takes them).
enum OpenAPIPattern {
    private static let control = #"\u0000-\u001f\u007f-\u009f"#

    /// One line: no control characters.
    static let line = "^[^\(control)]*$"
    /// A line that is not blank.
    static let filledLine = "^[^\(control)]*[^\\s\(control)][^\(control)]*$"
    /// KIND/NAME or NAMESPACE/KIND/NAME.
    static let subject = """
        ^([^/\(control)]+/)?((deployment|statefulset|daemonset|replicaset|job|pod|volume)/[^/\(control)]+\
        |(consumergroup|database|host|alert)/[^\(control)]+)$
        """
    /// How long ago: 90, 30m, 1h, 2d.
    static let past = "^([0-9]{1,6}|[0-9]{1,5}[sm]|[0-9]{1,4}h|[0-9]{1,3}d)$"
    /// How long: 30m, 2h, 1d.
    static let span = "^([1-9][0-9]{0,4}[sm]|[1-9][0-9]{0,2}h|[1-9][0-9]?d)$"
    /// A name that Kubernetes takes (RFC 1123).
    static let label = "^\(labelText)$"
    /// The same within a pattern.
    static let labelText = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    /// SHA-256, in hexadecimal digits.
    static let digest = "^[0-9a-f]{64}$"
}

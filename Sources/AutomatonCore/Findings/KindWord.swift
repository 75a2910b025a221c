extension Subject.Kind {
    /// Reads a kind as people write it: its word, its plural, or the short form that kubectl knows; nil for any other.
    public init?(word: String) {
        let word = word.lowercased()
        let kinds: [String: Subject.Kind] = [
            "deploy": .deployment, "sts": .statefulSet, "ds": .daemonSet, "rs": .replicaSet, "po": .pod, "group": .consumerGroup,
            "pvc": .volume, "persistentvolumeclaim": .volume,
        ]
        let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
        guard let kind = Subject.Kind(rawValue: word) ?? kinds[word] ?? Subject.Kind(rawValue: singular) ?? kinds[singular] else {
            return nil
        }
        self = kind
    }
}

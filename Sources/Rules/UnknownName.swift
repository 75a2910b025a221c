import AutomatonCore

extension NearestName {
    /// `unknown check 'pod-heath'; did you mean 'pod-health'? Known: disk, pod-health`
    package static func unknown(_ kind: String, _ text: String, known: some Sequence<String>) -> String {
        let names = known.sorted()
        let list = names.isEmpty ? "There is none" : "Known: " + names.joined(separator: ", ")
        guard let near = of(text, among: names) else { return "unknown \(kind) \(text.quoted). \(list)" }
        return "unknown \(kind) \(text.quoted); did you mean '\(near)'? \(list)"
    }
}

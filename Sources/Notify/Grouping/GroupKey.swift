internal import AutomatonCore

/// Names what a message is about, the same in every run: `auto-heal/oom-killed/production#8f3a01b2c4d5e6f7`.
enum GroupKey {
    /// PagerDuty's limit for a `dedup_key`.
    static let mostBytes = 255

    static func text(_ route: Route, _ labels: [String]) -> String {
        var hash = StableHash()
        let match = route.match
        for part in [
            match.rules.map(\.description), match.namespaces.map(\.description), match.severities.map(\.rawValue),
            match.priorities.map(\.description), route.groupBy.map(\.rawValue), labels,
        ] {
            for text in part {
                hash.add(text.utf8)
                hash.end()
            }
            hash.end()
        }
        return text(labels, hash)
    }

    /// Of something that is no group of incidents.
    static func text(_ labels: [String]) -> String {
        var hash = StableHash()
        for text in labels {
            hash.add(text.utf8)
            hash.end()
        }
        return text(labels, hash)
    }

    private static func text(_ labels: [String], _ hash: StableHash) -> String {
        let digits = String(hash.value, radix: 16)
        let end = "#" + String(repeating: "0", count: 16 - digits.count) + digits
        let names = (["auto-heal"] + labels).joined(separator: "/").oneLine(mostBytes)
        // The mark of what was cut has three bytes.
        return names.cut(mostBytes - end.utf8.count - 2, by: \.utf8.count) + end
    }
}

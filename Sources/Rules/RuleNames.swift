import AutomatonCore

/// The names of all rules and who inhibits whom: what can only be judged across files.
struct RuleNames {
    private var rules: [(name: RuleReader.Named?, inhibits: [RuleReader.Named])] = []
    /// Whether every file could be parsed; if not, a name that seems unknown may be in the broken one.
    var isComplete = true

    mutating func add(_ name: RuleReader.Named?, inhibits: [RuleReader.Named]) {
        if name == nil { isComplete = false }
        rules.append((name, inhibits))
    }

    /// Names that are there twice, unknown ones, rules that inhibit themselves or each other.
    func problems() -> [Problem] {
        var problems: [Problem] = []
        var first: [String: Place] = [:]
        for case let name? in rules.map(\.name) {
            if let earlier = first[name.name] {
                func at(_ place: Place) -> String { "\(place.file):\(place.line ?? 1)" }
                problems.append(name.place.problem("name: there is a rule '\(name.name)' already, at \(at(earlier)); names are unique"))
                problems.append(earlier.problem("name: there is another rule '\(name.name)', at \(at(name.place)); names are unique"))
            } else {
                first[name.name] = name.place
            }
        }
        var edges: [String: [String]] = [:]
        for rule in rules {
            for inhibited in rule.inhibits {
                if inhibited.name == rule.name?.name {
                    problems.append(inhibited.place.problem("inhibits: a rule cannot inhibit itself"))
                } else if first[inhibited.name] == nil {
                    guard isComplete else { continue }
                    let message = "inhibits: " + NearestName.unknown("rule", inhibited.name, known: first.keys)
                    problems.append(inhibited.place.problem(message))
                } else if let name = rule.name?.name {
                    edges[name, default: []].append(inhibited.name)
                }
            }
        }
        for rule in rules {
            for inhibited in rule.inhibits where inhibited.name != rule.name?.name {
                guard let name = rule.name?.name, let way = Self.way(from: inhibited.name, to: name, edges) else { continue }
                let cycle = ([name] + way).joined(separator: " → ")
                problems.append(inhibited.place.problem("inhibits: a circle, in which nobody would act: \(cycle)"))
            }
        }
        return problems
    }

    /// The shortest way along the edges, both ends included; nil when there is none.
    private static func way(from start: String, to end: String, _ edges: [String: [String]]) -> [String]? {
        var cameFrom: [String: String] = [start: start]
        var queue = [start]
        var index = 0
        while index < queue.count {
            let here = queue[index]
            index += 1
            if here == end {
                var way = [here]
                while let last = way.last, let before = cameFrom[last], before != last { way.append(before) }
                return way.reversed()
            }
            for next in edges[here, default: []] where cameFrom[next] == nil {
                cameFrom[next] = here
                queue.append(next)
            }
        }
        return nil
    }
}

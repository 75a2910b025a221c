import AutomatonCore

/// Puts the thresholds' values in the place of `$(NAME)`. `$$(NAME)` stays as `$(NAME)`, as in Kubernetes' container arguments.
struct Substitution: Sendable {
    let names: [String: String]

    /// The node with every scalar's references replaced (keys are left alone); an unknown or unfinished one is a problem.
    func apply(to node: YAMLNode, file: String, problems: inout [Problem]) -> YAMLNode {
        var result = node
        switch node.content {
        case .scalar(let text, let style):
            guard text.utf8.contains(0x24) else { return node }
            do {
                let (replaced, isWhole) = try replace(text)
                result.content = .scalar(replaced, isWhole ? .reference : style)
            } catch {
                problems.append(node.place(in: file).problem(error.message))
            }
        case .sequence(let items):
            result.content = .sequence(items.map { apply(to: $0, file: file, problems: &problems) })
        case .mapping(let pairs):
            result.content = .mapping(pairs.map { ($0.key, $0.position, apply(to: $0.value, file: file, problems: &problems)) })
        }
        return result
    }

    struct Failure: Error { var message: String }

    /// The text with its references replaced, and whether it was nothing but one reference.
    func replace(_ text: String) throws(Failure) -> (text: String, isWhole: Bool) {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let after = rest[rest.index(after: dollar)...]
            if after.hasPrefix("$(") {
                result += "$("
                rest = after.dropFirst(2)
            } else if after.hasPrefix("(") {
                guard let end = after.firstIndex(of: ")") else {
                    throw Failure(message: "'$(' without ')' in \(text.quoted); write $(NAME), or $$( for the characters themselves")
                }
                let name = String(after[after.index(after: after.startIndex)..<end])
                guard let value = names[name] else { throw Failure(message: NearestName.unknown("name in $(…)", name, known: names.keys)) }
                let next = after.index(after: end)
                if dollar == text.startIndex, next == text.endIndex { return (value, true) }
                result += value
                rest = after[next...]
            } else {
                result += "$"
                rest = after
            }
        }
        return (result + rest, false)
    }
}

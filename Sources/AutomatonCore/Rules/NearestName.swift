/// Tells which known name was probably meant.
package enum NearestName {
    /// The known name nearest to a text; nil when none is near enough (more than a third of its letters differ, at least 2 may).
    package static func of(_ text: String, among known: some Sequence<String>) -> String? {
        let wanted = Array(text.prefix(64).lowercased().utf8)
        var best: (name: String, distance: Int)?
        for name in known.sorted() {
            let distance = editDistance(wanted, Array(name.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        guard let best, best.distance <= max(2, best.name.utf8.count / 3), best.distance < best.name.utf8.count else { return nil }
        return best.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment distance).
    package static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            current.reserveCapacity(right.count + 1)
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var distance = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    distance = min(distance, beforePrevious[column - 2] + 1)
                }
                current.append(distance)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}

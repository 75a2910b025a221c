/// The members of a JSON object, sorted by key: small ones are faster this way than as a dictionary, and they serialise the same always.
public struct JSONObject: Sendable, Hashable {
    private var members: [Member] = []

    private struct Member: Sendable, Hashable {
        var key: String
        var value: JSON
    }

    /// Makes an empty object.
    public init() {}

    /// Makes an object of members in any order; of two with one key the last wins.
    public init(_ unordered: some Sequence<(String, JSON)>) {
        members = unordered.map { Member(key: $0.0, value: $0.1) }
        guard zip(members, members.dropFirst()).contains(where: { $0.key >= $1.key }) else { return }
        var byPlace = members.enumerated().map { ($0.offset, $0.element) }
        byPlace.sort { $0.1.key != $1.1.key ? $0.1.key < $1.1.key : $0.0 < $1.0 }
        members.removeAll(keepingCapacity: true)
        for (_, member) in byPlace {
            if members.last?.key == member.key { members.removeLast() }
            members.append(member)
        }
    }

    /// The number of members.
    public var count: Int { members.count }
    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }
    /// The keys, sorted.
    public var keys: [String] { members.map(\.key) }

    /// The index of the key, or of where it would be inserted.
    private func search(_ key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            let candidate = members[middle].key
            if candidate == key { return (middle, true) }
            if candidate < key { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// The member of that name; assigning nil removes it.
    public subscript(key: String) -> JSON? {
        get {
            let (index, found) = search(key)
            return found ? members[index].value : nil
        }
        _modify {
            let (index, found) = search(key)
            var value: JSON?
            if found {
                value = members[index].value
                members[index].value = .null
            }
            defer {
                if let value {
                    if found { members[index].value = value } else { members.insert(Member(key: key, value: value), at: index) }
                } else if found {
                    members.remove(at: index)
                }
            }
            yield &value
        }
    }
}

extension JSONObject: Sequence {
    /// The members in the order of their keys.
    public func makeIterator() -> some IteratorProtocol<(key: String, value: JSON)> {
        members.lazy.map { (key: $0.key, value: $0.value) }.makeIterator()
    }
}

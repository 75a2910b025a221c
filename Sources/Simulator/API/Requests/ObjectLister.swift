/// A page of a collection.
public struct ObjectPage: Sendable {
    /// The objects.
    public let objects: [StoredObject]
    /// The version of the state that the page is of.
    public let resourceVersion: UInt64
    /// The token of the next page; nil on the last one.
    public let next: ContinueToken?
    /// How many objects follow; nil if that is not known.
    public let remaining: Int?
}

extension Store {
    /// The version up to which a read must wait, if it is not reached yet.
    public func missingVersion(for match: ListOptions.Match) -> UInt64? {
        switch match {
        case .notOlder(let version), .exact(let version): version > resourceVersion ? version : nil
        case .any, .latest: nil
        }
    }

    /// A page of a collection, or of one namespace of it.
    public func page(_ type: ResourceType, namespace: String?, options: ListOptions) throws(APIError) -> ObjectPage {
        var version = resourceVersion
        if let token = options.continueToken {
            version = token.version ?? resourceVersion
        } else if case .exact(let exact) = options.match {
            version = exact
        }
        let candidates: ArraySlice<StoredObject>
        do {
            candidates = version == resourceVersion ? list(type, namespace: namespace) : try list(type, namespace: namespace, at: version)
        } catch {
            guard let token = options.continueToken else { throw .expired("The resourceVersion for the provided list is too old.") }
            var error = APIError.expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
                    + "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
                    + "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
                    + "deleted between the time the first chunk was returned and now may show up in the list.")
            error.metadata = ["continue": .string(ContinueToken(version: nil, after: token.after).text)]
            throw error
        }
        var index = candidates.startIndex
        if let token = options.continueToken {
            let path = namespace.map { "\($0)/\(token.after)" } ?? token.after
            var end = candidates.endIndex
            while index < end {
                let middle = (index + end) / 2
                if candidates[middle].path <= path { index = middle + 1 } else { end = middle }
            }
        }
        let isSelective = !options.labels.isEmpty || !options.fields.isEmpty
        guard let limit = options.limit else {
            let rest = candidates[index...]
            return ObjectPage(
                objects: isSelective ? rest.filter(options.selects) : Array(rest), resourceVersion: version, next: nil, remaining: nil)
        }
        var objects: [StoredObject] = []
        while index < candidates.endIndex, objects.count < limit {
            let candidate = candidates[index]
            index += 1
            if !isSelective || options.selects(candidate) { objects.append(candidate) }
        }
        guard index < candidates.endIndex, let last = objects.last else {
            return ObjectPage(objects: objects, resourceVersion: version, next: nil, remaining: nil)
        }
        return ObjectPage(
            objects: objects, resourceVersion: version,
            next: ContinueToken(version: version, after: namespace == nil ? last.path : last.name),
            remaining: isSelective ? nil : candidates.endIndex - index)
    }
}

/// What a watch with selectors makes of a change: leaving the selection is a deletion, entering it an addition.
public struct WatchSelection: Sendable {
    private let options: ListOptions

    /// The selection of a watch's options.
    public init(_ options: ListOptions) { self.options = options }

    /// `ADDED`, `MODIFIED` or `DELETED`; nil if the watch need not know.
    public func type(of event: StoreEvent) -> String? {
        let was = event.previous.map(options.selects) ?? false
        switch event.change {
        case .deleted: return was ? "DELETED" : nil
        case .added, .modified:
            let isNow = options.selects(event.object)
            return isNow ? (was ? "MODIFIED" : "ADDED") : (was ? "DELETED" : nil)
        }
    }
}

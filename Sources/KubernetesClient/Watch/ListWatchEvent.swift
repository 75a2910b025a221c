public import AutomatonCore

/// What a list and watch tells its consumer.
///
/// After a re-list the consumer learns by counting which rows are no longer there: it raises a generation at `listStarted`, stamps each
/// row of a `page` and of a `changed` with it, and at `listed` drops the rows that carry an older one.
/// A row can come more than once in one list (a page that was read again): the last one stands.
public enum ListWatchEvent<Row: Sendable>: Sendable {
    /// A list begins; one that was under way before is void.
    case listStarted
    /// Some of the list's rows.
    case page([Row])
    /// The list is complete and stands for this resourceVersion.
    case listed(resourceVersion: String)
    /// An object was created or changed, or has come into the selection.
    case changed(Row)
    /// An object was deleted, or has left the selection; the row is its last state.
    case deleted(Row)
    /// The watch is open and the server was heard at this instant.
    case alive(Instant)
    /// The connection was lost, refused or given up; the watcher goes on by itself.
    case disconnected(reason: String)
    /// An object that the decoder could not read; its state is unknown.
    case undecodable(reason: String)

    /// How much of a buffer it takes: its rows.
    var weight: Int {
        if case .page(let rows) = self { max(1, rows.count) } else { 1 }
    }
}

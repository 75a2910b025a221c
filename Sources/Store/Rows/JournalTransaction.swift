/// A value of a row.
enum RowValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}

/// An open transaction of a database that keeps the journal's tables. SQLite and PostgreSQL take the same statements, as far as these go.
protocol JournalTransaction {
    /// What stands before the name of a table.
    var prefix: String { get }
    /// Reads `run` and `epoch` of who has the journal, and keeps others from taking it over until the end of the transaction.
    var holderStatement: String { get }

    /// Sends a statement and answers with its rows.
    /// - Parameters:
    ///   - statement: SQL with `$1`, `$2`, … which first occur in this order.
    ///   - values: these values.
    func rows(_ statement: String, _ values: [RowValue]) throws -> [[RowValue]]
}

extension JournalTransaction {
    func rows(_ statement: String) throws -> [[RowValue]] { try rows(statement, []) }
}

/// What is in the journal's tables is not what this program writes. The text says where.
struct UnreadableRow: Error {
    let what: String
}

import GRDB

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An open transaction of an SQLite database. It holds the file's one place for writers when it is to write, so who has the journal
/// cannot change within it.
struct SQLiteTransaction: JournalTransaction {
    let database: Database
    let prefix = "main."
    let holderStatement = "SELECT run, epoch FROM main.holder WHERE id = 1"

    func rows(_ statement: String, _ values: [RowValue]) throws -> [[RowValue]] {
        let prepared = try database.cachedStatement(sql: statement)
        let arguments = StatementArguments(values.map(\.databaseValue))
        guard prepared.columnCount > 0 else {
            try prepared.execute(arguments: arguments)
            return []
        }
        var rows: [[RowValue]] = []
        let cursor = try Row.fetchCursor(prepared, arguments: arguments)
        while let row = try cursor.next() { rows.append(row.databaseValues.map { RowValue($0) }) }
        return rows
    }
}

extension RowValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .bytes(let value): Data(value).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let value): .integer(value)
            // No column holds one; a sum may.
            case .double(let value): .integer(Int64(value))
            case .string(let value): .text(value)
            case .blob(let value): .bytes([UInt8](value))
            }
    }
}

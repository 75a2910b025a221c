import AutomatonCore
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What SQLite's errors mean for the journal, and what would mend them.
struct SQLiteFailure {
    /// How texts call the journal.
    let journal: String
    /// Where its file lies; nil in memory.
    let directory: String?

    func callAsFunction(_ error: any Error) -> JournalError {
        switch error {
        case let error as JournalError: error
        case let error as TakenOver: error.error(journal)
        case let error as Unmarked: error.error
        case let error as UnreadableRow: .unreadable(journal, error.what)
        case let error as DatabaseError: read(error)
        default: .unusable("\(journal) cannot be used: \(error)")
        }
    }

    private func read(_ error: DatabaseError) -> JournalError {
        let said = "SQLite \(error.extendedResultCode.rawValue)\(error.message.map { ": \($0)" } ?? "")"
        switch error.resultCode {
        case .SQLITE_FULL:
            return .unavailable("\(journal) cannot be written, the disk is full (\(said)): free space where it lies")
        case .SQLITE_IOERR:
            return .unavailable(
                "\(journal) cannot be read or written (\(said)): look at the disk that it lies on, and whether that is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            return .unavailable("\(journal) is locked by another process (\(said)): end what holds it, such as a tool that writes to it")
        case .SQLITE_NOMEM: return .unavailable("\(journal) cannot be used, there is no memory (\(said))")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return .unusable(
                "\(journal) is damaged or no SQLite database (\(said)): restore it from a backup, or move it away to begin a new one; "
                    + "the stamps on the objects stay"
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return .unusable("\(journal) may not be written (\(said)): the file and its directory must belong to this user and be writable")
        case .SQLITE_CANTOPEN:
            if let directory, access(directory, R_OK | W_OK | X_OK) != 0 {
                return .unusable("\(journal) cannot be opened: \(directory) is not ours to write in (\(String(cString: strerror(errno))))")
            }
            return .unavailable("\(journal) cannot be opened (\(said)): it must be a file that this user may read and write")
        default: return .unusable("\(journal) cannot be used (\(said)): look whether it is a journal of this program")
        }
    }
}

import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import Store
import Testing

/// All tests that may share a PostgreSQL server.
@Suite(ServerTrait()) struct StoreTests {}

/// Starts the server before the first test, and stops it after the last; without one, the tests that need it are left out.
struct ServerTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void)
        async throws
    {
        guard TemporaryServer.whyUnavailable() == nil else { return try await function() }
        let server = try await TemporaryServer.start(maximumConnections: 150)
        do {
            try await SharedServer.$server.withValue(server) { try await function() }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

enum SharedServer {
    @TaskLocal static var server: TemporaryServer?

    static func find() throws -> TemporaryServer { try #require(server) }
}

/// Which adapter.
enum Adapter: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    case sqlite
    case sqliteInline
    case sqliteInMemory
    case postgres

    var testDescription: String { rawValue }

    /// Those that can be had here.
    static let here = allCases.filter { $0 != .postgres || TemporaryServer.whyUnavailable() == nil }
    /// Those that outlive a process.
    static let lasting = here.filter { $0 != .memory && $0 != .sqliteInMemory }
}

/// Where journals of several runs are the same.
struct Place: Sendable {
    let adapter: Adapter
    let directory: String
    private let first: any Journal
    private let server: TemporaryServer?
    private let schema: String

    /// Runs something with a place of its own.
    static func with(_ adapter: Adapter, _ body: (Place) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "store-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let schema = "s" + UUID().uuidString.lowercased().replacing("-", with: "_")
        let server = adapter == .postgres ? try SharedServer.find() : nil
        let first: any Journal =
            switch adapter {
            case .memory: MemoryJournal()
            case .sqliteInMemory: try SQLiteJournal.inMemory()
            case .sqlite: try await SQLiteJournal.open(directory: directory)
            case .sqliteInline: try await SQLiteJournal.open(directory: directory, execution: .inline, durability: .none)
            case .postgres: try PostgresJournal(PostgresServer(connection: server?.local() ?? ""), schema: schema)
            }
        let place = Place(adapter: adapter, directory: directory, first: first, server: server, schema: schema)
        do {
            try await body(place)
        } catch {
            await close(first)
            throw error
        }
        await close(first)
    }

    /// The journal for one more run, over another connection where there are connections.
    func open() async throws -> any Journal {
        switch first {
        case let journal as MemoryJournal: MemoryJournal(sharing: journal)
        case let journal as SQLiteJournal:
            switch adapter {
            case .sqliteInMemory: SQLiteJournal(sharing: journal)
            case .sqliteInline: try await SQLiteJournal.open(directory: directory, execution: .inline, durability: .none)
            default: try await SQLiteJournal.open(directory: directory)
            }
        default: try PostgresJournal(PostgresServer(connection: server?.local() ?? ""), schema: schema)
        }
    }

    /// The journal, taken over by a run.
    func taken(by run: String = "run") async throws -> any Journal {
        let journal = try await open()
        _ = try await journal.takeOver(run: run, since: noon)
        return journal
    }

    private static func close(_ journal: any Journal) async {
        switch journal {
        case let journal as SQLiteJournal: await journal.close()
        case let journal as PostgresJournal: await journal.close()
        default: break
        }
    }
}

/// What a call of a journal fails with.
func failure(_ work: () async throws -> some Any) async throws -> JournalError {
    do {
        _ = try await work()
    } catch let error as JournalError {
        return error
    }
    throw Missing(what: "a failure")
}

/// The blocks of a time.
func blocks(_ journal: any Journal, from: Instant = .epoch, to: Instant = .at(1 << 30)) async throws -> [ObservationBlock] {
    var found: [ObservationBlock] = []
    try await journal.blocks(from: from, to: to) { found.append($0) }
    return found
}

/// Waits until something is so.
func until(_ what: String, within limit: Duration = .seconds(90), _ holds: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !holds() {
        guard ContinuousClock.now < deadline else { throw Missing(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

struct Missing: Error { let what: String }

extension JournalError {
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
    var isUnusable: Bool { if case .unusable = self { true } else { false } }
    var isTakenOver: Bool { if case .takenOver = self { true } else { false } }
}

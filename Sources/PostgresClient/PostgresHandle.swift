import CPostgres

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connection of libpq: one owner, finished with it.
final class PostgresHandle {
    /// The rows of an answer.
    typealias Rows = [[PostgresValue]]

    private let raw: OpaquePointer

    /// Begins to connect; whether that could begin, ``hasFailed`` tells.
    /// - Throws: a failure when there is no memory.
    init(_ parameters: [(keyword: String, value: String)]) throws(ServerFailure) {
        let keywords = parameters.map { strdup($0.keyword) }
        let values = parameters.map { strdup($0.value) }
        defer {
            for copy in keywords + values { free(copy) }
        }
        let started = (keywords.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keywords in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                PQconnectStartParams(keywords.baseAddress, values.baseAddress, 1)
            }
        }
        guard let started else { throw ServerFailure(.connecting, "out of memory") }
        raw = started
        _ = PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        automaton_pg_ignore_notices(raw)
    }

    deinit { PQfinish(raw) }

    /// What the connection was made with, the environment and service files included.
    var options: [String: String] {
        guard let options = PQconninfo(raw) else { return [:] }
        defer { PQconninfoFree(options) }
        return ConnectionSettings.values(options)
    }

    /// Its socket, which may be another after each step of connecting.
    var socket: Int32? {
        let socket = PQsocket(raw)
        return socket < 0 ? nil : socket
    }

    /// Whether connecting has failed already.
    var hasFailed: Bool { PQstatus(raw) == CONNECTION_BAD }

    /// Whether it can be used, as far as libpq knows.
    var isGood: Bool { PQstatus(raw) == CONNECTION_OK }

    /// `150020`.
    var serverVersion: Int { Int(PQserverVersion(raw)) }

    /// What libpq says about the last failure.
    var errorText: String { PQerrorMessage(raw).map { String(cString: $0) } ?? "" }

    /// One step of connecting. Never waits, but for name servers.
    func pollConnecting() -> PostgresPollingStatusType { PQconnectPoll(raw) }

    /// From here on nothing waits, not even closing it.
    func becomeNonBlocking() { _ = PQsetnonblocking(raw, 1) }

    /// Takes in what has come; false when the connection broke.
    func consume() -> Bool { PQconsumeInput(raw) == 1 && isGood }

    /// Whether the answer is still coming.
    var isBusy: Bool { PQisBusy(raw) == 1 }

    /// Sends what is left to send: 0 when nothing is, 1 when more is, below 0 when the connection broke.
    func flush() -> Int32 { PQflush(raw) }

    /// Queues a statement. Its parameters travel beside it, never in it.
    func send(_ statement: String, _ parameters: [PostgresValue]) -> Bool {
        let copies = parameters.map { $0.copy() }
        defer {
            for copy in copies { free(copy.value) }
        }
        let values = copies.map { UnsafePointer($0.value) }
        let lengths = copies.map(\.length)
        let formats = parameters.map { if case .bytes = $0 { Int32(1) } else { Int32(0) } }
        return PQsendQueryParams(raw, statement, Int32(parameters.count), nil, values, lengths, formats, 0) == 1
    }

    /// The next part of the answer; nil after the last. Waits unless ``isBusy`` is false.
    func nextResult() -> Result<Rows, ServerFailure>? {
        guard let result = PQgetResult(raw) else { return nil }
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
            let code = PQresultErrorField(result, automaton_pg_sqlstate).map { String(cString: $0) }
            let message = PQresultErrorField(result, automaton_pg_message).map { String(cString: $0) } ?? errorText
            return .failure(ServerFailure(.statement, ServerFailure.bounded(message), sqlState: code))
        }
        let types = (0..<PQnfields(result)).map { PQftype(result, $0) }
        return .success(
            (0..<PQntuples(result)).map { row in
                types.enumerated().map { column, type in PostgresValue(result, row, Int32(column), type) }
            })
    }
}

extension PostgresValue {
    /// The type `bytea`, and those of whole numbers, as `pg_type` has them.
    private static let byteString: Oid = 17
    private static let wholeNumbers: Set<Oid> = [20, 21, 23]

    /// One value of an answer.
    fileprivate init(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid) {
        guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
            self = .null
            return
        }
        if type == Self.byteString {
            var count = 0
            let bytes = value.withMemoryRebound(to: UInt8.self, capacity: 1) { PQunescapeBytea($0, &count) }
            defer { PQfreemem(bytes) }
            self = .bytes(Array(UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count)))
        } else {
            let text = String(cString: value)
            self = Self.wholeNumbers.contains(type) ? Int64(text).map { .integer($0) } ?? .text(text) : .text(text)
        }
    }

    /// A copy in C's memory, for the caller to free; nil for null. A server's text cannot hold a zero byte.
    fileprivate func copy() -> (value: UnsafeMutablePointer<CChar>?, length: Int32) {
        switch self {
        case .null: return (nil, 0)
        case .integer(let number): return (strdup(String(number)), 0)
        case .text(let text): return (strdup(text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text), 0)
        case .bytes(let bytes):
            guard let memory = malloc(max(1, bytes.count)) else { return (nil, 0) }
            bytes.withUnsafeBytes { if let start = $0.baseAddress { memory.copyMemory(from: start, byteCount: $0.count) } }
            return (memory.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count))
        }
    }
}

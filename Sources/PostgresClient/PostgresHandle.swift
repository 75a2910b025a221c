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
    /// The rows of an answer, as text; null is nil.
    typealias Rows = [[String?]]

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

    /// Queues one of the statements.
    func send(_ statement: Statement, _ parameters: [String]) -> Bool {
        let copies = parameters.map { strdup($0) }
        defer {
            for copy in copies { free(copy) }
        }
        return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer {
            PQsendQueryParams(raw, statement.text, Int32(parameters.count), nil, $0.baseAddress, nil, nil, 0) == 1
        }
    }

    /// The next part of the answer; nil after the last. Waits unless ``isBusy`` is false.
    func nextResult() -> Result<Rows, ServerFailure>? {
        guard let result = PQgetResult(raw) else { return nil }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_TUPLES_OK else {
            let code = PQresultErrorField(result, automaton_pg_sqlstate).map { String(cString: $0) }
            let message = PQresultErrorField(result, automaton_pg_message).map { String(cString: $0) } ?? errorText
            return .failure(ServerFailure(.statement, ServerFailure.bounded(message), sqlState: code))
        }
        let columns = PQnfields(result)
        return .success(
            (0..<PQntuples(result)).map { row in
                (0..<columns).map { column in
                    PQgetisnull(result, row, column) == 1 ? nil : PQgetvalue(result, row, column).map { String(cString: $0) }
                }
            })
    }
}

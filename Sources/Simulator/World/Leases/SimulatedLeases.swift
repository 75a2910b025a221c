public import AutomatonCore
internal import Synchronization

/// A ``LeaseTable`` behind the port, with what a network does to requests in between.
public final class SimulatedLeases: Leases {
    /// What becomes of one request.
    public struct Course: Hashable, Sendable {
        /// What is lost of it.
        public enum Loss: Hashable, Sendable {
            /// It never arrives: refused connection.
            case request
            /// It is carried out, and its answer is lost.
            case answer
            /// The server answers with this instead.
            case instead(PortError)
        }

        /// How long it is under way to the server.
        public var there: Duration
        /// How long its answer is under way.
        public var back: Duration
        /// What is lost.
        public var loss: Loss?

        /// Makes a course; by default all goes well at once.
        public init(there: Duration = .zero, back: Duration = .zero, loss: Loss? = nil) {
            self.there = there
            self.back = back
            self.loss = loss
        }
    }

    /// A kind of request.
    public enum Operation: Hashable, Sendable {
        case read, create, update
    }

    private let table: Mutex<LeaseTable>
    private let course: @Sendable (Operation) -> Course
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Makes leases.
    /// - Parameters:
    ///   - sleep: waits, in the time of the simulation; ends early by throwing when it is cancelled.
    ///   - course: asked for each request as it is sent.
    public init(
        _ table: LeaseTable = LeaseTable(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        course: @escaping @Sendable (Operation) -> Course = { _ in Course() }
    ) {
        self.table = Mutex(table)
        self.course = course
        self.sleep = sleep
    }

    /// The table as it is, past the network.
    public var contents: LeaseTable { table.withLock { $0 } }

    /// Changes the table past the network, as a person or another program does.
    public func edit<Value: Sendable>(_ body: (inout LeaseTable) throws(PortError) -> Value) throws(PortError) -> Value {
        let result = table.withLock { table in Result { () throws(PortError) in try body(&table) } }
        return try result.get()
    }

    public func read(_ name: String, inNamespace namespace: String) async throws(PortError) -> Lease? {
        try await send(.read) { table throws(PortError) in table.read(name, inNamespace: namespace) }
    }

    public func create(_ lease: Lease) async throws(PortError) -> Lease {
        try await send(.create) { table throws(PortError) in try table.create(lease) }
    }

    public func update(_ lease: Lease) async throws(PortError) -> Lease {
        try await send(.update) { table throws(PortError) in try table.update(lease) }
    }

    private func send<Value: Sendable>(
        _ operation: Operation, _ carryOut: (inout LeaseTable) throws(PortError) -> Value
    ) async throws(PortError) -> Value {
        let course = course(operation)
        try await pass(course.there, isKnown: true)
        switch course.loss {
        case .request: throw .unavailable("the API server cannot be reached", retryAfter: nil)
        case .instead(let error): throw error
        case .answer, nil: break
        }
        let result = table.withLock { table in Result { () throws(PortError) in try carryOut(&table) } }
        try await pass(course.back, isKnown: operation == .read)
        if course.loss == .answer {
            throw operation == .read ? .unavailable("no answer came", retryAfter: nil) : .outcomeUnknown("no answer came")
        }
        return try result.get()
    }

    /// - Parameter isKnown: whether giving up now leaves no doubt that nothing was changed.
    private func pass(_ time: Duration, isKnown: Bool) async throws(PortError) {
        guard time > .zero else { return }
        do { try await sleep(time) } catch {
            throw isKnown ? .unavailable("given up", retryAfter: nil) : .outcomeUnknown("given up")
        }
    }
}

import Dispatch

/// Where simulations are computed, one after the other: on the cooperative pool they would hold up every other test.
private let queue = DispatchQueue(label: "simulations")

/// Computes something there.
func aside<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try work() }) }
    }
}

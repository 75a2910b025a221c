import AutomatonCore

/// The arithmetic of more memory for one container. Exact: whole bytes, rounded up to whole mebibytes, never above a cap.
struct MemoryRaise: Hashable, Sendable {
    /// The most that a limit may be set to, and who says so.
    struct Cap: Hashable, Sendable {
        var bytes: ByteQuantity
        var source: String
    }

    /// How it comes out.
    enum Outcome: Hashable, Sendable {
        case raised(MemoryRaise)
        case refused(String)
    }

    let container: String
    let oldLimit: ByteQuantity
    let oldRequest: ByteQuantity?
    let limit: ByteQuantity
    let request: ByteQuantity?
    /// The cap that kept the limit below the factor; nil when none did.
    let cappedBy: Cap?

    /// A factor in thousandths, so that 1.5 times a number of bytes is exactly that.
    struct Factor: Hashable, Sendable {
        let thousandths: Int64

        /// Nil when it is not above 1, is above 10, or has more than three decimals.
        init?(_ factor: Double) {
            guard factor > 1, factor <= 10 else { return nil }
            let thousandths = (factor * 1000).rounded()
            guard abs(thousandths - factor * 1000) < 1e-6 else { return nil }
            self.thousandths = Int64(thousandths)
            guard self.thousandths > 1000 else { return nil }
        }

        /// The product, rounded up to a whole mebibyte; the largest whole mebibyte when it is too large for 64 bits.
        func callAsFunction(_ quantity: ByteQuantity) -> ByteQuantity {
            let (high, low) = quantity.bytes.multipliedFullWidth(by: thousandths)
            // Below 500 × 2^64, a thousandth of it is below 2^63.
            guard (0..<500).contains(high) else { return MemoryRaise.largest }
            let (quotient, remainder) = Int64(1000).dividingFullWidth((high, low))
            return MemoryRaise.wholeMebibytes(quotient, isExact: remainder == 0)
        }
    }

    private static let mebibyte: Int64 = 1 << 20
    private static let largest = ByteQuantity(bytes: Int64.max / mebibyte * mebibyte)

    private static func wholeMebibytes(_ bytes: Int64, isExact: Bool) -> ByteQuantity {
        let up = (isExact && bytes % mebibyte == 0) ? bytes / mebibyte : bytes / mebibyte + 1
        return up > largest.bytes / mebibyte ? largest : ByteQuantity(bytes: up * mebibyte)
    }

    /// Raises a container's memory by a factor, as far as the caps allow.
    /// - Parameters:
    ///   - caps: Must not be empty; the least one counts.
    ///   - ratio: The largest ratio of limit to request that a LimitRange allows; nil when there is none.
    static func raise(_ container: Workload.Container, by factor: Factor, caps: [Cap], ratio: Double?) -> Outcome {
        guard let old = container.memoryLimit, old.bytes > 0 else {
            return .refused(
                "container \(container.name) has no memory limit: the node ran out of memory rather than the container, "
                    + "and a higher limit would not help")
        }
        var limit = factor(old)
        var cappedBy: Cap?
        if let cap = caps.min(by: { $0.bytes < $1.bytes }), cap.bytes < limit {
            limit = cap.bytes
            cappedBy = cap
        }
        if limit <= old {
            let cap = cappedBy.map { "\($0.source) (\($0.bytes))" } ?? "the largest amount there is"
            return .refused("container \(container.name) has a memory limit of \(old) and \(cap) allows no more")
        }
        // Without a request of its own a container requests its limit, which keeps every ratio.
        var request = container.memoryRequest.map { min(factor($0), limit) }
        if let ratio, ratio.isFinite, let wanted = request {
            request = max(wanted, min(limit, least(for: limit, ratio)))
        }
        return .raised(
            MemoryRaise(
                container: container.name, oldLimit: old, oldRequest: container.memoryRequest, limit: limit, request: request,
                cappedBy: cappedBy))
    }

    /// The least request, in whole mebibytes, that a limit may have under a ratio of limit to request.
    private static func least(for limit: ByteQuantity, _ ratio: Double) -> ByteQuantity {
        guard ratio > 1 else { return limit }
        let mebibytes = (Double(limit.bytes) / ratio / Double(mebibyte)).rounded(.up)
        return mebibytes < Double(limit.bytes / mebibyte) ? ByteQuantity(bytes: Int64(mebibytes) * mebibyte) : limit
    }

    /// The edit that writes it.
    var edit: WorkloadWrite.Edit { .memory(container: container, limit: limit, request: request) }

    /// The edit that takes it back.
    var inverse: WorkloadWrite.Edit { .memory(container: container, limit: oldLimit, request: oldRequest) }

    /// The fields that are written to another value.
    var fields: [WorkloadField] {
        [.memoryLimit(container: container)] + (request == oldRequest ? [] : [.memoryRequest(container: container)])
    }

    /// The fields that change.
    var changes: [Change] {
        let path = "containers[\(container)].resources"
        var changes = [
            Change("\(path).limits.memory", before: oldLimit.description, after: limit.description, measure: .memory(limit))
        ]
        if request != oldRequest {
            changes.append(Change("\(path).requests.memory", before: oldRequest?.description, after: request?.description))
        }
        return changes
    }

    /// `container email: limit 1Gi → 2Gi, request 512Mi → 1Gi`.
    var summary: String {
        var text = "container \(container): limit \(oldLimit) → \(limit)"
        if let cappedBy { text += " (no more than \(cappedBy.source) allows)" }
        if let oldRequest, let request, request != oldRequest { text += ", request \(oldRequest) → \(request)" }
        return text
    }
}

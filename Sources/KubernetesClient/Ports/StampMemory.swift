internal import AutomatonCore
import Synchronization

/// The stamps of the workloads read last, by version: a write adds its stamp to them without reading the object again.
///
/// It cannot mislead: it is asked for one version of one object, and a version never changes.
final class StampMemory: Sendable {
    private static let capacity = 256
    private let seen = Mutex<[(uid: String, resourceVersion: String, stamps: [Stamp])]>([])

    func note(_ workload: Workload) {
        seen.withLock { seen in
            seen.removeAll { $0.uid == workload.uid }
            if seen.count >= Self.capacity { seen.removeFirst(Self.capacity / 4) }
            seen.append((workload.uid, workload.resourceVersion, workload.stamps))
        }
    }

    func stamps(uid: String, resourceVersion: String) -> [Stamp]? {
        seen.withLock { seen in seen.last { $0.uid == uid && $0.resourceVersion == resourceVersion }?.stamps }
    }
}

import AutomatonCore
import Simulator

/// A fault of the demo: what is broken, and how.
struct DemoFault: Sendable {
    /// What is wrong, for people.
    let title: String
    /// What is broken.
    let workload: WorkloadName
    /// Breaks it.
    let inject: @Sendable (inout Store, Instant) throws -> Void

    /// The workload as findings name it.
    var subject: Subject {
        Subject(Subject.Kind(rawValue: workload.kind.lowercased()) ?? .pod, namespace: workload.namespace, name: workload.name)
    }

    /// The faults of the demo, in the order in which they happen.
    static func all(in shop: Shop) -> [DemoFault] {
        [
            DemoFault(
                title: "needs 1536Mi, its limit is 1Gi", workload: shop.emailService,
                inject: { try $0.oom(shop.emailService, needs: ByteQuantity(bytes: 1536 << 20), at: $1) }),
            DemoFault(
                title: "stuck: exits with code 1 until its pod is replaced", workload: shop.checkout,
                inject: { try $0.crashLoop(shop.checkout, message: "lock held by a process that is gone", at: $1) }),
            DemoFault(
                title: "needs 1700Mi, its limit is 512Mi", workload: shop.catalog,
                inject: { try $0.oom(shop.catalog, needs: ByteQuantity(bytes: 1700 << 20), at: $1) }),
            DemoFault(
                title: "restarts again and again", workload: shop.inventory,
                inject: { try $0.restartLoop(shop.inventory, every: .seconds(2), at: $1) }),
        ]
    }
}

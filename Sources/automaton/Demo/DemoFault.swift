import AutomatonCore
import Simulator

/// A fault of the demo: what is broken, and which rule is to mend it.
struct DemoFault: Sendable {
    /// What is wrong, for people.
    let title: String
    /// What is broken.
    let subject: Subject
    /// The rule that is to mend it.
    let rule: String
    /// Breaks it.
    let inject: @Sendable (inout Store, Instant) throws -> Void

    /// The faults of the demo, in the order in which they happen.
    static let all: [DemoFault] = [
        DemoFault(
            title: "memory limit too small", subject: Subject(.deployment, namespace: "production", name: "email-service"),
            rule: "oom-killed",
            inject: { try $0.oom(.deployment("email-service", in: "production"), needs: ByteQuantity(bytes: 1536 << 20), at: $1) }),
        DemoFault(
            title: "stuck process, crash loop", subject: Subject(.deployment, namespace: "production", name: "checkout"),
            rule: "crash-loop",
            inject: { try $0.crashLoop(.deployment("checkout", in: "production"), message: "lock held by a process that is gone", at: $1) }),
        DemoFault(
            title: "memory limit far too small", subject: Subject(.deployment, namespace: "production", name: "catalog"),
            rule: "oom-killed",
            inject: { try $0.oom(.deployment("catalog", in: "production"), needs: ByteQuantity(bytes: 900 << 20), at: $1) }),
        DemoFault(
            title: "restarts again and again", subject: Subject(.statefulSet, namespace: "production", name: "orders-db"),
            rule: "restart-loop",
            inject: {
                try $0.restartLoop(
                    WorkloadName(kind: "StatefulSet", namespace: "production", name: "orders-db"), every: .seconds(2), at: $1)
            }),
    ]
}

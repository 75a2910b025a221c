import AutomatonCore
import Simulator

/// A fault of the demo: what is broken, and how.
struct DemoFault: Sendable {
    /// What is wrong, for people.
    let title: String
    /// What is mended, as incidents name it; its name may be left open.
    let subject: Subject
    /// What is broken, for people.
    let broken: String
    /// Breaks it.
    let inject: @Sendable (DemoStage, Instant) async throws -> Void

    /// Whether an incident is about it.
    func concerns(_ subject: Subject) -> Bool {
        subject == self.subject || (subject.kind == self.subject.kind && self.subject.name.isEmpty)
    }

    private init(_ title: String, _ subject: Subject, broken: String, inject: @escaping @Sendable (DemoStage, Instant) async throws -> Void)
    {
        self.title = title
        self.subject = subject
        self.broken = broken
        self.inject = inject
    }

    /// A fault of a workload of the shop.
    private init(
        _ title: String, _ workload: WorkloadName, inject: @escaping @Sendable (inout Store, Instant) throws -> Void
    ) {
        let subject = Subject(
            Subject.Kind(rawValue: workload.kind.lowercased()) ?? .pod, namespace: workload.namespace, name: workload.name)
        self.init(title, subject, broken: "\(subject.kind.rawValue)/\(subject.name)") { stage, _ in
            try await stage.cluster.write { store, now in try inject(&store, now) }
        }
    }

    /// The faults of the demo, in the order in which they happen.
    static func all(on stage: DemoStage) -> [DemoFault] {
        let shop = stage.shop
        var faults = [
            DemoFault(
                "20,000 orders more than its consumers can take",
                Subject(.deployment, namespace: shop.namespace, name: shop.orderWorker.name), broken: "consumer group \(stage.queue.group)"
            ) { stage, _ in stage.queue.flood(20_000, over: .seconds(9)) },
            DemoFault("needs 1536Mi, its limit is 1Gi", shop.emailService) {
                try $0.oom(shop.emailService, needs: ByteQuantity(bytes: 1536 << 20), at: $1)
            },
            DemoFault("stuck: exits with code 1 until its pod is replaced", shop.checkout) {
                try $0.crashLoop(shop.checkout, message: "lock held by a process that is gone", at: $1)
            },
            DemoFault("needs 1700Mi, its limit is 512Mi", shop.catalog) {
                try $0.oom(shop.catalog, needs: ByteQuantity(bytes: 1700 << 20), at: $1)
            },
            DemoFault("restarts again and again", shop.inventory) { try $0.restartLoop(shop.inventory, every: .seconds(2), at: $1) },
            DemoFault("its logs fill the disk", shop.storefront) { try $0.fillDisk(shop.storefront, path: "/var/log/app", at: $1) },
            DemoFault("uses 92 % of its memory", shop.payments) {
                try $0.oom(shop.payments, needs: ByteQuantity(bytes: 707 << 20), at: $1)
            },
        ]
        if stage.database != nil {
            faults.insert(
                DemoFault(
                    "100 sessions idle in \(DemoDatabase.slots) slots", Subject(.database, namespace: "", name: ""), broken: "PostgreSQL"
                ) {
                    stage, _ in try await stage.database?.openIdle(100)
                }, at: 0)
        }
        return faults
    }
}

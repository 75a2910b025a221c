import AutomatonCore

/// A consumer group of Kafka, and the Deployment of the same name whose pods read for it.
final class GroupObject {
    /// Messages that a topic keeps.
    private static let retained = 60_000

    let name: String
    let topic: String
    private unowned let workload: WorkloadObject
    private let time: VirtualTime
    /// Messages a second that come in usually, and that one pod works off.
    private let usual: Double
    private let perPod: Double
    private(set) var factor = 1.0
    /// The consumers of this template hang at partition 0.
    private var hangs: Template?
    private var ends: [Double]
    private var commits: [Double]
    private var asOf: Instant

    init(_ workload: WorkloadObject, partitions: Int, perPod: Double, in world: World) {
        name = workload.subject.name
        topic = "\(workload.subject.name).received"
        self.workload = workload
        time = world.time
        self.perPod = perPod
        usual = perPod * Double(workload.wanted) * 0.6
        ends = Array(repeating: 1000, count: partitions)
        commits = ends
        asOf = world.time.now
    }

    var lag: Int { Int(zip(ends, commits).reduce(0) { $0 + $1.0 - $1.1 }) }
    var isSurging: Bool { factor > 1 }
    var isStuck: Bool { hangs == workload.spec.template }

    /// Whether enough pods would keep up with it.
    func keepsUp(with pods: Int) -> Bool { Double(min(pods, ends.count)) * perPod > usual * factor }

    /// Whether so many times the usual amount makes a clear difference between enough pods and too few: a backlog that hardly moves needs
    /// longer than a simulation.
    func isClear(_ factor: Double) -> Bool { (1...20).allSatisfy { abs(Double($0) * perPod - usual * factor) >= 5 } }

    /// So many times the usual amount comes in.
    func surge(_ factor: Double) {
        settle()
        self.factor = factor
    }

    func hang(_ hangs: Bool) {
        settle()
        self.hangs = hangs ? workload.spec.template : nil
    }

    /// Works off what came in since it was last looked at.
    func settle() {
        let passed = (time.now - asOf).inSeconds
        asOf = time.now
        let incoming = usual * factor * passed / Double(ends.count)
        for index in ends.indices { ends[index] += incoming }
        // What is older than the topic's retention is gone, read or not.
        // A commit that nobody renews stays where it is.
        for index in ends.indices where index > 0 || !isStuck {
            commits[index] = max(commits[index], ends[index] - Double(Self.retained / ends.count))
        }
        var capacity = Double(min(workload.ready, ends.count)) * perPod * passed
        let first = isStuck ? 1 : 0
        // What one partition does not need is there for the others.
        for turn in 0..<3 where capacity > 0 {
            let open = (first..<ends.count).filter { ends[$0] > commits[$0] }
            if open.isEmpty { break }
            let share = turn == 2 ? 0 : capacity / Double(open.count)
            for index in open {
                let done = min(share, ends[index] - commits[index])
                commits[index] += done
                capacity -= done
            }
        }
    }

    func reading(_ selection: ConsumerGroupSelection, unknown: Int?) -> ConsumerGroupReading {
        settle()
        let partitions = ends.indices.map { index in
            let latest: Reading<Int64> = index == unknown ? .unknown("its leader does not answer") : .known(Int64(ends[index]))
            return PartitionReading(topic: topic, partition: Int32(index), committed: .known(Int64(commits[index])), latest: latest)
        }
        return ConsumerGroupReading(group: name, partitions: .known(partitions), state: "Stable")
    }
}

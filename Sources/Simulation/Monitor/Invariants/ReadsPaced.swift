import AutomatonCore

/// A run does not ask for the same workload over and over: what it was told a moment ago has to do.
final class ReadsPaced: Invariant {
    static let name = "nothing asked over and over"

    /// So many reads of one workload are more than all rules together need for their tries.
    private static let most = 60
    private static let span: Duration = .minutes(5)

    private struct Reader: Hashable {
        var run: RunName
        var subject: Subject
    }

    private var reads: [Reader: [Instant]] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .read(let run, let workload):
            let reader = Reader(run: run, subject: workload.subject)
            reads[reader, default: []].append(scene.now)
            guard let count = reads[reader]?.count, count > Self.most else { return nil }
            reads[reader]?.removeAll { scene.now - $0 > Self.span }
            let left = reads[reader]?.count ?? 0
            return left > Self.most ? "run \(run) read \(workload.subject) \(left) times within \(Self.span.readable)" : nil
        case .killed(let run): for reader in Array(reads.keys) where reader.run == run { reads[reader] = nil }
        default: break
        }
        return nil
    }
}

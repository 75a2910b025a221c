internal import AutomatonCore

/// The last lines of a container, or why there are none.
struct LogReading: Sendable {
    var lines: [String] = []
    var of: String?
    var missing: String?
}

extension LogReading {
    init(missing why: String) { self.init(lines: [], of: nil, missing: why) }
}

extension KubernetesContexts {
    /// Lines that are asked for; with fewer, when so many are more than ``maximumLogBytes``: the server cuts the end off, which says most.
    private static let tails = [50, 10, 2]
    private static let maximumLogBytes = 65_536
    /// What a kubelet writes in place of a log that its runtime has dropped.
    private static let lost = ["unable to retrieve container logs for ", "failed to try resolving symlinks in path "]

    /// A run of a container, and how it is asked for.
    private struct Run {
        var isPrevious: Bool
        var words: String
    }

    /// Reads the log of the run that ended last: that is the present one until the kubelet starts the container again.
    func log(of sought: SoughtPod, _ record: IncidentRecord) async -> LogReading {
        let pod: String
        let row: PodRow?
        switch sought {
        case .missing(let why): return LogReading(missing: why)
        case .named(let name, let why):
            guard record.reason?.container != nil else { return LogReading(missing: why) }
            (pod, row) = (name, nil)
        case .found(let placed): (pod, row) = (placed.row.name, placed.row)
        }
        guard let container = record.reason?.container ?? row.flatMap(Self.worstContainer)?.name else {
            return LogReading(missing: "no container of pod \(pod) has been started")
        }
        var refusal = ""
        for run in Self.runs(of: row?.containers.first { $0.name == container }) {
            do {
                let (text, isCut) = try await text(container, of: pod, in: record.key.subject.namespace, isPrevious: run.isPrevious)
                let name = "container \(container) of pod \(pod)\(run.words)"
                let lines = TextExcerpt.log.tail(of: text, isCut: isCut, scrub: scrub)
                if lines.count == 1, Self.lost.contains(where: { lines[0].hasPrefix($0) }) {
                    return LogReading(missing: "the node no longer has the log of \(name)")
                }
                return lines.isEmpty ? LogReading(missing: "\(name) wrote nothing") : LogReading(lines: lines, of: name)
            } catch let error as KubernetesError where error.status == 400 {
                // There is no such run: the other one may be. Of the present one the kubelet says more.
                if refusal.isEmpty || !run.isPrevious { refusal = error.message }
            } catch let error as KubernetesError where error.kind == .notFound {
                return LogReading(missing: "pod \(pod) is not there any more")
            } catch {
                return LogReading(missing: why(error))
            }
        }
        return LogReading(missing: TextExcerpt.line.line(of: refusal, scrub: scrub))
    }

    /// The tail of a log, as long as the bound allows it to be whole.
    private func text(
        _ container: String, of pod: String, in namespace: String, isPrevious: Bool
    ) async throws -> (bytes: [UInt8], isCut: Bool) {
        let path = APIPath(namespace: namespace, resource: "pods", name: pod, subresource: "log")
        var bytes: [UInt8] = []
        for lines in Self.tails {
            bytes = try await api.get(
                path,
                query: [
                    "container": container, "previous": isPrevious ? "true" : "false", "tailLines": "\(lines)",
                    "limitBytes": "\(Self.maximumLogBytes)", "timestamps": "false",
                ])
            if bytes.count < Self.maximumLogBytes { return (bytes, false) }
        }
        return (bytes, true)
    }

    /// The runs to be asked for, the most telling first; of a container whose state is not known, the one before the present.
    private static func runs(of container: ContainerRow?) -> [Run] {
        let before = Run(isPrevious: true, words: container?.lastTermination.map { ", \(ending($0))" } ?? ", before it was started again")
        switch container?.state {
        case .terminated(let end): return [Run(isPrevious: false, words: ", \(ending(end))"), before]
        case .running:
            let present = Run(isPrevious: false, words: ", which runs")
            return container?.lastTermination == nil ? [present] : [before, present]
        case .waiting, nil: return [before, Run(isPrevious: false, words: "")]
        }
    }

    private static func ending(_ end: ContainerRow.Termination) -> String {
        "which ended with exit code \(end.exitCode)" + (end.reason.isEmpty ? "" : " (\(TextExcerpt.line.line(of: end.reason) { $0 }))")
    }

    /// One that ended badly, then the one that was restarted most.
    private static func worstContainer(of row: PodRow) -> ContainerRow? {
        func rank(_ index: Int) -> (Int, Int32, Int) {
            let container = row.containers[index]
            if case .terminated(let end) = container.state, end.exitCode != 0 { return (0, -container.restartCount, index) }
            return (container.isReady || container.isInit ? 2 : 1, -container.restartCount, index)
        }
        return row.containers.indices.min { rank($0) < rank($1) }.map { row.containers[$0] }
    }
}

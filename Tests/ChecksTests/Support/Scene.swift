import AutomatonCore

@testable import Checks

/// A state of pod health, a clock that the test moves, and a cluster that answers questions.
struct Scene {
    var state: PodHealthState
    var now = start
    /// What the cluster says about ReplicaSets, by name; without an entry the name less the hash is the Deployment.
    var owners: [String: WorkloadAnswer] = [:]
    /// What the cluster says when it is asked whether a workload is there.
    var presence = WorkloadAnswer.present
    /// Whether questions are answered at all.
    var answers = true
    private(set) var asked: [WorkloadQuestion] = []
    private(set) var reports: [CheckReport] = []
    /// How many workloads there are, as it was told last; it is no part of ``reports``.
    private(set) var population: [String: Int] = [:]

    init(settle: Duration = .minutes(2), window: Duration = .hours(1)) {
        state = PodHealthState(settle: settle, window: window)
    }

    /// Changes happen, and everything that follows; answers with the reports in text.
    @discardableResult
    mutating func see(_ changes: PodChange...) -> [String] {
        for change in changes { state.apply(change, at: now) }
        return settleUp()
    }

    /// A pod changed.
    @discardableResult
    mutating func change(_ row: PodRow) -> [String] { see(.changed(row)) }

    /// A full list.
    @discardableResult
    mutating func list(_ rows: PodRow...) -> [String] { see(.listing, .page(rows), .listed) }

    /// Time passes, in steps of at most a second.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [String] {
        let end = now + duration
        var texts: [String] = []
        while now < end {
            now = min(end, now + .seconds(1))
            state.advance(to: now)
            texts += settleUp()
        }
        return texts
    }

    /// Answers what was asked and takes what is to be reported.
    @discardableResult
    mutating func settleUp() -> [String] {
        var texts: [String] = []
        while true {
            if answers, let question = state.nextQuestion() {
                asked.append(question)
                state.answer(question, answer(question), at: now)
            } else if let report = state.nextReport(at: now) {
                if case .population(let workloads) = report {
                    population = workloads
                    continue
                }
                reports.append(report)
                texts.append(ReportText.of(report))
            } else {
                return texts
            }
        }
    }

    /// The last finding of a workload that was reported.
    func lastFinding(_ subject: Subject) -> Finding? {
        for report in reports.reversed() {
            switch report {
            case .changed(let finding) where finding.subject == subject: return finding
            case .complete(let findings): if let finding = findings.first(where: { $0.subject == subject }) { return finding }
            default: continue
            }
        }
        return nil
    }

    private func answer(_ question: WorkloadQuestion) -> WorkloadAnswer {
        switch question {
        case .presence: return presence
        case .owner(let row, _):
            let name = row.controller?.name ?? row.name
            if let answer = owners[name] { return answer }
            let deployment = name.lastIndex(of: "-").map { String(name[..<$0]) } ?? name
            return .owner(Subject(.deployment, namespace: row.namespace, name: deployment))
        }
    }
}

/// The Deployment whose pods ``pod(_:set:kind:namespace:phase:reason:message:terminating:ready:_:)`` makes.
let email = Subject(.deployment, namespace: "production", name: "email")

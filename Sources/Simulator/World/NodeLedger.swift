import AutomatonCore

/// What each simulated node has and what its pods have requested of it, kept from the store's changes.
struct NodeLedger: Sendable {
    /// One node's account.
    struct Account: Sendable {
        var memory: Int64
        var cpu: Int64
        var pods: Int
        var isCordoned: Bool
        var taints: [JSON]
        var labels: [String: String]
        var address: String
        var used = PodRequests()
        var podCount = 0
    }

    private struct Claim: Sendable, Hashable {
        var node: String
        var requests: PodRequests
    }

    private(set) var accounts: [String: Account] = [:]
    private var claims: [ObjectName: Claim] = [:]

    /// The names of the nodes, sorted.
    var names: [String] { accounts.keys.sorted() }

    /// Whether a node is one of the simulated ones.
    func isSimulated(_ node: String) -> Bool { accounts[node] != nil }

    /// Takes a change of a simulated node's object into account.
    mutating func note(node event: StoreEvent) {
        let node = event.object
        guard event.change != .deleted else {
            accounts[node.name] = nil
            return
        }
        let allocatable = node["status", "allocatable"]
        var account =
            accounts[node.name]
            ?? Account(memory: 0, cpu: 0, pods: 0, isCordoned: false, taints: [], labels: [:], address: "")
        account.memory = allocatable?["memory"].flatMap(PodRequests.bytes) ?? 0
        account.cpu = allocatable?["cpu"].flatMap(PodRequests.milli) ?? 0
        account.pods = allocatable?["pods"]?.string.flatMap { Int($0) } ?? 0
        account.isCordoned = node["spec", "unschedulable"]?.bool ?? false
        account.taints = node["spec", "taints"]?.array ?? []
        account.labels = node.labels
        account.address = node["status", "addresses", 0, "address"]?.string ?? ""
        accounts[node.name] = account
    }

    /// Takes a pod into account.
    ///
    /// - Returns: whether room became free on a simulated node.
    mutating func note(pod event: StoreEvent) -> Bool {
        let name = ObjectName(event.object)
        let phase = event.object["status", "phase"]?.string
        var claim: Claim?
        if event.change != .deleted, phase != "Succeeded", phase != "Failed",
            let node = event.object["spec", "nodeName"]?.string, accounts[node] != nil
        {
            // The spec hardly ever changes: an update of the status costs no arithmetic.
            if event.change == .modified, let known = claims[name], known.node == node,
                event.previous?.json["spec"] == event.object.json["spec"]
            {
                return false
            }
            claim = Claim(node: node, requests: PodRequests(pod: event.object.json))
        }
        let before = claims[name]
        guard before != claim else { return false }
        claims[name] = claim
        if let before { add(before, sign: -1) }
        if let claim { add(claim, sign: 1) }
        return before != nil
    }

    private mutating func add(_ claim: Claim, sign: Int64) {
        accounts[claim.node]?.used.memory += sign * claim.requests.memory
        accounts[claim.node]?.used.cpu += sign * claim.requests.cpu
        accounts[claim.node]?.podCount += Int(sign)
    }
}

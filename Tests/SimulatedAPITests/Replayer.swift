import Simulator

/// Replays a recorded scenario and tells in what the answers differ: status, content type, Retry-After, Warning, kind, the Status's
/// reason, causes and message, the names of lists, the order of watch events. What the recording's server made up (uids, versions,
/// generated names, tokens) is mapped to what this one makes up.
struct Replayer {
    private let client: TestClient
    private let timeScale: Double
    private var substitutions: [(from: String, to: String)] = []
    private(set) var differences: [String: String] = [:]
    private(set) var compared = 0

    init(client: TestClient, timeScale: Double) {
        self.client = client
        self.timeScale = timeScale
    }

    mutating func replay(_ exchanges: [RecordedExchange]) async throws {
        let watched = Set(exchanges.flatMap(\.during))
        var open: [String: Task<Answer, any Error>] = [:]
        var last: (recorded: Int, at: ContinuousClock.Instant)?
        for exchange in exchanges {
            if let last, let time = exchange.time, !watched.contains(exchange.name) {
                // The pauses are part of the scenario: controllers worked meanwhile.
                let due = last.at + .milliseconds(time - last.recorded) / timeScale
                if due > .now { try await Task.sleep(until: due) }
            }
            for name in exchange.during where open[name] == nil {
                if let watch = exchanges.first(where: { $0.name == name }) { open[name] = await start(watch) }
            }
            let answer: Answer
            if let task = open.removeValue(forKey: exchange.name) {
                answer = try await task.value
            } else {
                if let time = exchange.time { last = (time, .now) }
                answer = try await send(exchange)
            }
            compare(exchange, answer)
        }
    }

    private func send(_ exchange: RecordedExchange, onHead: (@Sendable () -> Void)? = nil) async throws -> Answer {
        let body: [UInt8]? =
            switch exchange.body {
            case nil: nil
            case .string(let text)?: Array(text.utf8)
            case let json?: Array(substituted(json.text).utf8)
            }
        return try await client.send(exchange.method, substituted(exchange.path), headers: exchange.headers, body: body, onHead: onHead)
    }

    /// Opens a watch and returns once its head has arrived.
    private func start(_ exchange: RecordedExchange) async -> Task<Answer, any Error> {
        let (heads, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task { [self] in
            defer { continuation.finish() }
            return try await send(exchange) { continuation.finish() }
        }
        for await _ in heads {}
        return task
    }

    // MARK: Comparison

    private mutating func compare(_ exchange: RecordedExchange, _ answer: Answer) {
        compared += 1
        var found: [String] = []
        func check(_ what: String, _ got: String, _ recorded: String) {
            if got != recorded { found.append("\(what): \(got.prefix(300)), recorded \(recorded.prefix(300))") }
        }
        check("status", String(answer.status), String(exchange.status))
        func media(_ type: String?) -> String { String((type ?? "").prefix { $0 != ";" }) }
        check("Content-Type", media(answer.header("Content-Type")), media(exchange.responseHeaders["Content-Type"]))
        for name in ["Retry-After", "Warning"] {
            check(name, answer.header(name) == nil ? "absent" : "present", exchange.responseHeaders[name] == nil ? "absent" : "present")
        }
        let recorded = exchange.responseBody
        if let events = recorded.array {
            check("events", Self.types(answer.events), Self.types(events))
            learn(.array(events), .array(answer.events), key: nil)
        } else if recorded.object != nil {
            let body = answer.json
            check("kind", body["kind"]?.string ?? "", recorded["kind"]?.string ?? "")
            if recorded["kind"] == "Status" {
                check("reason", body["reason"]?.string ?? "", recorded["reason"]?.string ?? "")
                check("causes", Self.causes(body), Self.causes(recorded))
                let message = recorded["message"]?.string ?? ""
                // What a message quotes of whole objects, of clocks and of versions is not compared.
                if !message.contains("patch: Invalid"), !message.contains("grace"), !message.hasPrefix("Timeout") {
                    check("message", body["message"]?.string ?? "", substituted(message))
                }
            }
            if let items = recorded["items"] {
                // How often a controller has tried and said so is a matter of time.
                let isOnce = recorded["kind"] == "EventList"
                check("items", names(body["items"], isRecorded: false, once: isOnce), names(items, isRecorded: true, once: isOnce))
            }
            learn(recorded, body, key: nil)
        }
        if !found.isEmpty { differences[exchange.name] = found.joined(separator: "; ") }
    }

    /// The types of watch events; how many bookmarks stand in a row is a matter of time.
    private static func types(_ events: [JSON]) -> String {
        var types: [String] = []
        for event in events {
            let type = event["type"]?.string ?? "?"
            if type != "BOOKMARK" || types.last != "BOOKMARK" { types.append(type) }
        }
        return types.joined(separator: " ")
    }

    private static func causes(_ status: JSON) -> String {
        let causes = status["details", "causes"]?.array ?? []
        return causes.map { "\($0["reason"]?.string ?? "") \($0["field"]?.string ?? "")" }.sorted().joined(separator: ", ")
    }

    private func names(_ items: JSON?, isRecorded: Bool, once: Bool) -> String {
        guard let items, let list = items.array else { return items == nil ? "none" : "null" }
        let names = list.map { item in
            let name = item["metadata", "name"]?.string ?? ""
            let reason = once ? "/" + (item["reason"]?.string ?? "") : ""
            return Self.stem(of: isRecorded ? substituted(name) : name) + reason
        }
        return (once ? Array(Set(names)) : names).sorted().joined(separator: " ")
    }

    // MARK: What the servers made up

    /// A name without what a server generated at its end: `-x7k2p`, and the hash of a pod template before it, `.18e9f82fcde5b59f`.
    private static func stem(of name: String) -> String {
        let generated: Set<Character> = Set("bcdfghjklmnpqrstvwxz2456789")
        var stem = Substring(name)
        for _ in 0..<2 {
            guard let mark = stem.lastIndex(where: { $0 == "-" || $0 == "." }) else { break }
            let end = stem[stem.index(after: mark)...]
            let isSuffix = (5...10).contains(end.count) && end.allSatisfy(generated.contains)
            let isEvent = stem[mark] == "." && end.count == 16 && end.allSatisfy(\.isHexDigit)
            guard isSuffix || isEvent else { break }
            stem = stem[..<mark]
        }
        return String(stem)
    }

    private static let learned: Set<String> = ["uid", "resourceVersion", "continue", "name", "generateName", "clusterIP"]

    private mutating func learn(_ recorded: JSON, _ got: JSON, key: String?) {
        switch (recorded, got) {
        case (.object(let members), .object(let others)):
            for (name, value) in members { if let other = others[name] { learn(value, other, key: name) } }
        case (.array(let elements), .array(let others)) where elements.count == others.count:
            for (element, other) in zip(elements, others) { learn(element, other, key: key) }
        case (.string(let from), .string(let to)) where from != to && !from.isEmpty && Self.learned.contains(key ?? ""):
            if key == "name" {
                guard Self.stem(of: from) == Self.stem(of: to) else { return }
                // The pod's name ends in one suffix more than its ReplicaSet's.
                let parents = [from, to].map { name in name.lastIndex(of: "-").map { String(name[..<$0]) } ?? name }
                if Self.stem(of: parents[0]) != parents[0] { remember(parents[0], parents[1]) }
            }
            if key == "resourceVersion" {
                guard let version = Int(from), version >= 100 else { return }
            }
            remember(from, to)
        default: break
        }
    }

    private mutating func remember(_ from: String, _ to: String) {
        substitutions.removeAll { $0.from == from }
        substitutions.append((from, to))
        substitutions.sort { $0.from.count > $1.from.count }
    }

    /// The text with what the recording's server made up replaced, where it stands as a word of its own.
    private func substituted(_ text: String) -> String {
        var result = text
        func isWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" } ?? false }
        for (from, to) in substitutions where result.contains(from) {
            var output = ""
            var rest = Substring(result)
            while let range = rest.firstRange(of: from) {
                let before = range.lowerBound == rest.startIndex ? output.last : rest[rest.index(before: range.lowerBound)]
                let after = range.upperBound < rest.endIndex ? rest[range.upperBound] : nil
                output += rest[..<range.lowerBound]
                output += isWord(before) || isWord(after) ? from : to
                rest = rest[range.upperBound...]
            }
            result = output + rest
        }
        return result
    }
}

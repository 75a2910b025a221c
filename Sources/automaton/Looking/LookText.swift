import AutomatonCore
import Engine

/// What `automaton health` saw, for people: the worst first, what it comes to last, where the eye is.
struct LookText {
    let report: LookReport
    /// Each thing by itself.
    let all: Bool
    let ink: Ink

    func lines(width: Int?) -> [String] {
        let place = report.namespace.map { "namespace \($0)" } ?? "all namespaces"
        var lines = ["\(ink.bold("automaton health")) \(place.harmless), \(report.cluster.harmless), \(report.at.instant.rfc3339)", ""]
        let table = table
        if !table.isEmpty { lines += table.lines(width: width) + [""] }
        lines += notes
        return lines + [conclusion]
    }

    private var table: TextTable {
        var table = TextTable(
            [
                .init("VERDICT"), .init("PRIORITY"), .init("RULE", least: 20), .init("SUBJECT", least: 20, keepsEnd: true),
                .init("SEEN", least: 24),
            ], ink: ink
        )
        for (rule, sight) in unhealthy {
            let urgent = sight.priority == "critical" || sight.priority == "high" ? ink.red : ink.yellow
            table.add([
                .init("unhealthy", ink.red), .init(sight.priority ?? "", urgent), .init(rule), .init(name(sight), ink.bold),
                .init(sight.seen),
            ])
        }
        for (rules, subject, why) in unknown {
            table.add([.init("unknown", ink.yellow), "", .init(rules), .init(subject, ink.bold), .init(why)])
        }
        for rule in report.rules {
            if all {
                for sight in rule.sights where sight.verdict == .healthy && rule.verdict != nil {
                    table.add([.init("healthy", ink.green), "", .init(rule.rule), .init(name(sight)), .init(sight.seen)])
                }
            }
            guard let healthy = rule.healthy else { continue }
            let unnamed = all ? healthy - rule.sights.count { $0.verdict == .healthy } : healthy
            let isAll = rule.verdict == .healthy
            guard unnamed > 0 || (isAll && rule.sights.isEmpty) else { continue }
            let count = "\(unnamed) \(unnamed == 1 ? String(rule.kinds.dropLast()) : rule.kinds)"
            table.add([
                .init("healthy", ink.green), "", .init(rule.rule), .init(unnamed == 0 ? "none there" : isAll ? count : "\(count) besides"),
                .init(unnamed == 0 ? "" : unnamed == 1 ? "well" : "all well"),
            ])
        }
        return table
    }

    /// The most urgent first.
    private var unhealthy: [(rule: String, sight: LookReport.OfRule.Sight)] {
        func rank(_ sight: LookReport.OfRule.Sight) -> UInt8 { sight.priority.flatMap { Priority($0) }?.rawValue ?? 0 }
        var found: [(rule: String, sight: LookReport.OfRule.Sight)] = []
        for rule in report.rules {
            for sight in rule.sights where sight.verdict == .unhealthy { found.append((rule.rule, sight)) }
        }
        return found.sorted { (rank($1.sight), $0.sight.subject, $0.rule) < (rank($0.sight), $1.sight.subject, $1.rule) }
    }

    /// What several rules do not know for one reason is one line, unless each is wanted by itself.
    private var unknown: [(rules: String, subject: String, why: String)] {
        struct Place: Hashable {
            var check: String
            var subject: String
            var why: String
        }
        var order: [Place] = []
        var rules: [Place: [String]] = [:]
        for rule in report.rules {
            let blind =
                rule.why.map { why in [Place(check: rule.check, subject: "-", why: why + (rule.hint.map { "; \($0)" } ?? ""))] } ?? []
            let sights = rule.sights.filter { $0.verdict == .unknown }.map { Place(check: rule.check, subject: name($0), why: $0.seen) }
            for place in blind + sights {
                if rules[place] == nil { order.append(place) }
                rules[place, default: []].append(rule.rule)
            }
        }
        var lines: [(rules: String, subject: String, why: String)] = []
        for place in order {
            let names = rules[place] ?? []
            let told = all || names.count == 1 ? names : ["\(names.count) rules (\(place.check.prefix { $0 != "{" }))"]
            for name in told { lines.append((name, place.subject, place.why)) }
        }
        return lines
    }

    private func name(_ sight: LookReport.OfRule.Sight) -> String {
        short(sight.subject) + (sight.mends.map { " (mends \(short($0)))" } ?? "")
    }

    /// The namespace stands at the top, where there is but one.
    private func short(_ subject: String) -> String {
        guard let namespace = report.namespace, subject.hasPrefix(namespace + "/") else { return subject }
        return String(subject.dropFirst(namespace.count + 1))
    }

    private var notes: [String] {
        var lines: [String] = []
        for why in report.missing { lines.append(ink.yellow("nothing would be mended: ") + why.harmless) }
        for rule in report.rules where !rule.untold.isEmpty && rule.why == nil {
            let part = rule.verdict == nil ? "not told by one look" : "in part not told by one look"
            lines.append(
                "\(ink.faint("\(part):")) \(rule.rule.harmless) (\(rule.untold.joined(separator: ", "))); "
                    + "ask the running automaton: automaton explain --rule \(rule.rule.harmless)")
        }
        for idle in report.notInForce {
            lines.append(
                "\(ink.faint("not in force:")) \(idle.rule.harmless) needs \(idle.needs.joined(separator: " or ")) in the environment")
        }
        return lines.isEmpty ? [] : lines + [""]
    }

    private var conclusion: String {
        let bad = Set(report.rules.flatMap(\.sights).filter { $0.verdict == .unhealthy }.map(\.subject)).count
        let unseen = Set(report.rules.flatMap(\.sights).filter { $0.verdict == .unknown }.map(\.subject)).count
        let blind = Set(report.rules.filter { $0.why != nil }.map(\.check)).count
        var parts: [String] = []
        if bad > 0 { parts.append("\(bad) \(bad == 1 ? "is" : "are") unhealthy") }
        if unseen > 0 { parts.append("\(unseen) \(unseen == 1 ? "is" : "are") unknown") }
        if blind > 0 { parts.append("\(blind) check\(blind == 1 ? "" : "s") could not look") }
        let counted = report.rules.count { $0.verdict != nil }
        let of = "\(counted) rule\(counted == 1 ? "" : "s"), \(report.seconds) s"
        return switch report.verdict {
        case .healthy: "\(ink.green("HEALTHY")): nothing is wrong (\(of))"
        case .unhealthy: "\(ink.red("UNHEALTHY")): \(parts.joined(separator: ", ")) (\(of))"
        case .unknown where counted == 0: "\(ink.yellow("UNKNOWN")): one look does not tell this ('automaton explain') (\(of))"
        case .unknown where report.isEmpty:
            "\(ink.yellow("UNKNOWN")): nothing at all was seen\(report.namespace.map { " in namespace \($0.harmless): is it the right one?" } ?? "") (\(of))"
        case .unknown: "\(ink.yellow("UNKNOWN")): \(parts.joined(separator: ", ")) (\(of))"
        }
    }
}

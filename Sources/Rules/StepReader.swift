import AutomatonCore

/// Reads one entry of a rule's `remediations`: `use`, `with`, `action`, `verify`, `stable`, `attempts`, `revert`, `owned`,
/// `restoreAfter`.
struct StepReader {
    private static let keys = ["use", "with", "action", "verify", "stable", "attempts", "revert", "owned", "restoreAfter"]

    let catalogue: Catalogue
    let thresholds: Thresholds
    private var fields: MappingReader
    var problems: [Problem] { fields.problems }

    init(_ node: YAMLNode, file: String, catalogue: Catalogue, thresholds: Thresholds) {
        self.catalogue = catalogue
        self.thresholds = thresholds
        fields = MappingReader(node, file: file, noun: "a step of 'remediations'", known: Self.keys)
    }

    mutating func read() -> (step: RemediationStep, remediation: any Remediation)? {
        guard fields.isMapping else { return nil }
        let remediation = readRemediation()
        let verify = span("verify", from: .seconds(1)) ?? thresholds.verifyTimeout
        // The default is no contradiction to a short `verify`; what is written is.
        let stable = span("stable", from: .zero) ?? min(thresholds.stableFor, verify)
        if stable > verify, problems.isEmpty {
            fields.report(
                fields.place(of: "stable"),
                "stable: \(stable.configured) is longer than verify (\(verify.configured)), so nothing could ever count as healed")
        }
        let attempts = readAttempts()
        let revert = readRevert()
        let owned = readOwned()
        let action = readAction()
        let restoreAfter = span("restoreAfter", from: .seconds(1))
        if let restoreAfter, restoreAfter < thresholds.policy.cooldown {
            fields.report(
                fields.place(of: "restoreAfter"),
                "restoreAfter: \(restoreAfter.configured) is shorter than COOLDOWN (\(thresholds.policy.cooldown.configured))")
        }
        guard problems.isEmpty, let remediation else { return nil }
        let step = RemediationStep(
            use: remediation.name, action: action ?? type(of: remediation.made).action, verify: verify, stable: stable, attempts: attempts,
            revert: revert, owned: owned, restoreAfter: restoreAfter)
        return (step, remediation.made)
    }

    private mutating func readRemediation() -> (name: String, made: any Remediation)? {
        guard let value = fields.required("use", "one of " + catalogue.remediations.keys.sorted().joined(separator: ", ")),
            let text = fields.read(value, "use", ScalarReading.text)
        else { return nil }
        guard let type = catalogue.remediations[text] else {
            fields.report(value, NearestName.unknown("remediation", text, known: catalogue.remediations.keys))
            return nil
        }
        do {
            return (text, try Catalogue.make(type, with: fields.value("with"), fallback: value.position))
        } catch {
            for failure in error.list { fields.report(failure.position, failure.message) }
            return nil
        }
    }

    private mutating func span(_ key: String, from shortest: Duration) -> Duration? {
        guard let value = fields.value(key), let span = fields.read(value, key, ScalarReading.duration) else { return nil }
        let longest = Duration.hours(24)
        if span < shortest || span > longest {
            fields.report(value, "\(key): \(span.configured) is not from \(shortest.configured) to \(longest.configured)")
        }
        return span
    }

    private mutating func readAction() -> String? {
        guard let value = fields.value("action"), let text = fields.read(value, "action", ScalarReading.text) else { return nil }
        let isWord = (1...63).contains(text.utf8.count) && text.utf8.allSatisfy { Self.isWord($0) }
        guard isWord else {
            fields.report(value, "action: \(text.quoted) must be 1 to 63 of a-z, 0-9 and '_': it is a label's value in metrics")
            return nil
        }
        return text
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte >= 0x61 && byte <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5F
    }

    private mutating func readAttempts() -> Int {
        guard let value = fields.value("attempts") else { return 1 }
        do {
            let count = try ScalarReading.whole(value, as: Int.self)
            if !(1...10).contains(count) { fields.report(value, "attempts: \(count) is not from 1 to 10") }
            return count
        } catch {
            fields.report(value.isNull ? fields.place(of: "attempts") : value.position, "attempts: \(error.message)")
            return 1
        }
    }

    private mutating func readOwned() -> RemediationStep.Owned {
        guard let value = fields.value("owned"), let text = fields.read(value, "owned", ScalarReading.text) else {
            return .refuseControllers
        }
        guard let owned = RemediationStep.Owned(rawValue: text) else {
            fields.report(value, NearestName.unknown("owned", text, known: RemediationStep.Owned.allCases.map(\.rawValue)))
            return .refuse
        }
        return owned
    }

    private mutating func readRevert() -> RemediationStep.Revert {
        guard let value = fields.value("revert"), let text = fields.read(value, "revert", ScalarReading.text) else { return .worse }
        guard let revert = RemediationStep.Revert(rawValue: text) else {
            fields.report(value, NearestName.unknown("revert", text, known: RemediationStep.Revert.allCases.map(\.rawValue)))
            return .never
        }
        return revert
    }
}

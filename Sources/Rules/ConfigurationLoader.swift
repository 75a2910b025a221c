public import AutomatonCore

/// Thresholds and rules that were loaded together and belong together.
public struct LoadedConfiguration: Sendable {
    /// The thresholds, with the safety policy.
    public let thresholds: Thresholds
    /// The rules and their plugins, made with these thresholds.
    public let ruleset: Ruleset
    /// Names the content of the files that it was read from; equal for equal content.
    public let fingerprint: String
}

/// Loads thresholds and rules as one unit: both, or nothing and all errors of both.
public struct ConfigurationLoader: Sendable {
    /// Where the thresholds come from.
    public let thresholds: ThresholdLoader
    /// Where the rules are: a directory, or a file.
    public let rulesPath: String
    /// Reads the rules.
    public let rules: RuleLoader

    /// Makes a loader.
    public init(thresholds: ThresholdLoader, rulesPath: String, rules: RuleLoader) {
        self.thresholds = thresholds
        self.rulesPath = rulesPath
        self.rules = rules
    }

    /// Loads everything once. Blocks on the file system.
    /// - Throws: everything that is wrong, when anything is.
    public func load() throws(ConfigurationErrors) -> LoadedConfiguration { try read().result.get() }

    /// What the sources look like without reading them.
    struct Signature: Hashable, Sendable {
        var thresholds: MountedSource.Signature?
        var rules: MountedSource.Signature
        /// Whether an equal signature later means equal content.
        var isSettled: Bool { rules.isSettled && thresholds?.isSettled ?? true }
    }

    func signature() -> Signature {
        Signature(thresholds: thresholds.source?.signature(), rules: RuleLoader.source(rulesPath).signature())
    }

    struct Reading: Sendable {
        var fingerprint: String
        var result: Result<LoadedConfiguration, ConfigurationErrors>
    }

    /// Reads and judges. Rules are judged also when thresholds are wrong, with the defaults in their place, so that one look tells
    /// everything that has to be mended.
    func read() -> Reading {
        let thresholdContent = thresholds.source?.content() ?? MountedSource.Content()
        let ruleContent = RuleLoader.source(rulesPath).content()
        var hash = StableHash()
        for content in [thresholdContent, ruleContent] {
            for file in content.files {
                hash.add(file.path.utf8)
                hash.end()
                hash.add(file.bytes)
                hash.end()
            }
            for problem in content.problems {
                hash.add(problem.description.utf8)
                hash.end()
            }
        }
        let (values, thresholdProblems) = thresholds.read(thresholdContent)
        let (ruleset, ruleProblems) = rules.read(ruleContent, path: rulesPath, thresholds: values)
        let problems = thresholdProblems + ruleProblems
        guard problems.isEmpty else {
            return Reading(fingerprint: hash.digits, result: .failure(ConfigurationErrors(problems)))
        }
        let loaded = LoadedConfiguration(thresholds: values, ruleset: ruleset, fingerprint: hash.digits)
        return Reading(fingerprint: hash.digits, result: .success(loaded))
    }
}

extension StableHash {
    /// Sixteen hexadecimal digits, which name content in logs.
    fileprivate var digits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

import ArgumentParser
import AutomatonCore
import Checks
import Remediations
import Rules

/// Values that a shell offers while one types. Nothing is asked over a network, and the rules are only read, so that it takes no time.
enum Completions {
    /// The names of the rules, of the directory that --rules names if it stands before, else the usual one.
    static let rules = CompletionKind.custom { words, _, _ in
        let named = words.lastIndex(of: "--rules").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        return RuleLoader.origins(path: named ?? ConfigurationOptions.usualRules).keys.sorted()
    }

    /// The keys of the thresholds.
    static let thresholds = CompletionKind.list(Threshold.all.map(\.key))

    /// What --action takes.
    static let actions = CompletionKind.list(["observe", "notify"] + builtInRemediations.map { $0.name })
}

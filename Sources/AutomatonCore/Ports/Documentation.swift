/// What people read about a plugin; `rules/README.md` is made from it.
public struct Documentation: Sendable {
    /// What it does, in one or two sentences.
    public var summary: String
    /// Every key that `with:` may hold.
    public var parameters: [Parameter]
    /// What each figure of a check means, in the order of its vocabulary; empty for a remediation.
    public var figures: [Figure]
    /// A rule that uses it, as YAML; the tests load it.
    public var example: String

    /// A key of `with:`.
    public struct Parameter: Hashable, Sendable {
        /// The key.
        public var name: String
        /// What its value must be: `a time span`, `kubelet, pods or local`.
        public var value: String
        /// What holds when it is left out; nil when it must be there.
        public var standard: String?
        /// What it means.
        public var meaning: String

        /// Describes a key.
        public init(_ name: String, _ value: String, standard: String?, _ meaning: String) {
            self.name = name
            self.value = value
            self.standard = standard
            self.meaning = meaning
        }
    }

    /// A figure that rules can put a bound on.
    public struct Figure: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its unit, as in what the check measures (``AutomatonCore/Figure/unit``); empty for a plain count.
        public var unit: String
        /// What it means.
        public var meaning: String

        /// Describes a figure.
        public init(_ name: String, unit: String = "", _ meaning: String) {
            self.name = name
            self.unit = unit
            self.meaning = meaning
        }
    }

    /// Describes a plugin.
    public init(_ summary: String, parameters: [Parameter] = [], figures: [Figure] = [], example: String) {
        self.summary = summary
        self.parameters = parameters
        self.figures = figures
        self.example = example
    }
}

extension Check {
    /// The keys that `with:` may hold.
    public static var parameterNames: [String] { documentation.parameters.map(\.name) }
}

extension Remediation {
    /// The keys that `with:` may hold.
    public static var parameterNames: [String] { documentation.parameters.map(\.name) }
}

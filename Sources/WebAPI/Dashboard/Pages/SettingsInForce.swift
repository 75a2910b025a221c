public import AutomatonCore

/// The thresholds in force, where each comes from, and how their last reading went: what the composition tells the dashboard.
public struct SettingsInForce: Hashable, Sendable {
    /// A value in force.
    public struct Setting: Hashable, Sendable {
        /// Its key: `KAFKA_LAG_THRESHOLD`.
        public var name: String
        /// As one would write it.
        public var value: String
        /// Where it comes from: `environment`, `/etc/automaton/COOLDOWN`.
        public var origin: String
        /// Whether nobody set it.
        public var isDefault: Bool
        /// What it would be if nobody set it.
        public var standard: String
        /// What it limits or triggers.
        public var summary: String

        /// Makes a setting.
        public init(name: String, value: String, origin: String, isDefault: Bool, standard: String, summary: String) {
            self.name = name
            self.value = value
            self.origin = origin
            self.isDefault = isDefault
            self.standard = standard
            self.summary = summary
        }
    }

    /// In the order in which people should read them.
    public var settings: [Setting]
    /// Names the content that is in force; nil where nobody knows.
    public var fingerprint: String?
    /// When the files were last loaded, or found to be right again.
    public var lastGoodAt: Instant?
    /// What is wrong with the files by now, a line each; empty while they are what is in force.
    public var problems: [String]

    /// Makes them.
    public init(settings: [Setting], fingerprint: String? = nil, lastGoodAt: Instant? = nil, problems: [String] = []) {
        self.settings = settings
        self.fingerprint = fingerprint
        self.lastGoodAt = lastGoodAt
        self.problems = problems
    }
}

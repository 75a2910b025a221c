import AutomatonCore

/// Loads ``Thresholds`` strictly: every wrong value, unknown key and contradiction is an error, and all of them are reported.
///
/// The ConfigMap is a directory with one file a key, as kubelet mounts it, or a single file: `KEY=VALUE` lines, a YAML mapping, or
/// a manifest of a ConfigMap (its `data`). One line break at the end of a value is allowed. In the environment only known keys are
/// looked at; an empty variable is an error, not an absence.
public struct ThresholdLoader: Sendable {
    /// The mounted directory or the file; nil: none.
    public var path: String?
    /// The environment variables.
    public var environment: [String: String]
    /// Values that options of the command line give, by key, with the option's name: they win over all others.
    public var options: [String: (option: String, value: String)]
    /// Allows a `COOLDOWN` below 5 minutes, as a demonstration and tests need it.
    public var allowsShortCooldown: Bool

    /// Makes a loader.
    public init(
        path: String? = nil, environment: [String: String] = [:], options: [String: (option: String, value: String)] = [:],
        allowsShortCooldown: Bool = false
    ) {
        self.path = path
        self.environment = environment
        self.options = options
        self.allowsShortCooldown = allowsShortCooldown
    }

    /// Reads all sources.
    /// - Throws: everything that is wrong, when anything is.
    public func load() throws(ConfigurationErrors) -> Thresholds {
        let (thresholds, problems) = read(source?.content() ?? MountedSource.Content())
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return thresholds
    }

    /// Who is told stands beside the thresholds, and is no threshold.
    var source: MountedSource? { path.map { MountedSource($0, noun: "threshold") { $0 != "notify.yaml" } } }

    /// What every source gives, the later ones over the earlier.
    func entries(_ content: MountedSource.Content) -> (entries: [ThresholdEntry], problems: [Problem]) {
        var entries: [ThresholdEntry] = []
        var problems = content.problems
        for file in content.files {
            do {
                // A single file is the source itself; the files of a directory lie in it.
                entries += try file.path == source?.path ? ThresholdFile.entries(of: file) : [ThresholdFile.entry(of: file)]
            } catch {
                problems += error.problems
            }
        }
        for threshold in Threshold.all {
            if let value = environment[threshold.key] {
                entries.append(ThresholdEntry(key: threshold.key, value: value, place: Place(file: "environment"), origin: .environment))
            }
        }
        for (key, option) in options.sorted(by: { $0.key < $1.key }) {
            entries.append(ThresholdEntry(key: key, value: option.value, place: Place(file: option.option), origin: .option(option.option)))
        }
        return (entries, problems)
    }

    /// The thresholds as far as they could be read (the default for a key that could not), and all problems.
    func read(_ content: MountedSource.Content) -> (thresholds: Thresholds, problems: [Problem]) {
        let (entries, unread) = entries(content)
        var problems = unread

        var thresholds = Thresholds()
        var places: [String: Place] = [:]
        var broken: Set<String> = []
        for entry in entries {
            guard let threshold = Threshold.named[entry.key] else {
                problems.append(entry.place.problem(NearestName.unknown("threshold", entry.key, known: Threshold.keys)))
                continue
            }
            guard threshold.read(entry.value, into: &thresholds) else {
                broken.insert(entry.key)
                problems.append(
                    entry.place.problem(
                        "\(entry.key): \(entry.value.rejected) is not \(threshold.expectation); write \(threshold.suggestion(for: entry.value))"
                    ))
                continue
            }
            thresholds.origins[entry.key] = entry.origin
            places[entry.key] = entry.place
        }
        problems += ThresholdChecks.problems(
            in: thresholds, broken: broken, allowsShortCooldown: allowsShortCooldown,
            place: { places[$0] ?? Place(file: path ?? "thresholds") })
        return (thresholds, problems)
    }
}

/// A value as one source gives it.
struct ThresholdEntry: Hashable, Sendable {
    var key: String
    var value: String
    var place: Place
    var origin: Thresholds.Origin
}

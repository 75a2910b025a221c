/// A fix that is kept, or word that one is kept no longer: what is remembered under one key.
public struct FixRecord: Hashable, Codable, Sendable {
    /// Of what.
    public var key: FixKey
    /// When it was kept, or dropped.
    public var at: Instant
    /// What is kept; nil when it was dropped.
    public var fix: Fix?

    /// A fix that is kept.
    public init(_ fix: Fix) { (key, at, self.fix) = (fix.key, fix.at, fix) }

    /// A fix that was dropped.
    public init(dropped key: FixKey, at: Instant) { (self.key, self.at, fix) = (key, at, nil) }
}

/// All fixes that are kept, one a key, and what was dropped lately, so that an older copy elsewhere does not bring it back.
public struct FixBook: Hashable, Sendable {
    /// Fixes that are kept at most; the oldest make room. They have to fit into a ConfigMap, which holds a mebibyte.
    public static let most = 1000
    /// How long it is remembered that one was dropped.
    static let longestDropped: Duration = .hours(90 * 24)

    private(set) var records: [FixKey: FixRecord] = [:]

    /// Keeps nothing.
    public init() {}

    /// What is remembered.
    init(_ records: [FixRecord]) {
        for record in records { self.records[record.key] = record }
    }

    /// What is kept, sorted by key.
    public var fixes: [Fix] { records.values.compactMap(\.fix).sorted { $0.key < $1.key } }

    /// What is kept under a key; nil for nothing.
    public subscript(_ key: FixKey) -> Fix? { records[key]?.fix }

    /// Keeps a fix, unless a newer word is known, or the same value is kept already. Answers with what changed.
    mutating func keep(_ fix: Fix) -> [FixRecord] {
        if let known = records[fix.key] {
            if known.at > fix.at { return [] }
            if let kept = known.fix, kept.value == fix.value { return [] }
        }
        return put(FixRecord(fix))
    }

    /// Drops a fix. Answers with what changed.
    mutating func drop(_ key: FixKey, at now: Instant) -> [FixRecord] {
        guard let fix = records[key]?.fix else { return [] }
        let old = records.filter { $0.value.fix == nil && now - $0.value.at > Self.longestDropped }.keys
        for key in old { records[key] = nil }
        return put(FixRecord(dropped: key, at: max(now, fix.at)))
    }

    /// Puts a record in place of what was known. Answers with what changed.
    mutating func put(_ record: FixRecord) -> [FixRecord] {
        guard records[record.key] != record else { return [] }
        records[record.key] = record
        guard record.fix != nil, records.values.count(where: { $0.fix != nil }) > Self.most,
            let oldest = fixes.filter({ $0.key != record.key }).min(by: { ($0.at, $0.key) < ($1.at, $1.key) })
        else { return [record] }
        return [record] + drop(oldest.key, at: record.at)
    }
}

/// Where fixes lie beside the journal, for people to read and to edit: in a cluster a ConfigMap.
public protocol FixSheets: Sendable {
    /// How texts call it: `ConfigMap production/self-healing-fixes`.
    var name: String { get }

    /// Reads it; nil when there is none.
    func read() async throws(PortError) -> FixSheet?

    /// Writes it in place of the one that was read.
    /// - Throws: ``PortError/conflict(_:)`` when somebody changed it since.
    func write(_ sheet: FixSheet) async throws(PortError)
}

/// The text that lies there.
public struct FixSheet: Hashable, Sendable {
    /// The fixes as people read them; nil while nobody wrote any.
    public var text: String?
    /// What this program wrote last, by ``FixMark``; nil while it wrote nothing.
    public var mark: String?
    /// The version that was read; the precondition of a write.
    public var version: String

    /// Makes a sheet.
    public init(text: String?, mark: String?, version: String) {
        (self.text, self.mark, self.version) = (text, mark, version)
    }
}

/// What this program wrote last, a digest a fix: held against what lies there now, it tells what people changed.
public struct FixMark: Hashable, Sendable {
    private var digests: [FixID: String] = [:]

    /// Of what is written now.
    public init(_ fixes: [Fix]) {
        for fix in fixes { digests[fix.key.id] = fix.digest }
    }

    /// As it was written: `NAME=DIGEST`, separated by spaces. What is something else says nothing.
    public init(_ text: String) {
        for pair in text.split(separator: " ") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { digests[FixID(String(parts[0]))] = String(parts[1]) }
        }
    }

    /// As it is written.
    public var text: String { digests.sorted { $0.key.text < $1.key.text }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }

    /// The digest under which a fix was written; nil when it was not.
    subscript(_ key: FixKey) -> String? { digests[key.id] }
}

extension FixBook {
    /// Takes what lies on the sheet. What people did there counts: an entry that they changed or added is kept, one that they took out is
    /// dropped. Of what they left alone the newer word counts, here or there. Answers with what changed here.
    ///
    /// - Parameters:
    ///   - found: what lies there.
    ///   - mark: what this program wrote there last; nil when it never did, or somebody made the sheet anew.
    mutating func take(_ found: [Fix], mark: FixMark?, at now: Instant) -> [FixRecord] {
        var changed: [FixRecord] = []
        for fix in found.sorted(by: { $0.key < $1.key }) where isTaken(fix, mark) {
            // What this program did not write there, a person did.
            changed += put(FixRecord(mark?[fix.key] == fix.digest ? fix : fix.imported))
        }
        guard let mark else { return changed }
        let there = Set(found.map(\.key))
        for own in fixes where !there.contains(own.key) {
            // What became of it here since is not what was taken out.
            if mark[own.key] == own.digest { changed += drop(own.key, at: now) }
        }
        return changed
    }

    /// Whether an entry of the sheet counts, and not what is known here.
    private func isTaken(_ fix: Fix, _ mark: FixMark?) -> Bool {
        guard let own = records[fix.key] else { return true }
        // The same is known here, with who brought it.
        if own.fix?.digest == fix.digest { return false }
        guard let mark else {
            // Nobody knows what was written there last. Of one time there is one value: another one is a person's.
            return fix.at > own.at || (fix.at == own.at && own.fix.map { !$0.value.isSameAmount(as: fix.value) } == true)
        }
        guard mark[fix.key] != fix.digest else { return fix.at > own.at }
        guard let kept = own.fix else { return true }
        // It was changed on both sides: the newer one.
        return kept.digest == mark[fix.key] || fix.at >= own.at
    }
}

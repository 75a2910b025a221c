/// How many processes there are and what they share, by the seed.
struct Scenario: Sendable {
    var seed: UInt64
    var features: Features

    init(seed: UInt64, remembers: Bool = true) {
        self.seed = seed
        var chance = Chance(seed, "scenario")
        features = Features()
        features.processes = chance.percent(35) ? 2 : 1
        guard remembers else { return }
        features.journal = chance.percent(65)
        // Two that share a journal have one leader; two that share nothing may act at once, and have the stamps alone.
        features.leadership = features.processes > 1 && (features.journal || chance.percent(60))
    }
}

import AutomatonCore

/// What happens in a simulation, drawn from its seed.
enum Script {
    static func draw(_ seed: UInt64, hours: Int, processes: Int) -> [Happening] {
        var chance = Chance(seed, "script")
        var happenings: [Happening] = []
        let end = hours * 3600
        // Some histories are quiet, some are not.
        let pace = chance.within(400...2000)
        var at = chance.within(30...400)
        while at < end {
            happenings.append(Happening(at: .seconds(at), what: one(&chance, processes)))
            at += chance.within(1...pace)
            // Now and then much happens at once.
            if chance.percent(15) { at -= min(at, pace / 2) }
        }
        happenings += people(seed, until: end)
        return happenings.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// What people ask of the automaton, and releases; drawn beside the rest, which stays as it is.
    private static func people(_ seed: UInt64, until end: Int) -> [Happening] {
        var chance = Chance(seed, "people")
        var happenings: [Happening] = []
        let pace = chance.within(2000...6000)
        var at = chance.within(60...pace)
        while at < end {
            happenings.append(Happening(at: .seconds(at), what: person(&chance)))
            at += chance.within(1...pace)
        }
        return happenings
    }

    private static func person(_ chance: inout Chance) -> Happening.What {
        let which = chance.below(24)
        let minutes = chance.within(5...150)
        switch chance.below(100) {
        case 0..<45: return .annotated(which, chance.one(of: Annotation.allCases), minutes: minutes)
        case 45..<65: return .released(which, isTroubled: chance.percent(60))
        default:
            let scope = chance.one(of: [Scope.everything, .rule(which), .rule(which + 1), .subject(which), .subject(which + 1)])
            let lifted = chance.percent(40) ? chance.within(1...minutes) : nil
            return .suspended(chance.one(of: Suspension.Kind.allCases), scope, minutes: minutes, liftedAfter: lifted)
        }
    }

    private static func one(_ chance: inout Chance, _ processes: Int) -> Happening.What {
        let process = chance.below(processes)
        let which = chance.below(24)
        let degree = chance.below(10)
        switch chance.below(100) {
        case 0..<15: return .ailment(.outOfMemory, of: which, degree: degree)
        case 15..<20: return .ailment(.fillsMemory, of: which, degree: degree)
        case 20..<28: return .ailment(.crash, of: which, degree: degree)
        case 28..<31: return .ailment(.passingCrash, of: which, degree: degree)
        case 31..<34: return .ailment(.badRelease, of: which, degree: degree)
        case 34..<37: return .ailment(.eviction, of: which, degree: degree)
        case 37..<42: return .ailment(.surge, of: which, degree: degree)
        case 42..<45: return .ailment(.stuck, of: which, degree: degree)
        case 45..<49: return .ailment(.leak, of: which, degree: degree)
        case 49..<53: return .ailment(.fullDisk, of: which, degree: degree)
        case 53..<55: return .storm(chance.percent(50) ? .outOfMemory : .crash, offset: which % 3)
        case 55..<58: return .scaled(which, by: chance.one(of: [-2, -1, 1, 2]))
        case 58..<61: return .resized(which, tenths: chance.one(of: [5, 8, 15, 20]))
        case 61..<62: return .paused(which, minutes: chance.within(2...40))
        case 62..<63: return .restarted(which)
        case 63..<65: return .replaced(which)
        case 65..<86:
            let share = chance.one(of: [10, 30, 60, 100])
            return .trouble(chance.one(of: Trouble.allCases), process: process, minutes: chance.within(1...20), share: share)
        case 86..<91: return .crash(process: process, jobs: chance.below(400), down: chance.within(1...120))
        case 91..<95: return .freeze(process: process, jobs: chance.below(400), seconds: chance.one(of: [3, 8, 20, 60, 200, 900]))
        case 95..<97: return .clock(process: process, seconds: chance.one(of: [-90, -20, -3, 2, 15, 60]))
        default: return .reload(variant: chance.below(Variant.count))
        }
    }
}

import Foundation
import SeededRandom
import Testing

@testable import AutomatonCore

/// What helped is kept, until it is taken back, is needed no more, or a person says so.
@Suite struct FixTests {
    private static func memoryPlan(from before: Int64, to after: Int64, of container: String = "app") -> Plan {
        let (old, new) = (ByteQuantity(bytes: before << 30), ByteQuantity(bytes: after << 30))
        let edits = [WorkloadWrite.Edit.memory(container: container, limit: new, request: old)]
        return Plan(
            subject: email, summary: "raise",
            changes: [Change("limits.memory", before: "\(old)", after: "\(new)", measure: .memory(new))],
            write: .workload(WorkloadWrite(edits, precondition: .version(uid: "u", resourceVersion: "1"))),
            inverse: WorkloadWrite([.memory(container: container, limit: old, request: old)], precondition: .values(uid: "u", edits)))
    }

    private static func stage(_ step: RemediationStep = .raise(stable: .zero, attempts: 3)) -> Stage { Stage([.oom([step])]) }

    private func heal(_ stage: inout Stage, _ plan: Plan, restarts: Int32 = 1) {
        stage.attemptWritten(.oom(restarts), plan)
        stage.see(.well, after: .seconds(10))
    }

    private func records(_ stage: Stage) -> [FixRecord] { stage.all.compactMap { if case .fix(let record) = $0 { record } else { nil } } }

    private static func fix(_ limit: Int64, at: Instant = noon, container: String = "app", of subject: Subject = email) -> Fix {
        Fix(subject, container: container, .memory(limit: ByteQuantity(bytes: limit << 30), request: nil), at: at)
    }

    @Test("An attempt that helped leaves a fix, with where it comes from; one that is only written leaves none")
    func kept() throws {
        var stage = Self.stage()
        stage.attemptWritten(.oom(), Self.memoryPlan(from: 1, to: 2))
        #expect(stage.automaton.fixes.isEmpty)
        stage.see(.well, after: .seconds(10))
        let fix = try #require(stage.automaton.fixes.first)
        #expect(stage.automaton.fixes.count == 1 && records(stage) == [FixRecord(fix)])
        #expect(fix.key == FixKey(email, .memory, container: "app"))
        #expect(fix.value == .memory(limit: ByteQuantity(bytes: 2 << 30), request: ByteQuantity(bytes: 1 << 30)))
        #expect(fix.before == .memory(limit: ByteQuantity(bytes: 1 << 30), request: ByteQuantity(bytes: 1 << 30)))
        #expect(fix.origin.rule == "oom" && fix.origin.remediation == "raise-memory" && fix.origin.attempt == AttemptID("run-1"))
        let opened = stage.all.compactMap { if case .incident(let change) = $0 { change.incident } else { nil } }.first
        let incident = try #require(opened)
        #expect(fix.origin.incident == IncidentID(incident.key, detectedAt: incident.detectedAt))
    }

    @Test("The next one that helps takes its place: of one field there is one fix")
    func replaced() {
        var stage = Self.stage()
        heal(&stage, Self.memoryPlan(from: 1, to: 2))
        stage.pass(.minutes(10))
        heal(&stage, Self.memoryPlan(from: 2, to: 4), restarts: 2)
        #expect(stage.automaton.fixes.map(\.value.amount) == [4 << 30])
        // A deploy brought the old limit back, and it was raised from there: what is kept is not lowered by that.
        stage.pass(.minutes(10))
        heal(&stage, Self.memoryPlan(from: 1, to: 2), restarts: 3)
        #expect(stage.automaton.fixes.map(\.value.amount) == [4 << 30])
    }

    @Test("What did not help, what was lowered, and what a dry run shows is not kept")
    func notKept() {
        var stage = Self.stage()
        stage.attemptWritten(.oom(), Self.memoryPlan(from: 1, to: 2))
        stage.pass(.hours(1))
        #expect(stage.automaton.fixes.isEmpty)

        var lowered = Stage([.lag([(10, .critical)], [RestorationTests.scale])])
        lowered.see(.figure(100))
        lowered.answer(RestorationTests.plan(from: 6, to: 2))
        lowered.send(.applied(lowered.attempt, AttemptReport("scaled")))
        lowered.see(.figure(1), after: .seconds(10))
        #expect(lowered.all.changes.last == .closed(.healed) && lowered.automaton.fixes.isEmpty)

        var policy = SafetyPolicy()
        policy.dryRun = true
        var dry = Stage([.oom([.raise(stable: .zero)])], policy)
        dry.see(.oom())
        dry.answer(Self.memoryPlan(from: 1, to: 2))
        dry.see(.well, after: .minutes(1))
        #expect(dry.all.wouldActs == 1 && dry.automaton.fixes.isEmpty)
    }

    @Test("What a person takes back is kept no longer, and not before it is written")
    func takenBack() throws {
        var stage = Self.stage()
        heal(&stage, Self.memoryPlan(from: 1, to: 2))
        let intent = try #require(stage.all.compactMap { if case .apply(let intent, _, _) = $0 { intent } else { nil } }.last)
        let incident = try #require(stage.all.compactMap { if case .incident(let change) = $0 { change.incident } else { nil } }.last)
        stage.send(.takeBack(TakingBack(intent, of: incident), by: "anna"), after: .minutes(1))
        #expect(stage.automaton.fixes.count == 1)
        let back = try #require(stage.all.reverts.last)
        stage.send(.reverted(back))
        #expect(stage.automaton.fixes.isEmpty)
        #expect(records(stage).last?.fix == nil)
    }

    @Test("Replicas that a backlog needed are kept until they are put back, or it is found that somebody set them since")
    func restored() throws {
        for ending in [Event.reverted, { Event.revertFailed($0, "somebody set it since") }] as [(AttemptID) -> Event] {
            var stage = Stage([.lag([(10, .critical)], [RestorationTests.scale])])
            stage.see(.figure(100))
            stage.answer(RestorationTests.plan(from: 2, to: 6))
            stage.send(.applied(stage.attempt, AttemptReport("scaled")))
            stage.see(.figure(1), after: .seconds(10))
            #expect(stage.automaton.fixes.map(\.value) == [.replicas(6)])
            stage.pass(.minutes(16))
            #expect(stage.automaton.fixes.count == 1)
            stage.send(ending(try #require(stage.all.reverts.last)))
            #expect(stage.automaton.fixes.isEmpty)
        }
    }

    @Test("Applied again, it stays the fix that it was; a newer word counts, an older one does not")
    func newest() {
        var stage = Self.stage()
        heal(&stage, Self.memoryPlan(from: 1, to: 2))
        let origin = stage.automaton.fixes.first?.origin
        stage.pass(.minutes(10))
        heal(&stage, Self.memoryPlan(from: 1, to: 2), restarts: 2)
        #expect(stage.automaton.fixes.count == 1 && stage.automaton.fixes.first?.origin == origin)
        stage.send(.fixImported(Self.fix(8, at: noon - .hours(1))))
        #expect(stage.automaton.fixes.map(\.value.amount) == [2 << 30])
        stage.send(.fixImported(Self.fix(3, at: stage.now)))
        #expect(stage.automaton.fixes.map(\.value.amount) == [3 << 30])
        stage.send(.fixForgotten(FixKey(email, .memory, container: "app")))
        #expect(stage.automaton.fixes.isEmpty)
        // Of before it was forgotten: somebody imports an old file.
        stage.send(.fixImported(Self.fix(8, at: noon)))
        #expect(stage.automaton.fixes.isEmpty)
    }

    @Test("A crash between the write and what was seen of it leaves one fix, and no crash loses one")
    func crash() throws {
        var book = Book()
        var automaton = Automaton(rules: [.oom([.raise(stable: .zero)])], run: "a", remembers: true)
        var now = noon
        @discardableResult func send(_ event: Event) -> [Effect] {
            let effects = automaton.step(event, at: now)
            for effect in effects {
                book.note(effect)
                if case .apply(let intent, _, _) = effect { book.intend(intent, at: now) }
            }
            return effects
        }
        func restart(_ run: String) {
            automaton = Automaton(rules: [.oom([.raise(stable: .zero)])], run: run, remembers: true)
            now = now + .seconds(5)
            send(.recalled(book.takeOver(at: now)))
        }
        send(.complete(pods, []))
        let asked = try #require(send(.changed(pods, Finding(email, observedAt: now, .oom()))).requests.first)
        #expect(send(.planned(asked.attempt, Self.memoryPlan(from: 1, to: 2))).applied.count == 1)
        // The write happens, and nobody hears of it.
        book.flush(at: now)
        restart("b")
        send(.settled(asked.attempt, .done))
        now = now + .seconds(10)
        send(.complete(pods, [Finding(email, observedAt: now, .well)]))
        #expect(automaton.fixes.map(\.value.amount) == [2 << 30])
        book.flush(at: now)
        for run in ["c", "d"] {
            restart(run)
            send(.complete(pods, [Finding(email, observedAt: now, .well)]))
            #expect(automaton.fixes.map(\.value.amount) == [2 << 30])
        }
    }

    @Test("What may have been put back, though no answer came, is not applied again while that is tried once more")
    func putBackWithoutAnAnswer() throws {
        var stage = Stage([.lag([(10, .critical)], [RestorationTests.scale])])
        stage.see(.figure(100))
        stage.answer(RestorationTests.plan(from: 2, to: 6))
        stage.send(.applied(stage.attempt, AttemptReport("scaled")))
        stage.see(.figure(1), after: .seconds(10))
        stage.pass(.minutes(16))
        #expect(stage.automaton.fixes.map(\.value) == [.replicas(6)])
        stage.send(.unavailable(try #require(stage.all.reverts.last), "503", retryAfter: nil))
        #expect(stage.automaton.fixes.count == 1, "it was not written")
        stage.pass(.minutes(6))
        stage.send(.outcomeUnknown(try #require(stage.all.reverts.last), "no answer"))
        #expect(stage.automaton.fixes.isEmpty)
    }

    @Test("Of an attempt that was planned anew with another value, nobody knows which one is there: nothing is kept")
    func replanned() throws {
        for second in [4, 2] as [Int64] {
            var stage = Self.stage()
            stage.see(.oom())
            stage.answer(Self.memoryPlan(from: 1, to: 2))
            stage.send(.outcomeUnknown(stage.attempt, "no answer"))
            stage.pass(.seconds(3))
            stage.answer(Self.memoryPlan(from: 1, to: second))
            stage.send(.applied(stage.attempt, AttemptReport("raised")))
            stage.see(.well, after: .seconds(10))
            #expect(stage.all.changes.last == .closed(.healed))
            #expect(stage.automaton.fixes.count == (second == 2 ? 1 : 0))
        }
    }

    @Test("A crash between a person's word and the answer of the write leaves no fix: it would do again what was not wanted")
    func crashWhileItIsTakenBack() throws {
        var book = Book()
        var stage = Stage([.oom([.raise(stable: .zero)])])
        stage.automaton = Automaton(rules: [.oom([.raise(stable: .zero)])], run: "a", remembers: true)
        stage.send(.recalled(Recollection()))
        stage.send(.complete(pods, []))
        heal(&stage, Self.memoryPlan(from: 1, to: 2))
        let intent = try #require(stage.all.compactMap { if case .apply(let intent, _, _) = $0 { intent } else { nil } }.last)
        let incident = try #require(stage.all.compactMap { if case .incident(let change) = $0 { change.incident } else { nil } }.last)
        for effect in stage.all { book.note(effect) }
        book.flush(at: stage.now)
        for effect in stage.send(.takeBack(TakingBack(intent, of: incident), by: "anna"), after: .hours(2)) {
            book.note(effect)
            if case .revert(let intent, _, _) = effect { book.intend(intent, at: stage.now) }
        }
        #expect(stage.automaton.fixes.count == 1 && book.attempts.values.contains { $0.isOpen })
        var next = Automaton(rules: [.oom([.raise(stable: .zero)])], run: "b", remembers: true)
        let effects = next.step(.recalled(book.takeOver(at: stage.now)), at: stage.now + .seconds(5))
        #expect(next.fixes.isEmpty)
        #expect(effects.contains { if case .fix(let record) = $0 { record.fix == nil } else { false } })
    }

    @Test("Who does not lead, and has no journal, forgets: whoever leads then keeps and drops unheard")
    func follower() {
        var stage = Self.stage()
        heal(&stage, Self.memoryPlan(from: 1, to: 2))
        stage.send(.standDown(.leadership, "another process leads"))
        #expect(stage.automaton.fixes.isEmpty)
    }

    // MARK: Where people edit them

    @Test("What people changed, added or took out counts; what they left alone does not undo what is newer here")
    func sheet() throws {
        let (app, other) = (Self.fix(2), Self.fix(4, container: "other"))
        let third = Self.fix(1, container: "third")
        let edited = Self.fix(3, at: app.at - .hours(1))
        func after(_ own: [Fix], _ found: [Fix], _ mark: [Fix]?, dropped: [FixKey] = []) -> [Fix] {
            var stage = Self.stage()
            for fix in own { stage.send(.fixImported(fix)) }
            for key in dropped { stage.send(.fixForgotten(key), after: .seconds(1)) }
            stage.send(.fixesFound(found, mark: mark.map { FixMark(FixMark($0).text) }))
            return stage.automaton.fixes
        }
        // Nothing was written there yet, and nothing lies there: all stays, to be written.
        #expect(after([app], [], nil) == [app])
        // A new pod with an empty journal takes all of it.
        #expect(after([], [app, other], [app, other]) == [app, other])
        // Edited, although its time is that of before.
        #expect(after([app, other], [edited, other], [app, other]) == [edited.imported, other])
        // Taken out.
        #expect(after([app, other], [other], [app, other]) == [other])
        // Added.
        #expect(after([app], [app, third], [app]) == [app, third.imported])
        // Not written there yet: not taken out.
        #expect(after([app, other], [app], [app]) == [app, other])
        // Dropped here, and still there as it was written.
        #expect(after([app, other], [app, other], [app, other], dropped: [app.key]) == [other])
        // Dropped here, and written there by a person since.
        #expect(after([app], [edited], [other], dropped: [app.key]) == [edited.imported])
        // Changed here since it was written, and taken out there: what is here is not what was taken out.
        let newer = Self.fix(4, at: app.at + .minutes(1))
        #expect(after([newer], [], [app]) == [newer])
        // Changed on both sides: the newer one.
        #expect(after([newer], [edited], [app]) == [newer])
        // Somebody made the sheet anew, of an old copy.
        #expect(after([newer], [app], nil) == [newer])
    }

    @Test("What a person brought says so ever after; what this program wrote stays what it was, also for a new pod")
    func imported() throws {
        var own = Self.fix(2)
        own.origin = Fix.Origin(rule: "oom", attempt: AttemptID("run-1"))
        var forged = Self.fix(4, container: "other")
        forged.origin = own.origin
        func after(_ known: [Fix], _ found: [Fix], _ mark: [Fix]?) -> [Fix] {
            var book = FixBook(known.map { FixRecord($0) })
            _ = book.take(found, mark: mark.map { FixMark(FixMark($0).text) }, at: noon)
            return book.fixes
        }
        #expect(after([own], [own, forged], [own]) == [own, forged.imported])
        #expect(after([], [own, forged.imported], [own, forged.imported]) == [own, forged.imported])
        // Nobody knows who wrote it.
        #expect(after([], [own], nil) == [own.imported])
        #expect(after([own], [own], nil) == [own])
        // Taken out again before it was written back with its mark: it is the same that was found.
        #expect(after([own, forged.imported], [own], [own, forged]) == [own])
        // That somebody strikes the word out changes nothing.
        #expect(after([forged.imported], [forged], [forged.imported]) == [forged.imported])
        // A journal of before tells of no such thing.
        let before = #"{"rule":"oom","attempt":"run-1"}"#
        #expect(try JSONDecoder().decode(Fix.Origin.self, from: Data(before.utf8)) == Fix.Origin(rule: "oom", attempt: AttemptID("run-1")))
        #expect(try JSONDecoder().decode(Fix.self, from: JSONEncoder().encode(forged.imported)) == forged.imported)
        #expect([own, forged.imported, Self.fix(1)].map(\.origin.word) == ["oom", "imported", "by hand"])
    }

    @Test("However people and the automaton change fixes, both sides are one after they were held together twice", arguments: 0..<200)
    func converges(_ seed: UInt64) throws {
        var random = SplitMix64(seed)
        var stage = Self.stage()
        var (sheet, mark): ([Fix], [Fix]?) = ([], nil)
        for _ in 0..<40 {
            stage.now = stage.now + .seconds(1)
            let fix = Self.fix(
                Int64.random(in: 1...4, using: &random), at: stage.now, container: "c\(Int.random(in: 0..<3, using: &random))")
            switch Int.random(in: 0..<6, using: &random) {
            case 0: stage.send(.fixImported(fix))
            case 1: stage.send(.fixForgotten(fix.key))
            case 2: sheet = sheet.filter { $0.key != fix.key } + [fix]
            case 3: sheet.removeAll { $0.key == fix.key }
            case 4:
                let present = sheet
                stage.send(.fixesFound(present, mark: mark.map { FixMark($0) }))
                sheet = stage.automaton.fixes
                mark = sheet
            default:
                // It was read, and the write was lost.
                stage.send(.fixesFound(sheet, mark: mark.map { FixMark($0) }))
            }
            #expect(Set(stage.automaton.fixes.map(\.key)).count == stage.automaton.fixes.count)
        }
        stage.send(.fixesFound(sheet, mark: mark.map { FixMark($0) }))
        sheet = stage.automaton.fixes
        let settled = stage.automaton.fixes
        #expect(stage.send(.fixesFound(sheet, mark: FixMark(sheet))).isEmpty)
        #expect(stage.automaton.fixes == settled)
    }

    @Test("There are no more than fit where they are kept: the oldest make room")
    func bounded() {
        var stage = Self.stage()
        for index in 0..<(FixBook.most + 5) {
            stage.send(.fixImported(Self.fix(1, at: noon + .seconds(index), container: "c\(index)")))
        }
        let kept = Set(stage.automaton.fixes.compactMap(\.key.container))
        #expect(kept.count == FixBook.most && !kept.contains("c0") && !kept.contains("c4") && kept.contains("c5"))
    }

    // MARK: How it stands

    @Test("It drifts only downwards, and what brings it back lowers nothing", arguments: 0..<300)
    func neverLowers(_ seed: UInt64) {
        var random = SplitMix64(seed)
        func quantity() -> ByteQuantity? {
            Bool.random(using: &random) || Bool.random(using: &random)
                ? ByteQuantity(bytes: Int64.random(in: 1...6, using: &random) << 28) : nil
        }
        var workload = Workload(
            subject: email, uid: "u", resourceVersion: "1", replicas: Int.random(in: 0...5, using: &random),
            containers: [.init(name: "app", memoryLimit: quantity(), memoryRequest: quantity())])
        let limit = ByteQuantity(bytes: Int64.random(in: 1...6, using: &random) << 28)
        let fix =
            Bool.random(using: &random)
            ? Fix(email, .replicas(Int.random(in: 1...5, using: &random)), at: noon)
            : Fix(email, container: "app", .memory(limit: limit, request: quantity().map { min($0, limit) }), at: noon)
        let before = workload
        guard let edit = fix.edit(for: workload) else {
            if case .drifted = fix.standing(in: workload) { #expect(Bool(false), "\(fix) drifted and cannot be applied") }
            return
        }
        switch edit {
        case .replicas(let count): workload.replicas = count
        case .memory(_, let limit, let request):
            workload.containers[0].memoryLimit = limit
            workload.containers[0].memoryRequest = request
        default: #expect(Bool(false), "\(edit)")
        }
        let (old, new) = (before.containers[0], workload.containers[0])
        #expect((workload.replicas ?? 0) >= (before.replicas ?? 0))
        #expect((new.memoryLimit?.bytes ?? .max) >= (old.memoryLimit?.bytes ?? .max))
        #expect((new.memoryRequest?.bytes ?? 0) >= (old.memoryRequest?.bytes ?? 0))
        #expect(fix.standing(in: workload) == .holds && fix.edit(for: workload) == nil && workload != before)
    }

    @Test("It stands as the workload is")
    func standing() {
        func word(_ fix: Fix, _ replicas: Int?, _ limit: String?, _ request: String? = nil) -> String {
            let workload = Workload(
                subject: email, uid: "u", resourceVersion: "1", replicas: replicas,
                containers: [
                    .init(name: "app", memoryLimit: limit.flatMap { ByteQuantity($0) }, memoryRequest: request.flatMap { ByteQuantity($0) })
                ])
            return fix.standing(in: workload).remark?.word.rawValue ?? "holds"
        }
        let memory = Fix(
            email, container: "app", .memory(limit: ByteQuantity(bytes: 2 << 30), request: ByteQuantity(bytes: 1 << 30)), at: noon)
        let replicas = Fix(email, .replicas(3), at: noon)
        #expect(word(memory, 1, "2Gi", "1Gi") == "holds" && word(memory, 1, "2Gi") == "holds")
        #expect(word(memory, 1, "1Gi", "1Gi") == "drifted" && word(memory, 1, "2Gi", "512Mi") == "drifted")
        #expect(word(memory, 1, "3Gi", "512Mi") == "outgrown" && word(memory, 1, nil) == "outgrown")
        #expect(word(Self.fix(2, container: "gone"), 1, "1Gi") == "idle")
        #expect(word(replicas, 3, "1Gi") == "holds" && word(replicas, 2, "1Gi") == "drifted")
        #expect(word(replicas, 4, "1Gi") == "outgrown" && word(replicas, 0, "1Gi") == "idle" && word(replicas, nil, "1Gi") == "idle")
        #expect(word(Fix(email, .storage(ByteQuantity(bytes: 1)), at: noon), 1, "1Gi") == "idle")
        // What an autoscaler takes away is its business; the memory is not.
        let scaler = FieldOwner(kind: .autoscaler, name: "HorizontalPodAutoscaler mail", field: .replicas)
        func scaled(_ fix: Fix, _ present: Int) -> FixStanding {
            let small = Workload.Container(name: "app", memoryLimit: ByteQuantity(bytes: 1 << 30), memoryRequest: nil)
            let workload = Workload(subject: email, uid: "u", resourceVersion: "1", replicas: present, containers: [small])
            return fix.standing(in: workload, scaler: scaler)
        }
        #expect(scaled(replicas, 2) == .idle("HorizontalPodAutoscaler mail sets its replicas: they are 2, 3 are kept"))
        #expect(scaled(replicas, 3) == .holds && scaled(memory, 2).remark?.word == .drifted)
    }
}

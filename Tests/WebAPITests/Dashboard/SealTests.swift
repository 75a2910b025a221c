import AutomatonCore
import Testing

@testable import WebAPI

@Suite("Dashboard: seals")
struct SealTests {
    @Test("A mark is good for its purpose, until its end, and from its maker alone")
    func marks() {
        let (seal, other, now) = (Seal(), Seal(), Instant(seconds: 1_800_000_000))
        let mark = seal.mark("a", until: now + .seconds(60))
        #expect(seal.accepts(mark, "a", at: now) && seal.accepts(mark, "a", at: now + .seconds(59)))
        #expect(!seal.accepts(mark, "a", at: now + .seconds(60)))
        #expect(!seal.accepts(mark, "b", at: now) && !other.accepts(mark, "a", at: now))
        let parts = mark.split(separator: ".")
        #expect(!seal.accepts("1900000000.\(parts[1])", "a", at: now), "the end belongs to what is sealed")
        for bad in ["", ".", "x", "99999999999999999999.\(parts[1])", "\(parts[0]).", mark + "0", mark.uppercased()] {
            #expect(!seal.accepts(bad, "a", at: now), "\(bad)")
        }
    }

    @Test("A session outlives the process, and not the token; it does not hold the token")
    func sessions() throws {
        let now = Instant(seconds: 1_800_000_000)
        let token = try APIToken("0123456789abcdef0123".utf8, from: "a test")
        let session = try #require(Sessions(token).begin(with: "0123456789abcdef0123", at: now))
        #expect(Sessions(token).begin(with: "0123456789abcdef0124", at: now) == nil)
        #expect(!session.contains("0123456789abcdef0123"))
        #expect(Sessions(token).standing(session, at: now + .hours(11)) == .knewToken)
        #expect(Sessions(token).standing(session, at: now + .hours(13)) == nil)
        let next = try APIToken("another-token-of-20-bytes".utf8, from: "a test")
        #expect(Sessions(next).standing(session, at: now) == nil && Sessions(nil).standing(session, at: now) == nil)
    }

    @Test("A session that bears a token of Kubernetes is this process's alone, ends, and does not hold it")
    func bearers() throws {
        let now = Instant(seconds: 1_800_000_000)
        let sessions = Sessions(nil)
        #expect(sessions.begin(with: "", at: now) == nil)
        let word = sessions.begin(bearing: "anna", of: "anna", at: now)
        #expect(word.utf8.count <= 200 && !word.contains("anna") && sessions.begin(bearing: "anna", of: "anna", at: now) != word)
        #expect(sessions.standing(word, at: now + .hours(11)) == .bears("anna") && Sessions(nil).standing(word, at: now) == nil)
        #expect(sessions.standing(word, at: now + .hours(13)) == nil && sessions.standing(word, at: now) == nil, "it is forgotten")
        let other = sessions.begin(bearing: "bert", of: "bert", at: now)
        for number in 0..<200 { _ = sessions.begin(bearing: "\(number)", of: "\(number)", at: now + .seconds(number + 1)) }
        #expect(sessions.standing(other, at: now) == nil, "no more than there may be")
        let last = sessions.begin(bearing: "carl", of: "carl", at: now + .hours(1))
        #expect(sessions.standing(last, at: now + .hours(1)) == .bears("carl"))
        let eves = (0..<20).map { sessions.begin(bearing: "eve-\($0)", of: "eve", at: now + .hours(1) + .seconds($0)) }
        #expect(sessions.standing(last, at: now + .hours(1)) == .bears("carl"), "nobody pushes others out")
        #expect(eves.map { sessions.standing($0, at: now + .hours(1)) != nil } == (0..<20).map { $0 >= 15 }, "one's oldest go")
        sessions.end(last)
        #expect(sessions.standing(last, at: now + .hours(1)) == nil)
    }

    @Test("Forms are read as browsers write them")
    func forms() {
        func read(_ text: String) -> [String]? { FormText.fields(Array(text.utf8))?.map { "\($0)=\($1)" } }
        #expect(read("a=1&b=two+words&c=%C3%A4%26%3D") == ["a=1", "b=two words", "c=ä&="])
        #expect(read("") == [] && read("a") == ["a="] && read("a==b&") == ["a==b"])
        #expect(read("a=%ZZ") == nil && read("a=%4") == nil && read("a=%FF") == nil)
    }

    @Test("Of many cookies the one of that name is read")
    func cookies() {
        #expect(Cookie.read("b", from: ["a=1; b=2", "c=3"]) == "2" && Cookie.read("c", from: ["a=1;b=2", "c=3"]) == "3")
        #expect(Cookie.read("d", from: ["a=1; xd=2"]) == nil && Cookie.read("a", from: ["a=" + String(repeating: "x", count: 300)]) == nil)
    }
}

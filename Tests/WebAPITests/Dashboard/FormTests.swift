import AutomatonCore
import Foundation
import Synchronization
import Testing

@testable import Engine
@testable import WebAPI

@Suite("Dashboard: buttons", .timeLimit(.minutes(10)))
struct FormTests {
    @Test("A silence is shown, confirmed, told once, and lifted, without a script")
    func silence() async throws {
        try await serving { stage in
            var visitor = Visitor(client: stage.client)
            let form = try await visitor.get("/actions/silence?rule=hot&subject=deployment/boiler")
            #expect(form.body.contains("will begin nothing and tell nobody about rule hot on deployment/boiler"))
            #expect(form.headers["set-cookie"]?.hasSuffix("; HttpOnly; SameSite=Strict") == true)
            #expect(await stage.engine.suspensions.isEmpty, "looking changes nothing")
            var fields = Visitor.fields(of: form)
            #expect(fields["rule"] == "hot" && fields["subject"] == "deployment/boiler")
            fields["for"] = "4h"
            let nameless = try await visitor.post("/actions/silence", fields)
            #expect(nameless.status == 400 && nameless.body.contains("by: is missing") && nameless.body.contains("name=\"seal\""))
            fields["by"] = "Anna <anna@shop>"
            fields["why"] = "we deploy"
            let done = try await visitor.post("/actions/silence", fields)
            #expect(done.status == 303 && done.headers["location"] == "/?done=silence")
            let suspension = try #require(await stage.engine.suspensions.first)
            #expect(suspension.kind == .silence && suspension.rule == "hot" && suspension.subject?.description == "deployment/boiler")
            #expect(suspension.by == "Anna <anna@shop>" && suspension.why == "we deploy")
            #expect(suspension.until.map { $0 - suspension.at } == .hours(4))
            let page = try await visitor.get("/?done=silence").body
            #expect(page.contains("<p class=\"told\">Silenced.") && page.contains("silenced by Anna &lt;anna@shop&gt;"))
            let lift = try await visitor.get("/actions/lift?id=\(suspension.id)")
            let lifted = try await visitor.post("/actions/lift", Visitor.fields(of: lift).merging(["by": "anna"]) { $1 })
            #expect(lifted.status == 303 && lifted.headers["location"] == "/settings?done=lift")
            #expect(await stage.engine.suspensions.isEmpty)
        }
    }

    @Test("A pause of everything may be without an end, a silence may not")
    func pause() async throws {
        try await serving { stage in
            var visitor = Visitor(client: stage.client)
            let fields = Visitor.fields(of: try await visitor.get("/actions/pause")).merging(["by": "anna", "for": ""]) { $1 }
            #expect(try await visitor.post("/actions/silence", fields).status == 400)
            #expect(try await visitor.post("/actions/pause", fields).status == 303)
            #expect(await stage.engine.suspensions.first?.until == nil)
            let page = try await visitor.get("/").body
            #expect(page.contains("Healthy, and paused") && page.contains("Everything: paused by anna until it is lifted"))
        }
    }

    @Test("A plan is approved as it was shown, and not when it is another one by now")
    func approval() async throws {
        try await serving(["hot": .approve]) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it asks") { try await stage.client.get("/").body.contains("Waits for you") }
            var visitor = Visitor(client: stage.client)
            let path = try #require(try await visitor.get("/").body.firstMatch(of: /href="(\/actions\/approve[^"]+)"/)?.1)
            let form = try await visitor.get(String(path).replacing("&amp;", with: "&"))
            #expect(form.body.contains("<td class=\"before\">90</td>") && form.body.contains("Before it writes, the plan is made anew"))
            var fields = Visitor.fields(of: form).merging(["by": "anna"]) { $1 }
            let shown = fields["plan"]
            fields["plan"] = [Change("temperature", before: "90", after: "10")].digest
            let other = try await visitor.post("/actions/approve", fields)
            #expect(other.status == 409 && other.body.contains("the plan is another one by now"))
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            fields["plan"] = shown
            #expect(try await visitor.post("/actions/approve", fields).status == 303)
            try await eventually("it is mended") { stage.furnaces.temperature(of: "boiler") == 20 }
        }
    }

    @Test("A form is taken from the browser that it was shown to, and from a page of this host alone")
    func forged() async throws {
        try await serving { stage in
            var visitor = Visitor(client: stage.client)
            let fields = Visitor.fields(of: try await visitor.get("/actions/pause")).merging(["by": "eve", "for": "1h"]) { $1 }
            var sealless = fields
            sealless["seal"] = nil
            #expect(try await visitor.post("/actions/pause", sealless).status == 403)
            // A seal that another browser was shown.
            var other = Visitor(client: stage.client)
            _ = try await other.get("/actions/pause")
            #expect(try await other.post("/actions/pause", fields).status == 403)
            var cookieless = Visitor(client: stage.client)
            #expect(try await cookieless.post("/actions/pause", fields).status == 403)
            for origin in ["http://evil.example", "null", "https://localhost:1234"] {
                #expect(try await visitor.post("/actions/pause", fields, origin: origin).status == 403, "\(origin)")
            }
            for site in ["cross-site", "same-site", "none"] {
                #expect(try await visitor.post("/actions/pause", fields, headers: ["Sec-Fetch-Site: \(site)"]).status == 403, "\(site)")
            }
            let json = try await stage.client.get("/actions/pause", method: "POST", headers: ["Content-Type: text/plain"], body: "by=eve")
            #expect(json.status == 415)
            let large = try await visitor.post("/actions/pause", fields.merging(["why": String(repeating: "x", count: 20_000)]) { $1 })
            #expect(large.status == 413)
            #expect(try await visitor.post("/actions/pause", fields.merging(["extra": "1"]) { $1 }).status == 400)
            #expect(await stage.engine.suspensions.isEmpty)
            #expect(try await visitor.post("/actions/pause", fields, headers: ["Sec-Fetch-Site: same-origin"]).status == 303)
        }
    }

    @Test("Without a token, changes are taken under a name of this machine alone, and not through a proxy")
    func machine() async throws {
        try await serving { stage in
            var visitor = Visitor(client: stage.client)
            let fields = Visitor.fields(of: try await visitor.get("/actions/pause")).merging(["by": "eve", "for": "1h"]) { $1 }
            let renamed = try await visitor.post("/actions/pause", fields, origin: "http://evil.example", host: "evil.example")
            #expect(renamed.status == 403)
            #expect(try await visitor.post("/actions/pause", fields, headers: ["X-Forwarded-For: 203.0.113.9"]).status == 403)
            #expect(try await stage.client.get("/actions/pause", headers: ["Via: 1.1 proxy"]).status == 403)
            #expect(await stage.engine.suspensions.isEmpty)
        }
    }

    @Test("With a token, who signs in may change; the cookie is not the token")
    func signIn() async throws {
        let secret = "0123456789abcdef0123"
        try await serving(token: APIToken(secret.utf8, from: "a test")) { stage in
            var visitor = Visitor(client: stage.client)
            let sent = try await visitor.get("/actions/pause?rule=hot")
            #expect(sent.status == 303 && sent.headers["location"] == "/sign-in?next=%2Factions%2Fpause%3Frule%3Dhot")
            var fields = Visitor.fields(of: try await visitor.get("/sign-in?next=%2Factions%2Fpause%3Frule%3Dhot"))
            #expect(fields["next"] == "/actions/pause?rule=hot")
            fields["token"] = "0123456789abcdef0124"
            let wrong = try await visitor.post("/sign-in", fields)
            #expect(wrong.status == 403 && wrong.body.contains("This is not the API token.") && visitor.cookies[Cookie.session] == nil)
            #expect(try await visitor.post("/actions/pause", fields.filter { $0.key == "seal" }).status == 303, "to the sign-in page")
            #expect(await stage.engine.suspensions.isEmpty)
            fields["token"] = secret
            let signedIn = try await visitor.post("/sign-in", fields)
            #expect(signedIn.status == 303 && signedIn.headers["location"] == "/actions/pause?rule=hot")
            let cookie = try #require(signedIn.headers["set-cookie"])
            #expect(
                cookie.contains("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict") && !cookie.contains(secret)
                    && !cookie.contains("Secure"))
            let form = try await visitor.get("/actions/pause?rule=hot")
            #expect(form.body.contains("Sign out"))
            let done = try await visitor.post("/actions/pause", Visitor.fields(of: form).merging(["by": "anna", "for": "1h"]) { $1 })
            #expect(done.status == 303 && done.headers["location"] == "/?done=pause")
            #expect(await stage.engine.suspensions.first?.rule == "hot")
            // Elsewhere than here, and over TLS.
            let away = try await visitor.post("/sign-in", fields.merging(["next": "//evil.example/"]) { $1 }, origin: "https://localhost")
            #expect(away.headers["location"] == "/" && away.headers["set-cookie"]?.hasSuffix("; Secure") == true)
            #expect(try await visitor.post("/sign-out", [:], origin: "http://evil.example").status == 403)
            let out = try await visitor.post("/sign-out", [:])
            #expect(out.status == 303 && out.headers["set-cookie"]?.contains("Max-Age=0") == true)
            #expect(try await visitor.get("/actions/pause").status == 303)
        }
    }

    @Test("With Kubernetes' tokens, who signs in with one may do what it allows, at each step; the cookie is not the token")
    func kubernetes() async throws {
        let people = AccessTests.People()
        try await serving(reviews: people, remembered: .zero) { stage in
            var visitor = Visitor(client: stage.client)
            #expect(try await visitor.get("/actions/pause?rule=hot").headers["location"]?.hasPrefix("/sign-in") == true)
            let page = try await visitor.get("/sign-in?next=/actions/pause%3Frule%3Dhot")
            #expect(
                page.body.contains("Looking is open") && page.body.contains("kubectl create token") && !page.body.contains("the API token"))
            var fields = Visitor.fields(of: page)
            fields["token"] = "carl"
            let wrong = try await visitor.post("/sign-in", fields)
            #expect(wrong.status == 403 && wrong.body.contains("Kubernetes knows no such token.") && visitor.cookies[Cookie.session] == nil)
            people.isAway.withLock { $0 = true }
            let away = try await visitor.post("/sign-in", fields.merging(["token": "anna"]) { $1 })
            #expect(away.status == 403 && away.body.contains("Nobody can say now") && visitor.cookies[Cookie.session] == nil)
            people.isAway.withLock { $0 = false }

            // One that may only look has nothing to sign in for.
            let bert = try await visitor.post("/sign-in", fields.merging(["token": "bert"]) { $1 })
            #expect(
                bert.status == 403 && bert.body.contains("bert may not change anything here.") && visitor.cookies[Cookie.session] == nil)

            let anna = try await visitor.post("/sign-in", fields.merging(["token": "anna"]) { $1 })
            #expect(anna.status == 303 && anna.headers["location"] == "/actions/pause?rule=hot")
            #expect(anna.headers["set-cookie"]?.contains("; HttpOnly; SameSite=Strict") == true)
            let form = try await visitor.get("/actions/pause?rule=hot")
            #expect(form.status == 200 && form.body.contains("Sign out"))
            let sent = Visitor.fields(of: form).merging(["by": "anna", "for": "1h"]) { $1 }
            let before = people.asked.withLock { $0.count { $0 == "post /autoheal/actions/pause" } }
            #expect(try await visitor.post("/actions/pause", sent).status == 303)
            #expect(people.asked.withLock { $0.count { $0 == "post /autoheal/actions/pause" } } == before + 1, "at each")
            #expect(await stage.engine.suspensions.count == 1)
            // The cookie is for pages alone: a request that a script makes needs the token.
            let cookie = "Cookie: \(Cookie.session)=\(visitor.cookies[Cookie.session] ?? "")"
            #expect(try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#, headers: [json, cookie]).0 == 401)

            // Her token is over.
            _ = people.gone.withLock { $0.insert("anna") }
            #expect(try await visitor.post("/actions/pause", sent).headers["location"]?.hasPrefix("/sign-in") == true)
            people.gone.withLock { $0 = [] }
            #expect(try await visitor.get("/actions/pause").status == 303, "and so is the session")
            #expect(await stage.engine.suspensions.count == 1)
            _ = try await visitor.post("/sign-in", fields.merging(["token": "anna"]) { $1 })
            let kept = visitor.cookies[Cookie.session] ?? ""
            #expect(try await visitor.post("/sign-out", [:]).status == 303)
            #expect(try await stage.client.get("/actions/pause", headers: ["Cookie: \(Cookie.session)=\(kept)"]).status == 303)
        }
    }

    @Test("Where reading is protected, who may only look signs in, and may do no more; who may one thing signs in for that")
    func readers() async throws {
        let people = AccessTests.People()
        try await serving(reviews: people, protectsReading: true) { stage in
            var visitor = Visitor(client: stage.client)
            let fields = Visitor.fields(of: try await visitor.get("/sign-in")).merging(["token": "bert"]) { $1 }
            let bert = try await visitor.post("/sign-in", fields)
            #expect(bert.status == 303 && bert.headers["set-cookie"]?.contains("bert") == false)
            #expect(try await visitor.get("/").status == 200)
            let denied = try await visitor.get("/actions/pause?rule=hot")
            #expect(denied.status == 403 && denied.body.contains("bert may not post /autoheal/actions/pause"))
        }
        try await serving(reviews: people) { stage in
            var visitor = Visitor(client: stage.client)
            let fields = Visitor.fields(of: try await visitor.get("/sign-in?next=/actions/revert%3Fincident%3D1"))
            let dora = try await visitor.post("/sign-in", fields.merging(["token": "dora"]) { $1 })
            #expect(
                dora.status == 303 && people.asked.withLock { $0.last } == "post /autoheal/actions/revert",
                "what she comes for is asked first")
        }
    }

    @Test("Where reading is protected, the sign-in page does not say that looking is open, and who signed in follows changes")
    func protected() async throws {
        let token = try APIToken("0123456789abcdef0123".utf8, from: "a test")
        for bearer in ["anna", "0123456789abcdef0123"] {
            try await serving(token: token, reviews: AccessTests.People(), protectsReading: true) { stage in
                var visitor = Visitor(client: stage.client)
                #expect(try await visitor.get("/").headers["location"]?.hasPrefix("/sign-in") == true)
                let page = try await visitor.get("/sign-in")
                #expect(!page.body.contains("Looking is open") && !page.body.contains("Only look"))
                #expect(page.body.contains("To look, and to change something, give the API token, or a token of Kubernetes"))
                let fields = Visitor.fields(of: page)
                let wrong = try await visitor.post("/sign-in", fields.merging(["token": "carl"]) { $1 })
                #expect(wrong.status == 403 && wrong.body.contains("neither the API token nor one that Kubernetes knows"))
                #expect(try await visitor.post("/sign-in", fields.merging(["token": bearer]) { $1 }).status == 303)
                #expect(try await visitor.get("/").status == 200)
                let cookie = "Cookie: \(Cookie.session)=\(visitor.cookies[Cookie.session] ?? "")"
                #expect(try await stage.client.get(base + "/events", method: "HEAD", headers: [cookie]).status == 200)
                #expect(try await stage.client.get(base + "/events", method: "HEAD").status == 401)
                #expect(try await stage.client.get(base + "/status", headers: [cookie]).status == 401)
            }
        }
    }

    @Test("What was done is told by a word that stands for it: no address puts words into a page's mouth")
    func told() async throws {
        try await serving { stage in
            let known = try await stage.client.get("/?done=pause").body
            #expect(known.contains("<p class=\"told\">Paused."))
            let other = try await stage.client.get("/?done=call+evil+hotline").body
            #expect(!other.contains("class=\"told\""))
        }
    }
}

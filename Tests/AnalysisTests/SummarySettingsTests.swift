import CurlHTTP
import Testing

@testable import Analysis

/// Who is asked, as the environment says it.
@Suite struct SummarySettingsTests {
    private func read(_ environment: [String: String]) throws(SummarySettings.Unusable) -> SummarySettings {
        try SummarySettings(environment: environment) { $0 == "/key" ? Array("file-key-0123456789\n".utf8) : $0 == "/empty" ? [] : nil }
    }

    @Test func nobodyByDefault() throws {
        let settings = try read([:])
        #expect(settings.choice == .none && settings.budget == 50 && settings.remark == nil)
        #expect(try read(["SUMMARY_PROVIDER": "", "GEMINI_API_KEY": "", "SUMMARY_BUDGET": ""]).choice == .none)
        #expect(try read(["SUMMARY_PROVIDER": "none", "GEMINI_API_KEY": "gemini-key-1"]).choice == .none)
    }

    @Test func geminiByItsKey() throws {
        let url = "https://generativelanguage.googleapis.com"
        #expect(
            try read(["GEMINI_API_KEY": "gemini-key-1"]).choice == .gemini(url: url, model: "gemini-2.5-flash", key: Secret("gemini-key-1"))
        )
        let all = [
            "SUMMARY_PROVIDER": "gemini", "SUMMARY_API_KEY_FILE": "/key", "SUMMARY_API_KEY": "another-key-2",
            "GEMINI_API_KEY": "gemini-key-1",
        ]
        #expect(try read(all).choice == .gemini(url: url, model: "gemini-2.5-flash", key: Secret("file-key-0123456789")))
        #expect(
            try read([
                "GEMINI_API_KEY": "gemini-key-1", "SUMMARY_MODEL": "models/gemini-2.5-pro", "SUMMARY_URL": "http://proxy:8080/",
                "SUMMARY_BUDGET": "7",
            ])
            .choice == .gemini(url: "http://proxy:8080", model: "gemini-2.5-pro", key: Secret("gemini-key-1")))
    }

    /// No key is no reason not to heal.
    @Test func withoutAKeyThereIsTheBuiltInOne() throws {
        let settings = try read(["SUMMARY_PROVIDER": "gemini"])
        #expect(settings.choice == .none && settings.remark?.contains("GEMINI_API_KEY") == true)
    }

    @Test func chatCompletions() throws {
        let base = ["SUMMARY_PROVIDER": "openai", "SUMMARY_URL": "http://ollama:11434", "SUMMARY_MODEL": "llama3.1:8b"]
        #expect(try read(base).choice == .chatCompletions(url: "http://ollama:11434", model: "llama3.1:8b", key: nil))
        // Gemini's key is not for others.
        #expect(
            try read(base.merging(["GEMINI_API_KEY": "gemini-key-1"]) { $1 }).choice
                == .chatCompletions(url: "http://ollama:11434", model: "llama3.1:8b", key: nil))
        #expect(
            try read(base.merging(["SUMMARY_API_KEY": "openai-key-1"]) { $1 }).choice
                == .chatCompletions(url: "http://ollama:11434", model: "llama3.1:8b", key: Secret("openai-key-1")))
    }

    @Test(arguments: [
        (["SUMMARY_PROVIDER": "claude"], "gemini, openai or none"), (["SUMMARY_BUDGET": "-1"], "whole number"),
        (["SUMMARY_BUDGET": "1e3"], "whole number"),
        (["SUMMARY_BUDGET": "10001"], "from 0 to 10000"), (["SUMMARY_PROVIDER": "openai"], "needs SUMMARY_URL"),
        (["SUMMARY_PROVIDER": "openai", "SUMMARY_URL": "http://x"], "needs SUMMARY_MODEL"),
        (["SUMMARY_PROVIDER": "openai", "SUMMARY_URL": "ftp://x", "SUMMARY_MODEL": "m"], "SUMMARY_URL"),
        (["SUMMARY_URL": "http://user:hunter2@x"], "holds a user"), (["SUMMARY_URL": "https://x/?key=hunter2"], "a query"),
        (["SUMMARY_URL": "https://"], "no host"), (["SUMMARY_URL": "http://a b"], "not an address"),
        (["GEMINI_API_KEY": "gemini-key-1", "SUMMARY_MODEL": "../../x"], "SUMMARY_MODEL"),
        (["GEMINI_API_KEY": "gemini-key-1", "SUMMARY_MODEL": "x?y"], "SUMMARY_MODEL"),
        (["GEMINI_API_KEY": "hunter2"], "GEMINI_API_KEY: not a key"), (["GEMINI_API_KEY": "hunter2 hunter2\r\nX: y"], "not a key"),
        (["SUMMARY_PROVIDER": "gemini", "SUMMARY_API_KEY_FILE": "/none"], "/none: the file cannot be read"),
        (["SUMMARY_PROVIDER": "gemini", "SUMMARY_API_KEY_FILE": "/empty"], "/empty: not a key"),
    ]) func whatIsWrongIsToldWithoutSecrets(_ environment: [String: String], _ says: String) throws {
        let error = #expect(throws: SummarySettings.Unusable.self) { try read(environment) }
        #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("hunter2") == false)
    }
}

/// The settings beside the thresholds that are read from the environment: what each is for. Values are never shown: what is a secret, or may
/// hold one by mistake, must not leave the process.
enum EnvironmentVariables {
    struct Variable {
        var name: String
        var summary: String
        /// Whether it holds a secret itself.
        var isSecret = false
    }

    /// In the order in which people should read them.
    static let all: [Variable] = [
        Variable(name: "KUBECONFIG", summary: "The kubeconfig, where --kubeconfig names none."),
        Variable(name: "POD_NAME", summary: "The pod's own name, for the Lease and its events."),
        Variable(name: "POD_NAMESPACE", summary: "The pod's own namespace."),
        Variable(name: "KAFKA_BOOTSTRAP_SERVERS", summary: "The brokers; without it the rules on Kafka are not in force."),
        Variable(name: "KAFKA_SECURITY_PROTOCOL", summary: "Every KAFKA_NAME is librdkafka's property of that name."),
        Variable(name: "KAFKA_SASL_MECHANISM", summary: "How to log in to the brokers."),
        Variable(name: "KAFKA_SASL_USERNAME", summary: "Who logs in."),
        Variable(name: "KAFKA_SASL_PASSWORD", summary: "With which password.", isSecret: true),
        Variable(name: "KAFKA_SSL_CA_LOCATION", summary: "Whose certificates are believed."),
        Variable(name: "PGHOST", summary: "The PostgreSQL server; without it, PGHOSTADDR or PGSERVICE the rule on it is not in force."),
        Variable(name: "PGHOSTADDR", summary: "Its address."),
        Variable(name: "PGPORT", summary: "Its port."),
        Variable(name: "PGSERVICE", summary: "Its service, of pg_service.conf."),
        Variable(name: "PGDATABASE", summary: "The database to connect to."),
        Variable(name: "PGUSER", summary: "The role."),
        Variable(name: "PGPASSWORD", summary: "Its password.", isSecret: true),
        Variable(name: "PGPASSFILE", summary: "A file with passwords."),
        Variable(name: "PGSSLMODE", summary: "Whether TLS is asked for, and how much of it."),
        Variable(name: "PGOPTIONS", summary: "Options for the server."),
        Variable(name: "JOURNAL_DATABASE", summary: "The journal's database, where --journal names none.", isSecret: true),
        Variable(name: "API_TOKEN", summary: "The token of the API, for requests that change something.", isSecret: true),
        Variable(name: "AUTOMATON_API", summary: "The running automaton that commands ask, where --api names none."),
        Variable(name: "NOTIFY", summary: "Who is told: a YAML file, where --notify names none."),
        Variable(name: "SUMMARY_PROVIDER", summary: "Who writes summaries: gemini, openai or none."),
        Variable(name: "SUMMARY_URL", summary: "Where it is."),
        Variable(name: "SUMMARY_MODEL", summary: "Its model."),
        Variable(name: "SUMMARY_BUDGET", summary: "Calls in any 24 hours."),
        Variable(name: "SUMMARY_API_KEY", summary: "Its key.", isSecret: true),
        Variable(name: "SUMMARY_API_KEY_FILE", summary: "A file with its key."),
        Variable(name: "GEMINI_API_KEY", summary: "The key of Gemini.", isSecret: true),
        Variable(name: "NO_COLOR", summary: "Not empty: no colours (no-color.org)."),
        Variable(name: "CLICOLOR_FORCE", summary: "Neither empty nor 0: colours also where no terminal is."),
    ]

    /// Those, and what else of Kafka and PostgreSQL is set here, with whether each is set. An empty one counts as not set.
    static func read(_ environment: [String: String], thresholds: Set<String>) -> [(variable: Variable, isSet: Bool)] {
        let known = Set(all.map(\.name))
        let more = environment.keys.filter { name in
            !known.contains(name) && !thresholds.contains(name) && (name.hasPrefix("KAFKA_") || name.hasPrefix("PG"))
        }.sorted()
        let others = more.map { Variable(name: $0, summary: $0.hasPrefix("PG") ? "libpq's." : "librdkafka's.", isSecret: true) }
        return (all + others).map { ($0, !(environment[$0.name] ?? "").isEmpty) }
    }
}

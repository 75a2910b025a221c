/// What the name of a setting says about its value.
enum SecretName {
    /// A password: whatever stands there.
    case password
    /// A token, a key, a secret.
    case other
    /// A header whose value goes on to the end of the line: `Authorization`, `Cookie`.
    case header
    /// `pass`, which is also what tests do.
    case pass

    /// Nil where the name promises no secret.
    init?(_ name: ArraySlice<UInt8>) {
        // Nobody's name is longer; what stands at its end says what it is.
        let parts = Self.parts(name.suffix(128))
        guard let last = parts.last else { return nil }
        if let kind = Self.kind(last, before: parts.dropLast().last) {
            self = kind == .pass && (parts.count > 1) ? .password : kind
            return
        }
        // DB_PASSWORD_PROD, but not PASSWORD_FILE; names with '-' or in camel case are as often those of programs.
        guard name.contains(.underscore), !Self.innocent.contains(last) else { return nil }
        for (index, part) in parts.enumerated() {
            if let kind = Self.kind(part, before: index > 0 ? parts[index - 1] : nil), kind != .pass {
                self = kind
                return
            }
        }
        return nil
    }

    private static func kind(_ part: String, before: String?) -> SecretName? {
        if passwords.contains(where: { part.hasSuffix($0) }) { return .password }
        if part == "pass" { return .pass }
        if headers.contains(where: { part.hasSuffix($0) }) { return .header }
        if part == "key" || part == "keys" { return before.map { keyOwners.contains($0) } == true ? .other : nil }
        return words.contains(part) || secrets.contains(where: { part.hasSuffix($0) }) ? .other : nil
    }

    private static let passwords = ["password", "passwd", "passphrase", "passcode", "passwort", "kennwort", "pwd", "passwords", "userpass"]
    private static let headers = ["authorization", "cookie"]
    private static let secrets = [
        "secret", "token", "apikey", "accesskey", "secretkey", "privatekey", "accountkey", "authkey", "signingkey", "encryptionkey",
        "masterkey", "credential", "credentials", "sessionid", "sessid",
    ]
    private static let words: Set = ["sig", "signature", "otp", "auth", "creds"]
    /// Whose key is one that opens something.
    private static let keyOwners: Set = [
        "api", "access", "secret", "private", "account", "auth", "encryption", "signing", "master", "shared", "storage", "session",
        "subscription", "ssh", "service", "license", "app", "application", "client", "integration", "routing", "webhook", "functions",
        "deploy", "root", "unseal", "recovery", "hmac", "aes", "rsa", "tls", "ssl", "jwt", "crypt", "cipher", "bot", "admin",
    ]
    /// Ends of names that speak about a secret without being one.
    private static let innocent: Set = [
        "type", "count", "limit", "length", "len", "name", "names", "ref", "refs", "file", "path", "dir", "url", "uri", "endpoint", "host",
        "port", "version", "expires", "expiry", "expiration", "ttl", "in", "at", "age", "policy", "id", "ids", "review", "reset", "used",
        "usage", "required", "enabled", "disabled", "status", "error", "errors", "mode", "source", "store", "provider", "service", "class",
        "size", "min", "max", "rotation", "mount", "volume", "field", "attempts", "retries", "seconds", "total", "algorithm", "alg",
        "valid", "invalid", "present", "missing", "namespace",
    ]

    /// The words of a name in lower case, numbers left out: `dbAPIKey_2` is `db`, `apikey`.
    private static func parts(_ name: ArraySlice<UInt8>) -> [String] {
        var parts: [[UInt8]] = []
        var before: UInt8 = 0
        for byte in name {
            if byte.isLetter {
                if before.isLetter && !(byte.isUpper && before.isLower), !parts.isEmpty {
                    parts[parts.count - 1].append(byte.lowered)
                } else {
                    parts.append([byte.lowered])
                }
            }
            before = byte
        }
        return parts.map { String(decoding: $0, as: UTF8.self) }
    }
}

import SeededRandom

/// Names of container images as containerd reports them.
enum ImageName {
    /// The reference with its registry and its tag spelled out: `nginx` is `docker.io/library/nginx:latest`.
    static func full(_ image: String) -> String {
        var name = image
        let first = image.prefix { $0 != "/" }
        if !image.contains("/") {
            name = "docker.io/library/" + image
        } else if !first.contains("."), !first.contains(":"), first != "localhost" {
            name = "docker.io/" + image
        }
        let last = name.split(separator: "/").last ?? ""
        return last.contains(":") || last.contains("@") ? name : name + ":latest"
    }

    /// The repository with a digest; the digest is made up from the name.
    static func id(_ image: String) -> String {
        let name = full(image)
        if name.contains("@") { return name }
        var random = SplitMix64(name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 })
        let end = name.lastIndex(of: ":") ?? name.endIndex
        return "\(name[..<end])@sha256:" + Digits.hexadecimal(bytes: 32, &random)
    }

    /// What containerd says of an image that the registry does not have.
    static func notFound(_ image: String) -> String {
        let name = full(image)
        return "rpc error: code = NotFound desc = failed to pull and unpack image \"\(name)\": failed to resolve reference \"\(name)\": "
            + "\(name): not found"
    }

    /// Whether the simulated registry lacks an image: its tag says so (`does-not-exist`, `missing`).
    static func isMissing(_ image: String) -> Bool {
        let tag = image.split(separator: "/").last?.split(separator: ":").dropFirst().last ?? ""
        return tag.contains("does-not-exist") || tag.contains("missing")
    }
}

/// Random digits.
enum Digits {
    /// That many random bytes in hexadecimal digits, as in a container id.
    static func hexadecimal(bytes: Int, _ random: inout SplitMix64) -> String {
        var text = ""
        text.reserveCapacity(bytes * 2 + 16)
        while text.utf8.count < bytes * 2 {
            let part = String(random.next(), radix: 16)
            text += String(repeating: "0", count: 16 - part.count) + part
        }
        return String(text.prefix(bytes * 2))
    }
}

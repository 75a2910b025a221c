/// Names as Kubernetes generates them: no vowels and no digits that look like them, so that no word appears by chance.
///
/// Source: `k8s.io/apimachinery/pkg/util/rand` (`alphanums`, `SafeEncodeString`).
enum SafeName {
    /// The characters of generated names.
    static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".unicodeScalars)

    /// Maps each byte of a text to the safe alphabet.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 { encoded.unicodeScalars.append(alphabet[Int(byte) % alphabet.count]) }
        return encoded
    }

    /// The hash of a pod template, in the form that `pod-template-hash` and `controller-revision-hash` have: the decimal digits of a
    /// 32-bit FNV-1a, safely encoded. The bytes hashed are the template's canonical JSON, not Go's dump of it, so that the
    /// values differ from those of a real cluster while their shape does not.
    static func hash(of canonical: [UInt8], collisions: Int) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in canonical { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        if collisions > 0 {
            for byte in String(collisions).utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        }
        return encode(String(hash))
    }
}

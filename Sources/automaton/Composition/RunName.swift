/// Names this run of the program, so that its attempts are told from those of any other.
enum RunName {
    static func random() -> String {
        let value = UInt64.random(in: .min ... .max)
        let text = String(value, radix: 36)
        return String(repeating: "0", count: 13 - text.count) + text
    }
}

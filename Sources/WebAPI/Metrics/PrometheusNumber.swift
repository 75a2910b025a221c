/// Numbers as Prometheus' own clients write them: Go's `strconv.FormatFloat(value, 'g', -1, 64)`, and `+Inf`, `-Inf`, `NaN`.
enum PrometheusNumber {
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        var (digits, point) = shortestDigits(value.magnitude)
        let exponent = point - 1
        if exponent < -4 || exponent >= 6 {
            let fraction = digits.dropFirst()
            let size = exponent.magnitude
            let mantissa = fraction.isEmpty ? digits : "\(digits.prefix(1)).\(fraction)"
            return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        while digits.utf8.count < point { digits += "0" }
        let fraction = digits.dropFirst(point)
        return fraction.isEmpty ? sign + digits : "\(sign)\(digits.prefix(point)).\(fraction)"
    }

    /// The fewest digits that name the number, and where its decimal point stands among them: 0.00125 is ("125", -2).
    private static func shortestDigits(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = mantissa.joined()[...]
        var point = mantissa[0].count + exponent
        while digits.first == "0" {
            digits = digits.dropFirst()
            point -= 1
        }
        while digits.last == "0" { digits = digits.dropLast() }
        return (String(digits), point)
    }
}

/// The text that Go's spew makes of a pod template (k8s.io/apimachinery/pkg/util/dump.ForHash): what `pod-template-hash` is computed from.
///
/// Made from the template's JSON and the structs of `GoStructText`. A value of a struct that is not listed there is written as JSON:
/// its hash is as stable, but not that of a real cluster.
struct GoDump {
    private struct Field {
        let name: String
        /// Nil for an embedded struct, whose fields stand among those around it.
        let key: String?
        let type: Substring
    }

    private static let structs: [String: [Field]] = {
        var structs: [String: [Field]] = [:]
        for line in GoStructText.structs.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            for item in line[line.index(after: colon)...].split(separator: ",") {
                let words = item.split(separator: " ")
                guard words.count == 2 else { continue }
                let names = words[0].split(separator: "/")
                let name = String(names[0])
                let key = names.count > 1 ? String(names[1]) : name.prefix(1).lowercased() + name.dropFirst()
                structs[String(line[..<colon]), default: []].append(
                    Field(name: name, key: key == "-" ? nil : key, type: words[1]))
            }
        }
        return structs
    }()

    private var text = ""

    /// The dump of a pod template.
    static func text(ofTemplate template: JSON) -> String {
        var dump = GoDump()
        dump.write(template, "PodTemplateSpec", isTyped: true)
        return dump.text
    }

    /// The name of a type as Go's reflection gives it.
    private static func goName(_ type: Substring) -> String {
        if type.hasPrefix("*") { return "*" + goName(type.dropFirst()) }
        if type.hasPrefix("[]") { return "[]" + goName(type.dropFirst(2)) }
        if let element = mapElement(type) { return "map[string]" + goName(element) }
        switch type {
        case "string", "bool", "int32", "int64": return String(type)
        case "Quantity": return "resource.Quantity"
        case "UID": return "types.UID"
        case "IntOrString": return "intstr.IntOrString"
        default: return "v1.\(type)"
        }
    }

    private static func mapElement(_ type: Substring) -> Substring? {
        type.hasPrefix("map[string]") ? type.dropFirst("map[string]".count) : nil
    }

    private mutating func write(_ value: JSON?, _ type: Substring, isTyped: Bool) {
        if isTyped { text += "(\(Self.goName(type)))" }
        if type.hasPrefix("*") {
            guard let value, !value.isNull else {
                text += "<nil>"
                return
            }
            write(value, type.dropFirst(), isTyped: false)
        } else if type.hasPrefix("[]") {
            list(value?.array?.map(Optional.some), type.dropFirst(2))
        } else if let element = Self.mapElement(type) {
            map(value?.object, element)
        } else {
            scalar(value, type)
        }
    }

    private mutating func list(_ elements: [JSON?]?, _ type: Substring) {
        guard let elements else {
            text += "<nil>"
            return
        }
        text += "["
        for (index, element) in elements.enumerated() {
            if index > 0 { text += " " }
            write(element, type, isTyped: false)
        }
        text += "]"
    }

    private mutating func map(_ members: JSONObject?, _ type: Substring) {
        guard let members else {
            text += "<nil>"
            return
        }
        text += "map["
        var isFirst = true
        for (key, value) in members {
            if !isFirst { text += " " }
            isFirst = false
            text += "\(key):"
            write(value, type, isTyped: false)
        }
        text += "]"
    }

    private mutating func scalar(_ value: JSON?, _ type: Substring) {
        switch type {
        case "bool": text += value?.bool ?? false ? "true" : "false"
        case "int32", "int64": text += String(value?.int ?? 0)
        case "string", "UID": text += value?.string ?? ""
        case "ResourceList": map(value?.object, "Quantity")
        case "Quantity": quantity(value?.string ?? "0")
        case "IntOrString":
            let number = value?.int
            text += "{Type:(intstr.Type)\(number == nil ? 1 : 0) IntVal:(int32)\(number ?? 0) StrVal:(string)\(value?.string ?? "")}"
        case "Time": text += "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"
        default:
            if GoStructText.strings.contains(String(type)) {
                text += value?.string ?? ""
            } else if let fields = Self.structs[String(type)] {
                structure(value, fields)
            } else {
                text += value?.text ?? ""
            }
        }
    }

    private mutating func structure(_ value: JSON?, _ fields: [Field]) {
        text += "{"
        for (index, field) in fields.enumerated() {
            if index > 0 { text += " " }
            text += "\(field.name):"
            write(field.key.map { value?[$0] } ?? value, field.type, isTyped: true)
        }
        text += "}"
    }

    /// A quantity keeps the text that it was read from if that is certain to be canonical (resource.ParseQuantity).
    private mutating func quantity(_ source: String) {
        let digits = source.prefix { $0.isNumber }
        let suffix = String(source.dropFirst(digits.count))
        var value = Int64(digits) ?? 0
        var scale = 0
        var kept = ""
        let format: String
        if let power = ["Ki", "Mi", "Gi", "Ti", "Pi"].firstIndex(of: suffix) {
            if value & 7 != 0 { kept = source }
            value = value << Int64(10 * (power + 1))
            format = "BinarySI"
        } else {
            scale = ["n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18][suffix] ?? 0
            if !digits.hasSuffix("000") { kept = source }
            format = "DecimalSI"
        }
        text +=
            "{i:(resource.int64Amount){value:(int64)\(value) scale:(resource.Scale)\(scale)} "
            + "d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)\(kept) Format:(resource.Format)\(format)}"
    }
}

import AutomatonCore

/// Decodes a plugin's parameters from what a rule writes under `with:`, strictly.
///
/// Types must fit (a quoted number is a text); keys of nested mappings that nobody asked for are errors.
struct ParameterDecoder: Decoder {
    /// The keys that were asked for, by path: the rest is unknown.
    final class Asked {
        var paths: Set<[String]> = []
    }

    /// A key or an index on the way to a value.
    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int?
        init(stringValue: String) { self.stringValue = stringValue }
        init(intValue: Int) {
            self.stringValue = String(intValue)
            self.intValue = intValue
        }
    }

    let node: YAMLNode
    let codingPath: [any CodingKey]
    let asked: Asked
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Decodes a value from a mapping.
    static func decode<T: Decodable>(_ type: T.Type, from node: YAMLNode) throws -> T {
        let decoder = ParameterDecoder(node: node, codingPath: [], asked: Asked())
        let value = try T(from: decoder)
        try decoder.refuseUnasked(node, [])
        return value
    }

    private func refuseUnasked(_ node: YAMLNode, _ path: [any CodingKey]) throws {
        switch node.content {
        case .scalar: return
        case .sequence(let items):
            for (index, item) in items.enumerated() { try refuseUnasked(item, path + [Key(intValue: index)]) }
        case .mapping(let pairs):
            let names = path.map(\.stringValue)
            let known = asked.paths.filter { $0.count == names.count + 1 && $0.starts(with: names) }.compactMap(\.last)
            for pair in pairs {
                let inner = path + [Key(stringValue: pair.key)]
                // Keys of the top level are held against the plugin's own list before.
                guard path.isEmpty || known.contains(pair.key) else {
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: inner, debugDescription: NearestName.unknown("key", pair.key, known: known)))
                }
                try refuseUnasked(pair.value, inner)
            }
        }
    }

    func container<K: CodingKey>(keyedBy type: K.Type) throws -> KeyedDecodingContainer<K> {
        guard case .mapping(let pairs) = node.content else { throw corrupted("must be a mapping, not \(node.kind)") }
        return KeyedDecodingContainer(ParameterMapping<K>(decoder: self, pairs: pairs))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .sequence(let items) = node.content else { throw corrupted("must be a list ([a, b]), not \(node.kind)") }
        return ParameterList(decoder: self, items: items)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func corrupted(_ message: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: message))
    }

    func inner(_ node: YAMLNode, _ key: any CodingKey) -> ParameterDecoder {
        ParameterDecoder(node: node, codingPath: codingPath + [key], asked: asked)
    }

    fileprivate func read<T>(_ reading: (YAMLNode) throws(ScalarReading.Failure) -> T) throws -> T {
        do { return try reading(node) } catch { throw corrupted(error.message) }
    }

    fileprivate func whole<T: FixedWidthInteger>() throws -> T {
        do { return try ScalarReading.whole(node) } catch { throw corrupted(error.message) }
    }
}

extension ParameterDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { node.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try read(ScalarReading.flag) }
    func decode(_ type: String.Type) throws -> String { try read(ScalarReading.text) }
    func decode(_ type: Double.Type) throws -> Double { try read(ScalarReading.number) }
    func decode(_ type: Float.Type) throws -> Float { Float(try read(ScalarReading.number)) }
    func decode(_ type: Int.Type) throws -> Int { try whole() }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole() }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole() }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole() }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole() }
    func decode(_ type: UInt.Type) throws -> UInt { try whole() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole() }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if type == ConfiguredDuration.self || type == ByteQuantity.self {
            // `300` and `134217728` are numbers to YAML and texts to these types.
            var written = node
            written.content = .scalar(try read(ScalarReading.anyText), .quoted)
            return try T(from: ParameterDecoder(node: written, codingPath: codingPath, asked: asked))
        }
        return try T(from: self)
    }
}

/// The mapping under a key, for a decoder.
private struct ParameterMapping<K: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ParameterDecoder
    let pairs: [YAMLNode.Pair]
    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [K] { pairs.compactMap { K(stringValue: $0.key) } }

    private func ask(_ key: any CodingKey) -> YAMLNode? {
        decoder.asked.paths.insert(codingPath.map(\.stringValue) + [key.stringValue])
        return pairs.first { $0.key == key.stringValue }?.value
    }

    private func value(_ key: K) throws -> ParameterDecoder {
        guard let node = ask(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
        }
        return decoder.inner(node, key)
    }

    func contains(_ key: K) -> Bool { ask(key) != nil }
    func decodeNil(forKey key: K) throws -> Bool { try value(key).decodeNil() }
    func decode(_ type: Bool.Type, forKey key: K) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: K) throws -> String { try value(key).decode(type) }
    func decode(_ type: Double.Type, forKey key: K) throws -> Double { try value(key).decode(type) }
    func decode(_ type: Float.Type, forKey key: K) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: K) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: K) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: K) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: K) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: K) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: K) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: K) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: K) throws -> UInt16 { try value(key).decode(type) }
    func decode(_ type: UInt32.Type, forKey key: K) throws -> UInt32 { try value(key).decode(type) }
    func decode(_ type: UInt64.Type, forKey key: K) throws -> UInt64 { try value(key).decode(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: K) throws -> T { try value(key).decode(type) }

    func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: K) throws -> KeyedDecodingContainer<N> {
        try value(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: K) throws -> any UnkeyedDecodingContainer { try value(key).unkeyedContainer() }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: K) throws -> any Decoder { try value(key) }
}

/// The list under a key, for a decoder.
private struct ParameterList: UnkeyedDecodingContainer {
    let decoder: ParameterDecoder
    let items: [YAMLNode]
    var currentIndex = 0

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    private func current() throws -> ParameterDecoder {
        guard !isAtEnd else { throw decoder.corrupted("needs more than \(items.count) entries") }
        return decoder.inner(items[currentIndex], ParameterDecoder.Key(intValue: currentIndex))
    }

    private mutating func next<T>(_ decode: (ParameterDecoder) throws -> T) throws -> T {
        let value = try decode(current())
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard try current().decodeNil() else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.decode(type) } }
    mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) throws -> KeyedDecodingContainer<N> {
        try next { try $0.container(keyedBy: type) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next { try $0.unkeyedContainer() } }
    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}

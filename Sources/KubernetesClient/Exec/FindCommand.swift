internal import AutomatonCore

/// The arguments of `find` for a search.
///
/// Every command begins at the search's path and holds each file against the whole search, deletions too: `find` walks without following
/// links, so that nothing which is swapped for a link after the listing leads out of the path. Names with line ends are left alone.
enum FindCommand {
    /// What both listings and deletions select.
    private static func selection(_ search: FileSearch) -> [String] {
        var arguments = [
            "find", search.path, "-xdev", "-maxdepth", String(search.depth), "-type", "f", "-name", search.name, "!", "-path", "*\n*",
        ]
        if let days = search.olderThanDays { arguments += ["-mtime", "+\(days)"] }
        return arguments
    }

    /// Lists as GNU's find can: each record ends with a zero byte.
    static func listing(_ search: FileSearch) -> [String] { selection(search) + ["-printf", #"%T@ %b %n %p\0"#] }

    /// Lists with `stat`, as busybox can: each record ends with a line end.
    static func listingByStat(_ search: FileSearch) -> [String] {
        selection(search) + ["-exec", "stat", "-c", "%Y %b %h %n", "{}", "+"]
    }

    /// Whether the path is a directory: it is printed then.
    static func directoryTest(_ search: FileSearch) -> [String] { ["find", search.path, "-maxdepth", "0", "-type", "d"] }

    /// How a file that is found is deleted.
    enum Deletion {
        /// By find, which holds the folder open in which it found the file.
        case byFind
        /// By `rm`, one after the other and each as soon as it is found, for busybox's find where it is built without `-delete`. Like
        /// busybox's own `-delete`, it goes by the path: a folder that is swapped within that moment is not noticed.
        case byRemove

        var arguments: [String] {
            switch self {
            case .byFind: ["-delete"]
            case .byRemove: ["-exec", "rm", "-f", "--", "{}", ";"]
            }
        }
    }

    /// Deletes all that the search finds.
    static func deletion(_ search: FileSearch, _ deletion: Deletion) -> [String] { selection(search) + deletion.arguments }

    /// Deletes these files, if the search still finds them: as many commands as keep each short enough for a URL.
    static func deletions(_ search: FileSearch, of paths: [String], _ deletion: Deletion) -> [[String]] {
        let begin = selection(search) + ["("]
        let end = [")"] + deletion.arguments
        let overhead = cost(begin + end)
        var commands: [[String]] = []
        var batch: [String] = []
        var total = overhead
        for path in paths {
            let test = ["-path", escaped(path)]
            let more = cost(test + ["-o"])
            if !batch.isEmpty, total + more > KubernetesAPI.maximumCommandBytes {
                commands.append(begin + batch + end)
                (batch, total) = ([], overhead)
            }
            batch += batch.isEmpty ? test : ["-o"] + test
            total += more
        }
        if !batch.isEmpty { commands.append(begin + batch + end) }
        return commands
    }

    /// What the arguments take in a URL.
    private static func cost(_ arguments: [String]) -> Int {
        arguments.reduce(0) { $0 + APIPath.encode($1).utf8.count + "&command=".utf8.count }
    }

    /// The pattern that matches just this path.
    private static func escaped(_ path: String) -> String {
        var pattern = ""
        for scalar in path.unicodeScalars {
            if #"\*?["#.unicodeScalars.contains(scalar) { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }
}

/// Reads what the listings write: `1700000000.5 8 1 /var/log/app/a.log`, which is time, blocks of 512 bytes, links and path.
enum FindListing {
    /// The files, in the order in which they were found, and whether some were left out: names that are no text, which could not be passed
    /// back to find.
    /// - Parameters:
    ///   - separator: What ends a record; an unfinished one at the end is left out.
    ///   - path: Where the search began: what does not lie below it is no record of this search.
    /// - Throws: `PortError` for what is no listing.
    static func files(
        _ output: [UInt8], separator: UInt8, below path: String
    ) throws(PortError) -> (files: [FileListing.File], isPartial: Bool) {
        var files: [FileListing.File] = []
        var isPartial = false
        var rest = output[...]
        while let end = rest.firstIndex(of: separator) {
            let record = rest[..<end]
            rest = rest[(end + 1)...]
            let fields = record.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let modifiedAt = instant(fields[0]), let blocks = Int64(text(fields[1])), blocks >= 0,
                let links = Int64(text(fields[2])), links >= 0
            else { throw .refused("the output of find cannot be read: '\(MessageScrubber.scrub(text(record.prefix(80))))'") }
            guard let name = String(validating: fields[3], as: UTF8.self), name.hasPrefix(path + "/") || name == path else {
                isPartial = true
                continue
            }
            // Deleting one of several names of a file frees nothing.
            let (bytes, overflow) = blocks.multipliedReportingOverflow(by: links > 1 ? 0 : 512)
            guard !overflow else { throw .refused("the output of find holds a size that no file has") }
            files.append(.init(path: name, bytes: bytes, modifiedAt: modifiedAt))
        }
        return (files, isPartial)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    /// `1700000000` or `1700000000.1234567890`; before 1970 with a minus.
    private static func instant(_ bytes: ArraySlice<UInt8>) -> Instant? {
        let parts = text(bytes).split(separator: ".", maxSplits: 1)
        guard let whole = parts.first, let seconds = Int64(whole) else { return nil }
        guard parts.count == 2 else { return Instant(seconds: seconds) }
        guard let fraction = Int64((parts[1] + "000000").prefix(6)), fraction >= 0 else { return nil }
        return Instant(seconds: seconds) + .microseconds(whole.hasPrefix("-") ? -fraction : fraction)
    }
}

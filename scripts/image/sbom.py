#!/usr/bin/env python3
"""Writes what the image is made of, as SPDX 2.3 in JSON, to standard output.

  scripts/image/sbom.py ROOT PINS VERSION
    ROOT     the root file system that root.sh assembled: dpkg's records and the licences are read from it
    PINS     Package.resolved: the versions of the Swift packages; those that are linked have their licences in the root
    VERSION  of the program

The time in it is SOURCE_DATE_EPOCH (default 0), its name in the world follows from what it says: the same image gives the same bytes.
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys

# What Debian's copyright files call licences, as SPDX does. What is not here is named as Debian does, with its text from the file.
SPDX = {
    "apache-2": "Apache-2.0", "apache-2.0": "Apache-2.0", "artistic": "Artistic-1.0-Perl", "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause", "bsl-1.0": "BSL-1.0", "cc0-1.0": "CC0-1.0", "curl": "curl", "expat": "MIT",
    "gpl-1+": "GPL-1.0-or-later", "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later", "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later", "isc": "ISC", "lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.0+": "LGPL-2.0-or-later", "lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later", "mit": "MIT", "mpl-2.0": "MPL-2.0", "openldap-2.8": "OLDAP-2.8", "postgresql": "PostgreSQL",
    "x11": "X11", "zlib": "Zlib",
}


def identifier(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def debian_licences(text, package, extracted):
    """The licences that a copyright file in Debian's machine-readable form names; NOASSERTION for one that is prose."""
    if "copyright-format/1.0" not in text:
        return "NOASSERTION"
    names = set()
    for line in re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE):
        for name in re.split(r"\s+(?:and|or|and/or)\s+|,\s*|\s*\|\s*", line.strip(), flags=re.IGNORECASE):
            names.add(re.split(r"\s+with\s+", name.strip(), flags=re.IGNORECASE)[0].rstrip(",;"))
    expression = []
    for name in sorted(n for n in names if n):
        known = SPDX.get(name.lower())
        if not known:
            known = "LicenseRef-Debian-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-")
            extracted.setdefault(known, f"{name}: as /usr/share/doc/{package}/copyright has it.")
        if known not in expression:
            expression.append(known)
    # Which file is under which is in the copyright file; a package as a whole is under all of them.
    return " AND ".join(expression) or "NOASSERTION"


def swift_licence(folder):
    text = " ".join(p.read_text(encoding="utf-8", errors="replace") for p in sorted(folder.glob("LICEN*")))
    if "Runtime Library Exception" in text:
        return "Apache-2.0 WITH Swift-exception"
    if "Apache License" in text and "Version 2.0" in text:
        return "Apache-2.0"
    if "Permission is hereby granted, free of charge" in text:
        return "MIT"
    return "NOASSERTION"


def package(kind, name, version, declared, locator, location="NOASSERTION", supplier="NOASSERTION"):
    return {
        "SPDXID": identifier(kind, name), "name": name, "versionInfo": version, "supplier": supplier, "downloadLocation": location,
        "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": declared, "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}],
    }


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    root, pins, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    documents = root / "usr/share/doc"
    release = dict(line.rstrip().split("=", 1) for line in (root / "usr/lib/os-release").open(encoding="utf-8") if "=" in line)
    codename = release.get("VERSION_CODENAME", "").strip('"')
    extracted, packages = {}, []
    me = package("Swift", "self-healing-automaton", version, swift_licence(documents / "self-healing-automaton"),
                 f"pkg:generic/self-healing-automaton@{version}")
    me["primaryPackagePurpose"] = "APPLICATION"
    me["checksums"] = [{"algorithm": "SHA256", "checksumValue": hashlib.sha256((root / "usr/bin/automaton").read_bytes()).hexdigest()}]

    for record in sorted((root / "var/lib/dpkg/status.d").iterdir()):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", record.read_text(encoding="utf-8"), re.MULTILINE))
        name = fields["Package"]
        text = (documents / name / "copyright").read_text(encoding="utf-8", errors="replace")
        # The name of the source, and its version where it has one of its own.
        source = fields.get("Source", name).split()
        # A version is percent-encoded in a package URL.
        encoded = fields["Version"].replace("+", "%2B").replace(":", "%3A")
        packages.append(package(
            "Debian", name, fields["Version"], debian_licences(text, name, extracted),
            f"pkg:deb/debian/{name}@{encoded}?arch={fields['Architecture']}&distro={codename}",
            supplier="Organization: Debian"))
        of = source[1].strip("()") if len(source) > 1 else fields["Version"]
        packages[-1]["sourceInfo"] = f"built from Debian's source package {source[0]} {of}"

    linked = {p.name.lower(): p for p in (documents / "self-healing-automaton").iterdir() if p.is_dir()}
    runtime = linked.pop("swift")
    toolchain = (runtime / "VERSION").read_text().strip()
    packages.append(package("Swift", "swift", toolchain, swift_licence(runtime),
                            f"pkg:generic/swift@{toolchain}", f"git+https://github.com/swiftlang/swift@swift-{toolchain}-RELEASE"))
    for pin in sorted(json.loads(pins.read_text(encoding="utf-8"))["pins"], key=lambda pin: pin["identity"]):
        location = pin["location"].removesuffix(".git")
        folder = linked.pop(location.rsplit("/", 1)[1].lower(), None)
        if folder is None:
            continue
        state = pin["state"]
        tag = state.get("version") or state["revision"]
        packages.append(package(
            "Swift", pin["identity"], tag, swift_licence(folder), f"pkg:swift/{location.removeprefix('https://')}@{tag}",
            f"git+{location}@{state['revision']}"))
    if linked:
        sys.exit(f"{pins} has no version of {', '.join(sorted(linked))}, of which the root has licences: make both from the same build")

    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    digest = hashlib.sha256(json.dumps([me, packages], sort_keys=True).encode()).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"self-healing-automaton-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/self-healing-automaton-{version}-{digest}",
        "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": [f"Tool: self-healing-automaton-{version}"]},
        "packages": [me] + packages,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": me["SPDXID"]}
        ] + [
            {"spdxElementId": me["SPDXID"], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": other["SPDXID"]} for other in packages
        ],
        "hasExtractedLicensingInfos": [{"licenseId": key, "extractedText": extracted[key]} for key in sorted(extracted)],
    }
    json.dump(document, sys.stdout, indent=1)
    print()


main()

#!/usr/bin/env python3
"""Explains every file of the image's root file system, or says which it cannot.

  scripts/image/contents.py ROOT [CONTENTS]    CONTENTS: the list of what is explained (default contents.txt beside this file)

A library is explained when the program needs it, or one that it needs does (NEEDED of the ELF files, by readelf, looked for inside the root
alone). Everything else takes a line of contents.txt. Exit code 0 when nothing is left over and nothing is missing.
"""
import os
import pathlib
import re
import stat
import subprocess
import sys

PROGRAM = "/usr/bin/automaton"
# Where Debian's loader looks without a cache.
FOLDERS = ["/lib/{machine}", "/usr/lib/{machine}", "/lib", "/usr/lib", "/lib64", "/usr/lib64"]


def patterns(path):
    """The lines of contents.txt: what they match, as a regular expression."""
    for line in pathlib.Path(path).read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, why = line.partition(" ")
        if not why.strip():
            sys.exit(f"{path}: {pattern}: say why it is there")
        parts = re.split(r"(\*\*|\*)", pattern)
        regular = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
        yield pattern, re.compile(regular)


def inside(root, path):
    """The real path inside the root, links followed there and nowhere else; None where nothing is."""
    parts, done, left = list(pathlib.PurePosixPath(path).parts[1:]), [], 40
    while parts:
        part = parts.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        full = os.path.join(root, *done, part)
        if os.path.islink(full):
            left -= 1
            if left == 0:
                return None
            target = os.readlink(full)
            if target.startswith("/"):
                done = []
            parts = [p for p in target.split("/") if p not in ("", ".")] + parts
        elif os.path.exists(full):
            done.append(part)
        else:
            return None
    return "/" + "/".join(done)


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def needed(path):
    """The names of the libraries that an ELF file needs, and its loader."""
    said = subprocess.run(["readelf", "-W", "-d", "-l", path], capture_output=True, text=True, check=True, timeout=60).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", said), re.findall(r"program interpreter: (.*)\]", said)


def loaded(root):
    """The paths of what the program loads, links and what they show, and complaints."""
    machines = sorted(p.name for p in pathlib.Path(root, "usr/lib").glob("*-linux-gnu*"))
    folders = [folder.format(machine=machine) for folder in FOLDERS for machine in machines or [""]]
    seen, complaints, queue, asked = set(), [], [PROGRAM], set()
    while queue:
        file = queue.pop()
        names, loaders = needed(root + file)
        for name in names + loaders:
            if name in asked:
                continue
            asked.add(name)
            places = [name] if name.startswith("/") else [f"{folder}/{name}" for folder in folders]
            found = next(((place, inside(root, place)) for place in places if inside(root, place)), None)
            if not found:
                complaints.append(f"{file} needs {name}, which is not there: its package belongs into scripts/image/packages.txt")
                continue
            folder, base = os.path.split(found[0])
            seen.update([found[1], f"{inside(root, folder)}/{base}"])
            queue.append(found[1])
    return seen, complaints


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.strip())
    root = os.path.realpath(sys.argv[1])
    listed = sys.argv[2] if len(sys.argv) == 3 else os.path.join(os.path.dirname(__file__), "contents.txt")
    if not os.path.isfile(root + PROGRAM):
        sys.exit(f"{root}{PROGRAM} is missing")
    explained, used = list(patterns(listed)), set()
    libraries, complaints = loaded(root)
    files = 0
    for folder, folders, names in os.walk(root):
        for name in sorted(names + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
            full = os.path.join(folder, name)
            path = full[len(root) :]
            files += 1
            mode = os.lstat(full).st_mode
            why = next((pattern for pattern, regular in explained if regular.fullmatch(path)), None)
            if why:
                used.add(why)
            elif path not in libraries:
                complaints.append(f"{path}: the program does not load it, and no line of {listed} explains it")
            if stat.S_ISLNK(mode):
                if inside(root, path) is None:
                    complaints.append(f"{path}: a link to {os.readlink(full)}, which is not there")
                continue
            if not stat.S_ISREG(mode):
                complaints.append(f"{path}: neither a file nor a link")
                continue
            if mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWGRP | stat.S_IWOTH):
                complaints.append(f"{path}: its mode is {stat.filemode(mode)}")
            if is_elf(full) and path not in libraries and path != PROGRAM:
                complaints.append(f"{path}: a program or library that the program does not load")
    for pattern, _ in explained:
        if pattern not in used:
            complaints.append(f"{listed}: {pattern} explains nothing that is there")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"{files} files: the program, {len(libraries)} libraries and their links, {files - len(libraries) - 1} that are explained")


main()

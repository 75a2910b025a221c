#!/usr/bin/env bash
# Makes the image's root file system without Docker, by the scripts that the Dockerfile calls, and tries it: the program runs in it as the
# user 65532, on a root that cannot be written, without a shell. A runtime package that is missing is found here.
#   scripts/image/check.sh PROGRAM [FOLDER]    PROGRAM: the release build; FOLDER: where the root and its SBOM are kept (default: nowhere)
# Needs root, for chroot and mounts. The bare Debian is kept in ~/.cache/self-healing-automaton-tests (or in TEST_TOOLS).
set -euo pipefail
if [ "$(id -u)" -ne 0 ]; then
  echo "This needs root, for chroot and mounts: sudo make image-check" >&2
  exit 1
fi
if [ "${IMAGE_CHECK_UNSHARED:-}" != yes ]; then
  # A mount namespace of its own: whatever happens, nothing stays mounted.
  IMAGE_CHECK_UNSHARED=yes exec unshare --mount --propagation private "$0" "$@"
fi
program=$(realpath "$1")
keep=${2:-}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
running=()
finish() {
  local status=$?
  for process in "${running[@]}"; do kill "$process" 2>/dev/null || true; done
  # What is mounted goes with the namespace, but only after this: first everything must be let go.
  awk -v w="$work/" 'index($2, w) == 1 { print $2 }' /proc/mounts | sort -r | while read -r place; do umount -l "$place"; done
  rm -rf --one-file-system "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
say() { echo "==> $*"; }
fail() {
  echo "$*" >&2
  exit 1
}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
version=$(sed -n 's/^ARG VERSION=//p' Dockerfile | sort -u)
# Of what is tried inside, no step takes longer than this, in seconds.
limit=240

debian=$work/debian
base=${TEST_TOOLS:-$HOME/.cache/self-healing-automaton-tests}/debian-bookworm.tar
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
mkdir -p "$debian" "$(dirname "$base")"
if [ ! -e "$base" ]; then
  say "Debian, from its packages (once)"
  debootstrap --variant=minbase bookworm "$debian" "$mirror/debian" >"$work/debootstrap.log" 2>&1 ||
    fail "debootstrap failed: $(tail -5 "$work/debootstrap.log")"
  rm -rf "$debian"/var/cache/apt/archives/*.deb "$debian"/var/lib/apt/lists/*
  tar -C "$debian" --numeric-owner -cf "$base.new" .
  mv "$base.new" "$base"
else
  tar -C "$debian" --numeric-owner -xf "$base"
fi
# As in Debian slim: the sources of updates, and of documents the licences alone.
printf 'deb %s bookworm%s main\n' "$mirror/debian" '' "$mirror/debian" -updates "$mirror/debian-security" -security \
  >"$debian/etc/apt/sources.list"
printf 'path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n' >"$debian/etc/dpkg/dpkg.cfg.d/slim"
cp -L /etc/resolv.conf "$debian/etc/resolv.conf"
build=$(dirname "$program")
mkdir -p "$debian"/{src,out}
scripts/image/licences.sh "$build" "$debian/out/licences"
cp "$program" "$debian/out/automaton"
cp -R --parents scripts/image rules "$debian/src/"
# So that no package starts a server, and nothing outside is touched.
mount -t proc proc "$debian/proc"
mount -t tmpfs -o mode=755 tmpfs "$debian/dev"
ln -s /proc/self/fd "$debian/dev/fd"
for device in null zero random urandom; do
  touch "$debian/dev/$device"
  mount --bind "/dev/$device" "$debian/dev/$device"
done
in_debian() {
  local tree=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" timeout 600 chroot "$tree" \
    /bin/sh -c 'cd /src && exec "$@"' sh "$@"
}
say "The packages of scripts/image/packages.txt"
in_debian "$debian" scripts/image/install.sh >"$work/said" 2>&1 || fail "Debian's packages could not be installed: $(tail -20 "$work/said")"
say "The root file system"
in_debian "$debian" scripts/image/root.sh /out/automaton /out/licences /image
complete() {
  scripts/image/sbom.py "$1" Package.resolved "$version" >"$work/sbom.spdx.json"
  install -m 644 "$work/sbom.spdx.json" "$1/usr/share/self-healing-automaton/sbom.spdx.json"
  touch -d "@$SOURCE_DATE_EPOCH" "$1/usr/share/self-healing-automaton/sbom.spdx.json" "$1/usr/share/self-healing-automaton"
}
pack() { tar -C "$1" --sort=name --numeric-owner --format=gnu -cf - .; }
root=$debian/image
complete "$root"
scripts/image/contents.py "$root"

say "Made twice, it is the same"
in_debian "$debian" scripts/image/root.sh /out/automaton /out/licences /again
complete "$debian/again"
first=$(pack "$root" | sha256sum)
[ "$first" = "$(pack "$debian/again" | sha256sum)" ] || fail "It is not: $(diff -rq --no-dereference "$root" "$debian/again" || true)"
rm -rf "$debian/again"

# The image as a container has it: a root that cannot be written, /tmp and the journal's folder as volumes, the usual devices.
view=$work/view
mkdir "$view"
mount --bind "$root" "$view"
mount -o remount,bind,ro "$view"
mount -t proc proc "$view/proc"
mount -t tmpfs -o mode=755 tmpfs "$view/dev"
for device in null zero random urandom; do
  touch "$view/dev/$device"
  mount --bind "/dev/$device" "$view/dev/$device"
done
mount -t tmpfs -o mode=1777,size=64m tmpfs "$view/tmp"
mount -t tmpfs -o mode=770,uid=65532,gid=65532,size=1g tmpfs "$view/var/lib/self-healing-automaton"
chroot=$(command -v chroot)
inside() {
  exec env -i HOME=/var/lib/self-healing-automaton timeout --kill-after=15 "$limit" \
    setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid "$chroot" --userspec=65532:65532 --groups=65532 "$view" "$@"
}
# Runs to its end; what it says is shown when it fails.
try() {
  local what=$1
  shift
  (inside "$@") >"$work/said" 2>&1 || fail "$what: exit code $? of $*"$'\n'"$(tail -40 "$work/said")"
}
automaton=/usr/bin/automaton
rules=/etc/self-healing-automaton/rules

say "It starts"
try "The version" $automaton version
grep -qF "$version" "$work/said" || fail "The Dockerfile says version $version, the program $(cat "$work/said")"
try "The rules" $automaton rules validate $rules
if (inside /bin/sh -c true) 2>/dev/null; then fail "There is a shell in it."; fi

say "It trusts whom the bundle of certificates names, and nobody else"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
python3 - "$work" >"$work/port" <<'PYTHON' &
import http.server, ssl, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + "/certificate.pem", sys.argv[1] + "/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
running+=($!)
wait_for() {
  local what=$1 left=$((limit * 5))
  shift
  until "$@"; do
    left=$((left - 1))
    [ $left -gt 0 ] || fail "Not within $limit s: $what"
    sleep 0.2
  done
}
wait_for "a server with TLS" test -s "$work/port"
printf 'receivers: [{ name: here, kind: webhook, url: "https://127.0.0.1:%s/" }]\nroutes: [{ receivers: [here] }]\n' "$(cat "$work/port")" \
  >"$view/tmp/notify.yaml"
if (inside $automaton notify test here --notify /tmp/notify.yaml) >"$work/said" 2>&1; then
  fail "It trusts a stranger: $(cat "$work/said")"
fi
grep -qi certificate "$work/said" || fail "It should complain of the certificate: $(cat "$work/said")"
cat "$root/etc/ssl/certs/ca-certificates.crt" "$work/certificate.pem" >"$work/bundle.pem"
mount --bind "$work/bundle.pem" "$view/etc/ssl/certs/ca-certificates.crt"
try "A message to whom the bundle names" $automaton notify test here --notify /tmp/notify.yaml
umount "$view/etc/ssl/certs/ca-certificates.crt"

say "It heals the simulated cluster"
try "The demo" $automaton demo --rules $rules --timeout 180
grep -E 'faults healed' "$work/said" || fail "The demo did not heal: $(tail -40 "$work/said")"

say "It runs as in a pod, keeps its journal, and ends when it is told to"
"$program" demo --rules rules --keep --timeout 600 >"$work/cluster" 2>&1 &
running+=($!)
wait_for "a simulated cluster" grep -q '^kubectl --kubeconfig' "$work/cluster"
cp "$(sed -n 's/^kubectl --kubeconfig \([^ ]*\) .*/\1/p' "$work/cluster" | head -1)" "$view/tmp/kubeconfig"
chmod 644 "$view/tmp/kubeconfig"
(inside $automaton run --kubeconfig /tmp/kubeconfig --dry-run --listen 127.0.0.1:0 --log-format=json) >"$work/log" 2>&1 &
pod=$!
running+=("$pod")
# It is ready when it answers /readyz.
ready() {
  local port
  kill -0 "$pod" 2>/dev/null || fail "It ended: $(tail -20 "$work/log")"
  port=$(grep -o '"Listening on [^"]*' "$work/log" | grep -oE '[0-9]+$' | head -1) && [ -n "$port" ] &&
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/readyz", timeout=5)' "$port" 2>/dev/null
}
wait_for "that it is ready; $(tail -3 "$work/log")" ready
[ -n "$(ls "$view/var/lib/self-healing-automaton")" ] || fail "There is no journal."
kill -TERM "$pod"
wait "$pod" || fail "Told to end, it ended with $?: $(tail -20 "$work/log")"
grep -q '"Stopped"' "$work/log" || fail "It did not say that it stopped: $(tail -20 "$work/log")"

say "Without one of its packages it is not made"
awk '!/^#/ && NF { print $1 }' scripts/image/packages.txt | while read -r package; do
  mkdir -p "$work/without"
  mount -t tmpfs tmpfs "$work/without"
  mkdir -p "$work/without"/{upper,work,tree}
  mount -t overlay overlay -o "lowerdir=$debian,upperdir=$work/without/upper,workdir=$work/without/work" "$work/without/tree"
  mount --rbind "$debian/dev" "$work/without/tree/dev"
  mount -t proc proc "$work/without/tree/proc"
  rm -rf "$work/without/tree/image"
  in_debian "$work/without/tree" dpkg --purge --force-all "$package" >/dev/null 2>&1 || true
  if in_debian "$work/without/tree" scripts/image/root.sh /out/automaton /out/licences /image >"$work/said" 2>&1; then
    fail "It is made without $package: is that package needed?"
  fi
  # For want of what the package has, and for no other reason.
  why=$(grep -m 1 -E ' => not found|is missing here' "$work/said") || fail "Without $package: $(cat "$work/said")"
  echo "    $package: ${why#"${why%%[![:space:]]*}"}"
  umount -l "$work/without/tree"/{dev,proc,} "$work/without"
done

megabytes() { awk '{ printf "%.1f MB", $1 / 1000000 }'; }
echo "Size: $(pack "$root" | wc -c | megabytes), compressed (gzip) $(pack "$root" | gzip -9n | wc -c | megabytes)," \
  "of that the program $(stat -c %s "$root$automaton" | megabytes)"
if [ -n "$keep" ]; then
  mkdir -p "$keep"
  pack "$root" >"$keep/root.tar"
  cp "$root/usr/share/self-healing-automaton/sbom.spdx.json" "$keep/"
  echo "Kept: $keep/root.tar, $keep/sbom.spdx.json"
fi

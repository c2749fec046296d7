#!/usr/bin/env bash
# Makes a release twice, signed with a key that is made for it: both must be the same bytes, every
# artifact must have a signature that holds, and what they are must run (try-release.sh).
#   scripts/prove-release.sh [VERSION [ROOT]]     from a clean checkout
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
version=${1:-0.0.1}
work=$(mktemp -d)
export GNUPGHOME=$work/keys
trap 'gpgconf --kill all || true; rm -rf "$work"' EXIT
failed() { echo "prove-release: $1" >&2; exit 1; }

mkdir -m 700 "$GNUPGHOME"
# Older than the commit, whose time the signatures have.
gpg --batch --quiet --faked-system-time 20200101T000000 --passphrase '' \
  --quick-generate-key "a release that is a test <test@example.org>" ed25519 sign never
key=$(gpg --list-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p')

./release "$version" --sign "$key"
mv target/release "$work/first"
./release "$version" --sign "$key"
diff -r "$work/first" target/release >&2 || failed "two releases of one commit differ, see above."
rm -rf "$work/first"
echo "prove-release: two releases of $(git rev-parse --short HEAD) are the same bytes"

signed=0
while IFS= read -r file; do
  [ -f "$file.asc" ] || failed "$file has no signature."
  gpg --batch --quiet --verify "$file.asc" "$file" 2>"$work/said" ||
    { cat "$work/said" >&2; failed "the signature of $file does not hold."; }
  signed=$((signed + 1))
done < <(find target/release/maven -type f ! -name '*.asc' ! -name '*.md5' ! -name '*.sha1')
[ "$signed" -gt 40 ] || failed "only $signed files of the repository are signed."
# and one that does not
pom=$(find target/release/maven -name '*.pom' | head -n 1)
{ cat "$pom"; echo; } >"$work/changed"
! gpg --batch --quiet --verify "$pom.asc" "$work/changed" 2>/dev/null ||
  failed "a signature holds for a changed file."
echo "prove-release: the signatures of $signed files hold"

scripts/try-release.sh "$version" ${2:+"$2"}

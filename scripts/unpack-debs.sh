#!/usr/bin/env bash
# Debian packages for a user who may not install any: downloaded with what they depend on, and unpacked into .tools/.
#
#   scripts/unpack-debs.sh chromium chromium-driver firefox-esr
set -euo pipefail
source "$(dirname "$0")/env.sh"
have apt-get && have dpkg-deb || exit 1

say "setup: unpacking $* into .tools/debian"
home=$ROOT/.tools/debian
apt=$ROOT/.tools/apt
mkdir -p "$home" "$apt/lists/partial" "$apt/archives/partial" "$ROOT/.tools/bin"
options=(-qq -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o Debug::NoLocking=1)
apt-get "${options[@]}" update
apt-get "${options[@]}" install -y --no-install-recommends --download-only "$@"
for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$home"; done
rm -rf "$apt"

# command NAME FILE: runs FILE out of the unpacked packages, with their libraries and fonts.
libraries=$(find "$home" -name '*.so*' -printf '%h\n' | sort -u | grep -v -e /firefox-esr -e /chromium | paste -sd:)
command_for() {
  [ -x "$home/$2" ] || return 0
  cat > ".tools/bin/$1" << WRAPPER
#!/bin/sh
export LD_LIBRARY_PATH='$libraries' XDG_DATA_HOME='$home/usr/share'
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_PATH='$home/etc/fonts'
exec '$home/$2' "\$@"
WRAPPER
  chmod +x ".tools/bin/$1"
}
command_for chromium usr/lib/chromium/chromium
command_for chromedriver usr/bin/chromedriver
command_for firefox-esr usr/lib/firefox-esr/firefox-esr

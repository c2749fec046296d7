"""Debian packages and sources, pinned by SHA-256, unpacked outside the system.

apt works on a state of its own below the cache: nothing is installed, no list of the system is changed. The
sources are the system's own, so that a mirror configured there is used here too.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from studies.model import Unusable


def digest(path):
    """The SHA-256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Packages:
    """Gets what a row pins. `folder` is the cache; `system` the root whose apt sources are used."""

    def __init__(self, folder, system="/"):
        self.folder = Path(folder)
        self.downloads = self.folder / "downloads"
        self.apt = self.folder / "apt"
        self.system = Path(system)

    def unpacked(self, pins, into):
        """Unpacks the binary packages of `pins` into one folder, once, and returns it.

        A pin is "NAME VERSION SHA256". What is pinned and already downloaded is not asked for again.
        """
        into = Path(into)
        stamp = into / ".pins"
        if stamp.exists() and stamp.read_text() == "\n".join(pins):
            return into
        files = [self._package(*pin.split()) for pin in pins]
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        for file in files:
            subprocess.run(["dpkg-deb", "-x", file, into], check=True)
        stamp.write_text("\n".join(pins))
        return into

    def source(self, pin, into):
        """Unpacks a source package "NAME VERSION SHA256", the digest being that of its .dsc, which pins the rest."""
        into = Path(into)
        stamp = into / ".pin"
        if stamp.exists() and stamp.read_text() == pin:
            return into
        name, version, wanted = pin.split()
        self.downloads.mkdir(parents=True, exist_ok=True)
        file = self.downloads / f"{name}_{version.split(':')[-1]}.dsc"
        if not file.exists():
            self._apt("source", "--download-only", f"{name}={version}")
        self._held(file, wanted)
        shutil.rmtree(into, ignore_errors=True)
        into.parent.mkdir(parents=True, exist_ok=True)
        # --no-check says that no keyring of uploaders is needed: the digest above pins the .dsc, and dpkg-source
        # compares the digests in it with the files.
        subprocess.run(["dpkg-source", "--no-check", "-x", file, into], check=True, stdout=subprocess.DEVNULL)
        stamp.write_text(pin)
        return into

    def _package(self, name, version, wanted):
        self.downloads.mkdir(parents=True, exist_ok=True)
        found = sorted(self.downloads.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not found:
            self._apt("download", f"{name}={version}")
            found = sorted(self.downloads.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not found:
            raise Unusable(f"apt gave no file for {name} {version}.")
        return self._held(found[0], wanted)

    @staticmethod
    def _held(file, wanted):
        if digest(file) != wanted:
            raise Unusable(f"{file} has the SHA-256 {digest(file)}, and {wanted} is pinned: remove it and try again.")
        return file

    def _apt(self, *command):
        if not (self.apt / "apt.conf").exists():
            self._prepare()
        environment = dict(os.environ, APT_CONFIG=str(self.apt / "apt.conf"), LC_ALL="C")
        result = subprocess.run(["apt-get", "-q", *command], cwd=self.downloads, env=environment, text=True,
                                capture_output=True)
        if result.returncode != 0:
            raise Unusable(
                f"apt-get {' '.join(command)} failed: {last_line(result.stderr)} A version that Debian has replaced is in "
                f"its snapshot archive; put the files into {self.downloads}.")

    def _prepare(self):
        for folder in ("state/lists/partial", "cache/archives/partial", "sources"):
            (self.apt / folder).mkdir(parents=True, exist_ok=True)
        (self.apt / "status").touch()
        for number, file in enumerate(self._system_sources()):
            text = with_sources(file.read_text(), file.suffix)
            if text:
                (self.apt / "sources" / f"{number}{file.suffix}").write_text(text)
        configuration = self.apt / "apt.conf.new"
        configuration.write_text(f"""Dir::State "{self.apt}/state";
Dir::State::status "{self.apt}/status";
Dir::Cache "{self.apt}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{self.apt}/sources";
APT::Sandbox::User "root";
Acquire::Languages "none";
""")
        environment = dict(os.environ, APT_CONFIG=str(configuration), LC_ALL="C")
        result = subprocess.run(["apt-get", "-q", "update"], env=environment, text=True, capture_output=True)
        if result.returncode != 0:
            raise Unusable(f"apt-get update in {self.apt} failed: {last_line(result.stderr)}")
        configuration.rename(self.apt / "apt.conf")

    def _system_sources(self):
        etc = self.system / "etc/apt"
        files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
        return [file for file in files if file.is_file() and file.suffix in (".list", ".sources")]


def last_line(text):
    """The last line of a message that says anything."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."


def with_sources(text, suffix):
    """Debian's part of an apt source file, with source packages; empty where there is none."""
    if suffix == ".list":
        lines = [line for line in text.splitlines() if re.match(r"deb .*(bookworm|debian)", line)]
        return "\n".join(lines + [re.sub(r"^deb ", "deb-src ", line) for line in lines]) + "\n" if lines else ""
    stanzas = [stanza for stanza in re.split(r"\n\s*\n", text) if "debian-archive-keyring" in stanza]
    return "\n\n".join(re.sub(r"(?m)^Types:.*$", "Types: deb deb-src", stanza) for stanza in stanzas)

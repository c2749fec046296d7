"""The record of a row: what has been proven and measured, in a file that is whole at every moment."""

import json
import os


class Record:
    """A row's figures by way. What was measured of another build, or with other commands, is dropped."""

    def __init__(self, file, identities):
        self.file = file
        old = json.loads(file.read_text()) if file.exists() else {}
        kept = old.get("ways", {})
        self.data = {**old, "ways": {name: kept[name] if kept.get(name, {}).get("identity") == identity else {"identity": identity}
                                     for name, identity in identities.items()}}

    def way(self, name):
        return self.data["ways"][name]

    def save(self):
        """Beside, flushed, renamed: an end at any moment leaves the old file or the new."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        beside = self.file.with_suffix(".new")
        with open(beside, "w") as out:
            json.dump(self.data, out, indent=1, sort_keys=True)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, self.file)

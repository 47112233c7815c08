"""The real server of the what-if page in a process of its own, as a facilitator starts it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.workshop.conftest import make_preset

SMALL = "small"


def write_small_preset(folder: Path) -> Path:
    """Write the small preset of the tests into a folder of one's own, for `--config-dir`."""
    preset = make_preset().model_dump(mode="json", exclude={"name", "folder"}, exclude_none=True)
    for lever in preset["levers"]:
        for key in [key for key, value in lever.items() if value in ("", [])]:
            del lever[key]
    (folder / "workshop").mkdir(parents=True, exist_ok=True)
    (folder / "workshop" / f"{SMALL}.yaml").write_text(yaml.safe_dump(preset), encoding="utf-8")
    return folder


class RealServer:
    """A process of `asmsim workshop`, its address, and what it takes."""

    def __init__(self, preset: str, folder: Path | None = None, port: int = 0) -> None:
        own = ["--config-dir", str(folder)] if folder else []
        command = [sys.executable, "-m", "asmsim", "workshop", preset, "--no-browser", "--port", str(port), *own]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        assert self.process.stdout is not None
        found = re.search(r"(http://[\d.]+:(\d+))/\?token=([^&\s]+)\S*", self.process.stdout.readline())
        assert found is not None
        self.address, self.origin, self.port, self.token = found[0], found[1], int(found[2]), found[3]

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def megabytes(self) -> float:
        """Memory that it holds."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1]) / 1e3

    @property
    def ticks(self) -> int:
        """Hundredths of a second of computing so far."""
        return sum(map(int, Path(f"/proc/{self.process.pid}/stat").read_text().split()[13:15]))

"""The command `asmsim workshop`: it starts from any folder, says where the page is, and ends cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from asmsim.cli.workshop import bind_port
from asmsim.config.errors import ConfigError
from asmsim.workshop.preset import list_presets


@pytest.mark.parametrize("host", ["localhost", "::1", "0.0.0.0", "10.0.0", "evil.example", "203.0.113.7"])
def test_only_an_ipv4_address_of_this_machine_will_do(host: str) -> None:
    with pytest.raises(ConfigError, match="--host"):
        bind_port(host, None)


def test_a_port_in_use_is_refused_or_passed_over() -> None:
    first = bind_port("127.0.0.1", 0)
    first.listen()
    port = first.getsockname()[1]
    with pytest.raises(ConfigError, match="choose another port"):
        bind_port("127.0.0.1", port)
    other = bind_port("127.0.0.1", None)
    assert other.family == socket.AF_INET
    first.close()
    other.close()


def test_contexts_of_ones_own_are_presets(tmp_path: Path) -> None:
    from asmsim.analysis.own_country import write_country

    assert "own_country" not in list_presets()
    write_country("ghana", tmp_path, {})
    preset = list_presets(tmp_path)["own_ghana"]
    assert preset.base.context.name == "ghana"
    assert preset.title.startswith("Your own country: ")


def wait_for(url: str) -> int:
    """Status of a page once somebody answers."""
    for _ in range(400):
        try:
            return int(urllib.request.urlopen(url, timeout=5).status)
        except OSError:
            time.sleep(0.05)
    return 0


@pytest.mark.slow
def test_it_serves_until_it_is_interrupted(elsewhere: Path) -> None:
    command = [sys.executable, "-m", "asmsim", "workshop", "generic_country", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+&preset=generic_country", process.stdout.readline())
        assert found is not None
        assert wait_for(found[0]) == 200
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(found[0].partition("?")[0], timeout=5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert said.rstrip().endswith("Ended.")
    assert not list(elsewhere.iterdir()), "nothing is written"

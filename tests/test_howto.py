"""Python in the how-to guides runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDES = Path(__file__).resolve().parent.parent / "docs/how-to"
BLOCKS = [
    pytest.param(block, id=f"{path.stem}-{n}")
    for path in [GUIDES / "mesa.md"]
    for n, block in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL), 1)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_a_guide_runs(block: str, elsewhere: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", block], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()

"""A job script for SLURM: one array task a shard, each of which can be given again."""

import shlex
from pathlib import Path

from asmsim.config.errors import ConfigError

TEMPLATE = """\
#!/bin/bash
# Written by asmsim sweep --slurm.  Submit with:  sbatch {script}
# Set time, memory and partition to what your cluster wants; a task that is cut off can be submitted again.
#SBATCH --job-name={name}
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=1G
#SBATCH --time=04:00:00
#SBATCH --output=%x-%A_%a.log

# Activate the environment in which asmsim is installed, for example:
# source .venv/bin/activate
asmsim sweep {folder} \\
  --shard "$SLURM_ARRAY_TASK_ID/{tasks}" --workers "${{SLURM_CPUS_PER_TASK:-1}}"

# When all tasks are done, bring the results together:
#   asmsim results {folder} --compact
"""


def write_script(folder: Path, name: str, tasks: int) -> Path:
    """Write `slurm.sh` into the sweep's folder.

    Raises
    ------
    ConfigError
        Fewer than one task.
    """
    if tasks < 1:
        raise ConfigError(f"--slurm {tasks}: needs a number of array tasks from 1")
    path = folder / "slurm.sh"
    text = TEMPLATE.format(script=shlex.quote(str(path)), folder=shlex.quote(str(folder)), name=name, tasks=tasks)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path

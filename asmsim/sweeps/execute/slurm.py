"""A job script for SLURM: one array task a shard, each of which can be given again."""

import shlex
from pathlib import Path

from asmsim.config.errors import ConfigError
from asmsim.config.paths import expand_path
from asmsim.sweeps.store.folder import folder_name
from asmsim.sweeps.store.targets import whole_file

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
export PYTHONSAFEPATH=1  # import nothing from the folder in which the job starts
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
        Fewer than one task, or a path that a script cannot carry.
    """
    if tasks < 1:
        raise ConfigError(f"--slurm {tasks}: needs a number of array tasks from 1")
    path = expand_path(folder) / "slurm.sh"
    script, quoted = (shlex.quote(str(p)) for p in (path, path.parent))
    text = TEMPLATE.format(script=script, folder=quoted, name=folder_name(name), tasks=tasks)
    with whole_file(path, overwrite=True) as work:  # a link there is replaced, not followed
        work.write_text(text, encoding="utf-8")
        work.chmod(0o755)
    return path

#!/usr/bin/env bash
# A SLURM of one node, from Debian's packages, without systemd; a job array of three tasks on it; the
# same bytes as a serial sweep.  Needs root and Debian or Ubuntu.  Everything it starts it stops again.
set -euo pipefail
PYTHON="${PYTHON:-python3}"
[ "$(id -u)" = 0 ] || { echo "slurm.sh: needs root to run a SLURM of its own; skipped"; exit 0; }
command -v slurmd munged sbatch > /dev/null || {
  command -v apt-get > /dev/null || { echo "slurm.sh: no slurmd and no apt-get; skipped"; exit 0; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge > /dev/null
}

work="$(mktemp -d)"
chmod 755 "$work"
pids=()
cleanup() {
  for ((n = ${#pids[@]} - 1; n >= 0; n--)); do kill "${pids[n]}" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

mkdir -p "$work"/{munge,spool,state,bin}
chmod 700 "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chmod 400 "$work/munge/key"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --num-threads=2 \
  --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" --log-file="$work/munge/log" > "$work/munged.log" 2>&1 &
pids+=($!)

host="$(hostname -s)"
cores="$(nproc)"
memory="$(awk '/MemTotal/ {print int($2 / 1024 * 0.8)}' /proc/meminfo)"
cat > "$work/slurm.conf" << CONF
ClusterName=asmsim
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort=16817
SlurmdPort=16818
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmdSpoolDir=$work/spool
StateSaveLocation=$work/state
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$work/slurm.conf"
for _ in $(seq 50); do [ -S "$work/munge/socket" ] && break; sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" > "$work/slurmctld.out" 2>&1 & pids+=($!)
slurmd -D -f "$SLURM_CONF" > "$work/slurmd.out" 2>&1 & pids+=($!)
for _ in $(seq 100); do sinfo -h -o %t 2> /dev/null | grep -q idle && break; sleep 0.2; done
sinfo || { tail -20 "$work"/slurm*.log "$work"/*.out; exit 1; }

cd "$work"
bin="$(dirname "$("$PYTHON" -c 'import sys; print(sys.executable)')")"
export PATH="$bin:$PATH" PYTHONPATH="$OLDPWD"
mapfile -t overrides < <("$PYTHON" -c 'from tests.cluster.common import COMMAND; print("\n".join(COMMAND))')
asmsim sweep "${overrides[@]}" --slurm 3
folder="$(echo results/sweeps/*)"
sed -i 's/--cpus-per-task=2/--cpus-per-task=1/; s/--mem-per-cpu=1G/--mem-per-cpu=0/' "$folder/slurm.sh"
timeout 300 sbatch --wait "$folder/slurm.sh" || { cat ./*.log; tail -20 "$work"/slurm*.log; exit 1; }
cat ./sweep-*.log
asmsim results "$folder" --compact > /dev/null
"$PYTHON" -m tests.cluster.common "$folder" "$work/serial"

#!/usr/bin/env bash
# Settings with which Debian 12's podman runs containers as root, also inside a container or a small virtual machine,
# written into a folder of their own instead of /etc:
#
#   eval "$(test/image/podman-settings.sh FOLDER)"
#
# runc       crun 1.8 does not start containers on cgroups of version 1
# cgroupfs   nothing runs systemd there
# ulimits    podman's own are higher than what such a machine allows to set
# driver     said beforehand: else podman tries each one, and each run hangs. vfs where overlay cannot be mounted
set -euo pipefail
folder=$(realpath "$1")

driver=vfs
mkdir -p "$folder"/try/{lower,upper,work,merged}
if mount -t overlay overlay -o "lowerdir=$folder/try/lower,upperdir=$folder/try/upper,workdir=$folder/try/work" \
  "$folder/try/merged" 2>/dev/null; then
  umount "$folder/try/merged"
  driver=overlay
fi
rm -r "$folder/try"

cat >"$folder/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=10000:10000"]

[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
CONF
cat >"$folder/storage.conf" <<CONF
[storage]
driver = "$driver"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
CONF
echo "export CONTAINERS_CONF=$folder/containers.conf CONTAINERS_STORAGE_CONF=$folder/storage.conf"

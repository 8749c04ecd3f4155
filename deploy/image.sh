#!/usr/bin/env bash
# Builds the image, or runs a command in it, with docker, podman or buildah, whichever works here.
#   deploy/image.sh build TAG [--build-arg NAME=VALUE ...]
#   deploy/image.sh run TAG FOLDER COMMAND...    FOLDER is /data in the container
set -euo pipefail
cd "$(dirname "$0")/.."

if docker info >/dev/null 2>&1; then engine=docker
elif podman info >/dev/null 2>&1; then engine=podman
elif command -v buildah >/dev/null; then engine=buildah
else echo "deploy/image.sh: no docker, podman or buildah works here, expected one of them. Install one." >&2; exit 2
fi

action=$1 tag=$2
shift 2
case $engine-$action in
  buildah-build) exec buildah bud --isolation chroot --tag "$tag" --file deploy/Dockerfile "$@" . ;;
  buildah-run)
    container=$(buildah from --pull-never "$tag")
    trap 'buildah rm "$container" >/dev/null' EXIT
    folder=$(realpath "$1")
    shift
    buildah run --isolation chroot --volume "$folder:/data" "$container" -- "$@"
    ;;
  *-build) exec "$engine" build --tag "$tag" --file deploy/Dockerfile "$@" . ;;
  *-run)
    folder=$(realpath "$1")
    shift
    exec "$engine" run --rm --volume "$folder:/data" "$tag" "$@"
    ;;
  *) echo "deploy/image.sh: '$action' is neither build nor run." >&2; exit 2 ;;
esac

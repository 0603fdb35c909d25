#!/bin/sh
# Renders the demo shop's drawings: source/*.svg -> images/*.webp, 800 x 800.
# Needs chromium (draws blur filters and gradients faithfully) and ImageMagick with WebP.
# Usage: static/demo/render.sh [NAME ...]     without names all drawings are rendered
# The pictures are committed: the shop's binary embeds them, the SVG sources it does not.
set -eu
cd "$(dirname "$0")"
mkdir -p images
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ $# -eq 0 ]; then
    set -- source/*.svg
fi
for drawing; do
    name=$(basename "$drawing" .svg)
    # --no-sandbox lets root render inside a container; the input is our own files.
    chromium --headless --no-sandbox --hide-scrollbars --force-device-scale-factor=1 \
        --window-size=800,800 --screenshot="$scratch/$name.png" \
        "file://$PWD/source/$name.svg" >/dev/null 2>&1
    # At 90 the soft gradients show no blocks; all sixty-nine together stay below 1.6 megabytes.
    convert "$scratch/$name.png" -strip -quality 90 -define webp:method=6 "images/$name.webp"
done
du -ch images/*.webp | tail -1

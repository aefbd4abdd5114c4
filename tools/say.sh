# Sourced by the scripts beside it: where the tree lies, and how they speak. Colour only on a terminal, NO_COLOR obeyed.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# One cache for every clone: paths below the root count as relative.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
cores=$(nproc 2>/dev/null || echo 2)

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' red='' plain=''
fi

say() { printf '%s==> %s%s\n' "$bold" "$*" "$plain" >&2; }
fail() {
  printf '%serror: %s%s\n' "$red" "$*" "$plain" >&2
  exit 1
}

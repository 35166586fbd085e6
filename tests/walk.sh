#!/usr/bin/env bash
# Walks through every view and key in tmux at three sizes and keeps what the screen showed. Run by hand, from the checkout:
#
#     tests/walk.sh CAPTURES_FOLDER [RUN_DIRECTORY]
#
# Without a run directory the fake trainer makes one. Needs tmux and `python` of the development environment.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
home=$(mktemp -d)
export GAN_TUI_RUNS=$home/runs XDG_CONFIG_HOME=$home/config XDG_STATE_HOME=$home/state COLORTERM=truecolor
tmux() { command tmux -L "gan-tui-walk-$$" "$@"; }
trap 'tmux kill-server 2>/dev/null || true; rm -rf "$home"' EXIT

open() { tmux new-session -d -s walk -x "${1%x*}" -y "${1#*x}" "$2"; sleep 3; }
shut() { tmux kill-session -t walk; }
keep() { tmux capture-pane -t walk -p > "$folder/$size-$1.txt"; }
press() { tmux send-keys -t walk "$1"; sleep "${2:-0.7}"; }

python - <<'PY'
from gan_tui import config
from gan_tui.run import directory
for name in ("walk", "other"):
    directory.create(directory.default_runs_dir(), config.resolve(), name)
PY
python -m tests.dashboard.fake_trainer "$GAN_TUI_RUNS/other" --epochs 5 --steps 100 --rate 2000 --evaluation-seconds 0
run=${2:-$GAN_TUI_RUNS/walk}
mode=train step=0
for size in 80x24 120x40 200x60; do
    [ $# -gt 1 ] && mode=watch
    open "$size" "python -m tests.dashboard.open_fake '$run' $mode --rate 1350 --epochs 2000 --evaluation-seconds 0"
    mode=attach
    for view in 1-overview 2-samples 3-charts 4-quality 5-system 6-log; do
        press "${view%%-*}"; keep "view-$view"
        press Enter; keep "view-$view-enter"; press Escape
    done
    for key in Space Space s g e b m r w y '[' ']' End t T '?' C-p p; do
        press "$key"; keep "key-$((++step))-${key//[^[:alnum:]-]/_}"
        case $key in b | T | '?' | C-p) press Escape ;; esac
    done
    press q; keep key-q; press d; shut
    open "$size" "python -m gan_tui runs"
    keep runs
    for key in Space Space c a y Enter Enter Enter '?' Escape Escape / Escape d Escape '?' Escape Down Enter; do
        press "$key" 0.9; keep "runs-$((++step))-${key//[^[:alnum:]-]/_}"
    done
    shut
done
python - <<'PY'
from gan_tui.run import directory, mailbox
for run in directory.all_runs(directory.default_runs_dir()):
    if run.alive:
        mailbox.send(run.control, "stop")
PY
sleep 1
echo "$(ls "$folder" | wc -l) captures in $folder"

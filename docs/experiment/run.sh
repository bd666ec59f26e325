#!/bin/sh
# Trains sasrec and gr with every strategy, three seeds each and one budget for all, and writes
# tables of differences from next-item, the frontier and curves into OUTPUT (docs/experiment).
#
#   sh docs/experiment/run.sh WORKSPACE [OUTPUT]
#
# The workspace must hold semantic ids and item texts, for example
#
#   rote -w WORKSPACE import user_sequence.txt --items item_text.txt \
#        --semids Beauty.index.json --semids-by order
#
# Every run has as many epochs as the others of its model, so each is presented the same number of
# next-item positions (about 2 minutes of sasrec and 4 of gr on two cores). Nothing stops early, and
# the kept epoch is the best on validation. The same command again goes on where it was interrupted:
# runs that are done are kept, one that was killed continues from its checkpoint.
#
# From the environment: ROTE (build/rote), SEEDS (3), SASREC_EPOCHS (20), GR_EPOCHS (8),
# SASREC and GR (the strategies), DEFINITIONS (last any iirg).
set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
rote=${ROTE:-$source/build/rote}
workspace=${1:?usage: run.sh WORKSPACE [OUTPUT]}
output=${2:-$source/docs/experiment}
seeds=${SEEDS:-3}
sasrec_epochs=${SASREC_EPOCHS:-20}
gr_epochs=${GR_EPOCHS:-8}
sasrec=${SASREC:-next-item iirg hop-weight unlikelihood goldfish augment item-dropout multi-hop smooth}
gr=${GR:-next-item iirg hop-weight unlikelihood goldfish}
definitions=${DEFINITIONS:-last any iirg}
mkdir -p "$output"

rote() {
    "$rote" -w "$workspace" "$@"
}

train() { # MODEL EPOCHS STRATEGY…
    model=$1 epochs=$2
    shift 2
    for strategy; do
        rote train --model "$model" --strategy "$strategy" --name "$model-$strategy" \
            --seeds "$seeds" --set epochs="$epochs" --set patience=0
    done
}

# popularity and markov stand beside the others; an ensemble of each seed's next-item runs.
for model in popularity markov; do
    rote runs show "$model" >/dev/null 2>&1 || rote train --model "$model"
done
train sasrec "$sasrec_epochs" $sasrec
train gr "$gr_epochs" $gr
for seed in $(seq "$seeds"); do
    rote runs show "ensemble-s$seed" >/dev/null 2>&1 ||
        rote train --model ensemble --name "ensemble-s$seed" \
            --of "sasrec-next-item-s$seed,gr-next-item-s$seed"
done

# The runs of a model by strategy, a pattern each, next-item first.
groups() { # MODEL STRATEGY…
    model=$1
    shift
    for strategy; do
        echo "$model-$strategy-s*"
    done
}
for definition in $definitions; do
    for format in md csv; do
        rote export comparison $(groups sasrec $sasrec) 'ensemble-s*' markov popularity \
            -d "$definition" --format $format -o "$output/sasrec-$definition.$format"
        rote export comparison $(groups gr $gr) 'ensemble-s*' markov popularity \
            -d "$definition" --format $format -o "$output/gr-$definition.$format"
    done
done
rote export frontier 'sasrec-*' 'gr-*' 'ensemble-*' -o "$output/frontier.svg"
rote export frontier 'sasrec-*' 'gr-*' 'ensemble-*' --format csv -o "$output/frontier.csv"
rote export curves sasrec-next-item-s1 gr-next-item-s1 -o "$output/curves.svg"
echo "written to $output"

#!/bin/sh
# The Python that import-recs and import give for pickles and PyTorch files: copied as it is printed,
# it makes lists and embeddings that they read.
#
#   test_hints.sh ROTE
set -eu

rote=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

fail() {
    printf 'test_hints: %s\n' "$1" >&2
    exit 1
}

# A python3 with torch, if there is one; it is the first in the PATH of the hints.
python=
for candidate in python3 /usr/bin/python3; do
    command -v "$candidate" >/dev/null || continue
    python=${python:-$candidate}
    "$candidate" -c 'import importlib.util as u; assert u.find_spec("torch")' 2>/dev/null &&
        python=$candidate torch=yes && break
done
[ -n "$python" ] || {
    echo "skipped: there is no python3"
    exit 77
}
mkdir bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "$python")" >bin/python3
chmod +x bin/python3
PATH=$dir/bin:$PATH

printf '1 1 2 3\n2 2 3 4\n3 3 4 1\n' >shop.txt
"$rote" import shop.txt >/dev/null
printf 'user,items\n1,3 4\n2,4 1\n3,1 2\n' >expected.csv
"$rote" import-recs expected.csv --name expected >/dev/null
"$rote" export recs --run expected >expected

# FILE NAME [OPTION VALUE]: refused; what the refusal says to run makes the lists that are expected.
check() {
    file=$1 name=$2
    shift 2
    "$rote" import-recs "$file" 2>said && fail "$file is read"
    sed -n '/^python3 - /,$p' said >hint
    [ "$(tail -1 hint)" = END ] || fail "no hint for $file: $(cat said)"
    rm -f recs.jsonl
    sh -eu ./hint >out 2>&1 || fail "the hint for $file: $(cat out hint)"
    "$rote" import-recs recs.jsonl --name "$name" "$@" >out 2>&1 || fail "$file: $(cat out recs.jsonl)"
    "$rote" export recs --run "$name" | cmp -s - expected || fail "$file: $(cat recs.jsonl)"
}

python3 - <<'END'
import gzip, pickle, shutil, zipfile
lists = {1: [3, 4], 2: (4, 1), "3": ["1", "2"]}
pickle.dump(lists, open("it's a file.pkl", "wb"))
pickle.dump([[3, 4], [4, 1], [1, 2]], open("rows.pkl", "wb"), protocol=2)
pickle.dump([{"user_id": u, "items": i} for u, i in lists.items()], open("objects.pickle", "wb"))
with open("rows.pkl", "rb") as f, gzip.open("packed", "wb") as g:
    shutil.copyfileobj(f, g)
with zipfile.ZipFile("lists.zip", "w") as z:
    z.write("rows.pkl", "outputs/lists.pkl")
END
check "it's a file.pkl" users
check rows.pkl rows --users order
check objects.pickle objects
check packed packed --users order
check lists.zip zip --users order

[ -n "${torch:-}" ] || {
    echo "skipped: python3-torch is not installed; the pickles are fine"
    exit 77
}
python3 - <<'END'
import torch
rows = torch.tensor([[3, 4], [4, 1], [1, 2]])
torch.save([{"user_id": u + 1, "semantic_ids": r} for u, r in enumerate(rows)], "objects.pt")
torch.save(torch.rand(4, 3), "item vectors.pt")
torch.save(rows, "old.pth", _use_new_zipfile_serialization=False)
END
check objects.pt tensors
check old.pth old --users order
"$rote" -w vectors import shop.txt --embeddings "item vectors.pt" 2>said && fail "a tensor is read"
sed -n '/^python3 -c /,$p' said >hint
sh -eu ./hint >out 2>&1 || fail "the hint for embeddings: $(cat out said)"
"$rote" -w vectors import shop.txt --embeddings vectors.npy >out 2>&1 || fail "no embeddings: $(cat out)"

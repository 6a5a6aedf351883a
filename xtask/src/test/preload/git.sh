git init -q -b main repository
cd repository
round=1
while [ $round -le 4 ]; do
    # 1500 files; each round changes a part of them.
    awk -v round=$round 'BEGIN {
        for (i = 0; i < 1500; i++) {
            if (i % round) continue
            directory = "d" i % 30
            if (!(directory in made)) { system("mkdir -p " directory); made[directory] = 1 }
            file = directory "/f" i
            for (line = 0; line < 20 + i % 60; line++) print i * 7919 % 1000003, line * round, "line" > file
            close(file)
        }
    }'
    git add .
    git commit -q -m "Round $round"
    round=$((round + 1))
done
git branch side HEAD~2
git checkout -q side
echo other > d0/other
git add d0/other
git commit -q -m "Beside"
git checkout -q main
git merge -q -m "Together" side
git gc -q --aggressive --prune=now
git fsck --full --strict
git count-objects -v | grep -E '^(count|in-pack|packs|garbage):'
git log --stat --format='%H %s' | cksum
git grep -c 'line' -- d1 | cksum
git blame d1/f1 | cksum
cd ..
git clone -q --no-local repository copy
cd copy
git fsck --full
git rev-parse HEAD
git diff --stat HEAD~3 HEAD | tail -1

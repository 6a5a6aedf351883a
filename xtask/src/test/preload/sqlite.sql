/* Without times and random numbers, so that each run prints the same. */
PRAGMA journal_mode = WAL;
PRAGMA cache_size = -16000;
CREATE TABLE part (id INTEGER PRIMARY KEY, name TEXT, weight REAL, data BLOB);
CREATE TABLE uses (whole INTEGER, part INTEGER, many INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
INSERT INTO part SELECT i, printf('part %08x', i * 2654435761 % 4294967296), i * 0.25, zeroblob(i * 37 % 400) FROM n;
INSERT INTO uses SELECT id, id * 7919 % 120000 + 1, id % 13 FROM part;
INSERT INTO uses SELECT id, id * 104729 % 120000 + 1, id % 7 FROM part WHERE id % 3 = 0;
CREATE INDEX part_name ON part (name);
CREATE INDEX uses_part ON uses (part, many);
CREATE UNIQUE INDEX part_weight ON part (weight DESC, id);
SELECT count(*), sum(many), min(name), max(name), sum(length(data)) FROM uses JOIN part ON part.id = uses.part;
SELECT substr(name, 6, 2) AS start, count(*) AS many, group_concat(id % 10, '') AS digits FROM part
GROUP BY start ORDER BY many DESC, start LIMIT 3;
DELETE FROM part WHERE id % 5 = 2;
UPDATE part SET name = name || ' of ' || (SELECT count(*) FROM uses WHERE uses.part = part.id), data = zeroblob(900) WHERE id % 11 = 0;
BEGIN;
DELETE FROM uses WHERE many > 3;
SELECT count(*) FROM uses;
ROLLBACK;
SELECT count(*), count(DISTINCT substr(name, 1, 8)) FROM part;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(length(name)), sum(length(data)) FROM part;

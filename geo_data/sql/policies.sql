-- The published versions of the policy. A row is written once and never changes.

-- name: newest
SELECT coalesce(max(number), 0) FROM policies

-- The newest row is shared until the transaction ends: who publishes waits for it.
-- name: newest_shared
SELECT number FROM policies ORDER BY number DESC LIMIT 1 FOR SHARE

-- name: newest_and_clock
SELECT coalesce(max(number), 0), clock_timestamp() FROM policies

-- name: published
SELECT number, version, digest, entry, files, valid_from, published_at, published_by
  FROM policies ORDER BY number

-- Whoever publishes comes alone, waits for the batches that hold the newest row, and numbers on.
-- name: lock
LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE

-- name: lock_newest
SELECT number FROM policies ORDER BY number DESC LIMIT 1 FOR UPDATE

-- name: publish
INSERT INTO policies (version, number, name_zh, name_en, digest, entry, files, valid_from,
                      published_by)
VALUES (%(version)s, %(number)s, %(name_zh)s, %(name_en)s, %(digest)s, %(entry)s, %(files)s,
        %(valid_from)s, %(by)s)

-- name: same
SELECT digest, valid_from FROM policies WHERE version = %(version)s

-- name: taken
SELECT version FROM policies WHERE valid_from = %(valid_from)s

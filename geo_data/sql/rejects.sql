-- name: list
SELECT id, state, code, field, reason, topic, partition, "offset", report_id, sender, at, changed_at
  FROM rejects
 WHERE (%(state)s::text IS NULL OR state = %(state)s) AND id > %(after)s
 ORDER BY id
 LIMIT %(limit)s

-- name: show
SELECT id, state, code, field, reason, topic, partition, "offset", report_id, sender, at,
       changed_at, key, body, traceback
  FROM rejects
 WHERE id = %(id)s

-- name: lock_open
SELECT id, topic, key, body
  FROM rejects
 WHERE state = 'open' AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s::bigint[]))
 ORDER BY id
   FOR UPDATE

-- name: change
UPDATE rejects SET state = %(state)s, changed_at = clock_timestamp()
 WHERE id = ANY(%(ids)s::bigint[]) AND state = 'open'

-- name: add
INSERT INTO webhooks (id, owner, url, name, secret, events, area, cursor)
SELECT %(id)s, %(owner)s, %(url)s, %(name)s, %(secret)s, %(events)s, %(area)s,
       coalesce(least(%(after)s::bigint, number), number)
  FROM feed_head

-- name: owned
SELECT count(*) FROM webhooks WHERE owner = %(owner)s

-- name: records
SELECT w.id, w.owner, w.url, w.name, w.events, w.area, w.cursor, w.state, w.paused_why, w.attempts,
       w.failing_since, w.next_try, w.last_status, w.last_error, w.delivered_at, w.created_at
  FROM webhooks AS w
 WHERE (w.owner = %(owner)s OR (w.area >= %(low)s AND w.area < %(high)s))
   AND (%(id)s::text IS NULL OR w.id = %(id)s)
 ORDER BY w.created_at, w.id

-- name: delete
DELETE FROM webhooks WHERE id = %(id)s

-- name: pause
UPDATE webhooks SET state = 'paused', paused_why = %(why)s
 WHERE id = %(id)s AND state = 'active'

-- name: resume
UPDATE webhooks
   SET state = 'active', paused_why = NULL, attempts = 0, failing_since = NULL, next_try = NULL
 WHERE id = %(id)s AND state = 'paused'

-- name: replay
UPDATE webhooks
   SET cursor = least(%(after)s, (SELECT number FROM feed_head)), attempts = 0,
       failing_since = NULL, next_try = NULL
 WHERE id = %(id)s

-- name: deliveries
SELECT feed, case_id::text, event, type, attempts, status, error, took_ms, at, delivered_at
  FROM webhook_deliveries
 WHERE webhook = %(id)s AND feed < %(before)s AND (NOT %(failed)s OR delivered_at IS NULL)
 ORDER BY feed DESC
 LIMIT %(limit)s

-- name: hold
UPDATE webhooks AS w
   SET held_by = %(clerk)s,
       held_until = clock_timestamp() + make_interval(secs => %(hold_s)s)
  FROM (SELECT id FROM webhooks
         WHERE state = 'active' AND cursor < (SELECT number FROM feed_head)
           AND (next_try IS NULL OR next_try <= clock_timestamp())
           AND (held_until IS NULL OR held_until <= clock_timestamp())
           AND id <> ALL(%(busy)s)
         ORDER BY next_try NULLS FIRST, id
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED) AS due
 WHERE w.id = due.id
RETURNING w.id, w.owner, w.url, w.secret, w.events, w.area, w.cursor, w.attempts

-- name: held
SELECT id FROM webhooks
 WHERE id = %(id)s AND held_by = %(clerk)s AND cursor = %(cursor)s AND state = 'active'
   FOR UPDATE

-- name: moved
UPDATE webhooks
   SET cursor = %(cursor)s,
       held_until = CASE WHEN %(keep)s
                         THEN clock_timestamp() + make_interval(secs => %(hold_s)s) END
 WHERE id = %(id)s

-- name: succeeded
UPDATE webhooks
   SET attempts = 0, failing_since = NULL, next_try = NULL, last_status = %(status)s,
       last_error = NULL, delivered_at = clock_timestamp()
 WHERE id = %(id)s

-- name: failed
UPDATE webhooks
   SET attempts = attempts + 1,
       failing_since = coalesce(failing_since, clock_timestamp()),
       next_try = clock_timestamp() + make_interval(secs => %(wait_s)s),
       last_status = %(status)s, last_error = %(error)s
 WHERE id = %(id)s

-- name: give_up
UPDATE webhooks SET state = 'paused', paused_why = %(why)s
 WHERE id = %(id)s AND state = 'active'
   AND (%(now)s OR failing_since <= clock_timestamp() - make_interval(secs => %(give_up_s)s))
RETURNING id

-- name: let_go
UPDATE webhooks SET held_until = NULL WHERE id = %(id)s AND held_by = %(clerk)s

-- name: record
INSERT INTO webhook_deliveries AS d
       (webhook, feed, case_id, event, type, attempts, status, error, took_ms, delivered_at)
SELECT %(id)s, n.feed, n.case_id, n.event, n.type, 1, n.status, n.error, n.took_ms,
       CASE WHEN n.taken THEN clock_timestamp() END
  FROM unnest(%(feed)s::bigint[], %(case_id)s::uuid[], %(event)s::int[], %(type)s::text[],
              %(status)s::int[], %(error)s::text[], %(took_ms)s::int[], %(taken)s::boolean[])
    AS n (feed, case_id, event, type, status, error, took_ms, taken)
ON CONFLICT (webhook, feed) DO UPDATE
   SET attempts = d.attempts + 1, status = excluded.status, error = excluded.error,
       took_ms = excluded.took_ms, at = excluded.at, delivered_at = excluded.delivered_at

-- name: trim
DELETE FROM webhook_deliveries
 WHERE webhook = %(id)s
   AND feed < (SELECT feed FROM webhook_deliveries WHERE webhook = %(id)s
                ORDER BY feed DESC OFFSET %(keep)s LIMIT 1)

-- name: owner
SELECT 'key:' || id, role, area, department, name
  FROM api_keys
 WHERE 'key:' || id = %(owner)s AND revoked_at IS NULL

-- name: own_cases
-- cases with a report that this sender sent, and the cases that these were merged into
SELECT DISTINCT asked.id::text
  FROM unnest(%(cases)s::uuid[]) AS asked (id)
 WHERE EXISTS (SELECT FROM reports AS r WHERE r.case_id = asked.id AND r.sender = %(sender)s)
    OR EXISTS (SELECT FROM cases AS c JOIN reports AS r ON r.case_id = c.id
                WHERE c.parent = asked.id AND r.sender = %(sender)s)

-- name: distances
SELECT w.id, w.state = 'paused', h.number - w.cursor,
       coalesce(extract(epoch FROM clock_timestamp() - w.failing_since), 0)
  FROM webhooks AS w CROSS JOIN feed_head AS h
 ORDER BY w.id

-- name: due
SELECT id::text, state
  FROM cases
 WHERE next_tick <= clock_timestamp() AND (retry_at IS NULL OR retry_at <= clock_timestamp())
 ORDER BY next_tick
 LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED

-- name: next_due
SELECT min(greatest(next_tick, coalesce(retry_at, next_tick))) - clock_timestamp()
  FROM (SELECT next_tick, retry_at FROM cases WHERE next_tick IS NOT NULL
         ORDER BY next_tick LIMIT 100) AS soonest

-- name: put_off
UPDATE cases
   SET tick_failures = tick_failures + 1,
       retry_at = clock_timestamp() + make_interval(secs => least(
           30 * 2 ^ least(tick_failures, 7), 3600))
 WHERE id = %(id)s

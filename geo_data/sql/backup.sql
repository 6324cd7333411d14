-- name: others
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'wangge' AND pid <> pg_backend_pid()

-- name: raise_epoch
UPDATE feed_head
   SET epoch = greatest(epoch + 1, extract(epoch FROM clock_timestamp())::bigint)

-- name: consumed
SELECT topic, partition, next_offset FROM consumed ORDER BY topic, partition

-- name: counts
SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM case_events),
       (SELECT count(*) FROM reports), (SELECT number FROM feed_head)

-- The last case number that was given out; people know their cases by it.
-- name: last_number
SELECT coalesce(max(last_value), 0) FROM pg_sequences
 WHERE schemaname = current_schema() AND sequencename = 'case_numbers'

-- name: raise_numbers
SELECT setval('case_numbers', greatest(last_value, {told})) FROM case_numbers

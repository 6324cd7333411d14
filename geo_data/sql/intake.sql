-- name: claim
INSERT INTO reports (id, case_id, sender, digest, category, received_at, seen_at, lon, lat)
SELECT n.id, n.case_id, n.sender, n.digest, n.category, n.received_at, n.seen_at, n.lon, n.lat
  FROM unnest(%(id)s::uuid[], %(case_id)s::uuid[], %(sender)s::text[], %(digest)s::bytea[],
              %(category)s::text[], %(received_at)s::timestamptz[], %(seen_at)s::timestamptz[],
              %(lon)s::float8[], %(lat)s::float8[])
    AS n (id, case_id, sender, digest, category, received_at, seen_at, lon, lat)
 ORDER BY n.id
ON CONFLICT (id) DO NOTHING
RETURNING id::text

-- name: digests
SELECT id::text, digest FROM reports WHERE id = ANY(%(ids)s::uuid[])

-- name: release
DELETE FROM reports WHERE id = ANY(%(ids)s::uuid[])

-- name: copy_details
COPY report_details (report_id, description, salt, place, original, attachments, external_number,
                     settled) FROM STDIN

-- name: copy_people
COPY report_people (report_id, reporter) FROM STDIN

-- name: save_rejects
INSERT INTO rejects (topic, partition, "offset", code, field, reason, traceback, report_id, sender,
                     key, body)
SELECT * FROM unnest(%(topic)s::text[], %(partition)s::int[], %(offset)s::bigint[],
                     %(code)s::text[], %(field)s::text[], %(reason)s::text[],
                     %(traceback)s::text[], %(report_id)s::text[], %(sender)s::text[],
                     %(key)s::bytea[], %(body)s::bytea[])
ON CONFLICT (topic, partition, "offset") DO NOTHING

-- name: consumed
SELECT partition, next_offset FROM consumed WHERE topic = %(topic)s

-- name: save_consumed
INSERT INTO consumed (topic, partition, next_offset)
SELECT n.topic, n.partition, n.next_offset
  FROM unnest(%(topic)s::text[], %(partition)s::int[], %(next_offset)s::bigint[])
    AS n (topic, partition, next_offset)
 ORDER BY n.topic, n.partition
ON CONFLICT (topic, partition)
DO UPDATE SET next_offset = excluded.next_offset, changed_at = clock_timestamp()

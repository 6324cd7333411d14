-- name: add
INSERT INTO suggestions (case_id, other, score, reasons)
SELECT * FROM unnest(%(case_id)s::uuid[], %(other)s::uuid[], %(score)s::float8[],
                     %(reasons)s::jsonb[])
ON CONFLICT (case_id, other) DO NOTHING

-- name: known_pairs
SELECT n.case_id::text, n.other::text
  FROM unnest(%(case_id)s::uuid[], %(other)s::uuid[]) AS n (case_id, other)
  JOIN suggestions AS g ON g.case_id = n.other AND g.other = n.case_id

-- name: close
UPDATE suggestions AS g
   SET state = CASE WHEN one.parent = other.id OR other.parent = one.id OR one.parent = other.parent
                    THEN 'merged' ELSE 'over' END,
       changed_at = clock_timestamp()
  FROM cases AS one, cases AS other
 WHERE g.state = 'open' AND one.id = g.case_id AND other.id = g.other
   AND (g.case_id = ANY(%(ids)s::uuid[]) OR g.other = ANY(%(ids)s::uuid[]))
   AND (one.status NOT IN ('received', 'open', 'working', 'handled', 'verified')
        OR other.status NOT IN ('received', 'open', 'working', 'handled', 'verified'))

-- name: apart
UPDATE suggestions AS g
   SET state = 'dismissed', changed_at = clock_timestamp(), by = n.by
  FROM unnest(%(case_id)s::uuid[], %(parent)s::uuid[], %(by)s::text[]) AS n (case_id, parent, by)
 WHERE g.state IN ('open', 'merged')
   AND (g.case_id = n.case_id AND g.other = n.parent OR g.case_id = n.parent AND g.other = n.case_id)

-- name: of_case
SELECT c.id::text, c.number, c.status, c.category, c.path, c.received_at, g.score, g.reasons,
       g.state, g.at
  FROM suggestions AS g
  JOIN cases AS c ON c.id = CASE WHEN g.case_id = %(id)s THEN g.other ELSE g.case_id END
 WHERE (g.case_id = %(id)s OR g.other = %(id)s)
   AND (%(state)s::text IS NULL OR g.state = %(state)s)
   AND c.path >= %(path_low)s AND c.path < %(path_high)s
   AND (%(own)s = '' OR c.department = %(own)s OR c.assisting @> ARRAY[%(own)s])
 ORDER BY g.score DESC, c.id
 LIMIT %(limit)s

-- name: dismiss
UPDATE suggestions AS g
   SET state = 'dismissed', changed_at = clock_timestamp(), by = %(by)s
 WHERE g.state = 'open'
   AND (g.case_id = %(id)s AND g.other = %(other)s OR g.case_id = %(other)s AND g.other = %(id)s)

-- name: state
SELECT g.state FROM suggestions AS g
 WHERE g.case_id = %(id)s AND g.other = %(other)s OR g.case_id = %(other)s AND g.other = %(id)s

-- name: forget
DELETE FROM suggestions WHERE state <> 'open' AND at < %(before)s

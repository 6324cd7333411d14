-- name: older
SELECT c.id::text,
       (SELECT array_agg(e.body ORDER BY e.number) FROM case_events AS e WHERE e.case_id = c.id)
  FROM cases AS c
 WHERE c.id > %(after)s::uuid AND c.state NOT LIKE '%%"origin"%%'
 ORDER BY c.id
 LIMIT %(n)s

-- name: unguard
ALTER TABLE cases DISABLE TRIGGER guard_case

-- name: guard
ALTER TABLE cases ENABLE TRIGGER guard_case

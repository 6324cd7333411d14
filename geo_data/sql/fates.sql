-- What became of a report.

-- name: fate
SELECT r.sender, c.id, c.number, c.status, c.path, p.id, p.number, p.status
  FROM reports AS r
  JOIN cases AS c ON c.id = r.case_id
  LEFT JOIN cases AS p ON p.id = c.parent
 WHERE r.id = %(id)s

-- name: reject
SELECT sender, code, field, reason, at
  FROM rejects
 WHERE report_id = %(id)s::uuid::text AND state = 'open'
   AND (%(sender)s::text IS NULL OR sender = %(sender)s)
 ORDER BY id DESC
 LIMIT 1

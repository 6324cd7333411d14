-- What stands beside the figures: names and groups of areas, weekly lists, a worker's deeds.
-- The figures themselves are in geo_data/figure_queries.py, put together from their table.

-- name: no_jit
SET LOCAL jit = off

-- Classes of 1.. are urban, of 2.. rural (statistics' urban-rural codes); a cell has its parent's.
-- name: areas
SELECT a.code, a.name, a.path,
       CASE left(coalesce(a.ur_class, p.ur_class), 1)
            WHEN '1' THEN 'urban' WHEN '2' THEN 'rural' ELSE '' END
  FROM areas AS a
  LEFT JOIN areas AS p ON p.layout = a.layout AND p.code = a.parent
 WHERE a.layout = %(layout)s AND a.level = %(level)s
   AND a.path >= %(path_low)s AND a.path < %(path_high)s
 ORDER BY a.path

-- name: listed
SELECT case_id::text, number, status, size, category, source, path, level, kind, area, department,
       received_at, promise_due, closed_at, ended_at, closed_late
  FROM case_facts
 WHERE path >= %(path_low)s AND path < %(path_high)s
   AND (%(department)s::text IS NULL OR department = %(department)s)

-- name: came_in
   AND received_at >= %(begins)s AND received_at < %(ends)s AND NOT gathered
 ORDER BY received_at, number
 LIMIT %(limit)s

-- What was due before and was still open when the week began is due in it as well.
-- name: due
   AND status <> 'merged'
   AND ((promise_due >= %(begins)s AND promise_due < %(ends)s)
        OR (ended_at IS NULL AND promise_due < %(begins)s)
        OR (closed_at >= %(begins)s AND promise_due < %(begins)s))
 ORDER BY promise_due, number
 LIMIT %(limit)s

-- name: cleared
   AND closed_at >= %(begins)s AND closed_at < %(ends)s
 ORDER BY closed_at, number
 LIMIT %(limit)s

-- name: settled_by
SELECT 'settled', c.settled_at, c.case_id::text, c.number, c.category, c.lon, c.lat,
       CASE WHEN c.recheck_failed THEN 'recheck_failed' ELSE '' END
  FROM case_facts AS c
 WHERE c.settled_by = %(person)s AND c.settled_at >= %(begins)s AND c.settled_at < %(ends)s
   AND c.path >= %(path_low)s AND c.path < %(path_high)s

-- name: reported_by
SELECT 'confirmed_reports', c.received_at, c.case_id::text, c.number, c.category, c.lon, c.lat,
       CASE WHEN c.filed_at IS NULL OR c.status IN ('void', 'declined', 'withdrawn', 'merged')
            THEN 'unconfirmed' ELSE '' END
  FROM case_facts AS c
 WHERE c.sender = %(person)s AND c.source IN ('worker', 'inspector', 'task')
   AND c.received_at >= %(begins)s AND c.received_at < %(ends)s
   AND c.path >= %(path_low)s AND c.path < %(path_high)s

-- name: verified_by
SELECT 'verified_in_time', h.ended, h.case_id::text, h.number, h.category, c.lon, c.lat,
       CASE WHEN h.blamed THEN 'late' ELSE '' END
  FROM held_stages AS h
  JOIN case_facts AS c ON c.case_id = h.case_id
 WHERE h.person = %(person)s AND h.stage = 'verify' AND h.how = 'done'
   AND h.ended >= %(begins)s AND h.ended < %(ends)s
   AND h.path >= %(path_low)s AND h.path < %(path_high)s

-- name: reworked_by
SELECT 'rework', coalesce(c.handled_at, c.received_at), c.case_id::text, c.number, c.category,
       c.lon, c.lat, ''
  FROM case_facts AS c
 WHERE c.handled_by = %(person)s AND c.rework > 0
   AND coalesce(c.handled_at, c.received_at) >= %(begins)s
   AND coalesce(c.handled_at, c.received_at) < %(ends)s
   AND c.path >= %(path_low)s AND c.path < %(path_high)s

-- name: photos
SELECT r.case_id::text, array_agg(DISTINCT a.file ->> 'sha256')
  FROM reports AS r
  JOIN report_details AS d ON d.report_id = r.id
 CROSS JOIN LATERAL jsonb_array_elements(d.attachments) AS a (file)
 WHERE r.case_id = ANY(%(ids)s::uuid[])
 GROUP BY r.case_id

-- name: full_time
SELECT full_time FROM members
 WHERE person = %(person)s AND valid_from < %(ends)s
   AND (valid_to IS NULL OR valid_to > %(begins)s)
 ORDER BY valid_from DESC, id DESC
 LIMIT 1

-- name: works_in
SELECT EXISTS (
    SELECT FROM members AS m
      JOIN areas AS a ON a.layout = %(layout)s AND a.code = m.area
     WHERE m.person = %(person)s AND a.path >= %(path_low)s AND a.path < %(path_high)s
) OR EXISTS (
    SELECT FROM case_facts
     WHERE settled_by = %(person)s AND path >= %(path_low)s AND path < %(path_high)s
) OR EXISTS (
    SELECT FROM case_facts
     WHERE sender = %(person)s AND source IN ('worker', 'inspector', 'task')
       AND path >= %(path_low)s AND path < %(path_high)s
) OR EXISTS (
    SELECT FROM held_stages
     WHERE person = %(person)s AND path >= %(path_low)s AND path < %(path_high)s
)

-- name: appraisals
SELECT month, mark, words, by FROM appraisals
 WHERE person = %(person)s AND month >= %(first)s AND month < %(last)s
 ORDER BY month

-- name: load_appraisals
INSERT INTO appraisals (person, month, mark, words, by)
SELECT * FROM unnest(%(persons)s::text[], %(months)s::text[], %(marks)s::float8[],
                     %(words)s::text[], %(bys)s::text[])
ON CONFLICT (person, month) DO UPDATE
   SET mark = excluded.mark, words = excluded.words, by = excluded.by,
       loaded_at = clock_timestamp()

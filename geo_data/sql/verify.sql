-- name: cases
SELECT c.id::text, c.state, c.number, c.status, c.size, c.category, c.source, c.path, c.cell,
       c.layout, c.level, c.charge_path, c.handler_kind, c.handler_path, c.department, c.stage,
       c.warn_at, c.due_at, c.promise_due, c.next_tick, c.version, c.reports, c.parent::text,
       c.changed_at, c.closed_at,
       (SELECT array_agg(e.body ORDER BY e.number) FROM case_events AS e WHERE e.case_id = c.id),
       (SELECT jsonb_agg(jsonb_build_array((extract(epoch FROM h.since) * 1000000)::bigint,
                                           (extract(epoch FROM h.until) * 1000000)::bigint,
                                           h.status, h.level, h.path, h.layout, h.reports)
                         ORDER BY h.until)
          FROM case_history AS h WHERE h.case_id = c.id)
  FROM cases AS c
 ORDER BY c.id

-- name: feed
SELECT f.number, f.hash, f.case_id::text, f.event, e.body
  FROM feed AS f
  LEFT JOIN case_events AS e ON e.case_id = f.case_id AND e.number = f.event
 ORDER BY f.number

-- name: head
SELECT number, hash FROM feed_head

-- name: events_nowhere
SELECT e.case_id::text, e.number
  FROM case_events AS e
 WHERE NOT EXISTS (SELECT FROM feed AS f WHERE f.case_id = e.case_id AND f.event = e.number)
   AND NOT EXISTS (SELECT FROM feed_pending AS p
                    WHERE p.case_id = e.case_id AND p.number = e.number)
 LIMIT 1

-- name: events_without_case
SELECT e.case_id::text, e.number
  FROM case_events AS e
 WHERE e.number = 1 AND NOT EXISTS (SELECT FROM cases AS c WHERE c.id = e.case_id)
 LIMIT 1

-- name: reports_without_case
SELECT r.id::text, r.case_id::text
  FROM reports AS r
 WHERE NOT EXISTS (SELECT FROM cases AS c WHERE c.id = r.case_id)
 LIMIT 1

-- name: cases_with_other_report
SELECT e.case_id::text, e.body::jsonb -> 'data' ->> 'report'
  FROM case_events AS e
 WHERE e.number = 1 AND e.body::jsonb -> 'data' ->> 'report' IS NOT NULL
   AND NOT EXISTS (SELECT FROM reports AS r
                    WHERE r.case_id = e.case_id
                      AND r.id = (e.body::jsonb -> 'data' ->> 'report')::uuid)
 LIMIT 1

-- name: count
SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM case_events),
       (SELECT count(*) FROM feed), (SELECT count(*) FROM reports)

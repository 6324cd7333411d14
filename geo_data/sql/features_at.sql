-- What the views of features showed at an instant, in parts; docs/decisions/0028-as-of.md. What a caller
-- may see goes by the case as it is now, hence its path and departments beside the others.

-- A case is its row where nothing has changed since, and otherwise the version that held then. What
-- has moved since has its position in the history, what has not in `cases`: each its own index.
-- `facts` is one of the two queries below.
-- name: cases
SELECT c.id, c.number, c.status, c.size, c.category, c.source, c.path, c.cell,
       nullif(split_part(c.path, '/', 2), '') AS district,
       nullif(split_part(c.path, '/', 3), '') AS street,
       nullif(split_part(c.path, '/', 4), '') AS community,
       c.layout, c.level, c.handler_kind, c.department, c.assisting, c.stage, c.warn_at, c.due_at,
       c.promise_due, c.paused, c.reports, c.parent, c.received_at, c.changed_at, c.closed_at,
       f.accepted_at, f.handled_at, coalesce(f.handle_late, false) AS handle_late,
       coalesce(f.closed_late, false) AS closed_late, coalesce(f.rework, 0) AS rework,
       coalesce(f.escalations, 0) AS escalations, coalesce(f.cards, 0) AS cards, c.point AS geom,
       c.path AS path_now, c.department AS department_now, c.assisting AS assisting_now
  FROM cases AS c
  LEFT JOIN {facts}
    AS f ON true
 WHERE c.changed_at <= %(f_instant)s::timestamptz

-- name: cases_before
SELECT c.id, c.number, h.status, h.size, h.category, c.source, h.path, h.cell,
       nullif(split_part(h.path, '/', 2), '') AS district,
       nullif(split_part(h.path, '/', 3), '') AS street,
       nullif(split_part(h.path, '/', 4), '') AS community,
       h.layout, h.level, h.handler_kind, h.department, h.assisting, h.stage, h.warn_at, h.due_at,
       h.promise_due, h.paused, h.reports, h.parent, c.received_at, h.since AS changed_at,
       h.closed_at, f.accepted_at, f.handled_at, coalesce(f.handle_late, false) AS handle_late,
       coalesce(f.closed_late, false) AS closed_late, coalesce(f.rework, 0) AS rework,
       coalesce(f.escalations, 0) AS escalations, coalesce(f.cards, 0) AS cards, c.point AS geom,
       c.path AS path_now, c.department AS department_now, c.assisting AS assisting_now
  FROM cases AS c
  JOIN case_history AS h ON h.case_id = c.id
       AND h.since <= %(f_instant)s::timestamptz AND h.until > %(f_instant)s::timestamptz
       AND tstzrange(h.since, h.until) @> %(f_instant)s::timestamptz
  LEFT JOIN {facts}
    AS f ON true
 WHERE h.point IS NULL

-- name: cases_moved
SELECT c.id, c.number, h.status, h.size, h.category, c.source, h.path, h.cell,
       nullif(split_part(h.path, '/', 2), '') AS district,
       nullif(split_part(h.path, '/', 3), '') AS street,
       nullif(split_part(h.path, '/', 4), '') AS community,
       h.layout, h.level, h.handler_kind, h.department, h.assisting, h.stage, h.warn_at, h.due_at,
       h.promise_due, h.paused, h.reports, h.parent, c.received_at, h.since AS changed_at,
       h.closed_at, f.accepted_at, f.handled_at, coalesce(f.handle_late, false) AS handle_late,
       coalesce(f.closed_late, false) AS closed_late, coalesce(f.rework, 0) AS rework,
       coalesce(f.escalations, 0) AS escalations, coalesce(f.cards, 0) AS cards, h.point AS geom,
       c.path AS path_now, c.department AS department_now, c.assisting AS assisting_now
  FROM cases AS c
  JOIN case_history AS h ON h.case_id = c.id
       AND h.since <= %(f_instant)s::timestamptz AND h.until > %(f_instant)s::timestamptz
       AND tstzrange(h.since, h.until) @> %(f_instant)s::timestamptz
  LEFT JOIN {facts}
    AS f ON true
 WHERE h.point IS NOT NULL

-- What the figures knew of a case then; and nothing, for who does not ask for it.
-- name: facts
LATERAL (
    SELECT * FROM fact_history
     WHERE case_id = c.id
       AND since <= %(f_instant)s::timestamptz AND until > %(f_instant)s::timestamptz
     LIMIT 1)

-- name: no_facts
(SELECT * FROM fact_history WHERE false)

-- Nothing of a report changes once it has come in; what became of its case does.
-- name: reports
SELECT r.id, r.case_id, c.number, r.category, c.source, c.status, c.path, c.cell,
       nullif(split_part(c.path, '/', 2), '') AS district,
       nullif(split_part(c.path, '/', 3), '') AS street,
       nullif(split_part(c.path, '/', 4), '') AS community,
       c.department, c.assisting, r.received_at, r.seen_at,
       public.ST_SetSRID(public.ST_MakePoint(r.lon, r.lat), 4326) AS geom,
       c.path AS path_now, c.department AS department_now, c.assisting AS assisting_now
  FROM reports AS r
  JOIN cases AS c ON c.id = r.case_id
 WHERE r.received_at <= %(f_instant)s::timestamptz AND c.changed_at <= %(f_instant)s::timestamptz

-- name: reports_before
SELECT r.id, r.case_id, c.number, r.category, c.source, h.status, h.path, h.cell,
       nullif(split_part(h.path, '/', 2), '') AS district,
       nullif(split_part(h.path, '/', 3), '') AS street,
       nullif(split_part(h.path, '/', 4), '') AS community,
       h.department, h.assisting, r.received_at, r.seen_at,
       public.ST_SetSRID(public.ST_MakePoint(r.lon, r.lat), 4326) AS geom,
       c.path AS path_now, c.department AS department_now, c.assisting AS assisting_now
  FROM reports AS r
  JOIN cases AS c ON c.id = r.case_id
  JOIN case_history AS h ON h.case_id = c.id
       AND h.since <= %(f_instant)s::timestamptz AND h.until > %(f_instant)s::timestamptz
       AND tstzrange(h.since, h.until) @> %(f_instant)s::timestamptz
 WHERE r.received_at <= %(f_instant)s::timestamptz

-- name: places
SELECT p.id, p.code, p.kind, p.name, p.owner, p.source, p.valid_from, p.valid_to, p.geom
  FROM places AS p
 WHERE p.valid_from <= %(f_instant)s::timestamptz
   AND (p.valid_to IS NULL OR p.valid_to > %(f_instant)s::timestamptz)

-- What the files said then, with the outline that the area had.
-- name: area_facts
SELECT f.id, f.area, a.name, a.level, a.path, f.measure, f.value, f.day,
       f.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, f.source, f.valid_from AS loaded_at,
       a.geom
  FROM area_facts AS f
  LEFT JOIN areas AS a ON a.code = f.area AND a.layout = %(f_layout)s
 WHERE f.valid_from <= %(f_instant)s::timestamptz
   AND (f.valid_to IS NULL OR f.valid_to > %(f_instant)s::timestamptz)

-- Without an instant: what is there now.
-- name: standing
v.valid_from <= now() AND (v.valid_to IS NULL OR v.valid_to > now())

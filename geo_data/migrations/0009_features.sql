-- What analysts read, one row a feature: areas with the time in which they hold, cases, reports.

CREATE VIEW feature_areas AS
SELECT a.code AS id, a.level, a.name, a.path, a.parent,
       split_part(a.path, '/', 1) AS city,
       nullif(split_part(a.path, '/', 2), '') AS district,
       nullif(split_part(a.path, '/', 3), '') AS street,
       nullif(split_part(a.path, '/', 4), '') AS community,
       a.area_m2, a.ur_class, a.synthetic, a.layout, l.valid_from, l.valid_to, a.geom
  FROM areas AS a
  JOIN layouts AS l ON l.id = a.layout;

CREATE VIEW feature_cases AS
SELECT c.id, c.number, c.status, c.size, c.category, c.source, c.path, c.cell,
       nullif(split_part(c.path, '/', 2), '') AS district,
       nullif(split_part(c.path, '/', 3), '') AS street,
       nullif(split_part(c.path, '/', 4), '') AS community,
       c.layout, c.level, c.handler_kind, c.department, c.assisting, c.stage, c.warn_at, c.due_at,
       c.promise_due, c.paused, c.reports, c.parent, c.received_at, c.changed_at, c.closed_at,
       f.accepted_at, f.handled_at, f.handle_late, f.closed_late, f.rework, f.escalations,
       f.cards, c.point AS geom
  FROM cases AS c
  LEFT JOIN case_facts AS f ON f.case_id = c.id;

CREATE VIEW feature_reports AS
SELECT r.id, r.case_id, c.number, r.category, c.source, c.status, c.path, c.cell,
       nullif(split_part(c.path, '/', 2), '') AS district,
       nullif(split_part(c.path, '/', 3), '') AS street,
       nullif(split_part(c.path, '/', 4), '') AS community,
       c.department, c.assisting, r.received_at, r.seen_at,
       public.ST_SetSRID(public.ST_MakePoint(r.lon, r.lat), 4326) AS geom
  FROM reports AS r
  JOIN cases AS c ON c.id = r.case_id;
CREATE INDEX reports_point ON reports
    USING gist (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326));
-- A page of areas in the order of their codes.
CREATE INDEX areas_level ON areas (layout, level, code COLLATE "C");

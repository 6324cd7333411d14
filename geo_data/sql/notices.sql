-- name: add
INSERT INTO notices (feed, place, kind, area, department, person, report, case_id, template, facts,
                     at)
SELECT n.feed, n.place, n.kind, n.area, n.department, n.person, n.report, n.case_id, n.template,
       n.facts, n.at
  FROM unnest(%(feed)s::bigint[], %(place)s::smallint[], %(kind)s::text[], %(area)s::text[],
              %(department)s::text[], %(person)s::text[], %(report)s::uuid[],
              %(case_id)s::uuid[], %(template)s::text[], %(facts)s::jsonb[],
              %(at)s::timestamptz[])
    AS n (feed, place, kind, area, department, person, report, case_id, template, facts, at)
ON CONFLICT DO NOTHING

-- name: announce
SELECT pg_notify('notices', '')

-- name: listen
LISTEN notices

-- name: histories
SELECT case_id::text, body FROM case_events
 WHERE case_id = ANY(%(cases)s::uuid[])
 ORDER BY case_id, number

-- name: reports
SELECT case_id::text, id::text, sender FROM reports
 WHERE case_id = ANY(%(cases)s::uuid[])
 ORDER BY case_id, received_at, id

-- name: numbers
SELECT id::text, number FROM cases WHERE id = ANY(%(cases)s::uuid[])

-- name: forget
DELETE FROM notices
 WHERE (feed, place) IN (
       SELECT feed, place FROM notices
        WHERE at < clock_timestamp() - make_interval(days => %(days)s)
        ORDER BY at LIMIT 1000)

-- name: post
-- an SMS only where there is a number to send it to: which one is not looked at here
INSERT INTO outbox (id, feed, place, channel)
SELECT %(epoch)s::text || '-' || n.feed || '-' || n.place || '-' || n.channel,
       n.feed, n.place, n.channel
  FROM unnest(%(feed)s::bigint[], %(place)s::smallint[], %(channel)s::text[])
    AS n (feed, place, channel)
 WHERE n.channel <> 'sms' OR EXISTS (
       SELECT FROM notices AS o JOIN report_people AS p ON p.report_id = o.report
        WHERE o.feed = n.feed AND o.place = n.place AND p.reporter->>'phone' <> '')
ON CONFLICT DO NOTHING

-- name: units
-- the areas and departments that somebody works for: the key's own, where a department works in
-- districts each of those above or below the key's area, and the duties of the person
WITH now AS (
  SELECT id FROM layouts
   WHERE valid_from <= clock_timestamp() AND (valid_to IS NULL OR valid_to > clock_timestamp())
   ORDER BY valid_from DESC, id DESC LIMIT 1)
SELECT %(area)s::text COLLATE "C" AS path, %(department)s::text AS department
 UNION
SELECT a.path, %(department)s::text
  FROM areas AS a JOIN now ON a.layout = now.id
 WHERE %(department)s <> '' AND a.level = 'district'
   AND (starts_with(a.path, %(area)s) OR starts_with(%(area)s, a.path))
 UNION
SELECT a.path, CASE WHEN m.duty = 'sent' THEN '' ELSE m.department END
  FROM members AS m
  JOIN areas AS a ON a.code = m.area
  JOIN now ON a.layout = now.id
 WHERE m.person = %(person)s AND m.valid_from <= clock_timestamp()
   AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp())

-- name: page
SELECT n.feed, n.place, n.kind, n.area, n.department, n.person, n.case_id::text, n.template,
       n.facts, n.at, r.at
  FROM notices AS n
  LEFT JOIN notice_reads AS r
    ON r.principal = %(person)s AND r.feed = n.feed AND r.place = n.place
 WHERE (n.person = %(person)s
        OR (n.person = '' AND (n.area, n.department) IN (
            SELECT u.area, u.department
              FROM unnest(%(areas)s::text[], %(departments)s::text[]) AS u (area, department))))
   AND ((r.at IS NOT NULL), -n.feed, -n.place) > (%(read)s, -%(feed)s::bigint, -%(place)s::int)
   AND (NOT %(unread)s OR r.at IS NULL)
 ORDER BY (r.at IS NOT NULL), n.feed DESC, n.place DESC
 LIMIT %(limit)s

-- name: after
SELECT n.feed, n.place, n.kind, n.area, n.department, n.person, n.case_id::text, n.template,
       n.facts, n.at, NULL::timestamptz
  FROM notices AS n
 WHERE (n.feed, n.place) > (%(feed)s::bigint, %(place)s::int)
 ORDER BY n.feed, n.place
 LIMIT %(limit)s

-- name: mine_after
SELECT n.feed, n.place, n.kind, n.area, n.department, n.person, n.case_id::text, n.template,
       n.facts, n.at, NULL::timestamptz
  FROM notices AS n
 WHERE (n.feed, n.place) > (%(feed)s::bigint, %(place)s::int)
   AND (n.person = %(person)s
        OR (n.person = '' AND (n.area, n.department) IN (
            SELECT u.area, u.department
              FROM unnest(%(areas)s::text[], %(departments)s::text[]) AS u (area, department))))
 ORDER BY n.feed, n.place
 LIMIT %(limit)s

-- name: last
SELECT feed, place FROM notices ORDER BY feed DESC, place DESC LIMIT 1

-- name: mark_read
INSERT INTO notice_reads (principal, feed, place)
SELECT %(person)s, n.feed, n.place
  FROM notices AS n
  JOIN unnest(%(feed)s::bigint[], %(place)s::int[]) AS m (feed, place)
    ON m.feed = n.feed AND m.place = n.place
 WHERE n.person = %(person)s
    OR (n.person = '' AND (n.area, n.department) IN (
        SELECT u.area, u.department
          FROM unnest(%(areas)s::text[], %(departments)s::text[]) AS u (area, department)))
ON CONFLICT DO NOTHING

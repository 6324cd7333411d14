-- What a decision has to know beside the case itself.

-- name: senders
SELECT DISTINCT sender FROM reports
 WHERE case_id = %(id)s OR case_id IN (SELECT id FROM cases WHERE parent = %(id)s)

-- name: reachable
SELECT EXISTS (
    SELECT FROM reports AS r
      JOIN report_people AS p ON p.report_id = r.id
     WHERE (r.case_id = %(id)s OR r.case_id IN (SELECT id FROM cases WHERE parent = %(id)s))
       AND p.reporter ->> 'phone' <> '')

-- The cells that cover a position, those with the lowest codes first; where there is none, the
-- nearest one up to a distance. The city's path stands in every row.
-- name: located
SELECT city.path, near.code, near.path, near.metres > 0
  FROM areas AS city
  LEFT JOIN LATERAL (
      SELECT a.code, a.path, d.metres
        FROM public.ST_SetSRID(public.ST_MakePoint(%(lon)s, %(lat)s), 4326) AS here
        JOIN areas AS a ON a.geom && public.ST_Expand(here, %(dx)s, %(dy)s)
       CROSS JOIN LATERAL (
           SELECT CASE WHEN public.ST_Covers(a.geom, here) THEN 0
                       ELSE public.ST_Distance(a.geom::public.geography, here::public.geography)
                  END AS metres) AS d
       WHERE a.layout = city.layout AND a.level = 'grid' AND d.metres <= %(snap)s
       ORDER BY d.metres, a.code COLLATE "C"
       LIMIT 2) AS near ON true
 WHERE city.layout = %(layout)s AND city.level = 'city'
 ORDER BY near.metres, near.code COLLATE "C"

-- name: parent
SELECT parent FROM cases WHERE id = %(id)s

-- name: children
SELECT id FROM cases WHERE parent = %(id)s

-- Whether somebody belongs to a unit; true where nobody is known to.
-- name: belongs
SELECT coalesce(bool_or(person = %(person)s), true)
  FROM members
 WHERE area = %(area)s AND department = %(department)s
   AND (valid_to IS NULL OR valid_to > clock_timestamp())

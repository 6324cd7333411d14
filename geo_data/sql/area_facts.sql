-- Facts of areas: what their sources say, loaded and read.

-- name: lock
LOCK TABLE area_facts IN SHARE ROW EXCLUSIVE MODE

-- name: codes
SELECT code FROM areas WHERE layout = %(layout)s

-- name: latest
SELECT area, measure, day, id, value
  FROM area_facts WHERE source = %(source)s AND valid_to IS NULL

-- name: close
UPDATE area_facts SET valid_to = greatest(valid_from, %(now)s) WHERE id = ANY(%(ids)s)

-- name: copy
COPY area_facts (source, area, measure, day, value, valid_from) FROM STDIN

-- name: counts
SELECT source, measure, day, count(*), sum(value), max(valid_from)
  FROM area_facts WHERE valid_to IS NULL
 GROUP BY source, measure, day
 ORDER BY source, measure, day

-- What is known of each area below a path on the last day that is not after `until`; the source
-- loaded last counts where two tell of the same.
-- name: of_areas
SELECT a.path, f.value
  FROM areas AS a
  LEFT JOIN LATERAL (
       SELECT value FROM area_facts
        WHERE measure = %(measure)s AND area = a.code AND valid_to IS NULL AND day <= %(until)s
        ORDER BY day DESC, valid_from DESC, id DESC LIMIT 1) AS f ON true
 WHERE a.layout = %(layout)s AND a.path >= %(path_low)s AND a.path < %(path_high)s

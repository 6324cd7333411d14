-- name: ages
SELECT (SELECT extract(epoch FROM clock_timestamp() - min(at))
          FROM (SELECT e.at FROM feed_pending AS p
                  JOIN LATERAL (SELECT at FROM case_events AS h
                                 WHERE h.case_id = p.case_id AND h.number = p.number
                                OFFSET 0) AS e ON true
                 ORDER BY p.id LIMIT 1) AS oldest),
       (SELECT extract(epoch FROM clock_timestamp() - min(next_tick))
          FROM cases WHERE next_tick <= clock_timestamp()),
       (SELECT count(*) FROM cases WHERE tick_failures > 0 AND next_tick IS NOT NULL),
       (SELECT count(*) FROM rejects WHERE state = 'open'),
       (SELECT count(*) FROM case_events_rest),
       (SELECT number FROM feed_head)

-- name: followers
SELECT f.name, h.number - f.cursor,
       coalesce(extract(epoch FROM clock_timestamp() -
           (SELECT at FROM feed WHERE feed.number = f.cursor + 1)), 0)
  FROM followers AS f CROSS JOIN feed_head AS h
 WHERE f.name <> 'anchor'
 ORDER BY f.name

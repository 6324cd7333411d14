-- What waits for somebody is found by index, and what is remarkable about a case without reading it.
ALTER TABLE cases
    ADD COLUMN marks text[] NOT NULL DEFAULT '{}',
    -- a surge's parent counts what lies under it: when all has gone out again, that is nothing
    DROP CONSTRAINT cases_reports_check,
    ADD CONSTRAINT cases_reports_check CHECK (reports >= 0);
CREATE INDEX cases_work ON cases (department, handler_path, due_at) WHERE closed_at IS NULL;
CREATE INDEX cases_checked ON cases (path) WHERE status IN ('handled', 'verified');
CREATE INDEX cases_asks ON cases (path) WHERE asks <> '{}';
CREATE INDEX cases_marks ON cases USING gin (marks) WHERE marks <> '{}';
UPDATE cases AS c
   SET marks = m.marks
  FROM (SELECT n.id, array_agg(DISTINCT n.mark ORDER BY n.mark) AS marks
          FROM (SELECT id, coalesce(l.late ->> 'state', 'standing') AS mark
                  FROM cases, jsonb_array_elements(state::jsonb #> '{aside,lates}') AS l (late)
                UNION ALL
                SELECT id, state::jsonb #>> '{aside,pause,kind}' FROM cases WHERE paused) AS n
         GROUP BY n.id) AS m
 WHERE c.id = m.id;

-- Columns as grid/figures/facts.py names them, in its order.

-- name: read_cases
SELECT case_id::text, version, number, path, category, source, size, lon, lat, sender, gathered,
       reports, received_at, filed_at, status, level, charge_area, kind, area, department,
       person, first_department, dispatched_at, accepted_at, misdirected, handle_due,
       handled_at, handled_done, handled_by, outcome, handle_late, handle_blamed, settled_at,
       settled_by, recheck_failed, verified_at, verified_by, promised_from, promised_due,
       promise_due, promise_broken, closed_at, closed_late, closed_blamed, ended_at, promised_s,
       saved_s, rework, returns, extensions, reopened, escalations, supervisions, paused_since,
       pause_kind, pauses, paused_s, red, blamed, cards, parent::text
  FROM case_facts
 WHERE case_id = ANY(%(ids)s::uuid[])

-- name: read_stages
SELECT case_id::text, n, stage, who, kind, area, department, person, level, since, warn, due, ended, done_at,
       how, late, blamed, state, carded_at
  FROM held_stages
 WHERE case_id = ANY(%(ids)s::uuid[])
 ORDER BY case_id, n

-- name: read_calls
SELECT case_id::text, report, level, at, tries, final, reached, solved, satisfied, reason
  FROM callbacks
 WHERE case_id = ANY(%(ids)s::uuid[])
 ORDER BY case_id, at, report, level

-- name: drop_cases
DELETE FROM case_facts WHERE case_id = ANY(%(ids)s::uuid[])

-- name: drop_stages
DELETE FROM held_stages AS h
 USING unnest(%(ids)s::uuid[], %(ns)s::integer[]) AS gone (case_id, n)
 WHERE h.case_id = gone.case_id AND h.n = gone.n

-- name: drop_stages_from
DELETE FROM held_stages WHERE case_id = ANY(%(ids)s::uuid[])

-- name: drop_calls
DELETE FROM callbacks WHERE case_id = ANY(%(ids)s::uuid[])

-- name: copy_cases
COPY case_facts (case_id, version, number, path, category, source, size, lon, lat, sender, gathered,
       reports, received_at, filed_at, status, level, charge_area, kind, area, department,
       person, first_department, dispatched_at, accepted_at, misdirected, handle_due,
       handled_at, handled_done, handled_by, outcome, handle_late, handle_blamed, settled_at,
       settled_by, recheck_failed, verified_at, verified_by, promised_from, promised_due,
       promise_due, promise_broken, closed_at, closed_late, closed_blamed, ended_at, promised_s,
       saved_s, rework, returns, extensions, reopened, escalations, supervisions, paused_since,
       pause_kind, pauses, paused_s, red, blamed, cards, parent) FROM STDIN

-- name: copy_stages
COPY held_stages (case_id, number, path, category, source, size, n, stage, who, kind, area, department,
       person, level, since, warn, due, ended, done_at, how, late, blamed, state, carded_at) FROM STDIN

-- name: copy_calls
COPY callbacks (case_id, number, path, category, source, size, report, level, at, tries, final, reached,
       solved, satisfied, reason, department) FROM STDIN

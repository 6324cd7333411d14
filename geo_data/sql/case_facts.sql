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

-- Changed rows are updated in place: most changes touch no index, and then no index is written.
-- name: incoming_cases
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_cases (LIKE case_facts) ON COMMIT DELETE ROWS

-- name: copy_incoming_cases
COPY incoming_cases (case_id, version, number, path, category, source, size, lon, lat, sender, gathered,
       reports, received_at, filed_at, status, level, charge_area, kind, area, department,
       person, first_department, dispatched_at, accepted_at, misdirected, handle_due,
       handled_at, handled_done, handled_by, outcome, handle_late, handle_blamed, settled_at,
       settled_by, recheck_failed, verified_at, verified_by, promised_from, promised_due,
       promise_due, promise_broken, closed_at, closed_late, closed_blamed, ended_at, promised_s,
       saved_s, rework, returns, extensions, reopened, escalations, supervisions, paused_since,
       pause_kind, pauses, paused_s, red, blamed, cards, parent) FROM STDIN

-- name: update_cases
UPDATE case_facts AS c
   SET (version, number, path, category, source, size, lon, lat, sender, gathered, reports,
       received_at, filed_at, status, level, charge_area, kind, area, department, person,
       first_department, dispatched_at, accepted_at, misdirected, handle_due, handled_at,
       handled_done, handled_by, outcome, handle_late, handle_blamed, settled_at, settled_by,
       recheck_failed, verified_at, verified_by, promised_from, promised_due, promise_due,
       promise_broken, closed_at, closed_late, closed_blamed, ended_at, promised_s, saved_s,
       rework, returns, extensions, reopened, escalations, supervisions, paused_since,
       pause_kind, pauses, paused_s, red, blamed, cards, parent)
     = (i.version, i.number, i.path, i.category, i.source, i.size, i.lon, i.lat, i.sender,
       i.gathered, i.reports, i.received_at, i.filed_at, i.status, i.level, i.charge_area,
       i.kind, i.area, i.department, i.person, i.first_department, i.dispatched_at,
       i.accepted_at, i.misdirected, i.handle_due, i.handled_at, i.handled_done, i.handled_by,
       i.outcome, i.handle_late, i.handle_blamed, i.settled_at, i.settled_by, i.recheck_failed,
       i.verified_at, i.verified_by, i.promised_from, i.promised_due, i.promise_due,
       i.promise_broken, i.closed_at, i.closed_late, i.closed_blamed, i.ended_at, i.promised_s,
       i.saved_s, i.rework, i.returns, i.extensions, i.reopened, i.escalations, i.supervisions,
       i.paused_since, i.pause_kind, i.pauses, i.paused_s, i.red, i.blamed, i.cards, i.parent)
  FROM incoming_cases AS i
 WHERE c.case_id = i.case_id

-- name: incoming_stages
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_stages (LIKE held_stages) ON COMMIT DELETE ROWS

-- name: copy_incoming_stages
COPY incoming_stages (case_id, number, path, category, source, size, n, stage, who, kind, area, department,
       person, level, since, warn, due, ended, done_at, how, late, blamed, state, carded_at) FROM STDIN

-- name: update_stages
UPDATE held_stages AS h
   SET (number, path, category, source, size, stage, who, kind, area, department, person, level,
       since, warn, due, ended, done_at, how, late, blamed, state, carded_at)
     = (i.number, i.path, i.category, i.source, i.size, i.stage, i.who, i.kind, i.area,
       i.department, i.person, i.level, i.since, i.warn, i.due, i.ended, i.done_at, i.how,
       i.late, i.blamed, i.state, i.carded_at)
  FROM incoming_stages AS i
 WHERE h.case_id = i.case_id AND h.n = i.n

-- name: snapshot
-- A client that takes nothing for a minute is given up: its snapshot keeps dead rows alive. A cursor
-- is planned for all of its rows, not for the first ones.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout TO '180s';
SET LOCAL idle_in_transaction_session_timeout TO '60s';
SET LOCAL cursor_tuple_fraction TO 1;
SET LOCAL jit TO off

-- name: note_export
INSERT INTO audit (principal, act, subject) VALUES (%(principal)s, 'export', %(subject)s)

-- Roles that read the views straight from the database.

-- name: about_us
SELECT current_user::text, current_database()::text, current_schema()::text,
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)

-- name: role_exists
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)

-- name: add
INSERT INTO readers (role, area, department, masked)
VALUES (%(role)s, %(area)s, %(department)s, %(masked)s)

-- name: drop
DELETE FROM readers WHERE role = %(role)s

-- name: is_reader
SELECT EXISTS (SELECT FROM readers WHERE role = %(role)s)

-- name: listed
SELECT r.role::text, r.area, r.department, r.masked, r.created_at, p.rolname IS NOT NULL
  FROM readers AS r
  LEFT JOIN pg_roles AS p ON p.rolname = r.role
 ORDER BY r.role

-- Whoever is in with the role is out.
-- name: end_sessions
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE usename = %(role)s AND pid <> pg_backend_pid()

-- Functions that everybody may call, though a reader has no business with them.
-- name: open_functions
SELECT p.oid::regprocedure::text
  FROM pg_proc AS p
  JOIN pg_namespace AS n ON n.oid = p.pronamespace
 WHERE (n.nspname, p.proname) IN (
           SELECT * FROM unnest(%(schemas)s::text[], %(names)s::text[]))
   AND has_function_privilege('public', p.oid, 'EXECUTE')
 ORDER BY 1

-- name: open_temporary
SELECT has_database_privilege('public', current_database(), 'TEMPORARY')

-- Schemas in which everybody may make something.
-- name: open_schemas
SELECT nspname::text FROM pg_namespace
 WHERE nspname !~ '^pg_' AND has_schema_privilege('public', oid, 'CREATE')
 ORDER BY 1

-- name: may_connect
SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT')

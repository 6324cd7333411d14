-- name: find
SELECT id, role, area, department, name
  FROM api_keys
 WHERE digest = %(digest)s AND revoked_at IS NULL

-- name: add
INSERT INTO api_keys (id, digest, role, area, department, name)
VALUES (%(id)s, %(digest)s, %(role)s, %(area)s, %(department)s, %(name)s)

-- name: list
SELECT id, role, area, department, name, created_at, revoked_at
  FROM api_keys
 ORDER BY created_at, id

-- name: revoke
UPDATE api_keys SET revoked_at = clock_timestamp()
 WHERE id = %(id)s AND revoked_at IS NULL

-- name: note_act
INSERT INTO audit (principal, act, subject) VALUES (%(principal)s, %(act)s, %(subject)s)

-- name: listen
LISTEN feed

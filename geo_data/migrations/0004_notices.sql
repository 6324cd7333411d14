-- What is told to others: webhooks of partners, notices of people, messages on their way.

-- A partner's address that hears the feed: each has its own cursor. The secret signs, so it has to
-- be kept as it is. `held_by` is the clerk that sends now, until `held_until`.
CREATE TABLE webhooks (
    id             text PRIMARY KEY,
    owner          text NOT NULL,
    url            text NOT NULL,
    name           text NOT NULL DEFAULT '',
    secret         bytea NOT NULL CHECK (length(secret) = 32),
    events         text[] NOT NULL DEFAULT '{}',
    area           text COLLATE "C" NOT NULL,
    cursor         bigint NOT NULL CHECK (cursor >= 0),
    state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    paused_why     text CHECK ((state = 'paused') = (paused_why IS NOT NULL)),
    attempts       integer NOT NULL DEFAULT 0,
    failing_since  timestamptz,
    next_try       timestamptz,
    last_status    integer,
    last_error     text,
    delivered_at   timestamptz,
    held_by        text,
    held_until     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhooks_owner ON webhooks (owner);

-- The last attempts of each webhook, one row for each entry of the feed.
CREATE TABLE webhook_deliveries (
    webhook       text NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    feed          bigint NOT NULL,
    case_id       uuid NOT NULL,
    event         integer NOT NULL,
    type          text NOT NULL,
    attempts      integer NOT NULL,
    status        integer,
    error         text NOT NULL DEFAULT '',
    took_ms       integer NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at  timestamptz,
    PRIMARY KEY (webhook, feed)
);

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

-- What somebody is told of an entry of the feed: to whom (a unit's area and department, a person,
-- a report), which template and what stands in it; no words and no people's data.
CREATE TABLE notices (
    feed        bigint NOT NULL,
    place       smallint NOT NULL,
    kind        text NOT NULL,
    area        text COLLATE "C" NOT NULL DEFAULT '',
    department  text NOT NULL DEFAULT '',
    person      text NOT NULL DEFAULT '',
    report      uuid,
    case_id     uuid NOT NULL,
    template    text NOT NULL,
    facts       jsonb NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (feed, place)
);
CREATE INDEX notices_person ON notices (person, feed, place) WHERE person <> '';
CREATE INDEX notices_unit ON notices (area, department, feed, place) WHERE area <> '';
CREATE INDEX notices_at ON notices (at);

CREATE TABLE notice_reads (
    principal  text NOT NULL,
    feed       bigint NOT NULL,
    place      smallint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (principal, feed, place),
    FOREIGN KEY (feed, place) REFERENCES notices (feed, place) ON DELETE CASCADE
);
CREATE INDEX notice_reads_notice ON notice_reads (feed, place);

-- Notices on their way to a gateway, one row for each channel. The address is not here: it is
-- looked up at the moment of sending.
CREATE TABLE outbox (
    id           text PRIMARY KEY,
    feed         bigint NOT NULL,
    place        smallint NOT NULL,
    channel      text NOT NULL CHECK (channel IN ('sms', 'messenger')),
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'given_up')),
    attempts     integer NOT NULL DEFAULT 0,
    next_try     timestamptz NOT NULL DEFAULT clock_timestamp(),
    held_until   timestamptz,
    last_status  integer,
    reason       text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (feed, place) REFERENCES notices (feed, place) ON DELETE CASCADE
);
CREATE INDEX outbox_waiting ON outbox (channel, next_try) WHERE state = 'waiting';
CREATE INDEX outbox_notice ON outbox (feed, place);

-- Nobody is told now of what happened before there were notices.
INSERT INTO followers (name, cursor) SELECT 'notices', number FROM feed_head;

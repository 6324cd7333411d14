-- Policies are published in versions that stand side by side.
-- The published versions, each with the texts of all its files. Written once: a case tells for
-- ever under which version it was decided. `number` is the order of publishing; the newest one
-- tells a process whether it knows them all.
CREATE TABLE policies (
    version       text PRIMARY KEY CHECK (version <> ''),
    number        integer NOT NULL UNIQUE CHECK (number > 0),
    name_zh       text NOT NULL,
    name_en       text NOT NULL,
    digest        text NOT NULL,
    entry         text NOT NULL,
    files         jsonb NOT NULL,
    valid_from    timestamptz NOT NULL UNIQUE,
    published_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_by  text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON policies
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON policies
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

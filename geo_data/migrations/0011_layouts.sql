-- Layouts of cells as drafts, published to hold from a time on; live cases found by their layout.

ALTER TABLE layouts ALTER valid_from DROP NOT NULL;
ALTER TABLE layouts ADD COLUMN published_at timestamptz;
ALTER TABLE layouts ADD COLUMN published_by text NOT NULL DEFAULT '';
UPDATE layouts SET published_at = created_at;
ALTER TABLE layouts ADD CONSTRAINT layouts_draft
    CHECK (valid_from IS NOT NULL OR valid_to IS NULL);
ALTER TABLE layouts ADD CONSTRAINT layouts_one_at_a_time
    EXCLUDE USING gist (tstzrange(valid_from, valid_to) WITH &&) WHERE (valid_from IS NOT NULL);

CREATE INDEX cases_layout ON cases (layout, id) WHERE closed_at IS NULL;

CREATE OR REPLACE VIEW feature_areas AS
SELECT a.code AS id, a.level, a.name, a.path, a.parent,
       split_part(a.path, '/', 1) AS city,
       nullif(split_part(a.path, '/', 2), '') AS district,
       nullif(split_part(a.path, '/', 3), '') AS street,
       nullif(split_part(a.path, '/', 4), '') AS community,
       a.area_m2, a.ur_class, a.synthetic, a.layout, l.valid_from, l.valid_to, a.geom
  FROM areas AS a
  JOIN layouts AS l ON l.id = a.layout
 WHERE l.valid_from IS NOT NULL;

-- For SQLite: a GeoPackage 1.3 of one table, which is called layer here.

-- name: settings
PRAGMA page_size = 4096;
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -32768;

-- name: tables
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name                 TEXT NOT NULL,
    srs_id                   INTEGER NOT NULL PRIMARY KEY,
    organization             TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL,
    definition               TEXT NOT NULL,
    description              TEXT
);
CREATE TABLE gpkg_contents (
    table_name  TEXT NOT NULL PRIMARY KEY,
    data_type   TEXT NOT NULL,
    identifier  TEXT UNIQUE,
    description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x       DOUBLE,
    min_y       DOUBLE,
    max_x       DOUBLE,
    max_y       DOUBLE,
    srs_id      INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_geometry_columns (
    table_name         TEXT NOT NULL,
    column_name        TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL,
    srs_id             INTEGER NOT NULL,
    z                  TINYINT NOT NULL,
    m                  TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);
CREATE TABLE gpkg_extensions (
    table_name     TEXT,
    column_name    TEXT,
    extension_name TEXT NOT NULL,
    definition     TEXT NOT NULL,
    scope          TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);

-- name: system
INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)

-- name: contents
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES (:name, 'features', :name, :about, 4326)

-- name: geometry
INSERT INTO gpkg_geometry_columns VALUES (:name, 'geom', :type, 4326, 0, 0)

-- name: extension
INSERT INTO gpkg_extensions
VALUES (:name, 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec130/#extension_rtree',
        'write-only')

-- name: index
CREATE VIRTUAL TABLE "rtree_layer_geom" USING rtree (id, minx, maxx, miny, maxy)

-- name: extent
UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?

-- name: triggers
CREATE TRIGGER "rtree_layer_geom_insert" AFTER INSERT ON "layer"
WHEN (NEW."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
    INSERT OR REPLACE INTO "rtree_layer_geom" VALUES (
        NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"),
        ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER "rtree_layer_geom_update1" AFTER UPDATE OF "geom" ON "layer"
WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
    INSERT OR REPLACE INTO "rtree_layer_geom" VALUES (
        NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"),
        ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER "rtree_layer_geom_update2" AFTER UPDATE OF "geom" ON "layer"
WHEN OLD."fid" = NEW."fid" AND (NEW."geom" IS NULL OR ST_IsEmpty(NEW."geom"))
BEGIN
    DELETE FROM "rtree_layer_geom" WHERE id = OLD."fid";
END;
CREATE TRIGGER "rtree_layer_geom_update3" AFTER UPDATE ON "layer"
WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
    DELETE FROM "rtree_layer_geom" WHERE id = OLD."fid";
    INSERT OR REPLACE INTO "rtree_layer_geom" VALUES (
        NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"),
        ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER "rtree_layer_geom_update4" AFTER UPDATE ON "layer"
WHEN OLD."fid" != NEW."fid" AND (NEW."geom" IS NULL OR ST_IsEmpty(NEW."geom"))
BEGIN
    DELETE FROM "rtree_layer_geom" WHERE id IN (OLD."fid", NEW."fid");
END;
CREATE TRIGGER "rtree_layer_geom_delete" AFTER DELETE ON "layer"
WHEN OLD."geom" NOT NULL
BEGIN
    DELETE FROM "rtree_layer_geom" WHERE id = OLD."fid";
END;

-- What long lists are ordered and filtered by stands beside what ties their rows to where the list is read from: a page is the
-- beginning of an index, however many rows follow. Triggers keep these copies.

-- The dates of agreements and actions, beside what leads to them. -----------------------------------

ALTER TABLE agreement_party ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE agreement_program ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE agreement_region ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE action_agreement ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE action_party ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE action_program ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";
ALTER TABLE action_region ADD COLUMN sort_date date, ADD COLUMN slug text COLLATE "C";

UPDATE agreement_party j SET sort_date = t.sort_date, slug = t.slug FROM agreement t WHERE t.id = j.agreement_id;
UPDATE agreement_program j SET sort_date = t.sort_date, slug = t.slug FROM agreement t WHERE t.id = j.agreement_id;
UPDATE agreement_region j SET sort_date = t.sort_date, slug = t.slug FROM agreement t WHERE t.id = j.agreement_id;
UPDATE action_agreement j SET sort_date = t.sort_date, slug = t.slug FROM action t WHERE t.id = j.action_id;
UPDATE action_party j SET sort_date = t.sort_date, slug = t.slug FROM action t WHERE t.id = j.action_id;
UPDATE action_program j SET sort_date = t.sort_date, slug = t.slug FROM action t WHERE t.id = j.action_id;
UPDATE action_region j SET sort_date = t.sort_date, slug = t.slug FROM action t WHERE t.id = j.action_id;

ALTER TABLE agreement_party ALTER COLUMN slug SET NOT NULL;
ALTER TABLE agreement_program ALTER COLUMN slug SET NOT NULL;
ALTER TABLE agreement_region ALTER COLUMN slug SET NOT NULL;
ALTER TABLE action_agreement ALTER COLUMN slug SET NOT NULL;
ALTER TABLE action_party ALTER COLUMN slug SET NOT NULL;
ALTER TABLE action_program ALTER COLUMN slug SET NOT NULL;
ALTER TABLE action_region ALTER COLUMN slug SET NOT NULL;

CREATE INDEX agreement_party_newest_idx ON agreement_party (party_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX agreement_program_newest_idx ON agreement_program (program_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX agreement_region_newest_idx ON agreement_region (region_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX action_agreement_newest_idx ON action_agreement (agreement_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX action_party_newest_idx ON action_party (party_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX action_program_newest_idx ON action_program (program_id, sort_date DESC NULLS LAST, slug);
CREATE INDEX action_region_newest_idx ON action_region (region_id, sort_date DESC NULLS LAST, slug);

-- The agreements of each region and all that lies in it. ---------------------------------------------

CREATE TABLE agreement_within (
    agreement_id bigint NOT NULL CONSTRAINT agreement_within_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    region_id bigint NOT NULL CONSTRAINT agreement_within_region_id_fkey REFERENCES region ON DELETE CASCADE,
    CONSTRAINT agreement_within_pkey PRIMARY KEY (agreement_id, region_id),
    kind text NOT NULL,
    slug text COLLATE "C" NOT NULL,
    sort_date date,
    date_edtf text,
    date_earliest date,
    date_latest date,
    one_day boolean NOT NULL GENERATED ALWAYS AS (date_earliest IS NOT NULL AND date_earliest IS NOT DISTINCT FROM date_latest) STORED
);
COMMENT ON TABLE agreement_within IS 'Each agreement in each region that it covers, and in each that one of these lies in (region_ancestor)';
COMMENT ON COLUMN agreement_within.one_day IS 'Whether its date is one day, which is then sort_date';

INSERT INTO agreement_within (agreement_id, region_id, kind, slug, sort_date, date_edtf, date_earliest, date_latest)
SELECT t.id, w.region_id, t.kind, t.slug, t.sort_date, t.date_edtf, t.date_earliest, t.date_latest
FROM (
    SELECT DISTINCT j.agreement_id, a.ancestor_id AS region_id FROM agreement_region j JOIN region_ancestor a ON a.region_id = j.region_id
) w JOIN agreement t ON t.id = w.agreement_id;

CREATE INDEX agreement_within_newest_idx ON agreement_within (region_id, sort_date DESC NULLS LAST, slug) INCLUDE (agreement_id);
CREATE INDEX agreement_within_day_idx ON agreement_within (region_id, kind, sort_date DESC NULLS LAST, slug) INCLUDE (agreement_id) WHERE one_day;
CREATE INDEX agreement_within_span_idx ON agreement_within (region_id, kind, sort_date DESC NULLS LAST, slug)
    INCLUDE (agreement_id, date_edtf, date_earliest, date_latest) WHERE NOT one_day;

-- What keeps them. -----------------------------------------------------------------------------------

CREATE FUNCTION agreement_carry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.sort_date, t.slug INTO NEW.sort_date, NEW.slug FROM agreement t WHERE t.id = NEW.agreement_id;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION agreement_carry() IS 'Copies what an agreement is ordered by';
CREATE TRIGGER carry BEFORE INSERT ON agreement_party FOR EACH ROW EXECUTE FUNCTION agreement_carry();
CREATE TRIGGER carry BEFORE INSERT ON agreement_program FOR EACH ROW EXECUTE FUNCTION agreement_carry();
CREATE TRIGGER carry BEFORE INSERT ON agreement_region FOR EACH ROW EXECUTE FUNCTION agreement_carry();

CREATE FUNCTION agreement_carried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE agreement_party SET sort_date = NEW.sort_date, slug = NEW.slug WHERE agreement_id = NEW.id;
    UPDATE agreement_program SET sort_date = NEW.sort_date, slug = NEW.slug WHERE agreement_id = NEW.id;
    UPDATE agreement_region SET sort_date = NEW.sort_date, slug = NEW.slug WHERE agreement_id = NEW.id;
    UPDATE agreement_within
    SET kind = NEW.kind, slug = NEW.slug, sort_date = NEW.sort_date,
        date_edtf = NEW.date_edtf, date_earliest = NEW.date_earliest, date_latest = NEW.date_latest
    WHERE agreement_id = NEW.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION agreement_carried() IS 'Copies anew what an agreement is ordered and filtered by';
CREATE TRIGGER carried AFTER UPDATE ON agreement FOR EACH ROW
    WHEN ((OLD.kind, OLD.slug, OLD.sort_date, OLD.date_edtf, OLD.date_earliest, OLD.date_latest)
        IS DISTINCT FROM (NEW.kind, NEW.slug, NEW.sort_date, NEW.date_edtf, NEW.date_earliest, NEW.date_latest))
    EXECUTE FUNCTION agreement_carried();

CREATE FUNCTION action_carry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT t.sort_date, t.slug INTO NEW.sort_date, NEW.slug FROM action t WHERE t.id = NEW.action_id;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION action_carry() IS 'Copies what an action is ordered by';
CREATE TRIGGER carry BEFORE INSERT ON action_agreement FOR EACH ROW EXECUTE FUNCTION action_carry();
CREATE TRIGGER carry BEFORE INSERT ON action_party FOR EACH ROW EXECUTE FUNCTION action_carry();
CREATE TRIGGER carry BEFORE INSERT ON action_program FOR EACH ROW EXECUTE FUNCTION action_carry();
CREATE TRIGGER carry BEFORE INSERT ON action_region FOR EACH ROW EXECUTE FUNCTION action_carry();

CREATE FUNCTION action_carried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE action_agreement SET sort_date = NEW.sort_date, slug = NEW.slug WHERE action_id = NEW.id;
    UPDATE action_party SET sort_date = NEW.sort_date, slug = NEW.slug WHERE action_id = NEW.id;
    UPDATE action_program SET sort_date = NEW.sort_date, slug = NEW.slug WHERE action_id = NEW.id;
    UPDATE action_region SET sort_date = NEW.sort_date, slug = NEW.slug WHERE action_id = NEW.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION action_carried() IS 'Copies anew what an action is ordered by';
CREATE TRIGGER carried AFTER UPDATE ON action FOR EACH ROW
    WHEN ((OLD.slug, OLD.sort_date) IS DISTINCT FROM (NEW.slug, NEW.sort_date))
    EXECUTE FUNCTION action_carried();

CREATE FUNCTION agreement_within_enter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'agreement_region' THEN
        INSERT INTO agreement_within (agreement_id, region_id, kind, slug, sort_date, date_edtf, date_earliest, date_latest)
        SELECT t.id, w.region_id, t.kind, t.slug, t.sort_date, t.date_edtf, t.date_earliest, t.date_latest
        FROM (
            SELECT DISTINCT n.agreement_id, a.ancestor_id AS region_id FROM entering n JOIN region_ancestor a ON a.region_id = n.region_id
        ) w JOIN agreement t ON t.id = w.agreement_id
        ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO agreement_within (agreement_id, region_id, kind, slug, sort_date, date_edtf, date_earliest, date_latest)
        SELECT t.id, w.region_id, t.kind, t.slug, t.sort_date, t.date_edtf, t.date_earliest, t.date_latest
        FROM (
            SELECT DISTINCT j.agreement_id, n.ancestor_id AS region_id FROM entering n JOIN agreement_region j ON j.region_id = n.region_id
        ) w JOIN agreement t ON t.id = w.agreement_id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION agreement_within_enter() IS 'Agreements enter the regions that they come to cover, or that their regions come to lie in';
CREATE TRIGGER enter AFTER INSERT ON agreement_region REFERENCING NEW TABLE AS entering FOR EACH STATEMENT EXECUTE FUNCTION agreement_within_enter();
CREATE TRIGGER enter AFTER INSERT ON region_ancestor REFERENCING NEW TABLE AS entering FOR EACH STATEMENT EXECUTE FUNCTION agreement_within_enter();

CREATE FUNCTION agreement_within_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'agreement_region' THEN
        DELETE FROM agreement_within w USING (SELECT DISTINCT o.agreement_id FROM leaving o) o
        WHERE w.agreement_id = o.agreement_id AND NOT EXISTS (
            SELECT FROM agreement_region j JOIN region_ancestor a ON a.region_id = j.region_id
            WHERE j.agreement_id = w.agreement_id AND a.ancestor_id = w.region_id
        );
    ELSE
        DELETE FROM agreement_within w USING (
            SELECT DISTINCT j.agreement_id, o.ancestor_id FROM leaving o JOIN agreement_region j ON j.region_id = o.region_id
        ) o
        WHERE w.agreement_id = o.agreement_id AND w.region_id = o.ancestor_id AND NOT EXISTS (
            SELECT FROM agreement_region j JOIN region_ancestor a ON a.region_id = j.region_id
            WHERE j.agreement_id = w.agreement_id AND a.ancestor_id = w.region_id
        );
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION agreement_within_leave() IS 'Agreements leave the regions that they no longer cover, or that their regions no longer lie in';
CREATE TRIGGER leave AFTER DELETE ON agreement_region REFERENCING OLD TABLE AS leaving FOR EACH STATEMENT EXECUTE FUNCTION agreement_within_leave();
CREATE TRIGGER leave AFTER DELETE ON region_ancestor REFERENCING OLD TABLE AS leaving FOR EACH STATEMENT EXECUTE FUNCTION agreement_within_leave();

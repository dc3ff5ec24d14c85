-- The version of the data: a number that is another one after whatever can change an answer.

ALTER TABLE registry ADD COLUMN data_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN registry.data_version IS 'Another one after each transaction that wrote anything. Only ever larger, and never twice the same: the microseconds since 1970 where the clock has gone on';

-- Triggers, so that nothing has to remember it: not the statements of a change set, nor what indexes anew, nor a migration,
-- nor a person with psql. They run once a statement, and the number moves once a transaction.
CREATE FUNCTION data_version_move() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('entente.data_version_moved', true) IS DISTINCT FROM 'yes' THEN
        -- A count alone would give a number again after a backup was restored, to other data than the first time.
        UPDATE registry SET data_version = greatest(data_version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
        -- Undone with the update, should a savepoint be.
        PERFORM set_config('entente.data_version_moved', 'yes', true);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION data_version_follow() RETURNS void
    LANGUAGE plpgsql AS $$
DECLARE
    other regclass;
BEGIN
    FOR other IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND c.relname NOT IN ('registry', '__diesel_schema_migrations')
            AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'data_version_move')
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format(
            'CREATE TRIGGER data_version_move AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION data_version_move()',
            other
        );
    END LOOP;
END
$$;
COMMENT ON FUNCTION data_version_follow IS 'To be called at the end of each migration that creates a table: has data_version follow what is written to it';

SELECT data_version_follow();
UPDATE registry SET data_version = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

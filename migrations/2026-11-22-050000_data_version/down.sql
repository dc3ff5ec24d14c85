DROP FUNCTION data_version_follow;
-- With the triggers that call it.
DROP FUNCTION data_version_move CASCADE;
ALTER TABLE registry DROP COLUMN data_version;

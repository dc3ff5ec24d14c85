DROP INDEX document_updated_at_idx, action_updated_at_idx, region_updated_at_idx, program_updated_at_idx, agreement_updated_at_idx, party_updated_at_idx;
DROP INDEX document_sort_date_idx, action_sort_date_ascending_idx, agreement_sort_date_ascending_idx;
ALTER TABLE agreement DROP COLUMN date_latest, DROP COLUMN date_earliest, DROP COLUMN date_edtf;
DROP TABLE party_line;

-- What lists are filtered and ordered by.

-- The lines of parties: who became whom through renames, mergers and splits, in both directions. Without the party itself.
CREATE TABLE party_line (
    party_id bigint NOT NULL CONSTRAINT party_line_party_id_fkey REFERENCES party ON DELETE CASCADE,
    other_id bigint NOT NULL CONSTRAINT party_line_other_id_fkey REFERENCES party ON DELETE CASCADE,
    CONSTRAINT party_line_pkey PRIMARY KEY (party_id, other_id)
);
CREATE INDEX party_line_other_id_idx ON party_line (other_id);

WITH RECURSIVE line(later_id, earlier_id) AS (
    SELECT successor_id, predecessor_id FROM party_succession WHERE kind IN ('RENAME', 'MERGER', 'SPLIT')
    UNION
    SELECT line.later_id, s.predecessor_id FROM line JOIN party_succession s ON s.successor_id = line.earlier_id
    WHERE s.kind IN ('RENAME', 'MERGER', 'SPLIT')
), either(party_id, other_id) AS (
    SELECT later_id, earlier_id FROM line UNION SELECT earlier_id, later_id FROM line
)
INSERT INTO party_line (party_id, other_id) SELECT party_id, other_id FROM either WHERE party_id <> other_id;

-- An agreement's date: signed, or else adopted, or else announced, or else starting. With the columns of an approximate date.
ALTER TABLE agreement
    ADD COLUMN date_edtf text GENERATED ALWAYS AS (COALESCE(signed_on_edtf, adopted_on_edtf, announced_on_edtf, starts_on_edtf)) STORED,
    ADD COLUMN date_earliest date GENERATED ALWAYS AS (
        CASE
            WHEN signed_on_edtf IS NOT NULL THEN signed_on_earliest
            WHEN adopted_on_edtf IS NOT NULL THEN adopted_on_earliest
            WHEN announced_on_edtf IS NOT NULL THEN announced_on_earliest
            ELSE starts_on_earliest
        END
    ) STORED,
    ADD COLUMN date_latest date GENERATED ALWAYS AS (
        CASE
            WHEN signed_on_edtf IS NOT NULL THEN signed_on_latest
            WHEN adopted_on_edtf IS NOT NULL THEN adopted_on_latest
            WHEN announced_on_edtf IS NOT NULL THEN announced_on_latest
            ELSE starts_on_latest
        END
    ) STORED;

-- Orders by date run both ways with the undated last; the indexes of the first migration serve the newest first.
CREATE INDEX agreement_sort_date_ascending_idx ON agreement (sort_date, slug);
CREATE INDEX action_sort_date_ascending_idx ON action (sort_date, slug);
CREATE INDEX document_sort_date_idx ON document (sort_date DESC NULLS LAST, slug);

CREATE INDEX party_updated_at_idx ON party (updated_at, slug);
CREATE INDEX agreement_updated_at_idx ON agreement (updated_at, slug);
CREATE INDEX program_updated_at_idx ON program (updated_at, slug);
CREATE INDEX region_updated_at_idx ON region (updated_at, slug);
CREATE INDEX action_updated_at_idx ON action (updated_at, slug);
CREATE INDEX document_updated_at_idx ON document (updated_at, slug);

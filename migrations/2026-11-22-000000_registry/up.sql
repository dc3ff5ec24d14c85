-- The whole model. Conventions:
--   * every record has a row in `record` (its identity) and one of the same id in its concept's table;
--   * localized text is jsonb, an object with a text per language: {"FR": "…", "EN": "…"};
--   * an approximate date is four columns: <name>_edtf, _earliest, _latest, _as_written;
--   * a part is a row that belongs to one record, is named within it by `key` and ordered by `position`;
--   * identities of records and parts come from one sequence, so that `part_id` is unambiguous;
--   * slugs and keys compare as bytes; names and titles sort by sort keys, never by the server's collation.

CREATE SEQUENCE entente_id;

CREATE FUNCTION node_id(type text, id bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(rtrim(encode(convert_to(type || ':' || id, 'UTF8'), 'base64'), '='), E'+/\n', '-_');
COMMENT ON FUNCTION node_id IS 'The opaque global identifier of a node: base64url of "Type:id"';

CREATE TABLE registry (
    singleton boolean CONSTRAINT registry_pkey PRIMARY KEY DEFAULT true CONSTRAINT registry_singleton_true CHECK (singleton),
    last_change bigint NOT NULL DEFAULT 0,
    collation_version text NOT NULL DEFAULT ''
);
INSERT INTO registry DEFAULT VALUES;
COMMENT ON TABLE registry IS 'One row; a writing transaction locks it first, so that changes are numbered in commit order without gaps';
COMMENT ON COLUMN registry.last_change IS 'Number of the newest change: the data version';
COMMENT ON COLUMN registry.collation_version IS 'The collator that wrote the sort keys';

CREATE TABLE record (
    id bigint CONSTRAINT record_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    type text NOT NULL CONSTRAINT record_type_known CHECK (type IN ('PARTY', 'AGREEMENT', 'PROGRAM', 'REGION', 'ACTION', 'DOCUMENT', 'THEME')),
    slug text COLLATE "C" NOT NULL CONSTRAINT record_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    fingerprint bytea NOT NULL,
    CONSTRAINT record_type_slug_key UNIQUE (type, slug),
    CONSTRAINT record_id_slug_key UNIQUE (id, slug)
);
COMMENT ON COLUMN record.fingerprint IS 'SHA-256 of the record''s content in canonical form: equal means that nothing changed';

-- Vocabulary and geography ------------------------------------------------------------------------

CREATE TABLE theme (
    id bigint CONSTRAINT theme_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT theme_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT theme_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT theme_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT theme_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    name jsonb NOT NULL CONSTRAINT theme_name_texts CHECK (jsonb_typeof(name) = 'object'),
    description jsonb CONSTRAINT theme_description_texts CHECK (jsonb_typeof(description) = 'object'),
    compact_objectives integer[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN theme.compact_objectives IS 'Objectives 1 to 23 of the Global Compact for Migration that it falls under';

CREATE TABLE region (
    id bigint CONSTRAINT region_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT region_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT region_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT region_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT region_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT region_kind_known CHECK (kind IN ('WORLD', 'CONTINENT', 'SUPRANATIONAL', 'COUNTRY', 'PROVINCE_OR_STATE', 'ADMINISTRATIVE_REGION', 'COUNTY', 'MUNICIPALITY', 'TERRITORY')),
    name jsonb NOT NULL CONSTRAINT region_name_texts CHECK (jsonb_typeof(name) = 'object'),
    parent_id bigint CONSTRAINT region_parent_id_fkey REFERENCES region,
    latitude double precision CONSTRAINT region_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision CONSTRAINT region_longitude_range CHECK (longitude BETWEEN -180 AND 180),
    population integer CONSTRAINT region_population_range CHECK (population >= 0)
);
CREATE INDEX region_parent_id_idx ON region (parent_id);

CREATE TABLE region_code (
    id bigint CONSTRAINT region_code_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    region_id bigint NOT NULL CONSTRAINT region_code_region_id_fkey REFERENCES region ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT region_code_key_key UNIQUE (region_id, key),
    scheme text NOT NULL CONSTRAINT region_code_scheme_known CHECK (scheme IN ('ISO_3166_1', 'ISO_3166_2', 'UN_M49', 'QC_REGION', 'QC_MRC', 'QC_MUNICIPALITY')),
    value text COLLATE "C" NOT NULL,
    -- Deferred, so that a code can pass from one region to another in one change set.
    CONSTRAINT region_code_scheme_value_key UNIQUE (scheme, value) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE region_membership (
    region_id bigint NOT NULL CONSTRAINT region_membership_region_id_fkey REFERENCES region ON DELETE CASCADE,
    group_id bigint NOT NULL CONSTRAINT region_membership_group_id_fkey REFERENCES region,
    CONSTRAINT region_membership_pkey PRIMARY KEY (region_id, group_id)
);
CREATE INDEX region_membership_group_id_idx ON region_membership (group_id, region_id);

CREATE TABLE region_ancestor (
    region_id bigint NOT NULL CONSTRAINT region_ancestor_region_id_fkey REFERENCES region ON DELETE CASCADE,
    ancestor_id bigint NOT NULL CONSTRAINT region_ancestor_ancestor_id_fkey REFERENCES region ON DELETE CASCADE,
    distance integer,
    CONSTRAINT region_ancestor_pkey PRIMARY KEY (region_id, ancestor_id)
);
CREATE INDEX region_ancestor_ancestor_id_idx ON region_ancestor (ancestor_id, region_id);
COMMENT ON TABLE region_ancestor IS 'Closure of tree and groups: each region lies in itself, its ancestors, and the groups that any of these belongs to';
COMMENT ON COLUMN region_ancestor.distance IS 'Steps up the tree, 0 for itself; null where the way leads through a group';

-- Parties -----------------------------------------------------------------------------------------

CREATE TABLE party (
    id bigint CONSTRAINT party_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT party_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT party_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT party_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT party_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT party_kind_known CHECK (kind IN ('STATE', 'GOVERNMENT', 'MINISTRY', 'MUNICIPALITY', 'MUNICIPAL_ASSOCIATION', 'REGIONAL_BODY', 'INTERGOVERNMENTAL_ORGANIZATION', 'CIVIL_SOCIETY_ORGANIZATION', 'INSTITUTION', 'GROUP_OF_STATES')),
    name jsonb NOT NULL CONSTRAINT party_name_texts CHECK (jsonb_typeof(name) = 'object'),
    acronym jsonb CONSTRAINT party_acronym_texts CHECK (jsonb_typeof(acronym) = 'object'),
    website text,
    parent_id bigint CONSTRAINT party_parent_id_fkey REFERENCES party
);
CREATE INDEX party_parent_id_idx ON party (parent_id);
COMMENT ON COLUMN party.name IS 'The current, or else the last, of its names, copied from party_name';

CREATE TABLE party_name (
    id bigint CONSTRAINT party_name_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    party_id bigint NOT NULL CONSTRAINT party_name_party_id_fkey REFERENCES party ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT party_name_key_key UNIQUE (party_id, key),
    name jsonb NOT NULL CONSTRAINT party_name_name_texts CHECK (jsonb_typeof(name) = 'object'),
    acronym jsonb CONSTRAINT party_name_acronym_texts CHECK (jsonb_typeof(acronym) = 'object'),
    from_edtf text,
    from_earliest date,
    from_latest date,
    from_as_written text,
    CONSTRAINT party_name_from_whole CHECK (from_edtf IS NOT NULL OR num_nonnulls(from_earliest, from_latest, from_as_written) = 0),
    until_edtf text,
    until_earliest date,
    until_latest date,
    until_as_written text,
    CONSTRAINT party_name_until_whole CHECK (until_edtf IS NOT NULL OR num_nonnulls(until_earliest, until_latest, until_as_written) = 0)
);

CREATE TABLE party_succession (
    id bigint CONSTRAINT party_succession_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    successor_id bigint NOT NULL CONSTRAINT party_succession_successor_id_fkey REFERENCES party ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT party_succession_key_key UNIQUE (successor_id, key),
    predecessor_id bigint NOT NULL CONSTRAINT party_succession_predecessor_id_fkey REFERENCES party,
    kind text NOT NULL CONSTRAINT party_succession_kind_known CHECK (kind IN ('RENAME', 'MERGER', 'SPLIT', 'TRANSFER')),
    on_edtf text,
    on_earliest date,
    on_latest date,
    on_as_written text,
    CONSTRAINT party_succession_on_whole CHECK (on_edtf IS NOT NULL OR num_nonnulls(on_earliest, on_latest, on_as_written) = 0),
    CONSTRAINT party_succession_two_parties CHECK (predecessor_id <> successor_id)
);
CREATE INDEX party_succession_predecessor_id_idx ON party_succession (predecessor_id);

CREATE TABLE party_membership (
    party_id bigint NOT NULL CONSTRAINT party_membership_party_id_fkey REFERENCES party ON DELETE CASCADE,
    group_id bigint NOT NULL CONSTRAINT party_membership_group_id_fkey REFERENCES party,
    CONSTRAINT party_membership_pkey PRIMARY KEY (party_id, group_id)
);
CREATE INDEX party_membership_group_id_idx ON party_membership (group_id, party_id);
CREATE TABLE party_region (
    party_id bigint NOT NULL CONSTRAINT party_region_party_id_fkey REFERENCES party ON DELETE CASCADE,
    region_id bigint NOT NULL CONSTRAINT party_region_region_id_fkey REFERENCES region,
    CONSTRAINT party_region_pkey PRIMARY KEY (party_id, region_id)
);
CREATE INDEX party_region_region_id_idx ON party_region (region_id, party_id);

-- Documents ---------------------------------------------------------------------------------------

CREATE TABLE document (
    id bigint CONSTRAINT document_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT document_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT document_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT document_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT document_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    title jsonb NOT NULL CONSTRAINT document_title_texts CHECK (jsonb_typeof(title) = 'object'),
    language text NOT NULL CONSTRAINT document_language_known CHECK (language IN ('FR', 'EN', 'ES', 'PT')),
    publisher_id bigint CONSTRAINT document_publisher_id_fkey REFERENCES party,
    published_on_edtf text,
    published_on_earliest date,
    published_on_latest date,
    published_on_as_written text,
    CONSTRAINT document_published_on_whole CHECK (published_on_edtf IS NOT NULL OR num_nonnulls(published_on_earliest, published_on_latest, published_on_as_written) = 0),
    sort_date date GENERATED ALWAYS AS (COALESCE(published_on_earliest, published_on_latest)) STORED,
    url text,
    text text NOT NULL,
    sha256 text NOT NULL CONSTRAINT document_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX document_publisher_id_idx ON document (publisher_id);

-- Programmes --------------------------------------------------------------------------------------

CREATE TABLE program (
    id bigint CONSTRAINT program_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT program_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT program_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT program_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT program_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    name jsonb NOT NULL CONSTRAINT program_name_texts CHECK (jsonb_typeof(name) = 'object'),
    acronym jsonb CONSTRAINT program_acronym_texts CHECK (jsonb_typeof(acronym) = 'object'),
    summary jsonb CONSTRAINT program_summary_texts CHECK (jsonb_typeof(summary) = 'object'),
    status text NOT NULL CONSTRAINT program_status_known CHECK (status IN ('PLANNED', 'OPEN', 'CLOSED', 'UNKNOWN')),
    starts_on_edtf text,
    starts_on_earliest date,
    starts_on_latest date,
    starts_on_as_written text,
    CONSTRAINT program_starts_on_whole CHECK (starts_on_edtf IS NOT NULL OR num_nonnulls(starts_on_earliest, starts_on_latest, starts_on_as_written) = 0),
    ends_on_edtf text,
    ends_on_earliest date,
    ends_on_latest date,
    ends_on_as_written text,
    CONSTRAINT program_ends_on_whole CHECK (ends_on_edtf IS NOT NULL OR num_nonnulls(ends_on_earliest, ends_on_latest, ends_on_as_written) = 0),
    website text,
    eligibility jsonb CONSTRAINT program_eligibility_texts CHECK (jsonb_typeof(eligibility) = 'object'),
    eligible_kinds text[] NOT NULL DEFAULT '{}',
    responsible_id bigint CONSTRAINT program_responsible_id_fkey REFERENCES party,
    parent_id bigint CONSTRAINT program_parent_id_fkey REFERENCES program
);
CREATE INDEX program_responsible_id_idx ON program (responsible_id);
CREATE INDEX program_parent_id_idx ON program (parent_id);

CREATE TABLE program_theme (
    program_id bigint NOT NULL CONSTRAINT program_theme_program_id_fkey REFERENCES program ON DELETE CASCADE,
    theme_id bigint NOT NULL CONSTRAINT program_theme_theme_id_fkey REFERENCES theme,
    CONSTRAINT program_theme_pkey PRIMARY KEY (program_id, theme_id)
);
CREATE INDEX program_theme_theme_id_idx ON program_theme (theme_id, program_id);
CREATE TABLE program_region (
    program_id bigint NOT NULL CONSTRAINT program_region_program_id_fkey REFERENCES program ON DELETE CASCADE,
    region_id bigint NOT NULL CONSTRAINT program_region_region_id_fkey REFERENCES region,
    CONSTRAINT program_region_pkey PRIMARY KEY (program_id, region_id)
);
CREATE INDEX program_region_region_id_idx ON program_region (region_id, program_id);

-- Agreements --------------------------------------------------------------------------------------

CREATE TABLE agreement (
    id bigint CONSTRAINT agreement_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT agreement_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT agreement_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT agreement_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT agreement_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT agreement_kind_known CHECK (kind IN ('JOINT_DECLARATION', 'TREATY', 'PROTOCOL', 'AMENDMENT', 'MEMORANDUM', 'PARTNERSHIP_AGREEMENT', 'ADMINISTRATIVE_AGREEMENT', 'SPECIFIC_AGREEMENT', 'FUNDING_AGREEMENT', 'COMMUNIQUE', 'RESOLUTION', 'REGULATION', 'ACTION_PLAN', 'MEETING', 'MEETING_DECISION', 'OTHER')),
    title jsonb NOT NULL CONSTRAINT agreement_title_texts CHECK (jsonb_typeof(title) = 'object'),
    summary jsonb CONSTRAINT agreement_summary_texts CHECK (jsonb_typeof(summary) = 'object'),
    languages text[] NOT NULL DEFAULT '{}',
    status text NOT NULL CONSTRAINT agreement_status_known CHECK (status IN ('INTENDED', 'ANNOUNCED', 'ADOPTED', 'SIGNED', 'IN_FORCE', 'COMPLETED', 'PARTLY_COMPLETED', 'EXPIRED', 'TERMINATED', 'UNKNOWN')),
    signed_on_edtf text,
    signed_on_earliest date,
    signed_on_latest date,
    signed_on_as_written text,
    CONSTRAINT agreement_signed_on_whole CHECK (signed_on_edtf IS NOT NULL OR num_nonnulls(signed_on_earliest, signed_on_latest, signed_on_as_written) = 0),
    adopted_on_edtf text,
    adopted_on_earliest date,
    adopted_on_latest date,
    adopted_on_as_written text,
    CONSTRAINT agreement_adopted_on_whole CHECK (adopted_on_edtf IS NOT NULL OR num_nonnulls(adopted_on_earliest, adopted_on_latest, adopted_on_as_written) = 0),
    announced_on_edtf text,
    announced_on_earliest date,
    announced_on_latest date,
    announced_on_as_written text,
    CONSTRAINT agreement_announced_on_whole CHECK (announced_on_edtf IS NOT NULL OR num_nonnulls(announced_on_earliest, announced_on_latest, announced_on_as_written) = 0),
    starts_on_edtf text,
    starts_on_earliest date,
    starts_on_latest date,
    starts_on_as_written text,
    CONSTRAINT agreement_starts_on_whole CHECK (starts_on_edtf IS NOT NULL OR num_nonnulls(starts_on_earliest, starts_on_latest, starts_on_as_written) = 0),
    ends_on_edtf text,
    ends_on_earliest date,
    ends_on_latest date,
    ends_on_as_written text,
    CONSTRAINT agreement_ends_on_whole CHECK (ends_on_edtf IS NOT NULL OR num_nonnulls(ends_on_earliest, ends_on_latest, ends_on_as_written) = 0),
    duration_months integer CONSTRAINT agreement_duration_months_positive CHECK (duration_months > 0),
    place jsonb CONSTRAINT agreement_place_texts CHECK (jsonb_typeof(place) = 'object'),
    sort_date date GENERATED ALWAYS AS (
        CASE
            WHEN signed_on_edtf IS NOT NULL THEN COALESCE(signed_on_earliest, signed_on_latest)
            WHEN adopted_on_edtf IS NOT NULL THEN COALESCE(adopted_on_earliest, adopted_on_latest)
            WHEN announced_on_edtf IS NOT NULL THEN COALESCE(announced_on_earliest, announced_on_latest)
            ELSE COALESCE(starts_on_earliest, starts_on_latest)
        END
    ) STORED
);
CREATE INDEX agreement_sort_date_idx ON agreement (sort_date DESC NULLS LAST, slug);
COMMENT ON COLUMN agreement.status IS 'The last entry of agreement_status';
COMMENT ON COLUMN agreement.sort_date IS 'Signed, or else adopted, or else announced, or else starting';

CREATE TABLE agreement_status (
    id bigint CONSTRAINT agreement_status_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    agreement_id bigint NOT NULL CONSTRAINT agreement_status_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT agreement_status_key_key UNIQUE (agreement_id, key),
    status text NOT NULL CONSTRAINT agreement_status_status_known CHECK (status IN ('INTENDED', 'ANNOUNCED', 'ADOPTED', 'SIGNED', 'IN_FORCE', 'COMPLETED', 'PARTLY_COMPLETED', 'EXPIRED', 'TERMINATED', 'UNKNOWN')),
    on_edtf text,
    on_earliest date,
    on_latest date,
    on_as_written text,
    CONSTRAINT agreement_status_on_whole CHECK (on_edtf IS NOT NULL OR num_nonnulls(on_earliest, on_latest, on_as_written) = 0),
    note jsonb CONSTRAINT agreement_status_note_texts CHECK (jsonb_typeof(note) = 'object')
);

CREATE TABLE provision (
    id bigint CONSTRAINT provision_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    record_id bigint NOT NULL CONSTRAINT provision_record_id_fkey REFERENCES record ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT provision_key_key UNIQUE (record_id, key),
    kind text NOT NULL CONSTRAINT provision_kind_known CHECK (kind IN ('OBJECTIVE', 'COMPONENT', 'COMMITMENT', 'INTENTION', 'CALL', 'PRINCIPLE')),
    text jsonb NOT NULL CONSTRAINT provision_text_texts CHECK (jsonb_typeof(text) = 'object'),
    outcome text NOT NULL DEFAULT 'UNKNOWN' CONSTRAINT provision_outcome_known CHECK (outcome IN ('MET', 'PARTLY_MET', 'NOT_MET', 'UNKNOWN')),
    outcome_note jsonb CONSTRAINT provision_outcome_note_texts CHECK (jsonb_typeof(outcome_note) = 'object')
);
COMMENT ON COLUMN provision.record_id IS 'The agreement or programme that it belongs to';
CREATE TABLE provision_party (
    provision_id bigint NOT NULL CONSTRAINT provision_party_provision_id_fkey REFERENCES provision ON DELETE CASCADE,
    party_id bigint NOT NULL CONSTRAINT provision_party_party_id_fkey REFERENCES party,
    CONSTRAINT provision_party_pkey PRIMARY KEY (provision_id, party_id)
);
CREATE INDEX provision_party_party_id_idx ON provision_party (party_id, provision_id);
CREATE TABLE provision_theme (
    provision_id bigint NOT NULL CONSTRAINT provision_theme_provision_id_fkey REFERENCES provision ON DELETE CASCADE,
    theme_id bigint NOT NULL CONSTRAINT provision_theme_theme_id_fkey REFERENCES theme,
    CONSTRAINT provision_theme_pkey PRIMARY KEY (provision_id, theme_id)
);
CREATE INDEX provision_theme_theme_id_idx ON provision_theme (theme_id, provision_id);

CREATE TABLE signature (
    id bigint CONSTRAINT signature_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    agreement_id bigint NOT NULL CONSTRAINT signature_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT signature_key_key UNIQUE (agreement_id, key),
    capacity text NOT NULL CONSTRAINT signature_capacity_known CHECK (capacity IN ('SIGNED', 'ADOPTED', 'ANNOUNCED', 'SPOKE', 'RESPONSIBLE')),
    person text,
    statement jsonb CONSTRAINT signature_statement_texts CHECK (jsonb_typeof(statement) = 'object'),
    offices jsonb CONSTRAINT signature_offices_texts CHECK (jsonb_typeof(offices) = 'object'),
    on_behalf_of_id bigint CONSTRAINT signature_on_behalf_of_id_fkey REFERENCES party,
    on_edtf text,
    on_earliest date,
    on_latest date,
    on_as_written text,
    CONSTRAINT signature_on_whole CHECK (on_edtf IS NOT NULL OR num_nonnulls(on_earliest, on_latest, on_as_written) = 0),
    place jsonb CONSTRAINT signature_place_texts CHECK (jsonb_typeof(place) = 'object')
);
COMMENT ON COLUMN signature.offices IS 'A list of texts per language: the n-th of each language is the n-th office';
CREATE INDEX signature_on_behalf_of_id_idx ON signature (on_behalf_of_id);

CREATE TABLE contribution (
    id bigint CONSTRAINT contribution_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    record_id bigint NOT NULL CONSTRAINT contribution_record_id_fkey REFERENCES record ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT contribution_key_key UNIQUE (record_id, key),
    kind text NOT NULL CONSTRAINT contribution_kind_known CHECK (kind IN ('GRANT', 'MATCH', 'IN_KIND', 'ENVELOPE')),
    stage text NOT NULL CONSTRAINT contribution_stage_known CHECK (stage IN ('REQUESTED', 'ANNOUNCED', 'COMMITTED', 'PAID', 'CANCELLED')),
    qualifier text NOT NULL CONSTRAINT contribution_qualifier_known CHECK (qualifier IN ('EXACT', 'ABOUT', 'AT_LEAST', 'AT_MOST')),
    money_amount numeric CONSTRAINT contribution_money_amount_range CHECK (money_amount >= 0),
    money_currency text CONSTRAINT contribution_money_currency_form CHECK (money_currency ~ '^[A-Z]{3}$'),
    funder_id bigint CONSTRAINT contribution_funder_id_fkey REFERENCES party,
    recipient_id bigint CONSTRAINT contribution_recipient_id_fkey REFERENCES party,
    program_id bigint CONSTRAINT contribution_program_id_fkey REFERENCES program,
    period_edtf text,
    period_earliest date,
    period_latest date,
    period_as_written text,
    CONSTRAINT contribution_period_whole CHECK (period_edtf IS NOT NULL OR num_nonnulls(period_earliest, period_latest, period_as_written) = 0),
    duration_months integer CONSTRAINT contribution_duration_months_positive CHECK (duration_months > 0),
    note jsonb CONSTRAINT contribution_note_texts CHECK (jsonb_typeof(note) = 'object'),
    CONSTRAINT contribution_money_whole CHECK ((money_amount IS NULL) = (money_currency IS NULL))
);
COMMENT ON COLUMN contribution.record_id IS 'The agreement or programme that it belongs to';
CREATE INDEX contribution_funder_id_idx ON contribution (funder_id);
CREATE INDEX contribution_recipient_id_idx ON contribution (recipient_id);
CREATE INDEX contribution_program_id_idx ON contribution (program_id);

CREATE TABLE agreement_party (
    id bigint CONSTRAINT agreement_party_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    agreement_id bigint NOT NULL CONSTRAINT agreement_party_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT agreement_party_key_key UNIQUE (agreement_id, key),
    party_id bigint NOT NULL CONSTRAINT agreement_party_party_id_fkey REFERENCES party,
    roles text[] NOT NULL,
    named_as text,
    signed_on_edtf text,
    signed_on_earliest date,
    signed_on_latest date,
    signed_on_as_written text,
    CONSTRAINT agreement_party_signed_on_whole CHECK (signed_on_edtf IS NOT NULL OR num_nonnulls(signed_on_earliest, signed_on_latest, signed_on_as_written) = 0),
    ratified_on_edtf text,
    ratified_on_earliest date,
    ratified_on_latest date,
    ratified_on_as_written text,
    CONSTRAINT agreement_party_ratified_on_whole CHECK (ratified_on_edtf IS NOT NULL OR num_nonnulls(ratified_on_earliest, ratified_on_latest, ratified_on_as_written) = 0),
    in_force_on_edtf text,
    in_force_on_earliest date,
    in_force_on_latest date,
    in_force_on_as_written text,
    CONSTRAINT agreement_party_in_force_on_whole CHECK (in_force_on_edtf IS NOT NULL OR num_nonnulls(in_force_on_earliest, in_force_on_latest, in_force_on_as_written) = 0),
    ended_on_edtf text,
    ended_on_earliest date,
    ended_on_latest date,
    ended_on_as_written text,
    CONSTRAINT agreement_party_ended_on_whole CHECK (ended_on_edtf IS NOT NULL OR num_nonnulls(ended_on_earliest, ended_on_latest, ended_on_as_written) = 0)
);
CREATE INDEX agreement_party_party_id_idx ON agreement_party (party_id, agreement_id);

CREATE TABLE agreement_relation (
    id bigint CONSTRAINT agreement_relation_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    agreement_id bigint NOT NULL CONSTRAINT agreement_relation_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT agreement_relation_key_key UNIQUE (agreement_id, key),
    kind text NOT NULL CONSTRAINT agreement_relation_kind_known CHECK (kind IN ('FOLLOWS', 'FOLLOWED_BY', 'REFERS_TO', 'REFERRED_TO_BY', 'IMPLEMENTS', 'IMPLEMENTED_BY', 'AMENDS', 'AMENDED_BY', 'SUPERSEDES', 'SUPERSEDED_BY', 'PREPARES', 'PREPARED_BY')),
    target_type text NOT NULL CONSTRAINT agreement_relation_target_type_known CHECK (target_type IN ('AGREEMENT', 'PROGRAM', 'ACTION')),
    target_id bigint NOT NULL CONSTRAINT agreement_relation_target_id_fkey REFERENCES record,
    realized boolean NOT NULL DEFAULT true,
    note jsonb CONSTRAINT agreement_relation_note_texts CHECK (jsonb_typeof(note) = 'object'),
    CONSTRAINT agreement_relation_two_records CHECK (agreement_id <> target_id)
);
CREATE INDEX agreement_relation_target_id_idx ON agreement_relation (target_id);

CREATE VIEW agreement_relation_seen AS
    SELECT id, agreement_id, position, original_language, kind, target_type, target_id, realized, note
    FROM agreement_relation
    UNION ALL
    SELECT id, target_id, position, original_language,
        CASE kind
            WHEN 'FOLLOWS' THEN 'FOLLOWED_BY' WHEN 'FOLLOWED_BY' THEN 'FOLLOWS'
            WHEN 'REFERS_TO' THEN 'REFERRED_TO_BY' WHEN 'REFERRED_TO_BY' THEN 'REFERS_TO'
            WHEN 'IMPLEMENTS' THEN 'IMPLEMENTED_BY' WHEN 'IMPLEMENTED_BY' THEN 'IMPLEMENTS'
            WHEN 'AMENDS' THEN 'AMENDED_BY' WHEN 'AMENDED_BY' THEN 'AMENDS'
            WHEN 'SUPERSEDES' THEN 'SUPERSEDED_BY' WHEN 'SUPERSEDED_BY' THEN 'SUPERSEDES'
            WHEN 'PREPARES' THEN 'PREPARED_BY' WHEN 'PREPARED_BY' THEN 'PREPARES'
        END,
        'AGREEMENT', agreement_id, realized, note
    FROM agreement_relation
    WHERE target_type = 'AGREEMENT';
COMMENT ON VIEW agreement_relation_seen IS 'Each relation between agreements seen from both of its ends';

CREATE TABLE agreement_theme (
    agreement_id bigint NOT NULL CONSTRAINT agreement_theme_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    theme_id bigint NOT NULL CONSTRAINT agreement_theme_theme_id_fkey REFERENCES theme,
    CONSTRAINT agreement_theme_pkey PRIMARY KEY (agreement_id, theme_id)
);
CREATE INDEX agreement_theme_theme_id_idx ON agreement_theme (theme_id, agreement_id);
CREATE TABLE agreement_program (
    agreement_id bigint NOT NULL CONSTRAINT agreement_program_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    program_id bigint NOT NULL CONSTRAINT agreement_program_program_id_fkey REFERENCES program,
    CONSTRAINT agreement_program_pkey PRIMARY KEY (agreement_id, program_id)
);
CREATE INDEX agreement_program_program_id_idx ON agreement_program (program_id, agreement_id);
CREATE TABLE agreement_region (
    agreement_id bigint NOT NULL CONSTRAINT agreement_region_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    region_id bigint NOT NULL CONSTRAINT agreement_region_region_id_fkey REFERENCES region,
    CONSTRAINT agreement_region_pkey PRIMARY KEY (agreement_id, region_id)
);
CREATE INDEX agreement_region_region_id_idx ON agreement_region (region_id, agreement_id);
CREATE TABLE agreement_document (
    agreement_id bigint NOT NULL CONSTRAINT agreement_document_agreement_id_fkey REFERENCES agreement ON DELETE CASCADE,
    document_id bigint NOT NULL CONSTRAINT agreement_document_document_id_fkey REFERENCES document,
    CONSTRAINT agreement_document_pkey PRIMARY KEY (agreement_id, document_id)
);
CREATE INDEX agreement_document_document_id_idx ON agreement_document (document_id, agreement_id);

-- Actions -----------------------------------------------------------------------------------------

CREATE TABLE action (
    id bigint CONSTRAINT action_pkey PRIMARY KEY,
    slug text COLLATE "C" NOT NULL CONSTRAINT action_slug_key UNIQUE,
    version integer NOT NULL DEFAULT 1 CONSTRAINT action_version_positive CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    original_language text NOT NULL CONSTRAINT action_original_language_known CHECK (original_language IN ('FR', 'EN', 'ES', 'PT')),
    sort_fr bytea NOT NULL,
    sort_en bytea NOT NULL,
    sort_es bytea NOT NULL,
    sort_pt bytea NOT NULL,
    sort_original bytea NOT NULL,
    CONSTRAINT action_record_fkey FOREIGN KEY (id, slug) REFERENCES record (id, slug) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT action_kind_known CHECK (kind IN ('PROJECT', 'MEETING', 'TRAINING', 'PRESENTATION', 'STUDY', 'WORKING_GROUP', 'CONSULTATION', 'SERVICE', 'MEASURE', 'EXCHANGE', 'OTHER')),
    status text NOT NULL CONSTRAINT action_status_known CHECK (status IN ('PLANNED', 'UNDERWAY', 'COMPLETED', 'ABANDONED', 'UNKNOWN')),
    title jsonb NOT NULL CONSTRAINT action_title_texts CHECK (jsonb_typeof(title) = 'object'),
    summary jsonb CONSTRAINT action_summary_texts CHECK (jsonb_typeof(summary) = 'object'),
    outcome jsonb CONSTRAINT action_outcome_texts CHECK (jsonb_typeof(outcome) = 'object'),
    place jsonb CONSTRAINT action_place_texts CHECK (jsonb_typeof(place) = 'object'),
    period_edtf text,
    period_earliest date,
    period_latest date,
    period_as_written text,
    CONSTRAINT action_period_whole CHECK (period_edtf IS NOT NULL OR num_nonnulls(period_earliest, period_latest, period_as_written) = 0),
    part_of_id bigint CONSTRAINT action_part_of_id_fkey REFERENCES action,
    sort_date date GENERATED ALWAYS AS (COALESCE(period_earliest, period_latest)) STORED
);
CREATE INDEX action_part_of_id_idx ON action (part_of_id);
CREATE INDEX action_sort_date_idx ON action (sort_date DESC NULLS LAST, slug);
COMMENT ON COLUMN action.period_edtf IS 'From its first occurrence to its last, copied from action_occurrence';

CREATE TABLE action_occurrence (
    id bigint CONSTRAINT action_occurrence_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    action_id bigint NOT NULL CONSTRAINT action_occurrence_action_id_fkey REFERENCES action ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT action_occurrence_key_key UNIQUE (action_id, key),
    occurs_edtf text,
    occurs_earliest date,
    occurs_latest date,
    occurs_as_written text,
    CONSTRAINT action_occurrence_occurs_whole CHECK (occurs_edtf IS NOT NULL OR num_nonnulls(occurs_earliest, occurs_latest, occurs_as_written) = 0)
);

CREATE TABLE action_party (
    id bigint CONSTRAINT action_party_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    action_id bigint NOT NULL CONSTRAINT action_party_action_id_fkey REFERENCES action ON DELETE CASCADE,
    key text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    original_language text NOT NULL,
    CONSTRAINT action_party_key_key UNIQUE (action_id, key),
    party_id bigint NOT NULL CONSTRAINT action_party_party_id_fkey REFERENCES party,
    roles text[] NOT NULL,
    named_as text
);
CREATE INDEX action_party_party_id_idx ON action_party (party_id, action_id);

CREATE TABLE action_theme (
    action_id bigint NOT NULL CONSTRAINT action_theme_action_id_fkey REFERENCES action ON DELETE CASCADE,
    theme_id bigint NOT NULL CONSTRAINT action_theme_theme_id_fkey REFERENCES theme,
    CONSTRAINT action_theme_pkey PRIMARY KEY (action_id, theme_id)
);
CREATE INDEX action_theme_theme_id_idx ON action_theme (theme_id, action_id);
CREATE TABLE action_agreement (
    action_id bigint NOT NULL CONSTRAINT action_agreement_action_id_fkey REFERENCES action ON DELETE CASCADE,
    agreement_id bigint NOT NULL CONSTRAINT action_agreement_agreement_id_fkey REFERENCES agreement,
    CONSTRAINT action_agreement_pkey PRIMARY KEY (action_id, agreement_id)
);
CREATE INDEX action_agreement_agreement_id_idx ON action_agreement (agreement_id, action_id);
CREATE TABLE action_program (
    action_id bigint NOT NULL CONSTRAINT action_program_action_id_fkey REFERENCES action ON DELETE CASCADE,
    program_id bigint NOT NULL CONSTRAINT action_program_program_id_fkey REFERENCES program,
    CONSTRAINT action_program_pkey PRIMARY KEY (action_id, program_id)
);
CREATE INDEX action_program_program_id_idx ON action_program (program_id, action_id);
CREATE TABLE action_provision (
    action_id bigint NOT NULL CONSTRAINT action_provision_action_id_fkey REFERENCES action ON DELETE CASCADE,
    provision_id bigint NOT NULL CONSTRAINT action_provision_provision_id_fkey REFERENCES provision,
    CONSTRAINT action_provision_pkey PRIMARY KEY (action_id, provision_id)
);
CREATE INDEX action_provision_provision_id_idx ON action_provision (provision_id, action_id);
CREATE TABLE action_region (
    action_id bigint NOT NULL CONSTRAINT action_region_action_id_fkey REFERENCES action ON DELETE CASCADE,
    region_id bigint NOT NULL CONSTRAINT action_region_region_id_fkey REFERENCES region,
    CONSTRAINT action_region_pkey PRIMARY KEY (action_id, region_id)
);
CREATE INDEX action_region_region_id_idx ON action_region (region_id, action_id);

-- Provenance --------------------------------------------------------------------------------------

CREATE TABLE citation (
    id bigint CONSTRAINT citation_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    record_id bigint NOT NULL CONSTRAINT citation_record_id_fkey REFERENCES record ON DELETE CASCADE,
    part_id bigint,
    field text COLLATE "C",
    document_id bigint NOT NULL CONSTRAINT citation_document_id_fkey REFERENCES document,
    exact text NOT NULL CONSTRAINT citation_exact_present CHECK (exact <> ''),
    prefix text NOT NULL,
    suffix text NOT NULL,
    start_at integer NOT NULL,
    end_at integer NOT NULL,
    position integer NOT NULL,
    CONSTRAINT citation_offsets CHECK (start_at >= 0 AND end_at - start_at = char_length(exact)),
    -- Deferrable, so that it is checked when a statement has moved all citations of a changed text.
    CONSTRAINT citation_once UNIQUE NULLS NOT DISTINCT (record_id, field, document_id, start_at, end_at) DEFERRABLE
);
CREATE INDEX citation_part_id_idx ON citation (part_id) WHERE part_id IS NOT NULL;
CREATE INDEX citation_document_id_idx ON citation (document_id, start_at, end_at, id);
COMMENT ON TABLE citation IS 'A passage of a document that supports a fact: W3C TextQuoteSelector and TextPositionSelector';
COMMENT ON COLUMN citation.part_id IS 'The part of the record that it supports; null for the record itself';
COMMENT ON COLUMN citation.field IS 'What it supports, as a path from the record: `signedOn`, `contributions.<node id>.money`, `parties.<slug>.roles`';
COMMENT ON COLUMN citation.start_at IS 'Offset into the document''s text in code points';

CREATE TABLE source (
    id bigint CONSTRAINT source_pkey PRIMARY KEY DEFAULT nextval('entente_id'),
    record_id bigint NOT NULL CONSTRAINT source_record_id_fkey REFERENCES record ON DELETE CASCADE,
    part_id bigint,
    field text COLLATE "C",
    name text NOT NULL,
    identifier text,
    url text,
    license text,
    position integer NOT NULL
);
CREATE INDEX source_record_id_idx ON source (record_id, position);
CREATE INDEX source_identifier_idx ON source USING hash (identifier) WHERE identifier IS NOT NULL;
COMMENT ON TABLE source IS 'A data set or register that a record or one of its fields was taken from';

-- The log -----------------------------------------------------------------------------------------

CREATE TABLE change (
    number bigint CONSTRAINT change_pkey PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL CONSTRAINT change_operation_known CHECK (operation IN ('CREATED', 'UPDATED', 'DELETED')),
    record_type text NOT NULL CONSTRAINT change_record_type_known CHECK (record_type IN ('PARTY', 'AGREEMENT', 'PROGRAM', 'REGION', 'ACTION', 'DOCUMENT')),
    record_id bigint NOT NULL,
    slug text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    fields jsonb NOT NULL
);
CREATE INDEX change_record_id_idx ON change (record_id, number);
COMMENT ON TABLE change IS 'Every change of every record, in commit order without gaps: history, feed and what invalidates caches. Append-only';
COMMENT ON COLUMN change.fields IS 'What changed: [{"field": …, "before": …, "after": …}]';

CREATE FUNCTION change_is_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the change log is append-only' USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
CREATE TRIGGER change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON change
    FOR EACH STATEMENT EXECUTE FUNCTION change_is_append_only();

-- Orders by name and title: one index per language of the reader and one for the original ---------
CREATE INDEX theme_sort_fr_idx ON theme (sort_fr, slug);
CREATE INDEX theme_sort_en_idx ON theme (sort_en, slug);
CREATE INDEX theme_sort_es_idx ON theme (sort_es, slug);
CREATE INDEX theme_sort_pt_idx ON theme (sort_pt, slug);
CREATE INDEX theme_sort_original_idx ON theme (sort_original, slug);
CREATE INDEX region_sort_fr_idx ON region (sort_fr, slug);
CREATE INDEX region_sort_en_idx ON region (sort_en, slug);
CREATE INDEX region_sort_es_idx ON region (sort_es, slug);
CREATE INDEX region_sort_pt_idx ON region (sort_pt, slug);
CREATE INDEX region_sort_original_idx ON region (sort_original, slug);
CREATE INDEX party_sort_fr_idx ON party (sort_fr, slug);
CREATE INDEX party_sort_en_idx ON party (sort_en, slug);
CREATE INDEX party_sort_es_idx ON party (sort_es, slug);
CREATE INDEX party_sort_pt_idx ON party (sort_pt, slug);
CREATE INDEX party_sort_original_idx ON party (sort_original, slug);
CREATE INDEX document_sort_fr_idx ON document (sort_fr, slug);
CREATE INDEX document_sort_en_idx ON document (sort_en, slug);
CREATE INDEX document_sort_es_idx ON document (sort_es, slug);
CREATE INDEX document_sort_pt_idx ON document (sort_pt, slug);
CREATE INDEX document_sort_original_idx ON document (sort_original, slug);
CREATE INDEX program_sort_fr_idx ON program (sort_fr, slug);
CREATE INDEX program_sort_en_idx ON program (sort_en, slug);
CREATE INDEX program_sort_es_idx ON program (sort_es, slug);
CREATE INDEX program_sort_pt_idx ON program (sort_pt, slug);
CREATE INDEX program_sort_original_idx ON program (sort_original, slug);
CREATE INDEX agreement_sort_fr_idx ON agreement (sort_fr, slug);
CREATE INDEX agreement_sort_en_idx ON agreement (sort_en, slug);
CREATE INDEX agreement_sort_es_idx ON agreement (sort_es, slug);
CREATE INDEX agreement_sort_pt_idx ON agreement (sort_pt, slug);
CREATE INDEX agreement_sort_original_idx ON agreement (sort_original, slug);
CREATE INDEX action_sort_fr_idx ON action (sort_fr, slug);
CREATE INDEX action_sort_en_idx ON action (sort_en, slug);
CREATE INDEX action_sort_es_idx ON action (sort_es, slug);
CREATE INDEX action_sort_pt_idx ON action (sort_pt, slug);
CREATE INDEX action_sort_original_idx ON action (sort_original, slug);

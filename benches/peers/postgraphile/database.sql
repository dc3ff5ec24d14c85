-- What PostGraphile's users write beside their tables: functions that become fields and root fields. They are simple SQL, which
-- PostgreSQL puts into the statement that calls them. Run anew before each benchmark; entente takes no notice of them.
DROP SCHEMA IF EXISTS peer CASCADE;
CREATE SCHEMA peer;

-- Texts in the language of the original, and identifiers.
CREATE FUNCTION peer.agreement_heading(a agreement) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.title->>a.original_language $$;
CREATE FUNCTION peer.agreement_abstract(a agreement) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.summary->>a.original_language $$;
CREATE FUNCTION peer.agreement_global_id(a agreement) RETURNS text LANGUAGE sql STABLE AS $$ SELECT node_id('Agreement', a.id) $$;
CREATE FUNCTION peer.program_heading(p program) RETURNS text LANGUAGE sql STABLE AS $$ SELECT p.name->>p.original_language $$;
CREATE FUNCTION peer.program_global_id(p program) RETURNS text LANGUAGE sql STABLE AS $$ SELECT node_id('Program', p.id) $$;
CREATE FUNCTION peer.party_heading(p party) RETURNS text LANGUAGE sql STABLE AS $$ SELECT p.name->>p.original_language $$;
CREATE FUNCTION peer.party_short(p party) RETURNS text LANGUAGE sql STABLE AS $$ SELECT p.acronym->>p.original_language $$;
CREATE FUNCTION peer.party_global_id(p party) RETURNS text LANGUAGE sql STABLE AS $$ SELECT node_id('Party', p.id) $$;
CREATE FUNCTION peer.region_heading(r region) RETURNS text LANGUAGE sql STABLE AS $$ SELECT r.name->>r.original_language $$;
CREATE FUNCTION peer.region_global_id(r region) RETURNS text LANGUAGE sql STABLE AS $$ SELECT node_id('Region', r.id) $$;
CREATE FUNCTION peer.action_heading(a action) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.title->>a.original_language $$;
CREATE FUNCTION peer.action_global_id(a action) RETURNS text LANGUAGE sql STABLE AS $$ SELECT node_id('Action', a.id) $$;

-- Relations in an order that is not one of their own columns.
CREATE FUNCTION peer.agreement_program_list(a agreement) RETURNS SETOF program LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement_program j JOIN program t ON t.id = j.program_id WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug
$$;
CREATE FUNCTION peer.agreement_party_list(a agreement) RETURNS SETOF agreement_party LANGUAGE sql STABLE AS $$
    SELECT j.* FROM agreement_party j JOIN party t ON t.id = j.party_id WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug
$$;
CREATE FUNCTION peer.agreement_region_list(a agreement) RETURNS SETOF region LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement_region j JOIN region t ON t.id = j.region_id WHERE j.agreement_id = a.id ORDER BY t.sort_original, t.slug
$$;
CREATE FUNCTION peer.agreement_action_list(a agreement) RETURNS SETOF action LANGUAGE sql STABLE AS $$
    SELECT t.* FROM action_agreement j JOIN action t ON t.id = j.action_id WHERE j.agreement_id = a.id ORDER BY t.sort_date NULLS LAST, t.slug
$$;
CREATE FUNCTION peer.agreement_contribution_list(a agreement) RETURNS SETOF contribution LANGUAGE sql STABLE AS $$
    SELECT t.* FROM contribution t WHERE t.record_id = a.id ORDER BY t.position
$$;
CREATE FUNCTION peer.party_agreement_list(p party) RETURNS SETOF agreement LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement_party j JOIN agreement t ON t.id = j.agreement_id WHERE j.party_id = p.id ORDER BY t.sort_date DESC NULLS LAST, t.slug
$$;
CREATE FUNCTION peer.region_agreement_list(r region) RETURNS SETOF agreement LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement_region j JOIN agreement t ON t.id = j.agreement_id WHERE j.region_id = r.id ORDER BY t.sort_date DESC NULLS LAST, t.slug
$$;
CREATE FUNCTION peer.region_code_list(r region) RETURNS SETOF region_code LANGUAGE sql STABLE AS $$
    SELECT c.* FROM region_code c WHERE c.region_id = r.id ORDER BY c.position
$$;

-- Sort keys are bytes, which PostGraphile doesn't order by.
CREATE FUNCTION peer.regions_by_name() RETURNS SETOF region LANGUAGE sql STABLE AS $$ SELECT * FROM region ORDER BY sort_original, slug $$;

-- Filters.
CREATE FUNCTION peer.agreements_matching(within text, of_kind text, since date, until date) RETURNS SETOF agreement LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement t
    WHERE t.kind = of_kind AND t.date_edtf IS NOT NULL
    AND (t.date_latest IS NULL OR t.date_latest >= since) AND (t.date_earliest IS NULL OR t.date_earliest <= until)
    AND t.id IN (
        SELECT j.agreement_id FROM agreement_region j JOIN region_ancestor s ON s.region_id = j.region_id JOIN region r ON r.id = s.ancestor_id
        WHERE r.slug = within
    )
    ORDER BY t.sort_date DESC NULLS LAST, t.slug
$$;
CREATE FUNCTION peer.agreements_with(words text) RETURNS SETOF agreement LANGUAGE sql STABLE AS $$
    SELECT t.* FROM agreement t
    WHERE t.words @@ (
        SELECT query FROM search_query((
            SELECT jsonb_agg(jsonb_build_object(
                'words', w.word, 'phrase', false, 'without', false, 'prefix', w.n = w.count, 'spelt', char_length(w.word) >= 4) ORDER BY w.n)
            FROM (SELECT word, n, count(*) OVER () FROM regexp_split_to_table(lower(agreements_with.words), '\s+') WITH ORDINALITY AS s(word, n)) w
        ))
    )
    ORDER BY t.sort_date DESC NULLS LAST, t.slug
$$;

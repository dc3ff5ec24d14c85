DROP INDEX document_sort_date_ascending_idx;
DROP FUNCTION search_query, search_meant, search_has_form, search_forms, search_is_plain;

CREATE FUNCTION search_forms(word text, prefix boolean) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT string_agg(DISTINCT form, ' | ')
        FROM (
            VALUES (nullif(phraseto_tsquery('entente_words', word)::text, '') || CASE WHEN prefix THEN ':*' ELSE '' END),
                (search_stem('entente_fr', word)), (search_stem('entente_en', word)),
                (search_stem('entente_es', word)), (search_stem('entente_pt', word)),
                (search_unaccent(search_stem('entente_fr_accents', word))), (search_unaccent(search_stem('entente_en_accents', word))),
                (search_unaccent(search_stem('entente_es_accents', word))), (search_unaccent(search_stem('entente_pt_accents', word)))
        ) forms(form)
    )::tsquery;
COMMENT ON FUNCTION search_forms IS 'A word in all its forms in every language; also words that begin like it, where it may not be complete';

CREATE FUNCTION search_known(word text, prefix boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN EXISTS (
        SELECT FROM search_word known
        WHERE known.word = ANY (
            tsvector_to_array(
                search_lexemes('FR', search_known.word) || search_lexemes('EN', search_known.word)
                || search_lexemes('ES', search_known.word) || search_lexemes('PT', search_known.word)
            )
        )
    ) OR prefix AND EXISTS (
        SELECT FROM search_word known
        WHERE known.word >= unaccent(search_known.word) COLLATE "C"
            AND known.word < (unaccent(search_known.word) || chr(1114111)) COLLATE "C"
    );
COMMENT ON FUNCTION search_known IS 'Whether any record has, or had, a form of the word; or a word that begins like it, where it may not be complete';

CREATE FUNCTION search_query(terms jsonb, OUT query tsquery, OUT words tsquery)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- A lexeme that no vector has stands for what can't be found.
    WITH term AS (
        SELECT t.n, coalesce(t.value->>'without' = 'true', false) AS without,
            coalesce(
                nullif(
                    CASE
                        WHEN t.value->>'phrase' = 'true' THEN phraseto_tsquery('entente_words', t.value->>'words')
                        WHEN t.value->>'spelt' = 'true' AND NOT search_known(t.value->>'words', t.value->>'prefix' = 'true') THEN (
                            SELECT string_agg(search_forms(near, false)::text, ' | ')::tsquery
                            FROM search_similar(t.value->>'words') near
                        )
                        ELSE search_forms(t.value->>'words', t.value->>'prefix' = 'true')
                    END::text,
                    ''
                ),
                '''~'''
            ) AS forms
        FROM jsonb_array_elements(terms) WITH ORDINALITY AS t(value, n)
    )
    SELECT
        coalesce(string_agg(CASE WHEN without THEN '!' ELSE '' END || '(' || forms || ')', ' & ' ORDER BY n), '''~''')::tsquery,
        coalesce(string_agg(replace(forms, '<->', '|'), ' | ' ORDER BY n) FILTER (WHERE NOT without), '''~''')::tsquery
    FROM term;
END;
COMMENT ON FUNCTION search_query IS
    'What a parsed search text asks of search vectors, and any of its words for showing where it matches: [{"words": …, "phrase": …, "without": …, "prefix": …, "spelt": …}, …]';

-- Search texts are resolved by one statement, which a session plans once: every function here that it calls becomes part of
-- it, and those that do not are written in PL/pgSQL and called seldom. A function in SQL that is called by itself is planned
-- anew at each call, which takes many times as long as what it does.

DROP FUNCTION search_query, search_known, search_forms;

CREATE FUNCTION search_is_plain(word text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN word ~ '^[a-zß-öø-ÿœ]+$' COLLATE "C";
COMMENT ON FUNCTION search_is_plain IS 'Whether a plain word is one token to the parser, in every locale: then the dictionaries can be asked without it';

CREATE FUNCTION search_forms(word text, bare text, prefix boolean) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN search_is_plain(word) THEN
            '''' || bare || CASE WHEN prefix THEN ''':* | ' ELSE ''' | ' END
            -- A vector has each lexeme once, and languages agree on most.
            || replace(array_to_tsvector(
                ARRAY[
                    '~' || (ts_lexize('entente_fr_stem', bare))[1], '~' || (ts_lexize('entente_en_stem', bare))[1],
                    '~' || (ts_lexize('entente_es_stem', bare))[1], '~' || (ts_lexize('entente_pt_stem', bare))[1]
                ] || CASE WHEN word <> bare THEN ARRAY[
                    '~' || unaccent((ts_lexize('entente_fr_stem', word))[1]), '~' || unaccent((ts_lexize('entente_en_stem', word))[1]),
                    '~' || unaccent((ts_lexize('entente_es_stem', word))[1]), '~' || unaccent((ts_lexize('entente_pt_stem', word))[1])
                ] END
            )::text, ' ', ' | ')
        ELSE concat_ws(' | ',
            nullif(phraseto_tsquery('entente_words', word)::text, '') || CASE WHEN prefix THEN ':*' ELSE '' END,
            search_stem('entente_fr', word), search_stem('entente_en', word),
            search_stem('entente_es', word), search_stem('entente_pt', word),
            CASE WHEN word <> bare THEN concat_ws(' | ',
                search_unaccent(search_stem('entente_fr_accents', word)), search_unaccent(search_stem('entente_en_accents', word)),
                search_unaccent(search_stem('entente_es_accents', word)), search_unaccent(search_stem('entente_pt_accents', word))
            ) END
        )
    END;
COMMENT ON FUNCTION search_forms IS
    'A word in all its forms in every language, as a query in its written form; also words that begin like it, where it may not be complete. With the word without accents';

CREATE FUNCTION search_has_form(word text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM search_word known
        WHERE known.word = ANY (
            tsvector_to_array(
                search_lexemes('FR', search_has_form.word) || search_lexemes('EN', search_has_form.word)
                || search_lexemes('ES', search_has_form.word) || search_lexemes('PT', search_has_form.word)
            )
        )
    );
END;
$$;
COMMENT ON FUNCTION search_has_form IS 'Whether any record has, or had, a form of the word';

CREATE FUNCTION search_meant(word text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT string_agg(search_forms(near, unaccent(near), false), ' | ') FROM search_similar(word) near);
END;
$$;
COMMENT ON FUNCTION search_meant IS 'All forms of the words of the registry that a misspelt word may be meant for';

CREATE FUNCTION search_query(terms jsonb) RETURNS TABLE (query tsquery, ranked tsquery, words tsquery)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT
        coalesce(string_agg(CASE WHEN t.without THEN '!(' ELSE '(' END || t.forms || ')', ' & '), '''~''')::tsquery,
        -- Each word more makes ranking slower, and what is excluded is not there to be ranked by.
        coalesce(
            string_agg('(' || t.forms || ')', ' & ') FILTER (WHERE NOT t.without),
            string_agg('!(' || t.forms || ')', ' & '),
            '''~'''
        )::tsquery,
        coalesce(string_agg(replace(t.forms, '<->', '|'), ' | ') FILTER (WHERE NOT t.without), '''~''')::tsquery
    FROM (
        SELECT t.without,
            -- A lexeme that no vector has stands for what can't be found.
            coalesce(
                nullif(
                    CASE
                        WHEN t.phrase THEN phraseto_tsquery('entente_words', t.word)::text
                        WHEN NOT t.spelt
                            -- Nearly every word is there as it is written, or as the beginning of another.
                            OR (t.prefix OR search_is_plain(t.word)) AND EXISTS (
                                SELECT FROM search_word known
                                WHERE known.word >= t.bare COLLATE "C"
                                    AND known.word <= (t.bare || CASE WHEN t.prefix THEN chr(1114111) ELSE '' END) COLLATE "C"
                            )
                            OR search_has_form(t.word)
                        THEN search_forms(t.word, t.bare, t.prefix)
                        ELSE search_meant(t.word)
                    END,
                    ''
                ),
                '''~'''
            ) AS forms
        FROM (
            SELECT t.word, unaccent(t.word) AS bare, t.phrase, t.without, t.prefix, t.spelt
            FROM (
                SELECT value->>'words' AS word, coalesce(value->'phrase' = 'true', false) AS phrase, coalesce(value->'without' = 'true', false) AS without,
                    coalesce(value->'prefix' = 'true', false) AS prefix, coalesce(value->'spelt' = 'true', false) AS spelt
                FROM jsonb_array_elements(terms) OFFSET 0
            ) t OFFSET 0
        ) t OFFSET 0
    ) t;
END;
COMMENT ON FUNCTION search_query IS
    'What a parsed search text asks of search vectors, that without what it excludes for ranking, and any of its words for showing where it matches: [{"words": …, "phrase": …, "without": …, "prefix": …, "spelt": …}, …]';

-- Orders by date run both ways. Lists that a text filters count on an index for either: see `src/read/walk.rs`.
CREATE INDEX document_sort_date_ascending_idx ON document (sort_date, slug);

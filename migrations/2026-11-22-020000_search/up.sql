-- Full-text search. Texts arrive here as plain words: lower case, without signs, one space between two of them. The program
-- makes them so on both sides, of what is indexed and of what is searched for.
--
-- A search vector holds two kinds of lexemes, at the same places of the text:
--   * `municipalites`: the word itself without accents, for phrases, for words that are still being typed, for misspelt ones;
--   * `~municipal`: what it stems from in the text's language, for its other forms.
-- No word is left out as too common: "every word must match" and phrases mean what they say.

CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TEXT SEARCH CONFIGURATION entente_words (COPY = simple);
COMMENT ON TEXT SEARCH CONFIGURATION entente_words IS 'Words as they are, without accents';
ALTER TEXT SEARCH CONFIGURATION entente_words
    ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH unaccent, simple;

-- PostgreSQL's own stemmers leave out stop words.
CREATE TEXT SEARCH DICTIONARY entente_fr_stem (TEMPLATE = snowball, language = french);
CREATE TEXT SEARCH DICTIONARY entente_en_stem (TEMPLATE = snowball, language = english);
CREATE TEXT SEARCH DICTIONARY entente_es_stem (TEMPLATE = snowball, language = spanish);
CREATE TEXT SEARCH DICTIONARY entente_pt_stem (TEMPLATE = snowball, language = portuguese);

CREATE TEXT SEARCH CONFIGURATION entente_fr (COPY = entente_words);
CREATE TEXT SEARCH CONFIGURATION entente_en (COPY = entente_words);
CREATE TEXT SEARCH CONFIGURATION entente_es (COPY = entente_words);
CREATE TEXT SEARCH CONFIGURATION entente_pt (COPY = entente_words);
ALTER TEXT SEARCH CONFIGURATION entente_fr ALTER MAPPING REPLACE simple WITH entente_fr_stem;
ALTER TEXT SEARCH CONFIGURATION entente_en ALTER MAPPING REPLACE simple WITH entente_en_stem;
ALTER TEXT SEARCH CONFIGURATION entente_es ALTER MAPPING REPLACE simple WITH entente_es_stem;
ALTER TEXT SEARCH CONFIGURATION entente_pt ALTER MAPPING REPLACE simple WITH entente_pt_stem;

-- Some endings are told by their accents (`réalisée`), and some people type none: words are stemmed both ways.
CREATE TEXT SEARCH CONFIGURATION entente_fr_accents (COPY = entente_fr);
ALTER TEXT SEARCH CONFIGURATION entente_fr_accents
    ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH entente_fr_stem;
CREATE TEXT SEARCH CONFIGURATION entente_en_accents (COPY = entente_en);
ALTER TEXT SEARCH CONFIGURATION entente_en_accents
    ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH entente_en_stem;
CREATE TEXT SEARCH CONFIGURATION entente_es_accents (COPY = entente_es);
ALTER TEXT SEARCH CONFIGURATION entente_es_accents
    ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH entente_es_stem;
CREATE TEXT SEARCH CONFIGURATION entente_pt_accents (COPY = entente_pt);
ALTER TEXT SEARCH CONFIGURATION entente_pt_accents
    ALTER MAPPING FOR asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart
    WITH entente_pt_stem;

ALTER TABLE registry ADD COLUMN search_version text NOT NULL DEFAULT '';
COMMENT ON COLUMN registry.search_version IS 'What wrote the search vectors: the program''s rules, what is declared searched, PostgreSQL''s dictionaries';

-- The vectors are empty until the program has filled them, so that these indexes cost one pass over the rows.
ALTER TABLE party ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE agreement ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE program ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE region ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE action ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE document ADD COLUMN words tsvector NOT NULL DEFAULT '';
CREATE INDEX party_words_idx ON party USING gin (words);
CREATE INDEX agreement_words_idx ON agreement USING gin (words);
CREATE INDEX program_words_idx ON program USING gin (words);
CREATE INDEX region_words_idx ON region USING gin (words);
CREATE INDEX action_words_idx ON action USING gin (words);
CREATE INDEX document_words_idx ON document USING gin (words);

CREATE TABLE search_word (
    word text COLLATE "C" CONSTRAINT search_word_pkey PRIMARY KEY
);
CREATE INDEX search_word_similar_idx ON search_word USING gin (word gin_trgm_ops) WHERE NOT starts_with(word, '~');
COMMENT ON TABLE search_word IS 'Every lexeme of the search vectors: what tells a misspelt word from one that is there. Lexemes that no record has any more may stay';

-- Indexing ----------------------------------------------------------------------------------------

CREATE FUNCTION search_unaccent(written text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- Quotation marks are put aside: `unaccent` makes some of letters (`ʼ`), and those would end the lexeme.
    RETURN replace(
        replace(
            translate(unaccent(replace(written, '''', chr(1))), '''\', 'ʼʼ'),
            chr(1) || chr(1), chr(1) || 'ʼ' || chr(1)
        ),
        chr(1), ''''
    );
COMMENT ON FUNCTION search_unaccent IS 'A vector or a query in its written form, without the accents of its lexemes';

CREATE FUNCTION search_lexemes(language text, words text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- In its written form, a vector is a list of quoted lexemes with their places.
    RETURN (
        to_tsvector('entente_words', words)::text
        || replace(
            ' ' || CASE language
                WHEN 'FR' THEN to_tsvector('entente_fr', words)::text || ' ' || search_unaccent(to_tsvector('entente_fr_accents', words)::text)
                WHEN 'EN' THEN to_tsvector('entente_en', words)::text || ' ' || search_unaccent(to_tsvector('entente_en_accents', words)::text)
                WHEN 'ES' THEN to_tsvector('entente_es', words)::text || ' ' || search_unaccent(to_tsvector('entente_es_accents', words)::text)
                WHEN 'PT' THEN to_tsvector('entente_pt', words)::text || ' ' || search_unaccent(to_tsvector('entente_pt_accents', words)::text)
            END,
            ' ''', ' ''~'
        )
    )::tsvector;
COMMENT ON FUNCTION search_lexemes IS 'The lexemes of plain words in a language: the words and their stems';

CREATE AGGREGATE search_join(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '');
COMMENT ON AGGREGATE search_join(tsvector) IS 'One vector after the other';

CREATE FUNCTION search_words(texts jsonb) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- After each text stands a word that is longer than any, which keeps phrases from running into the next text.
    RETURN (
        SELECT ts_delete(
            search_join(setweight(search_lexemes(t.language, t.words), t.weight) ORDER BY t.n),
            ARRAY[repeat('0', 101), '~' || repeat('0', 101)]
        )
        FROM (
            SELECT part.n, part.value->>0 AS language, (part.value->>1)::"char" AS weight, string_agg(word.value || ' ' || repeat('0', 101), ' ' ORDER BY word.n) AS words
            FROM jsonb_array_elements(texts) WITH ORDINALITY AS part(value, n)
            CROSS JOIN LATERAL jsonb_array_elements_text(part.value->2) WITH ORDINALITY AS word(value, n)
            GROUP BY part.n, part.value
        ) t
    );
COMMENT ON FUNCTION search_words IS 'A record''s search vector, from its texts: [["FR", "A", ["plain words of a text", …]], …], the language, the weight from A down to D, the texts';

-- Searching ---------------------------------------------------------------------------------------

CREATE FUNCTION search_stem(configuration regconfig, word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(replace(' ' || phraseto_tsquery(configuration, word)::text, ' ''', ' ''~'), ' ');
COMMENT ON FUNCTION search_stem IS 'What a word stems from by a configuration, as a query in its written form';

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

CREATE FUNCTION search_distance(a text, b text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    above integer[] := ARRAY(SELECT generate_series(0, char_length(b)));
    line integer[];
BEGIN
    FOR i IN 1..char_length(a) LOOP
        line := ARRAY[i];
        FOR j IN 1..char_length(b) LOOP
            line[j + 1] := least(above[j + 1] + 1, line[j] + 1, above[j] + (substr(a, i, 1) <> substr(b, j, 1))::integer);
        END LOOP;
        above := line;
    END LOOP;
    RETURN above[char_length(b) + 1];
END;
$$;
COMMENT ON FUNCTION search_distance IS 'How many letters must be put in, taken out or changed to make one word of another (Levenshtein)';

CREATE FUNCTION search_similar(word text) RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH near AS (
        SELECT known.word, similarity(known.word, unaccent(search_similar.word)) AS similarity,
            search_distance(known.word, unaccent(search_similar.word)) AS distance
        FROM (
            SELECT known.word
            FROM search_word known
            WHERE NOT starts_with(known.word, '~') AND known.word % unaccent(search_similar.word)
                AND abs(char_length(known.word) - char_length(unaccent(search_similar.word))) <= 2
            ORDER BY similarity(known.word, unaccent(search_similar.word)) DESC, known.word
            LIMIT 50
        ) known
    )
    SELECT near.word FROM near
    -- Farther away are other words that are spelt right: "emission" from "readmission".
    WHERE near.distance <= CASE WHEN char_length(search_similar.word) < 6 THEN 1 ELSE 2 END
        AND near.distance = (SELECT min(n.distance) FROM near n)
    ORDER BY near.similarity DESC, near.word
    LIMIT 5;
END;
COMMENT ON FUNCTION search_similar IS 'The words of the registry that a misspelt word may be meant for';

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

CREATE FUNCTION search_rank(words tsvector, query tsquery) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    -- The one half is for words that stand near each other; it is 0 where they don't, and where something is excluded. The
    -- other half is for how often they stand there: a query that is an OR is ranked so.
    -- 1: longer texts count less. 32: between 0 and 1.
    RETURN 0.5 * ts_rank(words, query, 1 | 32) + 0.5 * ts_rank(words, query || '''~''', 1 | 32);
COMMENT ON FUNCTION search_rank IS 'How well a vector matches, between 0 and 1';

CREATE FUNCTION search_score(words tsvector, query tsquery) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(1000000 * CASE
        WHEN ts_filter(words, '{a}') @@ query THEN 1 + search_rank(ts_filter(words, '{a}'), query)
        ELSE search_rank(words, query)
    END)::bigint;
COMMENT ON FUNCTION search_score IS 'How well a record matches, in millionths: more than a million where its name or title alone does';

-- The newest are looked at first: where two of a few match, many match, and the walk goes on; else all that match are sorted. How
-- few follows from the size of the table. As entente asks for a page (src/read/walk.rs); the text comes resolved.
WITH asked AS MATERIALIZED (
    SELECT :'query'::tsquery AS query
), looked_at AS MATERIALIZED (
    SELECT ceil(sqrt(4 * greatest(reltuples, 0) / 40))::bigint AS n FROM pg_class WHERE oid = 'agreement'::regclass
), walk AS MATERIALIZED (
    SELECT id, words @@ (SELECT query FROM asked) AS met
    FROM (SELECT * FROM agreement ORDER BY sort_date DESC NULLS LAST, slug LIMIT (SELECT 20 * n FROM looked_at)) x
), met AS MATERIALIZED (
    SELECT id FROM walk
    WHERE met AND (
        SELECT count(*) >= 2
        FROM (SELECT met FROM walk LIMIT (SELECT n FROM looked_at)) x
        WHERE met
    )
    LIMIT 20
), full_page AS (
    SELECT count(*) = 20 AS yes FROM met
), page AS (
    SELECT * FROM agreement
    WHERE id = ANY (ARRAY(
        SELECT id FROM met WHERE (SELECT yes FROM full_page)
        UNION ALL
        SELECT id FROM (
            SELECT id FROM (
                SELECT * FROM agreement WHERE words @@ (SELECT query FROM asked) AND NOT (SELECT yes FROM full_page) OFFSET 0
            ) x
            ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
        ) x
    ))
    ORDER BY sort_date DESC NULLS LAST, slug
)
SELECT concat('{"agreements":{"nodes":[', string_agg(concat('{"id":"', node_id('Agreement', x.id), '","slug":"', x.slug, '","kind":"', x.kind,
    '","title":', x.title->x.original_language, ',"signedOn":', coalesce('{"edtf":"' || x.signed_on_edtf || '"}', 'null'), '}'), ','), ']}}')
FROM page x

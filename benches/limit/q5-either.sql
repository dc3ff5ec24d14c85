-- What few match is found by the index on words and sorted; what many match is met soon on the way from the newest on. Which of
-- the two it is, is tried: PostgreSQL's guess of how many match is far off for words that are rare.
-- options: -c enable_seqscan=off
WITH few AS MATERIALIZED (
    SELECT id, sort_date, slug FROM agreement WHERE words @@ :'query'::tsquery LIMIT 1001
), total AS MATERIALIZED (
    SELECT count(*) AS n FROM few
), page AS (
    SELECT id, sort_date, slug FROM (
        SELECT * FROM few WHERE (SELECT n FROM total) <= 1000 ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
    ) x
    UNION ALL
    SELECT id, sort_date, slug FROM (
        SELECT id, sort_date, slug FROM agreement WHERE words @@ :'query'::tsquery AND (SELECT n FROM total) > 1000
        ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
    ) y
)
SELECT json_build_object('agreements', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'id', node_id('Agreement', x.id), 'slug', x.slug, 'kind', x.kind, 'title', x.title->>x.original_language,
    'signedOn', CASE WHEN x.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', x.signed_on_edtf) END
) ORDER BY x.sort_date DESC NULLS LAST, x.slug), '[]')))
FROM page JOIN agreement x USING (id)

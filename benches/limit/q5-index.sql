-- All that match by the index, then the newest of them. The text is resolved in the same statement.
SELECT json_build_object('agreements', json_build_object('nodes', (
    SELECT coalesce(json_agg(json_build_object(
        'id', node_id('Agreement', x.id), 'slug', x.slug, 'kind', x.kind, 'title', x.title->>x.original_language,
        'signedOn', CASE WHEN x.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', x.signed_on_edtf) END)), '[]')
    FROM (
        SELECT * FROM agreement WHERE words @@ (SELECT query FROM search_query(:'terms'::jsonb))
        ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
    ) x)))

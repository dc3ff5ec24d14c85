-- Only what the order needs is sorted, and the page's rows are read in full afterwards.
SELECT json_build_object('agreements', json_build_object('nodes', (
    SELECT coalesce(json_agg(json_build_object(
        'id', node_id('Agreement', x.id), 'slug', x.slug, 'kind', x.kind, 'title', x.title->>x.original_language,
        'signedOn', CASE WHEN x.signed_on_edtf IS NOT NULL THEN json_build_object('edtf', x.signed_on_edtf) END) ORDER BY x.sort_date DESC NULLS LAST, x.slug), '[]')
    FROM (
        SELECT id FROM agreement WHERE words @@ :'query'::tsquery
        ORDER BY sort_date DESC NULLS LAST, slug LIMIT 20
    ) page JOIN agreement x USING (id))))
